import type { CameraId } from '#protocols/ids.ts'
import { HOUR_MS, hourOf, type CameraPolicy, type MotionNote } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'

/** How often what was seen is written to the catalog, in ms: a node that dies takes so much with it. That motion begins is written at once. @default 10000 */
export const MOTION_NOTE_MS = 10_000
/** Between two looks no longer apart than this, in ms, the camera was watched; motion in both is one. @default 10000 */
export const MOTION_GAP_MS = 10_000
/** What lies between two looks no longer apart than this, in ms, is accounted for: a camera that can not be looked at is recorded as if something moved. @default 30000 */
export const WATCH_GAP_MS = 30_000

type Stretch = MotionNote['moved'][number]
interface Unwritten { readonly hour: string; watchedMs: number; watched: Stretch[]; moved: Stretch[]; sinceMs: number }

/** Keeps in the catalog when something moved before a camera, and when somebody looked. */
export interface MotionNotes extends Pick<Startable, 'stop'> {
  /** The camera was attached: nobody looked since it was before. */
  begins(camera: CameraId): void
  /** A picture of the camera was looked at now. */
  looked(camera: CameraId, moved: boolean): void
}

export function createMotionNotes({ policy, log, nowMs = Date.now }: { policy: Pick<CameraPolicy, 'note'>; log: Logger; nowMs?: () => number }): MotionNotes {
  const unwritten = new Map<CameraId, Unwritten>()
  const lastMs = new Map<CameraId, number>()
  const lastMovedMs = new Map<CameraId, number>()
  let writing: Promise<unknown> = Promise.resolve()

  function write(camera: CameraId, { hour, ...seen }: Unwritten): void {
    writing = writing.then(() => policy.note(camera, hour, (note) => ({ ...note, motion: both(note.motion ?? { watchedMs: 0, watched: [], moved: [] }, seen) })))
      .catch((err) => log.error('motion before %s is not noted - %s', camera, err)) // of an hour nobody knows enough it is kept as if something moved
  }

  function flush(camera: CameraId): void {
    const seen = unwritten.get(camera)
    unwritten.delete(camera)
    if (seen !== undefined) write(camera, seen)
  }

  /** Something moved now, and did not lately. */
  function beginsAt(camera: CameraId, now: number): boolean {
    const sinceMs = now - (lastMovedMs.get(camera) ?? -Infinity)
    lastMovedMs.set(camera, now)
    return sinceMs < 0 || sinceMs > MOTION_GAP_MS
  }

  return {
    begins(camera) { lastMs.delete(camera) },
    looked(camera, moved) {
      const now = nowMs()
      const before = lastMs.get(camera) ?? -Infinity
      lastMs.set(camera, now)
      const sinceMs = before <= now && now - before <= WATCH_GAP_MS ? before : now
      const hourMs = Math.floor(now / HOUR_MS) * HOUR_MS
      const known = unwritten.get(camera)
      if (known !== undefined && sinceMs < hourMs) known.watched = joined([...known.watched, { fromMs: sinceMs, toMs: hourMs }], TOUCHING_MS)
      if (known !== undefined && (known.hour !== hourOf(now) || now - known.sinceMs >= MOTION_NOTE_MS)) flush(camera)
      const seen = unwritten.get(camera) ?? { hour: hourOf(now), watchedMs: 0, watched: [], moved: [], sinceMs: now }
      unwritten.set(camera, seen)
      if (before <= now && now - before <= MOTION_GAP_MS) seen.watchedMs += now - before
      seen.watched = joined([...seen.watched, { fromMs: Math.max(sinceMs, hourMs), toMs: now + 1 }], TOUCHING_MS)
      if (!moved) return
      seen.moved = joined([...seen.moved, { fromMs: now, toMs: now + 1 }])
      if (beginsAt(camera, now)) flush(camera)
    },
    async stop() {
      for (const camera of unwritten.keys()) flush(camera)
      await writing
    }
  }
}

/** Between two stretches that are one, in ms. */
const TOUCHING_MS = 1

/** Both together; of an hour of which an older node noted something it is not known when it was watched. */
function both(one: MotionNote, { watchedMs, watched, moved }: Pick<Unwritten, 'watchedMs' | 'watched' | 'moved'>): MotionNote {
  return { watchedMs: one.watchedMs + watchedMs, moved: joined([...one.moved, ...moved]), ...(one.watched !== undefined && { watched: joined([...one.watched, ...watched], TOUCHING_MS) }) }
}

/** Stretches in order, those close together as one. */
export function joined(stretches: readonly Stretch[], gapMs = MOTION_GAP_MS): Stretch[] {
  const all: Stretch[] = []
  for (const each of [...stretches].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = all.at(-1)
    if (last !== undefined && each.fromMs - last.toMs <= gapMs) all[all.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, each.toMs) }
    else all.push({ fromMs: each.fromMs, toMs: each.toMs })
  }
  return all
}
