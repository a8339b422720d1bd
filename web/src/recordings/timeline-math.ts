import type { LedgerEntry, RecordingSpan } from '#protocols/http.ts'

/** Longest stretch that is asked for as one MP4, ms. @default 300000 */
export const WINDOW_MS = 300_000
/** A span this close to its end has nothing left to play, ms. @default 250 */
const REST_MS = 250
const DAY_HOURS_MS = 3_600_000

/** A stretch of wall clock, ms; `toMs` is not part of it. */
export interface Range { readonly fromMs: number; readonly toMs: number }

type Spans = readonly Pick<RecordingSpan, 'startMs' | 'endMs'>[]

/** What to play for the moment `atMs`: a window that stays inside one span, starting there or at the next span; undefined when nothing comes after. */
export function planWindow(spans: Spans, atMs: number): Range | undefined {
  const next = spans.filter(({ startMs, endMs }) => endMs - REST_MS > Math.max(atMs, startMs)).sort((a, b) => a.startMs - b.startMs)[0]
  if (next === undefined) return undefined
  const fromMs = Math.max(Math.round(atMs), next.startMs)
  return { fromMs, toMs: Math.min(fromMs + WINDOW_MS, next.endMs) }
}

/** The local day that contains `ms`: 23 or 25 hours long when the clocks change. */
export function dayOf(ms: number): Range {
  const date = new Date(ms)
  const at = (days: number): number => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime()
  return { fromMs: at(0), toMs: at(1) }
}

/** The day before (-1) or after (1). */
export function stepDay({ fromMs, toMs }: Range, step: -1 | 1): Range {
  return dayOf(step === 1 ? toMs + DAY_HOURS_MS : fromMs - DAY_HOURS_MS)
}

/** The nearest day in that direction that has recordings; `hours` are the API's UTC hours. */
export function stepRecordedDay(hours: readonly string[], day: Range, step: -1 | 1): Range | undefined {
  const times = hours.map((hour) => Date.parse(`${hour}:00:00Z`)).filter((ms) => !Number.isNaN(ms))
  const past = times.filter((ms) => ms + DAY_HOURS_MS <= day.fromMs)
  const future = times.filter((ms) => ms >= day.toMs)
  if (step === -1) return past.length === 0 ? undefined : dayOf(Math.max(...past))
  return future.length === 0 ? undefined : dayOf(Math.min(...future))
}

/**
 * The day to turn to when playback leaves `day` at its end, undefined to stay: it played across midnight since it was at `beforeMs`,
 * or it waits (`isOver`) because nothing more of the day was recorded. Whoever looks at another day than the one that plays is left alone.
 */
export function dayToTurnTo(day: Range, hours: readonly string[], { beforeMs, atMs, isOver }: { readonly beforeMs: number | null; readonly atMs: number; readonly isOver: boolean }): Range | undefined {
  const isOfDay = (ms: number): boolean => ms >= day.fromMs && ms < day.toMs
  if (beforeMs !== null && isOfDay(beforeMs) && atMs >= day.toMs) return dayOf(atMs)
  return isOver && isOfDay(atMs) ? stepRecordedDay(hours, day, 1) : undefined
}

/** A view of `lengthMs` around a moment, kept inside the day where it fits. */
export function viewAround(atMs: number, lengthMs: number, day: Range): Range {
  if (lengthMs >= day.toMs - day.fromMs) return day
  const fromMs = Math.min(Math.max(atMs - lengthMs / 2, day.fromMs), day.toMs - lengthMs)
  return { fromMs, toMs: fromMs + lengthMs }
}

/** Where a moment lies in a range, 0..1, or beyond when it is outside. */
export function shareOf(ms: number, { fromMs, toMs }: Range): number {
  return (ms - fromMs) / Math.max(1, toMs - fromMs)
}

const STEPS_MS = [10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000]

/** Round moments of a range to label, at most `most` of them; aligned to the local clock. */
export function ticksOf({ fromMs, toMs }: Range, most: number): number[] {
  const step = STEPS_MS.find((step) => (toMs - fromMs) / step <= most) ?? 43_200_000
  const offset = new Date(fromMs).getTimezoneOffset() * 60_000
  const ticks: number[] = []
  for (let at = Math.ceil((fromMs - offset) / step) * step + offset; at <= toMs; at += step) ticks.push(at)
  return ticks
}

/** What became of a moment; what is lost is found `slackMs` wide, for it may be narrower than a finger. */
export function rangeAt(ledger: readonly LedgerEntry[], atMs: number, slackMs: number): LedgerEntry | undefined {
  return ledger.find(({ state, startMs, endMs }) => state === 'lost' && atMs >= startMs - slackMs && atMs < endMs + slackMs)
    ?? ledger.find(({ startMs, endMs }) => atMs >= startMs && atMs < endMs)
}

/** Time of one state inside a range, ms. */
export function timeIn(ledger: readonly LedgerEntry[], wanted: LedgerEntry['state'], { fromMs, toMs }: Range): number {
  return ledger.filter(({ state }) => state === wanted).reduce((sum, { startMs, endMs }) => sum + Math.max(0, Math.min(endMs, toMs) - Math.max(startMs, fromMs)), 0)
}
