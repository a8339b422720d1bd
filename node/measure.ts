import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { JobView } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import type { Bridge } from './events/bridges/bridge.ts'
import type { NodeEvent } from './events/events.ts'
import type { Jobs } from './jobs/jobs.ts'

export interface MeasureComponents {
  metrics: Metrics
  jobs: Pick<Jobs, 'list' | 'changed'>
  index: Pick<Ring['catalog']['index'], 'counts'>
  events: Signal<NodeEvent>
  bridges: readonly Bridge[]
}

/** Counts that belong to no single part of the node. */
export interface Measured extends Startable {
  /** One answer over HTTP. */
  answered(status: number, ms: number): void
}

const STATES: readonly JobView['state'][] = ['running', 'paused']
const ENDS: readonly JobView['state'][] = ['done', 'failed', 'cancelled', 'interrupted']

/** Counts of the library are told again without counting for this long, in ms. @default 5000 */
export const COUNTS_MS = 5_000

export function measure({ metrics, jobs, index, events, bridges }: MeasureComponents): Measured {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  let counts = { atMs: 0, assets: 0, bytes: 0 }
  const library = (): typeof counts => {
    if (Date.now() - counts.atMs > COUNTS_MS) counts = { atMs: Date.now(), ...index.counts() }
    return counts
  }
  for (const state of STATES) metrics.gauge(`jobs{state="${state}"}`, 'Jobs of this node under way.', () => jobs.list().filter((job) => job.state === state).length)
  const ended = new Map(ENDS.map((state) => [state, metrics.counter(`jobs_ended_total{state="${state}"}`, 'Jobs of this node that ended, since start.')]))
  metrics.gauge('library_assets', 'Assets of the library, as this node knows it.', () => library().assets)
  metrics.gauge('library_bytes', 'Bytes of their originals, copies not counted.', () => library().bytes)
  const told = metrics.counter('events_total', 'Events this node told, since start.')
  metrics.gauge('events_waiting', 'Events that wait for a broker.', () => bridges.reduce((sum, { waiting }) => sum + waiting, 0))
  const answers = ['2xx', '3xx', '4xx', '5xx'].map((kind) => metrics.counter(`http_responses_total{status="${kind}"}`, 'Answers over HTTP, since start.'))
  const answerSeconds = metrics.counter('http_response_seconds_total', 'Time answers over HTTP took, all together, in seconds.')
  metrics.gauge('process_resident_memory_bytes', 'Memory of the node process.', () => process.memoryUsage.rss())
  metrics.gauge('process_cpu_seconds_total', 'CPU time of the node process, user and system.', () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6)
  metrics.gauge('process_uptime_seconds', 'How long the node process runs.', () => process.uptime())
  metrics.gauge('event_loop_delay_seconds', 'How late the main thread was, 99 of 100 times, since it was last asked.', () => {
    const seconds = delay.percentile(99) / 1e9
    delay.reset()
    return Number.isFinite(seconds) ? seconds : 0
  })
  const leave: Array<() => void> = []
  return {
    answered(status, ms) {
      answers[Math.floor(status / 100) - 2]?.increment()
      if (ms < 60_000) answerSeconds.increment(ms / 1_000) // streams say nothing about how fast answers are
    },
    start() {
      delay.enable()
      leave.push(events.on(({ topic, payload }) => {
        told.increment()
        if (topic === 'job.ended') ended.get(payload['state'] as JobView['state'])?.increment()
      }))
    },
    stop() {
      delay.disable()
      for (const end of leave.splice(0)) end()
    }
  }
}
