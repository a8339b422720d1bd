import type { ServerEvent } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Live } from '../live/live.ts'
import type { Awareness } from '../organise/awareness.ts'
import type { HttpServer } from './server.ts'

export interface BroadcastsComponents {
  readonly ring: Pick<Ring, 'membership' | 'catalog' | 'ringAlarms'>
  readonly live: Pick<Live, 'camerasChanged'>
  readonly jobs: ReadonlyArray<Pick<Jobs, 'changed'>>
  readonly http: Pick<HttpServer, 'broadcast'>
  readonly awareness: Pick<Awareness, 'changed'>
}

/** What changes anywhere in the node, told to every open page. */
export function createBroadcasts({ ring, live, jobs, http, awareness }: BroadcastsComponents): Startable {
  const leave: Array<() => void> = []
  const tell = (event: ServerEvent) => (): void => http.broadcast(event)
  return {
    start() {
      leave.push(
        ring.membership.changed.on(tell({ type: 'ring' })),
        ring.catalog.layoutChanged.on(tell({ type: 'ring' })),
        ring.catalog.historyChanged.on(tell({ type: 'ring' })),
        live.camerasChanged.on(tell({ type: 'cameras' })),
        ring.ringAlarms.changed.on(tell({ type: 'alarms' })),
        awareness.changed.on((people) => http.broadcast({ type: 'people', people })),
        ring.catalog.records.changed.on((kind) => http.broadcast({ type: 'records', kind })),
        ring.catalog.assetsChanged.on((ids) => http.broadcast({ type: 'assets', ids })),
        ring.catalog.recordingsChanged.on((cameras) => { for (const camera of cameras) http.broadcast({ type: 'recordings', camera }) }),
        ...jobs.map(({ changed }) => changed.on((job) => http.broadcast({ type: 'job', job })))
      )
    },
    stop() {
      for (const end of leave.splice(0)) end()
    }
  }
}
