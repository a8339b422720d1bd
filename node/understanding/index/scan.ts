/** Rows compared one by one, and which of them are meant. */
import type { Best } from './best.ts'
import type { Rows } from './rows.ts'
import { runsOf } from './vector-file.ts'
import { SCAN_ROWS } from './vector-memory.ts'

/** Which rows are meant, beside their being alive. */
export interface RowFilter {
  /** By partition, 1 for those that are asked. */
  readonly partitions: Uint8Array
  /** By level. */
  readonly levels: Uint8Array
  /** Numbers of the subjects that may be; all when left out. */
  readonly subjects?: ReadonlySet<number>
  /** Numbers of subjects that may not. @default none */
  readonly except?: ReadonlySet<number>
  /** Whether the time of a row is right. */
  readonly inTime?: (subject: number, fromMs: number, toMs: number) => boolean
}

export type Accepts = (place: number) => boolean

export function acceptsOf(rows: Rows, { partitions, levels, subjects, except, inTime }: RowFilter): Accepts {
  const { dead, partition, level, subject, fromMs, toMs } = rows.columns
  return (place) => place !== -1 && dead[place] === 0 && partitions[partition[place]!] === 1 && levels[level[place]!] === 1 &&
    (subjects === undefined || subjects.has(subject[place]!)) && (except === undefined || !except.has(subject[place]!)) && (inTime === undefined || inTime(subject[place]!, fromMs[place]!, toMs[place]!))
}

/** Whether every row that is alive is meant. */
export const isEverything = (rows: Rows, { partitions, levels, subjects, except, inTime }: RowFilter): boolean => subjects === undefined && except === undefined && inTime === undefined && rows.areOf(partitions, levels)

/** About how many are meant, by a look at some of them. */
export function meantOf(rows: Rows, accepts: Accepts): number {
  const step = Math.max(1, Math.floor(rows.count / SCAN_ROWS))
  let [looked, accepted] = [0, 0]
  for (let place = 0; place < rows.count; place += step) {
    looked++
    if (accepts(place)) accepted++
  }
  return looked === 0 ? 0 : rows.count * accepted / looked
}

/** Compares `count` rows from a place on with what `rows.vectors` was asked. */
export function scan(rows: Rows, from: number, count: number, accepts: Accepts, best: Best): void {
  for (let at = from; at < from + count;) {
    const end = Math.min(at + SCAN_ROWS, from + count)
    if (rows.vectors.isInFile(at)) at = firstAccepted(accepts, at, end)
    if (at === end) continue
    const scores = rows.vectors.score(at, end - at)
    for (let i = 0; i < scores.length; i++) if (scores[i]! > best.floor && accepts(at + i)) best.offer(at + i, scores[i]!)
    at += scores.length
  }
}

/** The same with single places, by rising number. */
export function scanEach(rows: Rows, places: readonly number[], accepts: Accepts, best: Best): void {
  for (const [from, count] of runsOf(places)) scan(rows, from, count, accepts, best)
}

/** What is not meant need not be read; `end` when none is. */
function firstAccepted(accepts: Accepts, from: number, end: number): number {
  let at = from
  while (at < end && !accepts(at)) at++
  return at
}
