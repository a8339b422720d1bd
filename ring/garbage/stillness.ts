/** Which hours of a camera nothing moved in, as far as nodes looked. Pure. */
import { hourOf } from '../catalog/camera-hour.ts'
import type { HourNote, MotionNote, RecordedHour } from '../catalog/camera-policy.ts'

/** An hour counts as still when so much of what is recorded of it was looked at, 0 to 1. @default 0.9 */
export const WATCHED_SHARE = 0.9
/** Motion so long before or after what is recorded of an hour belongs to it, in ms: what came before and after it is recorded with it, and pictures may arrive later than they were taken. @default 60000 */
export const MOTION_REACH_MS = 60_000

/** The names of those hours; one of which too little was seen is none. */
export function stillHours(hours: readonly RecordedHour[], notes: readonly HourNote[]): ReadonlySet<string> {
  const byHour = Map.groupBy(notes, ({ hour }) => hour)
  const seenIn = (hour: string): MotionNote[] => (byHour.get(hour) ?? []).flatMap(({ motion }) => motion ?? [])
  return new Set(hours.filter(({ hour, startMs, endMs }) => {
    const [fromMs, toMs] = [startMs - MOTION_REACH_MS, endMs + MOTION_REACH_MS]
    const seen = seenIn(hour)
    const watchedMs = seen.reduce((sum, each) => sum + each.watchedMs, 0)
    const around = [fromMs, toMs].flatMap((ms) => seenIn(hourOf(ms))).flatMap(({ moved }) => moved)
    return watchedMs >= WATCHED_SHARE * (endMs - startMs) && seen.every(({ moved }) => moved.length === 0) && !around.some((motion) => motion.toMs > fromMs && motion.fromMs < toMs)
  }).map(({ hour }) => hour))
}
