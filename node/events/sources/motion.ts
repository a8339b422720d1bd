import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { MotionChange } from '../../recording/camera-motions.ts'
import type { EventBus } from '../events.ts'

/** `motion.started`, `motion.ended` before the cameras of this node: of the whole picture (`zone` is null), and of each zone. */
export function motionEvents(changed: Signal<MotionChange>, bus: Pick<EventBus, 'emit'>): Startable {
  let leave = (): void => {}
  return {
    start() {
      leave = changed.on(({ type, camera, name, zone, sinceMs }) => bus.emit(`motion.${type}`, { camera, device: camera, name, zone, sinceMs, picture: `/api/v1/cameras/${camera}/thumbnail?at=${sinceMs}` }))
    },
    stop() { leave() }
  }
}
