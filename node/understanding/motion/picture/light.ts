/** Light that changes everywhere: clouds, lamps, a camera that adjusts itself. */

/** Pixels looked at: every so many, across and down. @default 3 */
const STEP = 3
/** Mean brightnesses of the darker and the brighter half closer than this are one level. @default 12 */
const FLAT = 12

/** By how much each brightness of the background is now shown differently, 256 numbers. Two medians say so: half of the dark or half of the bright would have to be covered to mislead them. */
export function lightShift(now: Uint8Array, background: Float32Array, ignored: Uint8Array, width: number, shift: Float32Array): Float32Array {
  const before: number[] = []
  const change: number[] = []
  for (let y = 0; y * width < now.length; y += STEP) {
    for (let x = 0; x < width; x += STEP) {
      const at = y * width + x
      if (ignored[at] === 1) continue
      before.push(background[at]!)
      change.push(now[at]! - background[at]!)
    }
  }
  const level = median(before)
  const dark = halfOf(before, change, (value) => value <= level)
  const bright = halfOf(before, change, (value) => value > level)
  const slope = bright.level - dark.level < FLAT ? 0 : (bright.change - dark.change) / (bright.level - dark.level)
  const middle = slope === 0 ? median(change) : dark.change
  for (let value = 0; value < 256; value++) shift[value] = middle + slope * (Math.min(Math.max(value, dark.level), bright.level + FLAT) - dark.level)
  return shift
}

function halfOf(before: readonly number[], change: readonly number[], takes: (value: number) => boolean): { level: number; change: number } {
  const places = before.flatMap((value, i) => takes(value) ? [i] : [])
  return { level: places.reduce((sum, i) => sum + before[i]!, 0) / Math.max(1, places.length), change: median(places.map((i) => change[i]!)) }
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[sorted.length >> 1] ?? 0
}
