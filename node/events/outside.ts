import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import type { NodeConfig } from '../config.ts'
import { webhookRoutes } from '../http/routes/webhooks.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { measure } from '../measure.ts'
import { createAmqpBridge } from './bridges/amqp.ts'
import { createMqttBridge } from './bridges/mqtt.ts'
import { createEventBus, type EventBus } from './events.ts'
import { createEventSources, type SourcesComponents } from './sources/sources.ts'
import { createDeliveryQueue } from './webhooks/delivery-queue.ts'
import { createWebhooks } from './webhooks/webhooks.ts'

export interface OutsideComponents {
  readonly ring: Ring
  readonly jobs: Jobs
  readonly cameras: SourcesComponents['cameras']
  readonly metrics: MetricsRegistry
  readonly log: Logger
}

/** What happens in a node, and who outside is told: webhooks, brokers, counters. */
export interface Outside extends Startable {
  readonly events: EventBus['events']
  /** For parts that come later. */
  readonly emit: EventBus['emit']
  /** A request was answered. */
  readonly answered: ReturnType<typeof measure>['answered']
  readonly routes: readonly FastifyPluginAsync[]
}

export function createOutside({ ring, jobs, cameras, metrics, log }: OutsideComponents, { data, mqtt, amqp }: Pick<NodeConfig, 'data' | 'mqtt' | 'amqp'>): Outside {
  const bus = createEventBus({ node: ring.name })
  const { events } = bus
  const webhooks = createWebhooks({ records: ring.catalog.records, events, queue: createDeliveryQueue({ folder: join(data, 'webhooks'), log }), metrics, log })
  const bridges = [...mqtt === undefined ? [] : [createMqttBridge({ url: mqtt, events, log })], ...amqp === undefined ? [] : [createAmqpBridge({ url: amqp, events, log })]]
  const sources = createEventSources({ ring, bus, jobs: [jobs], cameras, log })
  const measured = measure({ metrics, jobs, index: ring.catalog.index, events, bridges })
  return { events, emit: bus.emit, answered: measured.answered, routes: [webhookRoutes({ webhooks })], ...lifecycle([webhooks, ...bridges, measured, sources]) }
}
