import type { LedgerEntry } from '#protocols/http.ts'

const DAY_HOURS_MS = 3_600_000

/** A stretch of wall clock, ms; `toMs` is not part of it. */
export interface Range { readonly fromMs: number; readonly toMs: number }

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

/** Where a moment lies in a range, 0..1, or beyond when it is outside. */
export function shareOf(ms: number, { fromMs, toMs }: Range): number {
  return (ms - fromMs) / Math.max(1, toMs - fromMs)
}

const STEPS_MS = [1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000]

/** Round moments of a range to label, at most `most` of them; aligned to the local clock. */
export function ticksOf({ fromMs, toMs }: Range, most: number): number[] {
  const step = STEPS_MS.find((step) => (toMs - fromMs) / step <= most) ?? 172_800_000
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
