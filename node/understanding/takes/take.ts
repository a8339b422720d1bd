/** Several recordings of one moment, on one clock. Pure. */
import { areOne, footageId, footageOf, laterBy, MAX_FOOTAGE_MS, type RecordingId } from './recording.ts'

/** What says where a recording lies. A person's word stands: nothing moves it but another person's. */
export type Ground = 'sound' | 'timecode' | 'clock' | 'person'

/** Where a recording lies on another's clock, or on a take's: at `t` ms of its own it is `offsetMs + t · (1 + driftPpm / 1e6)` there. */
export interface Place {
  readonly offsetMs: number
  readonly driftPpm: number
}

export interface Angle extends Place {
  readonly recording: RecordingId
  readonly by: Ground
  /** 0 to 1. */
  readonly confidence: number
}

export interface Take {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  /** Who made it, or empty: it was found. */
  readonly by: string
  readonly angles: readonly Angle[]
  /** Recordings that a person took out: they are not put in again. */
  readonly out: readonly RecordingId[]
  /** A person said it is none: its recordings are not put together again. */
  readonly isDissolved: boolean
}

/** Recordings of one take at most. @default 60 */
export const MAX_ANGLES = 60
/** Longest name of a take, in UTF-16 units. @default 200 */
export const MAX_TAKE_NAME = 200

/** `within` is where `base` lies; `place` where another lies on the clock of `base`. Answers where the other lies. */
export function placedIn(within: Place, place: Place): Place {
  const rate = 1 + within.driftPpm / 1e6
  return { offsetMs: within.offsetMs + place.offsetMs * rate, driftPpm: (rate * (1 + place.driftPpm / 1e6) - 1) * 1e6 }
}

/** Where `base` lies on the clock of the other. */
export function turned({ offsetMs, driftPpm }: Place): Place {
  const rate = 1 + driftPpm / 1e6
  return { offsetMs: -offsetMs / rate, driftPpm: (1 / rate - 1) * 1e6 }
}

/** Where `second` lies on the clock of `first`, both of one take. */
export const between = (first: Place, second: Place): Place => placedIn(turned(first), second)

/** Where a recording lies in a take that it is in; footage of a camera also when other footage of it is, of the same time. */
export function placeIn({ angles }: Pick<Take, 'angles'>, recording: RecordingId): Place | undefined {
  const angle = angles.find((one) => areOne(one.recording, recording))
  return angle && placedIn(angle, { offsetMs: laterBy(angle.recording, recording), driftPpm: 0 })
}

/** The angle of a camera with other footage of it, too, as far as that is not too long; others as they are. */
export function widened(angle: Angle, other: RecordingId | undefined): Angle {
  const [own, more] = [footageOf(angle.recording), other === undefined ? undefined : footageOf(other)]
  if (own === undefined || more === undefined || own.camera !== more.camera) return angle
  const [fromMs, toMs] = [Math.min(own.fromMs, more.fromMs), Math.max(own.toMs, more.toMs)]
  if (toMs - fromMs > MAX_FOOTAGE_MS) return angle
  return { ...angle, recording: footageId({ camera: own.camera, fromMs, toMs }), ...placedIn(angle, { offsetMs: fromMs - own.fromMs, driftPpm: 0 }) }
}

/** The angle in which a take has a recording, or other footage of its camera. */
export const angleFor = ({ angles }: Pick<Take, 'angles'>, recording: RecordingId): Angle | undefined => angles.find((angle) => angle.recording === recording || isOfCamera(angle.recording, footageOf(recording)?.camera))
const isOfCamera = (recording: RecordingId, camera: string | undefined): boolean => camera !== undefined && footageOf(recording)?.camera === camera

/** When on the take's clock a recording is over. */
export const endOf = ({ offsetMs, driftPpm }: Place, durationMs: number): number => offsetMs + durationMs * (1 + driftPpm / 1e6)
