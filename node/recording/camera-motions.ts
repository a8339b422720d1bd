import type { CameraId } from '#protocols/ids.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'

/** Motion is over when nothing was seen of it for so many ms: a busy machine looks about every second. @default 6000 */
export const MOTION_OVER_MS = 6_000

/** Motion before a camera of this node began or is over: of the whole picture (`zone` is null), and of each zone by itself. */
export interface MotionChange {
  readonly type: 'started' | 'ended'
  readonly camera: CameraId
  readonly name: string
  readonly zone: string | null
  /** Unix ms at which it began. */
  readonly sinceMs: number
}

export interface CameraMotions extends Pick<Startable, 'stop'> {
  /** A picture of the camera was looked at: in which zones something moved; undefined: nothing did anywhere. */
  looked(camera: { readonly id: CameraId; readonly name: string }, zones: readonly string[] | undefined): void
  readonly changed: Signal<MotionChange>
}

export function createCameraMotions({ nowMs = Date.now }: { nowMs?: () => number } = {}, { overMs = MOTION_OVER_MS }: { overMs?: number } = {}): CameraMotions {
  const moving = new Map<string, NodeJS.Timeout>()
  const changed = emitter<MotionChange>()

  function move(motion: Omit<MotionChange, 'type' | 'sinceMs'>): void {
    const key = JSON.stringify([motion.camera, motion.zone])
    const known = moving.get(key)
    if (known !== undefined) return void known.refresh()
    const sinceMs = nowMs()
    moving.set(key, setTimeout(() => {
      moving.delete(key)
      changed.emit({ type: 'ended', ...motion, sinceMs })
    }, overMs).unref())
    changed.emit({ type: 'started', ...motion, sinceMs })
  }

  return {
    changed,
    looked({ id, name }, zones) {
      if (zones !== undefined) for (const zone of [null, ...zones]) move({ camera: id, name, zone })
    },
    stop() {
      for (const timer of moving.values()) clearTimeout(timer)
      moving.clear()
    }
  }
}
