import type { JobView } from '#protocols/http.ts'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { EventBus } from '../events.ts'

/** Jobs whose end is remembered, so that it is told once. @default 1000 */
export const MAX_ENDED_JOBS = 1_000

/** `job.ended`: done, failed, cancelled or interrupted. `workflow` is the one it is a run of, `workflows` are all that it comes of. */
export function jobEvents(changed: Signal<JobView>, bus: Pick<EventBus, 'emit'>): Startable {
  const told = new Map<string, number>()
  let leave = (): void => {}
  return {
    start() {
      leave = changed.on(({ id, kind, title, state, error, endedMs, report, workflows }) => {
        if (endedMs === null || told.get(id) === endedMs) return
        told.set(id, endedMs)
        if (told.size > MAX_ENDED_JOBS) told.delete(told.keys().next().value ?? '')
        bus.emit('job.ended', { job: id, kind, title, state, error, ...(typeof report?.['workflow'] === 'string' && { workflow: report['workflow'] }), ...(workflows && { workflows }) })
      })
    },
    stop() { leave() }
  }
}
