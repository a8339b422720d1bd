import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import type { Signal } from '#ring/base/emitter.ts'
import type { Logger } from '#ring/base/log.ts'
import type { NodeEvent } from '../events.ts'
import { type Bridge, envelopeOf, MAX_BRIDGE_WAIT_MS, MAX_KEPT_EVENTS } from './bridge.ts'
import { hostOf } from './mqtt.ts'

/** Topic exchange that events go to; the routing key is the topic. @default events */
export const AMQP_EXCHANGE = 'events'
/** First wait before a broker is tried again, in ms. @default 1000 */
export const AMQP_RECONNECT_MS = 1_000

/** Every event as one persistent message, kept until the broker has confirmed it. */
export function createAmqpBridge({ url, events, log: parent }: { url: string; events: Signal<NodeEvent>; log: Logger }): Bridge {
  const log = parent.scope('node:amqp')
  const stopping = new AbortController()
  const kept: NodeEvent[] = []
  let connection: ChannelModel | undefined
  let channel: ConfirmChannel | undefined
  let isSending = false
  let leave = (): void => {}
  let loop: Promise<void> | undefined

  async function flush(open = channel): Promise<void> {
    if (isSending || open === undefined) return
    isSending = true
    try {
      for (let [event] = kept; event !== undefined; [event] = kept) {
        await publish(open, event)
        if (kept[0] === event) kept.shift()
      }
    } catch (err) {
      log('an event waits for the broker - %s', err)
    } finally {
      isSending = false
    }
  }

  function publish(open: ConfirmChannel, event: NodeEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      open.once('close', reject)
      open.publish(AMQP_EXCHANGE, event.topic, Buffer.from(envelopeOf(event)), { persistent: true, contentType: 'application/json', messageId: event.id, timestamp: Math.floor(event.ts / 1_000) }, (err) => {
        open.off('close', reject)
        if (err === null || err === undefined) resolve()
        else reject(err)
      })
    })
  }

  /** Resolves when the connection is over. @throws when there is none */
  async function connectOnce(): Promise<void> {
    const { default: amqp } = await import('amqplib')
    connection = await amqp.connect(url, { timeout: 10_000 })
    const over = Promise.withResolvers<void>()
    connection.on('error', () => {}) // its close follows
    connection.on('close', () => over.resolve())
    channel = await connection.createConfirmChannel()
    channel.on('error', (err: Error) => log.error('the broker at %s closes the channel: %s', hostOf(url), err.message))
    channel.on('close', () => over.resolve())
    await channel.assertExchange(AMQP_EXCHANGE, 'topic', { durable: true })
    await flush()
    await over.promise
  }

  async function stay(): Promise<void> {
    for (let waitMs = AMQP_RECONNECT_MS; !stopping.signal.aborted; waitMs = Math.min(MAX_BRIDGE_WAIT_MS, waitMs * 2)) {
      const beganMs = Date.now()
      await connectOnce().catch((err: Error) => { if (!stopping.signal.aborted) log.error('the broker at %s does not answer: %s', hostOf(url), err.message) })
      channel = undefined
      await connection?.close().catch(() => {})
      connection = undefined
      if (Date.now() - beganMs > MAX_BRIDGE_WAIT_MS) waitMs = AMQP_RECONNECT_MS
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  return {
    get waiting() { return kept.length },
    start() {
      leave = events.on((event) => {
        kept.push(event)
        if (kept.length > MAX_KEPT_EVENTS) kept.shift()
        void flush()
      })
      loop = stay()
    },
    async stop() {
      leave()
      stopping.abort()
      await connection?.close().catch(() => {})
      await loop
    }
  }
}
