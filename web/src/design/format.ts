const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes in decimal units with at most three digits: `1.24 GB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2
  return `${value.toFixed(digits)} ${UNITS[unit] ?? 'PB'}`
}

/** Bits per second: `2.4 Mb/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 999_500) return `${(bitsPerSecond / 1e6).toFixed(bitsPerSecond >= 9.95e6 ? 0 : 1)} Mb/s`
  return `${Math.round(bitsPerSecond / 1000)} kb/s`
}

/** A clip's length, `m:ss` or `h:mm:ss`; below ten seconds with a tenth. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `0:0${(Math.max(0, ms) / 1000).toFixed(1)}`
  const seconds = Math.round(ms / 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** How long ago or how long, in the largest unit that still says something: `3 s`, `12 min`, `5 h`, `3 days`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** `one clip`, `2 clips`: a count with its noun; digits grouped. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** Time of day in the browser's zone, `14:03:07`. */
export function formatClock(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', { hour12: false })
}

/** Date and time in the browser's zone and language. */
export function formatMoment(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
