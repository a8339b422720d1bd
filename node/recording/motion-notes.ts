import type { CameraId } from '#protocols/ids.ts'
import type { CameraPolicy, MotionNote } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { hourOf } from './session-writer.ts'

/** How often what was seen is written to the catalog, in ms. @default 60000 */
export const MOTION_NOTE_MS = 60_000
/** Between two looks no longer apart than this, in ms, the camera was watched; motion in both is one. @default 10000 */
export const MOTION_GAP_MS = 10_000

type Stretch = MotionNote['moved'][number]
interface Unwritten { readonly hour: string; watchedMs: number; moved: Stretch[]; sinceMs: number }

/** Keeps in the catalog when something moved before a camera, and for how long somebody looked. */
export interface MotionNotes extends Pick<Startable, 'stop'> {
  /** A picture of the camera was looked at now. */
  looked(camera: CameraId, moved: boolean): void
}

export function createMotionNotes({ policy, log, nowMs = Date.now }: { policy: Pick<CameraPolicy, 'note'>; log: Logger; nowMs?: () => number }): MotionNotes {
  const unwritten = new Map<CameraId, Unwritten>()
  const lastMs = new Map<CameraId, number>()
  let writing: Promise<unknown> = Promise.resolve()

  function write(camera: CameraId, { hour, watchedMs, moved }: Unwritten): void {
    writing = writing.then(() => policy.note(camera, hour, (note) => ({ ...note, motion: { watchedMs: (note.motion?.watchedMs ?? 0) + watchedMs, moved: joined([...note.motion?.moved ?? [], ...moved]) } })))
      .catch((err) => log.error('motion before %s is not noted - %s', camera, err)) // of an hour nobody knows enough it is kept as if something moved
  }

  function flush(camera: CameraId): void {
    const seen = unwritten.get(camera)
    unwritten.delete(camera)
    if (seen !== undefined) write(camera, seen)
  }

  return {
    looked(camera, moved) {
      const now = nowMs()
      const before = lastMs.get(camera) ?? -Infinity
      lastMs.set(camera, now)
      const known = unwritten.get(camera)
      if (known !== undefined && (known.hour !== hourOf(now) || now - known.sinceMs >= MOTION_NOTE_MS)) flush(camera)
      const seen = unwritten.get(camera) ?? { hour: hourOf(now), watchedMs: 0, moved: [], sinceMs: now }
      unwritten.set(camera, seen)
      if (now - before <= MOTION_GAP_MS) seen.watchedMs += now - before
      if (moved) seen.moved = joined([...seen.moved, { fromMs: now, toMs: now + 1 }])
    },
    async stop() {
      for (const camera of unwritten.keys()) flush(camera)
      await writing
    }
  }
}

/** Stretches in order, those close together as one. */
export function joined(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = []
  for (const each of [...stretches].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = all.at(-1)
    if (last !== undefined && each.fromMs - last.toMs <= MOTION_GAP_MS) all[all.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, each.toMs) }
    else all.push({ fromMs: each.fromMs, toMs: each.toMs })
  }
  return all
}
