import type { CameraId } from '#protocols/ids.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createKeyframeProcess, type Keyframe } from '../library/keyframes/keyframe-process.ts'
import type { BlockAreas } from './motion-blocks.ts'
import type { Change } from './motion-picture.ts'

/** To the child. */
export interface MotionLook extends Keyframe { readonly camera: CameraId; readonly areas?: BlockAreas | undefined }

/** Says how much of a camera's picture changed since its last one; decoding is a child process's. */
export interface MotionDetector extends Pick<Startable, 'stop'> {
  /** What changed, where it counts; undefined when it can not be told. */
  look(camera: CameraId, codec: VideoCodec, bytes: Uint8Array, areas?: BlockAreas): Promise<Change | undefined>
}

export function createMotionDetector({ log }: { log: Logger }, { program = new URL('./motion-child.ts', import.meta.url) }: { program?: URL } = {}): MotionDetector {
  const { ask, stop } = createKeyframeProcess<MotionLook, Change>({ log }, { program })
  return { stop, look: (camera, codec, bytes, areas) => ask({ camera, codec, bytes, areas }) }
}
