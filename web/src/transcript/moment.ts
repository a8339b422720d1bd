/** Where a moment is in a transcript, and what it is called. Pure. */
import type { Line } from './line-edits.ts'

/** Place of the last line that has begun; -1 before the first. */
export function lineAt(lines: readonly Pick<Line, 'fromMs'>[], ms: number): number {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (lines[middle]!.fromMs <= ms) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Place of the word that is being said; -1 for none. */
export function wordAt({ words, toMs }: Pick<Line, 'words' | 'toMs'>, ms: number): number {
  return ms > toMs ? -1 : lineAt(words, ms)
}

const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')

/** `1:02:03`, `2:03`. */
export function clockOf(ms: number): string {
  const [hours, minutes, seconds] = [ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60]
  return hours >= 1 ? `${Math.floor(hours)}:${two(minutes)}:${two(seconds)}` : `${Math.floor(minutes)}:${two(seconds)}`
}

/**
 * The timecode of a moment, counted from that of the first picture: `10:00:04:12`, with `;` before the pictures where some numbers are dropped (SMPTE ST 12-1).
 * Without a timecode in the file, hours to milliseconds from its beginning.
 */
export function timecodeAt(ms: number, start: string | undefined, framesPerSecond: number | undefined): string {
  const [, hours = '', minutes = '', seconds = '', mark = '', pictures = ''] = /^(\d\d):(\d\d):(\d\d)([:;.])(\d\d)$/.exec(start ?? '') ?? []
  if (hours === '' || framesPerSecond === undefined || !(framesPerSecond > 0)) return `${two(ms / 3_600_000)}:${two(ms / 60_000 % 60)}:${two(ms / 1000 % 60)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`
  const rate = Math.round(framesPerSecond)
  const dropped = mark === ':' || rate % 30 !== 0 ? 0 : rate / 15
  const minute = Number(hours) * 60 + Number(minutes)
  const first = (minute * 60 + Number(seconds)) * rate + Number(pictures) - dropped * (minute - Math.floor(minute / 10))
  return numbered(first + Math.floor(ms * framesPerSecond / 1000 + 0.001), rate, dropped)
}

function numbered(picture: number, rate: number, dropped: number): string {
  const [tenMinutes, oneMinute] = [rate * 600 - 9 * dropped, rate * 60 - dropped]
  const [tens, rest] = [Math.floor(picture / tenMinutes), picture % tenMinutes]
  const skipped = dropped === 0 ? 0 : 9 * dropped * tens + (rest < rate * 60 ? 0 : dropped * (1 + Math.floor((rest - rate * 60) / oneMinute)))
  const number = picture + skipped
  return `${two(number / (rate * 3600) % 24)}:${two(number / (rate * 60) % 60)}:${two(number / rate % 60)}${dropped === 0 ? ':' : ';'}${two(number % rate)}`
}

/** Places of a text in another, whatever the case and the accents. */
export function placesIn(text: string, wanted: string): Array<readonly [from: number, to: number]> {
  const folded = (one: string): string => Array.from(one.toLowerCase(), (letter) => letter.normalize('NFD')[0] ?? letter).join('')
  const [within, part] = [folded(text), folded(wanted.trim())]
  const places: Array<readonly [number, number]> = []
  if (part === '' || within.length !== text.length) return places
  for (let at = within.indexOf(part); at >= 0; at = within.indexOf(part, at + part.length)) places.push([at, at + part.length])
  return places
}
