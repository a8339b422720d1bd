/** Weekly ranges on the clock of a time zone, as stretches of time. Pure. */
import type { WeekRange } from '#ring'
import { inOrder, joined, type Stretch } from './time-ranges.ts'

const DAY_MS = 86_400_000
const MAX_FORMATS = 500
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (format === undefined && formats.size >= MAX_FORMATS) formats.clear() // names differ in case alone, too
  if (format === undefined) formats.set(timeZone, format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }))
  return format
}

/** What the clock of the zone shows, as the Unix ms at which a clock in UTC shows the same. */
function shownMs(atMs: number, timeZone: string): number {
  const fields = new Map(formatOf(timeZone).formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  const field = (name: Intl.DateTimeFormatPartTypes): number => fields.get(name) ?? 0
  return Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'))
}

/** When the clock of the zone shows this; where it shows it twice, the first time; where it skips it, the moment of the skip. */
export function momentOf(shown: number, timeZone: string): number {
  const guesses = [shown - DAY_MS, shown + DAY_MS].map((near) => shown - (shownMs(near, timeZone) - Math.floor(near / 1000) * 1000)).sort((a, b) => a - b) as [number, number]
  return guesses.find((atMs) => shownMs(atMs, timeZone) === shown) ?? skipOf(shown, timeZone, ...guesses)
}

/** The first second between the two at which the clock shows more. */
function skipOf(shown: number, timeZone: string, beforeMs: number, afterMs: number): number {
  let [low, high] = [beforeMs, afterMs]
  while (high - low > 1_000) {
    const middle = low + Math.floor((high - low) / 2_000) * 1_000
    if (shownMs(middle, timeZone) > shown) high = middle
    else low = middle
  }
  return high
}

/** Midnight with which the day of `atMs` begins. */
export function dayStart(atMs: number, timeZone: string): number {
  return momentOf(Math.floor(shownMs(atMs, timeZone) / DAY_MS) * DAY_MS, timeZone)
}

/** Midnight with which the next day begins: 23 to 25 hours later. */
export function nextDay(atMs: number, timeZone: string): number {
  return momentOf((Math.floor(shownMs(atMs, timeZone) / DAY_MS) + 1) * DAY_MS, timeZone)
}

/** `2026-11-22` in that zone. */
export const dayName = (atMs: number, timeZone: string): string => new Date(shownMs(atMs, timeZone)).toISOString().slice(0, 10)

/** The stretches of the schedule inside `[fromMs, toMs)`, in order. */
export function scheduled(schedule: readonly WeekRange[], timeZone: string, fromMs: number, toMs: number): Stretch[] {
  const found: Stretch[] = []
  const firstDay = Math.floor(shownMs(fromMs, timeZone) / DAY_MS) - 1
  const lastDay = Math.floor(shownMs(toMs, timeZone) / DAY_MS)
  for (let day = firstDay; day <= lastDay; day++) {
    for (const { days, from, to } of schedule) {
      if (!days.includes(new Date(day * DAY_MS).getUTCDay())) continue
      const endDay = minutes(to) <= minutes(from) ? day + 1 : day
      const startMs = Math.max(fromMs, momentOf(day * DAY_MS + minutes(from) * 60_000, timeZone))
      const endMs = Math.min(toMs, momentOf(endDay * DAY_MS + minutes(to) * 60_000, timeZone))
      if (startMs < endMs) found.push({ startMs, endMs })
    }
  }
  return joined(inOrder(found), () => true)
}

const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
