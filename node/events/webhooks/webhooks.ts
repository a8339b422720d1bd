import { randomBytes, randomUUID } from 'node:crypto'
import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { DeliveryView, WebhookChange, WebhookView } from '#protocols/http.ts'
import type { Ring, RingRecord } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { EventBus, NodeEvent } from '../events.ts'
import { isMatch, isTopicPattern, TOPICS } from '../topics.ts'
import type { Delivery, DeliveryQueue } from './delivery-queue.ts'
import { send, webhookUrl } from './send.ts'
import { signed } from './signature.ts'

/** Kind of their records. */
export const WEBHOOKS = 'webhooks'
/** Webhooks of a ring. @default 50 */
export const MAX_WEBHOOKS = 50
/** Waits between tries, in ms; after the last the call is given up. @default a second to six hours, two days in all */
export const RETRY_WAITS_MS: readonly number[] = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 21_600_000, 21_600_000, 43_200_000, 43_200_000]
/** Calls looked back at. @default 200 */
export const MAX_LOGGED = 200
/** How often waiting calls are looked at, in ms. @default 500 */
export const LOOK_MS = 500

/** Addresses that are called when something happens, each event by the node that tells it. */
export interface Webhooks extends Startable {
  list(): WebhookView[]
  /** Answers the secret once, when it was made here. @throws InvalidInputError */
  put(change: WebhookChange, id?: string): Promise<WebhookView & { secret?: string }>
  /** @throws NotFoundError */
  remove(id: string): Promise<void>
  /** Sends an event `webhook.test` to it. @throws NotFoundError */
  test(id: string): Promise<void>
  /** What this node called lately, newest first. */
  deliveries(id: string): DeliveryView[]
}

export interface WebhooksComponents {
  readonly records: Ring['catalog']['records']
  readonly events: EventBus['events']
  readonly queue: DeliveryQueue
  readonly metrics: Pick<Metrics, 'counter' | 'gauge'>
  readonly log: Logger
  /** Shorter ones for tests. @default RETRY_WAITS_MS */
  readonly waitsMs?: readonly number[]
}

