import { createHash } from 'node:crypto'
import { InvalidInputError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { hasSound, type Recordings } from '../../recording/recordings.ts'
import type { Span } from '../subject.ts'
import type { Heard } from './listened.ts'
import { type Footage, footageId, footageOf, MAX_FOOTAGE_MS, type Recording, type RecordingId } from './recording.ts'

/** Cameras whose footage a clip is compared with, at most. @default 12 */
export const MOST_CAMERAS = 12
/** A recording whose beginning is missed by less than this is there, in ms. */
const LOST_MS = 2_000

export interface CameraFootageComponents {
  readonly catalog: Pick<Ring['catalog'], 'cameras'> & { readonly index: Pick<Ring['catalog']['index'], 'recordings'> }
  readonly recordings: Pick<Recordings, 'open'>
}

/** What cameras recorded, as recordings that can be in a take. */
export interface CameraFootage {
  /** From the keyframe at or before its beginning to where it is recorded. @throws InvalidInputError, NotFoundError when nothing of it is recorded */
  find(footage: Footage): Promise<Recording>
  /** Undefined for an asset, and once its beginning was given up: nothing would say any more where it lies. */
  known(id: RecordingId): Recording | undefined
  /** Cameras that recorded sound at that time (Unix ms), those that did for the longest first, and what each did. */
  camerasAt(span: Span): Heard
}

export function createCameraFootage({ catalog, recordings }: CameraFootageComponents): CameraFootage {
  function known(id: RecordingId): Recording | undefined {
    const footage = footageOf(id)
    const session = footage && catalog.index.recordings(footage.camera, footage.fromMs, footage.fromMs + LOST_MS)[0]
    if (footage === undefined || session === undefined) return undefined
    const { camera, fromMs, toMs } = footage
    const name = catalog.cameras().find((one) => one.id === camera)?.name ?? camera
    const sound = hasSound(session) ? { audioCodec: 'opus' } : {}
    return {
      title: name, poster: undefined, deletedAtMs: undefined,
      facts: { id, name: fileName(footage), kind: 'video', mime: 'video/mp4', probe: { container: 'mp4', durationMs: toMs - fromMs, createdAtMs: fromMs, createdAtZone: 'utc', width: session.width, height: session.height, ...sound } }
    }
  }

  function heardOf(camera: CameraId, { fromMs, toMs }: Span): Span[] {
    return catalog.index.recordings(camera, fromMs, toMs).filter(hasSound).map(({ startMs, endMs }) => ({ fromMs: Math.max(startMs, fromMs), toMs: Math.min(endMs, toMs) }))
  }

  return {
    known,
    camerasAt(span) {
      const heard = catalog.cameras().map(({ id }) => ({ id, stretches: heardOf(id, span) })).map((one) => ({ ...one, ms: lengthOf(one.stretches) })).filter(({ ms }) => ms > 0)
      return new Map(heard.sort((a, b) => b.ms - a.ms || (a.id < b.id ? -1 : 1)).slice(0, MOST_CAMERAS).map(({ id, stretches }) => [id, inShort(stretches)]))
    },
    async find({ camera, fromMs, toMs }) {
      if (toMs - fromMs > MAX_FOOTAGE_MS) throw new InvalidInputError(`more than ${MAX_FOOTAGE_MS / 3_600_000} hours of ${camera}: a take has less of a camera`)
      const { startMs, durationMs } = await recordings.open(camera, fromMs, toMs)
      return known(footageId({ camera, fromMs: Math.ceil(startMs), toMs: Math.max(Math.ceil(startMs) + 1, Math.floor(Math.min(toMs, startMs + durationMs))) }))!
    }
  }
}

const lengthOf = (stretches: readonly Span[]): number => stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
const inShort = (stretches: readonly Span[]): string => createHash('sha256').update(JSON.stringify(stretches)).digest('hex').slice(0, 8)

/** As it is exported when nobody says otherwise. */
const fileName = ({ camera, fromMs }: Footage): string => `${camera} ${new Date(fromMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z.mp4`
