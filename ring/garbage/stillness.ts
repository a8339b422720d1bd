/** Which hours of a camera nothing moved in, as far as nodes looked. Pure. */
import type { HourNote, RecordedHour } from '../catalog/camera-policy.ts'

/** An hour counts as still when so much of what is recorded of it was looked at, 0 to 1. @default 0.9 */
export const WATCHED_SHARE = 0.9

/** The names of those hours; one of which too little was seen is none. */
export function stillHours(hours: readonly RecordedHour[], notes: readonly HourNote[]): ReadonlySet<string> {
  const byHour = Map.groupBy(notes, ({ hour }) => hour)
  return new Set(hours.filter(({ hour, startMs, endMs }) => {
    const seen = (byHour.get(hour) ?? []).flatMap(({ motion }) => motion ?? [])
    const watchedMs = seen.reduce((sum, each) => sum + each.watchedMs, 0)
    return seen.every(({ moved }) => moved.length === 0) && watchedMs >= WATCHED_SHARE * (endMs - startMs)
  }).map(({ hour }) => hour))
}
