/** The process that makes small pictures of keyframes of live cameras. */
import { serveKeyframes } from '../../library/keyframes/keyframe-child.ts'
import type { Keyframe } from '../../library/keyframes/keyframe-process.ts'
import { createUprightShrinker, pictureOf } from '../analysis/pictures/upright-pictures.ts'
import type { Picture } from '../inference/inference.ts'

const shrinker = createUprightShrinker(0)

serveKeyframes<Keyframe, Picture>((frame) => shrinker.shrink(frame, pictureOf))
