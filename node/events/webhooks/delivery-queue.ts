import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '#ring/base/durable-file.ts'
import type { Logger } from '#ring/base/log.ts'

/** Deliveries that wait at once on this node; more push out the oldest of the webhook that has most. @default 1000 */
export const MAX_WAITING_DELIVERIES = 1_000
/** Longest body of a delivery, in bytes. @default 262144 */
export const MAX_DELIVERY_BYTES = 262_144

/** A call that is to be made. */
export interface Delivery {
  readonly id: string
  readonly webhook: string
  readonly topic: string
  readonly body: string
  readonly queuedMs: number
  attempts: number
  /** Not before, Unix ms. */
  nextMs: number
}

/** Calls that wait, one file each, so that none is forgotten when the node ends. */
export interface DeliveryQueue {
  load(): Promise<void>
  /** Oldest first. */
  waiting(): readonly Delivery[]
  put(delivery: Delivery): Promise<void>
  done(id: string): Promise<void>
}

export function createDeliveryQueue({ folder, log }: { folder: string; log: Logger }): DeliveryQueue {
  const deliveries = new Map<string, Delivery>()
  /** Files that are being written. */
  const writing = new Map<string, Promise<void>>()
  const file = (id: string): string => join(folder, `${id}.json`)

  async function done(id: string): Promise<void> {
    deliveries.delete(id)
    await writing.get(id)?.catch(() => {}) // a call that was taken before its file was there leaves none behind
    await rm(file(id), { force: true })
  }

  /** One write of a call after the other. */
  async function write(delivery: Delivery): Promise<void> {
    const { id } = delivery
    const written = (writing.get(id) ?? Promise.resolve()).catch(() => {}).then(() => writeDurably(folder, `${id}.json`, JSON.stringify(delivery)))
    writing.set(id, written)
    await written.finally(() => { if (writing.get(id) === written) writing.delete(id) })
  }

  return {
    done,
    waiting: () => [...deliveries.values()],
    async load() {
      await mkdir(folder, { recursive: true })
      const found: Delivery[] = []
      for (const name of (await readdir(folder)).filter((each) => /^[0-9a-f-]{36}\.json$/.test(each)).slice(0, MAX_WAITING_DELIVERIES)) {
        const delivery = await readFile(join(folder, name), 'utf8').then((text) => JSON.parse(text) as Delivery, () => undefined)
        if (typeof delivery?.id === 'string' && `${delivery.id}.json` === name && typeof delivery.body === 'string') found.push(delivery)
        else await rm(join(folder, name), { force: true })
      }
      for (const delivery of found.sort((a, b) => a.queuedMs - b.queuedMs)) deliveries.set(delivery.id, delivery)
    },
    async put(delivery) {
      if (Buffer.byteLength(delivery.body) > MAX_DELIVERY_BYTES) return log.error('an event %s is too large for a webhook', delivery.topic)
      deliveries.set(delivery.id, delivery)
      while (deliveries.size > MAX_WAITING_DELIVERIES) {
        const most = [...Map.groupBy(deliveries.values(), ({ webhook }) => webhook).values()].reduce((a, b) => (b.length > a.length ? b : a))
        log.error('%d calls of webhooks wait: the oldest of %s is given up', MAX_WAITING_DELIVERIES, most[0]?.webhook)
        await done(most[0]?.id ?? '')
      }
      await write(delivery)
    }
  }
}
