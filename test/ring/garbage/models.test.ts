import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { ChunkId } from '#protocols/ids.ts'
import { chunksOf, createGarbageRing, footage, GRACE_MS, type GarbageNode, type GarbageRing, once } from '../../support/garbage-ring.ts'

const test = suite<{ ring: GarbageRing; alder: GarbageNode; birch: GarbageNode }>('what models need is kept')
test.before.each(async (context) => {
  context.ring = await createGarbageRing(['alder', 'birch'])
  const [alder, birch] = context.ring.nodes
  Object.assign(context, { alder, birch })
})
test.after.each(({ ring }) => ring.stop())

async function settle({ nodes: [alder, birch], ...ring }: GarbageRing): Promise<void> {
  await alder!.catalog.syncWith(birch!.id)
  for (let look = 0; look < 4; look++) {
    await ring.lookAll()
    ring.pass(GRACE_MS + 1_000)
  }
}

const held = async (node: GarbageNode, chunks: readonly ChunkId[]): Promise<number> => (await Promise.all(chunks.map((id) => node.local.has(id)))).filter(Boolean).length

test('the files of a model outlive any grace, on every node, and go when its record no longer names them', async ({ ring, alder, birch }) => {
  const written = alder.leases.begin()
  const blob = (await alder.blobs.put(once(footage('weights')))).id
  await alder.catalog.records.put('model', 'colours', { files: [{ path: 'config.json', size: 1, sha256: 'ab'.repeat(32), blob }, { path: 'nonsense', blob: 'none' }, null] })
  written()
  const chunks = await chunksOf(alder, blob)
  await settle(ring)
  assert.deepEqual([await held(alder, chunks), await held(birch, chunks)], [chunks.length, chunks.length])
  await alder.catalog.records.put('model', 'colours', { files: null })
  await settle(ring)
  assert.deepEqual([await held(alder, chunks), await held(birch, chunks)], [0, 0])
})

test('when the list of a model can not be read nothing is swept, and it is said what to do', async ({ ring, alder }) => {
  const gone = (await alder.blobs.put(once(footage('weights')))).id
  await alder.catalog.records.put('model', 'colours', { files: [{ path: 'config.json', size: 1, sha256: 'ab'.repeat(32), blob: gone }] })
  for (const { local } of ring.nodes) await local.delete(gone)
  await settle(ring)
  assert.match((await alder.garbage.run()).waiting ?? '', /waiting for the list of chunks of model colours, .* or have a node pull it again/)
})

test.run()
