import type { AccessUnit } from '#protocols/rtp/depacketiser.ts'
import { decodable, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { MotionLook } from './motion-detector.ts'

/** Pictures of a second that are looked at before a live camera. @default 5 */
export const LIVE_MOTION_RATE = 5
/** Pictures that wait for so long behind a look tell that the machine is busy, in ms: then keyframes alone are looked at. @default 1000 */
export const MOTION_BEHIND_MS = 1_000
/** For so long, in ms. @default 30000 */
export const MOTION_REST_MS = 30_000

/** What has to be decoded of a camera for the next look at it. */
export interface MotionGroup {
  /** Whether a decoder that gets all can use it. */
  add(unit: AccessUnit): boolean
  /** What is to be looked at now, when a look is due. */
  due(): Pick<MotionLook, 'pictures' | 'goesOn'> | undefined
  /** It could not be looked at. */
  failed(): void
}

export function createMotionGroup({ codec, nowMs }: { codec: VideoCodec; nowMs: () => number }): MotionGroup {
  let pictures: Uint8Array[] = []
  let goesOn = false
  /** Every picture since the keyframe is here, or was taken. */
  let isWhole = false
  let [sinceMs, restsUntilMs] = [-Infinity, -Infinity]
  let [newest, looked] = [0, undefined as number | undefined]

  function rest(): void {
    [isWhole, restsUntilMs] = [false, nowMs() + MOTION_REST_MS]
    pictures = goesOn ? [] : pictures.slice(0, 1) // a keyframe
  }

  function begin(unit: AccessUnit): void {
    [pictures, goesOn, isWhole, sinceMs] = [[decodable(codec, unit.nals)], false, nowMs() >= restsUntilMs, nowMs()]
  }

  function goOn(unit: AccessUnit): void {
    if (pictures.length === 0) sinceMs = nowMs()
    pictures.push(decodable(codec, unit.nals))
    if (nowMs() - sinceMs > MOTION_BEHIND_MS) rest()
  }

  return {
    failed: rest,
    add(unit) {
      if (unit.damaged || (unit.lost > 0 && !unit.keyframe)) isWhole = false
      else if (unit.keyframe) begin(unit)
      else if (isWhole) goOn(unit)
      const isUsed = isWhole || (unit.keyframe && !unit.damaged)
      if (isUsed) newest = unit.timestamp
      return isUsed
    },
    due() {
      if (pictures.length === 0 || (looked !== undefined && (newest - looked) >>> 0 < 90_000 / LIVE_MOTION_RATE)) return undefined
      const taken = { pictures, goesOn }
      ;[looked, pictures, goesOn] = [newest, [], true]
      return taken
    }
  }
}
