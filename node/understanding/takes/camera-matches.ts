import type { CameraId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { DeriveOptions } from '../../derive/derive-process.ts'
import type { Span } from '../subject.ts'
import type { CameraFootage } from './camera-footage.ts'
import { spanOf } from './candidates.ts'
import type { Heard } from './listened.ts'
import { laterBy, MAX_FOOTAGE_MS, type Recording } from './recording.ts'
import type { Syncs } from './syncs.ts'
import type { Angle, Place } from './take.ts'

/** What of a camera's footage a clip was heard in, and where the clip lies in it. */
export interface CameraMatch {
  readonly footage: Recording
  readonly place: Place & Pick<Angle, 'confidence'>
}

export interface CameraMatches {
  /** Cameras that recorded sound while the clip was made, give or take what its clock may be wrong by, and what each did; none for a clip whose clock means no moment. */
  camerasOf(clip: Asset): Heard
  /** Undefined where the camera heard nothing of it. @throws what `Syncs` throws, NotFoundError */
  match(clip: Asset, camera: CameraId, options: DeriveOptions): Promise<CameraMatch | undefined>
}

export function createCameraMatches({ footage, syncs }: { readonly footage: CameraFootage; readonly syncs: Syncs }): CameraMatches {
  return {
    camerasOf(clip) {
      const span = searched(clip)
      return span === undefined ? new Map() : footage.camerasAt(span)
    },
    async match(clip, camera, options) {
      const span = searched(clip)
      if (span === undefined) return undefined
      const wide = await footage.find({ camera, ...span })
      const found = await syncs.sync(wide, clip, options)
      if (!found.found) return undefined
      const near = await footage.find({ camera, ...common(wide, found, clip) })
      return { footage: near, place: { ...found, offsetMs: found.offsetMs - laterBy(wide.facts.id, near.facts.id) } }
    }
  }
}

function searched(clip: Asset): Span | undefined {
  const span = spanOf(clip)
  return span && { fromMs: Math.max(0, Math.floor(span.fromMs)), toMs: Math.ceil(Math.min(span.toMs, span.fromMs + MAX_FOOTAGE_MS)) }
}

/** What of the footage was recorded while the clip was, by what was heard. */
function common({ facts: { probe } }: Recording, { offsetMs, driftPpm }: Place, clip: Asset): Span {
  const [beginsMs, lengthMs] = [probe.createdAtMs!, probe.durationMs!]
  const endMs = offsetMs + clip.facts.probe.durationMs! * (1 + driftPpm / 1e6)
  return { fromMs: beginsMs + Math.max(0, Math.floor(offsetMs)), toMs: beginsMs + Math.min(lengthMs, Math.ceil(endMs)) }
}
