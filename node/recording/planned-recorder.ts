import { countsMotion, DEFAULT_POST_ROLL_SECONDS, DEFAULT_PRE_ROLL_SECONDS, type RecordPlan, type Ring } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import { whyNotNow } from './expectation.ts'
import { planOf } from './ledgers.ts'
import type { CameraMotionAreas } from './motion-areas.ts'
import type { CameraMotions } from './camera-motions.ts'
import type { MotionDetector } from './motion-detector.ts'
import type { MotionNotes } from './motion-notes.ts'
import { createMotionWatch, MOTION_KEYFRAME_MS, type MotionWatchInit } from './motion-watch.ts'
import { createPreRoll } from './pre-roll.ts'
import { createRecorder, type Recorder } from './recorder.ts'

/** Records a live camera when its plan asks for it: also on motion, with what came before. */
export function plannedRecorder({ ring, motion, notes, areas, motions, log }: { ring: Pick<Ring, 'chunks' | 'catalog' | 'self' | 'writing'>; motion: MotionDetector; notes?: Pick<MotionNotes, 'looked'> & Partial<Pick<MotionNotes, 'begins'>>; areas?: Pick<CameraMotionAreas, 'blocks'>; motions?: Pick<CameraMotions, 'looked'>; log: Logger }, camera: LiveCamera, init: MotionWatchInit = {}): Recorder {
  const plan = (): RecordPlan => planOf(ring.catalog, camera.id)
  const isOnMotion = (): boolean => plan().mode === 'motion'
  const isWatched = (): boolean => isOnMotion() || countsMotion(ring.catalog.policy.retention(camera.id)) || areas?.blocks(camera.id) !== undefined
  const onLook = (moved: boolean, zones: readonly string[]): void => {
    notes?.looked(camera.id, moved)
    motions?.looked(camera, moved ? zones : undefined)
  }
  notes?.begins?.(camera.id)
  const watch = createMotionWatch({ detector: motion }, { ...init, camera, wanted: isWatched, onLook, areas: () => areas?.blocks(camera.id), postRollMs: () => (plan().postRollSeconds ?? DEFAULT_POST_ROLL_SECONDS) * 1000 })
  const preRoll = createPreRoll({ camera, holdMs: () => preRollMs(plan()) })
  return createRecorder({ ring, log }, {
    camera,
    whyNot: () => isOnMotion() && watch.isMoving() ? undefined : whyNotNow(plan(), Date.now()),
    earlier: (sinceMs) => preRoll.since(performance.now() - preRollMs(plan()), sinceMs)
  })
}

/** Where only keyframes are looked at, motion may have begun after the one before. */
function preRollMs({ mode, preRollSeconds = DEFAULT_PRE_ROLL_SECONDS }: RecordPlan): number {
  return mode === 'motion' && preRollSeconds > 0 ? preRollSeconds * 1000 + MOTION_KEYFRAME_MS : 0
}
