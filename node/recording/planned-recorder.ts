import type { Ring } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import { whyNotNow } from './expectation.ts'
import { planOf } from './ledgers.ts'
import type { MotionDetector } from './motion-detector.ts'
import { createMotionWatch, type MotionWatchInit, PRE_ROLL_MS } from './motion-watch.ts'
import { createRecorder, type Recorder } from './recorder.ts'

/** Records a live camera when its plan asks for it: also on motion, with what came before. */
export function plannedRecorder({ ring, motion, log }: { ring: Pick<Ring, 'chunks' | 'catalog' | 'self' | 'writing'>; motion: MotionDetector; log: Logger }, camera: LiveCamera, init: MotionWatchInit = {}): Recorder {
  const isOnMotion = (): boolean => planOf(ring.catalog, camera.id).mode === 'motion'
  const watch = createMotionWatch({ detector: motion }, { ...init, camera, wanted: isOnMotion })
  return createRecorder({ ring, log }, {
    camera,
    whyNot: () => isOnMotion() && watch.isMoving() ? undefined : whyNotNow(planOf(ring.catalog, camera.id), Date.now()),
    preRollMs: () => isOnMotion() ? PRE_ROLL_MS : 0
  })
}
