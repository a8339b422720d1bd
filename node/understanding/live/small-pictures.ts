import { constants } from 'node:os'
import type { Logger } from '#ring/base/log.ts'
import { createKeyframeProcess, type Keyframe, type KeyframeProcess } from '../../library/keyframes/keyframe-process.ts'
import type { Picture } from '../inference/inference.ts'

/** Makes small pictures of keyframes. */
export type SmallPictures = KeyframeProcess<Keyframe, Picture>

export function createSmallPictures({ log }: { readonly log: Logger }): SmallPictures {
  return createKeyframeProcess({ log }, { program: new URL('./small-picture-child.ts', import.meta.url), priority: constants.priority.PRIORITY_BELOW_NORMAL })
}
