import type { JobView } from '#protocols/http.ts'
import type { CameraPresence } from '#protocols/presence.ts'
import type { Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { EventBus } from '../events.ts'
import { alarmEvents } from './alarms.ts'
import { assetEvents } from './assets.ts'
import { cameraEvents } from './cameras.ts'
import { jobEvents } from './jobs.ts'
import { memberEvents } from './members.ts'
import { mountEvents } from './mounts.ts'

export interface SourcesComponents {
  ring: Pick<Ring, 'self' | 'placement' | 'membership' | 'alarms' | 'catalog'>
  bus: Pick<EventBus, 'emit'>
  jobs: ReadonlyArray<{ readonly changed: Signal<JobView> }>
  cameras: () => readonly CameraPresence[]
  log: Logger
}

/** Everything that makes events of this node. */
export function createEventSources({ ring, bus, jobs, cameras, log: parent }: SourcesComponents): Startable {
  const log = parent.scope('node:events')
  return lifecycle([...jobs.map(({ changed }) => jobEvents(changed, bus)), alarmEvents(ring.alarms, bus), cameraEvents(cameras, bus, log), assetEvents(ring, bus), memberEvents(ring, bus), mountEvents(bus, log)])
}
