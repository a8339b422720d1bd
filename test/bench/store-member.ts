/** Another node of the store benchmark: a whole ring member in a process of its own, and beside it the bare servers to compare with. Ends with its parent. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { PARTITIONS, type Partition } from '#protocols/ids.ts'
import { createRing } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { serveBare } from './bare-channel.ts'
import { rawServer } from './raw-tcp.ts'

/** What the parent may ask; each is answered, when done, by the bytes of the chunks held. */
export type Order = { wipe: true } | { repair: true } | { weigh: true }

setFlagsFromString('--external-memory-accounted-in-global-limit') // as node/bin/thatdam.js
const [dir, invite, name, key] = process.argv.slice(2) as [string, string, string, string]
const ring = await createRing({ log: silentLog }, { dir, invite, name, zone: name, weight: 1, listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, repair: { bytesPerSecond: Number.POSITIVE_INFINITY } })
await ring.start()
const raw = rawServer().listen(0, '127.0.0.1')
await once(raw, 'listening')

process.on('message', (order: Order) => { void obey(order).then(() => process.send?.(ring.localChunks.usage().usedBytes)) })
process.on('disconnect', () => process.exit(0))
process.send?.({ rawPort: (raw.address() as AddressInfo).port, barePort: await serveBare(Buffer.from(key, 'hex')) })

async function obey(order: Order): Promise<void> {
  if ('repair' in order) return ring.repair()
  if ('weigh' in order) return
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const id of await ring.localChunks.list(partition as Partition)) await ring.localChunks.delete(id)
  }
}
