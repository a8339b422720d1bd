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
/** Spans of recordings of which each is fetched by itself: pictures of one may be described as no other's are. */
export type Recorded = readonly Pick<RecordingSpan, 'session' | 'startMs' | 'endMs'>[]

/** The span that is played at a moment: of several the one that lasts longest. */
export function spanAt<Span extends Spans[number]>(spans: readonly Span[], atMs: number): Span | undefined {
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

/** A stretch of one recording; `continued`: of which a player has all that lies before. */
export interface Fetch { readonly session: string; readonly fromMs: number; readonly toMs: number; readonly continued: boolean }

/** What to fetch next for a player that has everything of a recording up to `toMs`: more of it (`leastMs` where it may grow), or the one after it; undefined when there is nothing yet. */
export function nextFetch(spans: Recorded, { session, toMs: hadMs }: Pick<Fetch, 'session' | 'toMs'>, lengthMs: number, leastMs: number): Fetch | undefined {
  const current = spans.find((span) => span.session === session && span.endMs > hadMs - NEAR_MS)
  const mayGrow = current !== undefined && !spans.some(({ startMs }) => startMs > current.startMs)
  if (current !== undefined && current.endMs - hadMs >= (mayGrow ? leastMs : LAST_PART_MS)) return { session, fromMs: hadMs, toMs: Math.min(hadMs + lengthMs, current.endMs), continued: true }
  const next = spanAfter(spans.filter((span) => span !== current), hadMs)
  if (next === undefined) return undefined
  const fromMs = Math.max(next.startMs, hadMs)
  return { session: next.session, fromMs, toMs: Math.min(fromMs + lengthMs, next.endMs), continued: false }
}

/** The one that goes on at a moment, or else begins next. */
function spanAfter(spans: Recorded, atMs: number): Recorded[number] | undefined {
  const long = spans.filter(({ startMs, endMs }) => endMs - Math.max(startMs, atMs) > REST_MS)
  return spanAt(long, atMs) ?? long.filter(({ startMs }) => startMs > atMs).sort((a, b) => a.startMs - b.startMs)[0]
}

/** Why there is nothing at a moment, in the ledger's words, else in those of the recordings' own gaps. */
export function reasonAt(ledger: readonly LedgerEntry[], gaps: RecordingList['gaps'], atMs: number): string {
  const entry = ledger.find(({ startMs, endMs, state }) => state !== 'recorded' && atMs >= startMs - NEAR_MS && atMs < endMs)
  return entry?.reason ?? gaps.find(({ startMs, endMs }) => atMs >= startMs - NEAR_MS && atMs < endMs)?.reason ?? 'nothing was recorded'
}

/** What is said over the picture when a gap is passed over: `12 s missing: camera unplugged`. */
export const wordsOfGap = (lengthMs: number, reason: string): string => `${formatAge(lengthMs)} missing: ${reason}`