export function createWebhooks({ records, events, queue, metrics, log: parent, waitsMs = RETRY_WAITS_MS }: WebhooksComponents): Webhooks {
  const log = parent.scope('node:webhooks')
  const logged: DeliveryView[] = []
  const sent = metrics.counter('webhooks_sent_total', 'Calls of webhooks that were taken, since start.')
  const failed = metrics.counter('webhooks_failed_total', 'Tries to call webhooks that failed, since start.')
  metrics.gauge('webhooks_waiting', 'Calls of webhooks that wait to be made or made again.', () => queue.waiting().length)
  /** Calls under way, by webhook: one of each, so that a receiver that is slow or silent holds up nobody else's. */
  const calling = new Map<string, Promise<void>>()
  let leave = (): void => {}

  const list = (): WebhookView[] => records.list(WEBHOOKS).flatMap((record) => viewOf(record) ?? [])

  function record(id: string): RingRecord {
    const found = records.find(WEBHOOKS, id)
    if (found === undefined || viewOf(found) === undefined) throw new NotFoundError(`there is no webhook ${JSON.stringify(id.slice(0, 64))}`)
    return found
  }

  function enqueue(webhook: string, { id, topic, ts, node, payload }: NodeEvent): void {
    const delivery: Delivery = { id: randomUUID(), webhook, topic, body: JSON.stringify({ id, topic, ts, node, payload }), queuedMs: Date.now(), attempts: 0, nextMs: 0 }
    void queue.put(delivery).then(() => looking.now()).catch((err) => log.error('a call of a webhook is not kept - %s', err))
  }

  function look(signal: AbortSignal): void {
    if (signal.aborted) return
    const due = queue.waiting().filter(({ nextMs }) => nextMs <= Date.now())
    for (const delivery of due) if (!calling.has(delivery.webhook)) calling.set(delivery.webhook, call(delivery, signal))
  }

  async function call(delivery: Delivery, signal: AbortSignal): Promise<void> {
    await deliver(delivery, signal).catch((err) => log.error('what became of a call of a webhook is not kept - %s', err))
    calling.delete(delivery.webhook)
    void looking.now()
  }

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const target = records.find(WEBHOOKS, delivery.webhook)
    const view = target && viewOf(target)
    if (target === undefined || view === undefined || !view.enabled) return queue.done(delivery.id)
    const headers = signed(String(target.fields['secret'] ?? ''), delivery.id, Math.floor(Date.now() / 1_000), delivery.body)
    try {
      const status = await send({ url: view.url, body: delivery.body, headers, allowPrivate: view.allowPrivate, signal })
      if (status < 200 || status >= 300) throw new InvalidInputError(status >= 300 && status < 400 ? `it answered ${status}: redirects are not followed, give the address it points to` : `it answered ${status}`)
      sent.increment()
      note(delivery, 'sent', `answered ${status}`)
      await queue.done(delivery.id)
    } catch (err) {
      if (signal.aborted) return
      failed.increment()
      await putOff(delivery, err instanceof Error ? err.message : String(err))
    }
  }

  async function putOff(delivery: Delivery, why: string): Promise<void> {
    const waitMs = waitsMs[delivery.attempts]
    note(delivery, waitMs === undefined ? 'given up' : 'waiting', why)
    if (waitMs === undefined) {
      log.error('webhook %s: %s is given up after %d tries - %s', delivery.webhook, delivery.topic, delivery.attempts + 1, why)
      return queue.done(delivery.id)
    }
    await queue.put({ ...delivery, attempts: delivery.attempts + 1, nextMs: Date.now() + waitMs * (0.9 + Math.random() * 0.2) })
  }

  function note({ id, webhook, topic, attempts, queuedMs }: Delivery, state: DeliveryView['state'], message: string): void {
    const at = logged.findIndex((each) => each.id === id)
    if (at >= 0) logged.splice(at, 1)
    logged.unshift({ id, webhook, topic, state, attempts: attempts + 1, message, queuedMs, triedMs: Date.now() })
    logged.length = Math.min(logged.length, MAX_LOGGED)
  }

  const looking = repeating(look, LOOK_MS, log)
  return {
    list,
    async put({ url, events: topics, name, secret, enabled, allowPrivate }, id) {
      const known = id === undefined ? undefined : record(id).fields
      if (known === undefined && list().length >= MAX_WEBHOOKS) throw new InvalidInputError(`the ring has ${MAX_WEBHOOKS} webhooks already: remove one`)
      if (known === undefined && (url === undefined || topics === undefined)) throw new InvalidInputError('say where to, and of what: {"url": "https://…", "events": ["recording.ended"]}')
      for (const topic of topics ?? []) if (!isTopicPattern(topic)) throw new InvalidInputError(`there is no event ${JSON.stringify(topic.slice(0, 60))}: they are ${TOPICS.join(', ')}, or "recording.*", or "*"`)
      const made = known === undefined && secret === undefined ? `whsec_${randomBytes(32).toString('base64')}` : undefined
      const key = id ?? randomBytes(8).toString('hex')
      await records.put(WEBHOOKS, key, {
        ...(known === undefined && { enabled: true, allowPrivate: false, name: '', createdMs: Date.now() }), ...(url !== undefined && { url: webhookUrl(url).href }), ...(topics !== undefined && { events: topics }),
        ...(name !== undefined && { name }), ...(enabled !== undefined && { enabled }), ...(allowPrivate !== undefined && { allowPrivate }), ...((secret ?? made) !== undefined && { secret: secret ?? made })
      })
      return { ...viewOf(record(key)) as WebhookView, ...(made !== undefined && { secret: made }) }
    },
    async remove(id) {
      record(id)
      await records.remove(WEBHOOKS, id)
    },
    async test(id) {
      if (viewOf(record(id))?.enabled === false) throw new RefusedError('this webhook is switched off: switch it on, then try it')
      enqueue(id, { id: randomUUID(), topic: 'webhook.test', ts: Date.now(), node: '', payload: {} })
    },
    deliveries: (id) => logged.filter(({ webhook }) => webhook === id),
    async start() {
      await queue.load()
      leave = events.on((event) => { for (const { id, enabled, events: topics } of list()) if (enabled && topics.some((topic) => isMatch(topic, event.topic))) enqueue(id, event) })
      await looking.start()
    },
    async stop() {
      leave()
      await looking.stop()
      await Promise.all(calling.values())
    }
  }
}

/** Without its secret; undefined when another member wrote something else. */
function viewOf({ id, fields: { url, events, name, enabled, allowPrivate, createdMs } }: RingRecord): WebhookView | undefined {
  if (typeof url !== 'string' || !Array.isArray(events)) return undefined
  return { id, url, events: events.filter((topic) => typeof topic === 'string').slice(0, 50), name: typeof name === 'string' ? name : '', enabled: enabled !== false, allowPrivate: allowPrivate === true, createdMs: Number(createdMs ?? 0) }
}
