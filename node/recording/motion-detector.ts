import type { CameraId } from '#protocols/ids.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createKeyframeProcess } from '../library/keyframes/keyframe-process.ts'
import type { BlockAreas } from './motion-blocks.ts'
import type { Change } from './motion-picture.ts'

/** To the child: the last of these pictures is looked at. */
export interface MotionLook {
  readonly camera: CameraId
  readonly codec: VideoCodec
  /** As decoders take them, in their order, none missing. */
  readonly pictures: readonly Uint8Array[]
  /** They follow those of the camera's look before; otherwise the first one is a keyframe. */
  readonly goesOn: boolean
  /** By a clock that never goes back. */
  readonly atMs: number
  readonly areas?: BlockAreas | undefined
}

/** Says how much of a camera's picture changed since its last ones; decoding is a child process's. */
export interface MotionDetector extends Pick<Startable, 'stop'> {
  /** What changed, where it counts; undefined when it can not be told: only a keyframe can be looked at next. */
  look(look: MotionLook): Promise<Change | undefined>
}

export function createMotionDetector({ log }: { log: Logger }, { program = new URL('./motion-child.ts', import.meta.url) }: { program?: URL } = {}): MotionDetector {
  const { ask, stop } = createKeyframeProcess<MotionLook, Change>({ log }, { program })
  return { stop, look: ask }
}
