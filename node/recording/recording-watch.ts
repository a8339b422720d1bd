import type { CameraId } from '#protocols/ids.ts'
import type { Alarms } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { PublishedCamera } from '../live/live-cameras.ts'

/** A camera that is here to be recorded, and of which nothing new was stored for this long, is an alarm, in ms. @default 10000 */
export const RECORDING_LATE_MS = 10_000
/** How often it is looked at, in ms. @default 1000 */
export const RECORDING_LOOK_MS = 1_000

export interface RecordingWatchComponents {
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  readonly cameras: () => ReadonlyArray<Pick<PublishedCamera, 'recorder'> & { readonly camera: Pick<PublishedCamera['camera'], 'id' | 'name' | 'silentMs'> }>
  readonly log: Logger
  /** Milliseconds that never go back. @default performance.now */
  readonly nowMs?: () => number
}

/** Raises an alarm for every camera of this node whose recording does not move on, and clears it when it does, or when the camera leaves. */
export interface RecordingWatch extends Startable {
  look(): void
}

export function createRecordingWatch({ alarms, cameras, log, nowMs = () => performance.now() }: RecordingWatchComponents): RecordingWatch {
  const moved = new Map<CameraId, { durableMs: number; atMs: number }>()

  function look(): void {
    const here = new Set<CameraId>()
    for (const { camera, recorder } of cameras()) {
      if (recorder === undefined) continue
      here.add(camera.id)
      const durableMs = recorder.durable()?.ms ?? 0
      const known = moved.get(camera.id)
      if (known === undefined || known.durableMs !== durableMs) moved.set(camera.id, { durableMs, atMs: nowMs() })
      const isLate = known !== undefined && known.durableMs === durableMs && nowMs() - known.atMs >= RECORDING_LATE_MS
      if (!isLate) alarms.clear(keyOf(camera.id))
      else alarms.raise({ key: keyOf(camera.id), severity: 'critical', message: `${camera.name} is not recorded: ${reason(camera.silentMs())}` })
    }
    for (const id of moved.keys()) {
      if (here.has(id)) continue
      moved.delete(id)
      alarms.clear(keyOf(id))
    }
  }

  const looking = repeating(look, RECORDING_LOOK_MS, log)
  return { look, start: () => looking.start(), stop: () => looking.stop() }
}

const keyOf = (camera: CameraId): string => `not-recorded/${camera}`
const reason = (silentMs: number): string => silentMs >= RECORDING_LATE_MS / 2
  ? 'it is connected but sends nothing. Check the camera and its cable.'
  : 'its pictures arrive, but nothing of it was stored for ten seconds. Check the disks of the ring.'
