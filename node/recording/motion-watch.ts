import type { Depacketiser } from '#protocols/rtp/depacketiser.ts'
import { depacketiserOf } from '#protocols/rtp/video-codecs.ts'
import { codingOf } from '../live/coding.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import type { PacketSink } from '../live/track-reader.ts'
import type { BlockAreas } from './motion-blocks.ts'
import type { MotionDetector } from './motion-detector.ts'
import { createMotionGroup } from './motion-group.ts'

/** Of a picture, this share has to change, 0 to 1. @default 0.008 */
export const MOTION_SHARE = 0.008
/** A keyframe is asked for when no picture that can be decoded came for so many ms; on a busy machine only keyframes are looked at. @default 1500 */
export const MOTION_KEYFRAME_MS = 1_500
/** When no picture could be looked at for so many ms, the camera is recorded as if there were motion. @default 15000 */
export const BLIND_MS = 15_000

export interface MotionWatchInit {
  /** @default BLIND_MS */
  readonly blindMs?: number
}

/** Looks at a camera's pictures for motion while that is wanted. */
export interface MotionWatch {
  /** Something moved lately, or nobody can say that nothing did. */
  isMoving(): boolean
}

export function createMotionWatch({ detector, nowMs = () => performance.now() }: { detector: Pick<MotionDetector, 'look'>; nowMs?: () => number }, { camera, wanted, postRollMs, areas = () => undefined, onLook = () => {}, blindMs = BLIND_MS }: MotionWatchInit & { camera: LiveCamera; wanted: () => boolean; postRollMs: () => number; areas?: () => BlockAreas | undefined; onLook?: (moved: boolean, zones: readonly string[]) => void }): MotionWatch {
  const { codec } = codingOf(camera.tracks)
  let group = createMotionGroup({ codec, nowMs })
  let depacketiser: Depacketiser | undefined
  let checkedMs = -Infinity
  let isWanted = false
  let isLooking = false
  let [usedMs, seenMs, movedMs] = [nowMs(), nowMs(), -Infinity]

  /** Asked for every packet, answered anew every half second. */
  function isOn(): boolean {
    if (nowMs() - checkedMs < 500) return isWanted
    checkedMs = nowMs()
    const was = isWanted
    isWanted = wanted()
    if (isWanted && !was) [usedMs, seenMs, depacketiser, group] = [nowMs(), nowMs(), depacketiserOf(codec), createMotionGroup({ codec, nowMs })]
    return isWanted
  }

  async function look(): Promise<void> {
    const due = isLooking ? undefined : group.due()
    if (due === undefined) return
    isLooking = true
    const change = await detector.look({ camera: camera.id, codec, atMs: nowMs(), areas: areas(), ...due })
    isLooking = false
    if (change === undefined) return group.failed()
    seenMs = nowMs()
    const moved = change.share >= MOTION_SHARE
    if (moved) movedMs = nowMs()
    onLook(moved, change.zones)
  }

  const sink: PacketSink = {
    write({ track, rtp }) {
      if (track.kind !== 'video' || !isOn()) return
      for (const unit of depacketiser?.push(rtp) ?? []) if (group.add(unit)) usedMs = nowMs()
      void look()
      if (nowMs() - usedMs > MOTION_KEYFRAME_MS) camera.requestKeyframe()
    },
    report() {},
    ended() {}
  }
  camera.add(sink)
  return { isMoving: () => nowMs() - movedMs < postRollMs() || nowMs() - seenMs > blindMs }
}
