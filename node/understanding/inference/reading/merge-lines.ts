/** A lower third stands for seconds, and is read in every key picture it stands in: lines of pictures one after the other that say the same, at the same place, are one. Pure. */
import type { Box } from '../../analysis/analysis.ts'
import { overlapOf } from '../pictures/overlap.ts'
import { editDistance } from './edit-distance.ts'

/** So much of a line may be read otherwise from picture to picture, 0 to 1. @default 0.25 */
export const SAME_TEXT = 0.25
/** Boxes of one line share at least this, 0 to 1; words that crawl along may be elsewhere if they say exactly the same. @default 0.3 */
export const SAME_PLACE = 0.3
/** A line may be overlooked in this many pictures in between. @default 1 */
export const OVERLOOKED = 1
/** What is longer is compared by its beginning, in UTF-16 units. @default 200 */
export const COMPARED_LENGTH = 200

export interface LineInPicture {
  /** Place of the key picture. */
  readonly picture: number
  readonly text: string
  readonly box: Box
  readonly confidence: number
}

export interface StandingLine {
  /** As it was read most often, and of those the surest. */
  readonly text: string
  readonly confidence: number
  readonly box: Box
  /** The first and the last picture in which it stands. */
  readonly fromPicture: number
  readonly toPicture: number
  /** The one in which it was read best. */
  readonly picture: number
}

/** In the order in which they begin. `lines`: in any order. */
export function mergeLines(lines: readonly LineInPicture[]): StandingLine[] {
  const done: LineInPicture[][] = []
  let open: LineInPicture[][] = []
  for (const line of lines.toSorted((a, b) => a.picture - b.picture)) {
    const isOver = (standing: readonly LineInPicture[]): boolean => line.picture - standing.at(-1)!.picture > 1 + OVERLOOKED
    done.push(...open.filter(isOver))
    open = open.filter((standing) => !isOver(standing))
    const standing = open.find((one) => isSame(one.at(-1)!, line))
    if (standing === undefined) open.push([line])
    else standing.push(line)
  }
  return [...done, ...open].map(standingOf).sort((a, b) => a.fromPicture - b.fromPicture || a.box[1] - b.box[1])
}

function isSame(before: LineInPicture, line: LineInPicture): boolean {
  if (before.picture === line.picture) return false
  const [a, b] = [comparable(before.text), comparable(line.text)]
  if (a === b) return true
  return overlapOf(before.box, line.box) >= SAME_PLACE && !differInDigits(a, b) && editDistance(a, b) <= SAME_TEXT * Math.max(a.length, b.length)
}

/** A running clock, a score, a slate: what differs in digits differs. */
function differInDigits(a: string, b: string): boolean {
  return a.replace(/\D/g, '') !== b.replace(/\D/g, '')
}

const comparable = (text: string): string => text.slice(0, COMPARED_LENGTH).toLowerCase().replace(/\s+/g, '')

function standingOf(lines: readonly LineInPicture[]): StandingLine {
  const readings = [...Map.groupBy(lines, ({ text }) => text).values()].map((same) => ({ count: same.length, best: surest(same) }))
  const { best } = readings.reduce((most, one) => one.count > most.count || (one.count === most.count && one.best.confidence > most.best.confidence) ? one : most)
  return { text: best.text, confidence: best.confidence, box: best.box, picture: best.picture, fromPicture: lines[0]!.picture, toPicture: lines.at(-1)!.picture }
}

const surest = (lines: readonly LineInPicture[]): LineInPicture => lines.reduce((best, one) => one.confidence > best.confidence ? one : best)
