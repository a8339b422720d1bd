/** Edits a catalog in a loop, alone, and prints each edit once it is acknowledged. Killed by the test that runs it. */
import type { PeerId, RingId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createCatalog } from '../../../ring/catalog/ring-catalog.ts'
import { someFacts } from './fake-ring.ts'

const [dir = '', first = '0'] = process.argv.slice(2)
const self = 'alder' as PeerId
const nobody = { self, serve: () => {}, subscribe: () => {}, publish: async () => {}, request: () => Promise.reject(new Error('alone')) }
const catalog = createCatalog({ network: nobody, liveNodes: () => [], log: silentLog }, { dir, ringId: 'r' as RingId })
await catalog.start()
for (let i = Number(first); ; i += 4) {
  await Promise.all([i, i + 1, i + 2, i + 3].map(async (n) => {
    const facts = someFacts(`clip ${n % 50}`)
    await catalog.addAsset(facts, { node: self, path: `/${n}` })
    process.stdout.write(`at ${n}\n`)
    await catalog.editAsset(facts.id, { addTags: [`t${n}`] })
    process.stdout.write(`tag ${n}\n`)
  }))
}
