/** Where a camera has footage, seen from a moment. Pure. */
import type { LedgerEntry, RecordingList, RecordingSpan } from '#protocols/http.ts'
import { formatAge } from '../design/format.ts'

/** Footage that ends this soon after a moment is not worth starting, ms. @default 120 */
const REST_MS = 120
/** Footage that begins this soon after a moment is as good as there, ms. @default 60 */
const NEAR_MS = 60

/** Less than this of a span that is over is rounding and no part, ms. @default 5 */
const LAST_PART_MS = 5

export type Spans = readonly Pick<RecordingSpan, 'startMs' | 'endMs'>[]

/** The span that is played at a moment: of several the one that lasts longest. */
export function spanAt(spans: Spans, atMs: number): Spans[number] | undefined {
  return spans.filter(({ startMs, endMs }) => startMs <= atMs + NEAR_MS && endMs > atMs).sort((a, b) => b.endMs - a.endMs)[0]
}

export const hasFootage = (spans: Spans, atMs: number): boolean => spanAt(spans, atMs) !== undefined

/** Where footage begins again after a moment that has none; undefined when there is no more. */
export function nextStart(spans: Spans, atMs: number): number | undefined {
  const starts = spans.filter(({ startMs, endMs }) => startMs > atMs && endMs - startMs > REST_MS).map(({ startMs }) => startMs)
  return starts.length === 0 ? undefined : Math.min(...starts)
}

/** Where footage ended before a moment that has none. */
export function lastEnd(spans: Spans, atMs: number): number | undefined {
  const ends = spans.filter(({ endMs }) => endMs <= atMs).map(({ endMs }) => endMs)
  return ends.length === 0 ? undefined : Math.max(...ends)
}

/** What to fetch next for a player that has everything up to `endMs`: more of the span it is in (`leastMs` where it may grow), or the span after it; undefined when there is nothing yet. */
export function nextFetch(spans: Spans, endMs: number, lengthMs: number, leastMs: number): { readonly fromMs: number; readonly toMs: number; readonly continued: boolean } | undefined {
  const current = spanAt(spans, endMs - NEAR_MS)
  const mayGrow = current !== undefined && !spans.some(({ startMs }) => startMs > current.startMs)
  if (current !== undefined && current.endMs - endMs >= (mayGrow ? leastMs : LAST_PART_MS)) return { fromMs: endMs, toMs: Math.min(endMs + lengthMs, current.endMs), continued: true }
  const startMs = nextStart(spans, endMs - NEAR_MS)
  const next = startMs === undefined ? undefined : spans.find((span) => span.startMs === startMs)
  return next === undefined ? undefined : { fromMs: next.startMs, toMs: Math.min(next.startMs + lengthMs, next.endMs), continued: false }
}

/** Why there is nothing at a moment, in the ledger's words, else in those of the recordings' own gaps. */
export function reasonAt(ledger: readonly LedgerEntry[], gaps: RecordingList['gaps'], atMs: number): string {
  const entry = ledger.find(({ startMs, endMs, state }) => state !== 'recorded' && atMs >= startMs - NEAR_MS && atMs < endMs)
  return entry?.reason ?? gaps.find(({ startMs, endMs }) => atMs >= startMs - NEAR_MS && atMs < endMs)?.reason ?? 'nothing was recorded'
}

/** What is said over the picture when a gap is passed over: `12 s missing: camera unplugged`. */
export const wordsOfGap = (lengthMs: number, reason: string): string => `${formatAge(lengthMs)} missing: ${reason}`
