import type { MqttClient } from 'mqtt'
import type { Signal } from '#ring/base/emitter.ts'
import type { Logger } from '#ring/base/log.ts'
import type { NodeEvent } from '../events.ts'
import { type Bridge, envelopeOf, MAX_BRIDGE_WAIT_MS, MAX_KEPT_EVENTS } from './bridge.ts'

/** First part of every topic. @default thatdam */
export const MQTT_PREFIX = 'thatdam'
/** First wait before a broker is tried again, in ms. @default 1000 */
export const MQTT_RECONNECT_MS = 1_000

/** Every event as one message: `recording.ended` is `thatdam/recording/ended`, at least once (QoS 1). */
export function createMqttBridge({ url, events, log: parent }: { url: string; events: Signal<NodeEvent>; log: Logger }): Bridge {
  const log = parent.scope('node:mqtt')
  const kept: NodeEvent[] = []
  let client: MqttClient | undefined
  let isSending = false
  let leave = (): void => {}

  async function flush(): Promise<void> {
    if (isSending || client?.connected !== true) return
    isSending = true
    try {
      for (let [event] = kept; event !== undefined && client.connected; [event] = kept) {
        await client.publishAsync(`${MQTT_PREFIX}/${event.topic.replaceAll('.', '/')}`, envelopeOf(event), { qos: 1 })
        if (kept[0] === event) kept.shift()
      }
    } catch (err) {
      log('an event waits for the broker - %s', err)
    } finally {
      isSending = false
    }
  }

  return {
    get waiting() { return kept.length },
    async start() {
      const { default: mqtt } = await import('mqtt')
      leave = events.on((event) => {
        kept.push(event)
        if (kept.length > MAX_KEPT_EVENTS) kept.shift()
        void flush()
      })
      let waitMs = MQTT_RECONNECT_MS
      client = mqtt.connect(url, { reconnectPeriod: MQTT_RECONNECT_MS, connectTimeout: 10_000, queueQoSZero: false, clean: true })
      client.on('connect', () => {
        waitMs = MQTT_RECONNECT_MS
        if (client !== undefined) client.options.reconnectPeriod = waitMs
        void flush()
      })
      client.on('close', () => {
        waitMs = Math.min(MAX_BRIDGE_WAIT_MS, waitMs * 2)
        if (client !== undefined) client.options.reconnectPeriod = waitMs
      })
      client.on('error', (err) => log.error('the broker at %s does not answer: %s', hostOf(url), err.message))
    },
    async stop() {
      leave()
      await client?.endAsync(true).catch(() => {})
    }
  }
}

/** Without user and password. */
export const hostOf = (url: string): string => URL.parse(url)?.host ?? 'an address that is no URL'
