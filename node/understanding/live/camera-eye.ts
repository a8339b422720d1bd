import type { TrackReport } from '#protocols/media.ts'
import type { Depacketiser } from '#protocols/rtp/depacketiser.ts'
import { decodable, depacketiserOf } from '#protocols/rtp/video-codecs.ts'
import type { Keyframe } from '../../library/keyframes/keyframe-process.ts'
import { codingOf } from '../../live/coding.ts'
import type { LiveCamera } from '../../live/live-camera.ts'
import type { PacketSink } from '../../live/track-reader.ts'
import { capturedMs } from '../../recording/source-clock.ts'

/** A live camera is looked at this often, in ms. @default 2000 */
export const LOOK_EVERY_MS = 2_000
/** A keyframe is asked for when none came for so long after a look was due, in ms. @default 1500 */
export const KEYFRAME_WAIT_MS = 1_500

/** A picture of a live camera that depends on no other. */
export interface LiveKeyframe extends Keyframe {
  /** Unix ms at which it was captured. */
  readonly atMs: number
}

export interface CameraEyeInit {
  readonly camera: LiveCamera
  /** Whether anybody can look; asked when a look is due. */
  readonly wanted: () => boolean
  /** Looked at one after the other; what comes meanwhile is passed over. */
  readonly look: (keyframe: LiveKeyframe) => Promise<void>
  readonly onEnd: () => void
  readonly nowMs?: () => number
}

/** Takes a keyframe from a live camera every now and then. Answers how to leave it. */
export function watchCamera({ camera, wanted, look, onEnd, nowMs = () => performance.now() }: CameraEyeInit): () => void {
  const { codec } = codingOf(camera.tracks)
  /** While a look is due: packets are put together for nothing else. */
  let pictures: Depacketiser | undefined
  let isCut = false
  let report: TrackReport | undefined
  let isLooking = false
  let lookedMs = -Infinity
  let askedMs = -Infinity

  function begin(): void {
    if (wanted()) [pictures, isCut] = [depacketiserOf(codec), true]
    else lookedMs = nowMs()
  }

  async function see(keyframe: LiveKeyframe): Promise<void> {
    isLooking = true
    lookedMs = nowMs()
    await look(keyframe)
    isLooking = false
  }

  const sink: PacketSink = {
    write({ track, rtp, arrivedMs }) {
      if (track.kind !== 'video') return
      if (isLooking || nowMs() - lookedMs < LOOK_EVERY_MS) return
      if (pictures === undefined) begin()
      for (const unit of pictures?.push(rtp) ?? []) {
        const isWhole = !isCut && !unit.damaged // the first one may have begun before
        isCut = false
        if (!unit.keyframe || !isWhole) continue
        pictures = undefined
        return void see({ atMs: Math.round(capturedMs(report, unit.timestamp, arrivedMs)), codec, bytes: decodable(codec, unit.nals) })
      }
      if (nowMs() - lookedMs < LOOK_EVERY_MS + KEYFRAME_WAIT_MS || nowMs() - askedMs < KEYFRAME_WAIT_MS) return
      askedMs = nowMs()
      camera.requestKeyframe()
    },
    report(heard) {
      if (camera.tracks.find(({ index }) => index === heard.track)?.kind === 'video') report = heard
    },
    ended: onEnd
  }
  return camera.add(sink)
}
