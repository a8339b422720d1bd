import type { MotionList } from '#protocols/http.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { joined } from './motion-notes.ts'

/** Stretches in one answer, at most; the newest are told in the next. @default 5000 */
export const MAX_MOTIONS = 5_000

/** When something moved before a camera, as any node noted it. */
export function motionsOf(index: Pick<Ring['catalog']['index'], 'notes'>, camera: CameraId, fromMs: number, toMs: number): MotionList {
  const seen = index.notes(camera, fromMs, toMs).flatMap(({ motion }) => motion ?? [])
  const within = joined(seen.flatMap(({ moved }) => moved)).filter((each) => each.toMs > fromMs && each.fromMs < toMs)
  const motions = within.slice(0, MAX_MOTIONS)
  const truncated = within.length > motions.length
  return { camera, fromMs, toMs: truncated ? motions.at(-1)!.toMs : toMs, watchedMs: seen.reduce((sum, { watchedMs }) => sum + watchedMs, 0), truncated, motions }
}
