/** A node that beats until it is killed or its parent is gone. */
import type { LayoutEntry } from '../../../ring/network/layout.ts'
import { silentLog } from '../../../ring/base/log.ts'
import { createMembership } from '../../../ring/network/heartbeats.ts'
import { memoryLayout, startHost } from './test-hosts.ts'

interface Orders {
  readonly ringSeed: string
  readonly seed: string
  readonly port: number
  readonly others: LayoutEntry[]
}

process.once('message', async ({ ringSeed, seed, port, others }: Orders) => {
  const layout = memoryLayout()
  const host = await startHost({ ringSeed: Buffer.from(ringSeed, 'hex'), seed: Buffer.from(seed, 'hex'), listen: [`/ip4/127.0.0.1/tcp/${port}`], layout })
  const entry: LayoutEntry = { peerId: host.self, name: 'child', zone: '', weight: 1, state: 'active', addresses: host.addresses(), joinedAtMs: 1 }
  for (const known of [...others, entry]) await layout.putLayout(known)
  const describe = () => ({ cameras: [], freeBytes: 0, usedBytes: 0, chunks: 0, acceptsWrites: true, viewers: 0, http: '', disk: 'ok', alarms: [], attached: [] })
  await createMembership({ network: host, layout, log: silentLog, describe, onLayoutDiffers: () => {} }).start()
  process.send?.(entry)
})
process.on('disconnect', () => process.exit())
