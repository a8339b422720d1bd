import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import { ChunkNotFoundError, StorageFullError } from '#protocols/errors.ts'
import { type ChunkId, chunkIdOf, hashOfChunk, partitionOfChunk } from '#protocols/ids.ts'
import { type FakeRing, type FakeRingInit, type FakeRingNode, bytesOf, createFakeRing, eventually, seedWhere } from '../../support/fake-ring.ts'

const test = suite('ring chunk store')

test('acknowledges a write when two nodes have it on disk, and brings it to the third', withRing(['alder', 'birch', 'cedar'], async (ring, [alder]) => {
  const { id, copies } = await alder.chunks.put(bytesOf(1))
  assert.ok(copies >= 2)
  assert.ok((await ring.holdersOf(id)).length >= 2)
  await eventually(async () => (await ring.holdersOf(id)).length === 3, 'the third owner has it')
}))

test('does not wait for the third node when it hangs', withRing(['alder', 'birch', 'cedar'], async (ring, [alder, , cedar]) => {
  ring.net.hang(cedar.id)
  const { id, copies } = await alder.chunks.put(bytesOf(1))
  assert.equal(copies, 2)
  assert.equal((await ring.holdersOf(id)).length, 2)
}))

test('waits for the second disk: one copy is not enough while two nodes live', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  ring.net.slow(birch.id, 150)
  const began = performance.now()
  const { id, copies } = await alder.chunks.put(bytesOf(1))
  assert.ok(performance.now() - began >= 140)
  assert.equal(copies, 2)
  assert.equal((await ring.holdersOf(id)).length, 2)
}))

test('alone it keeps recording on one disk, and says so', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  ring.kill(birch)
  const { id, copies } = await alder.chunks.put(bytesOf(1))
  assert.equal(copies, 1)
  assert.deepEqual(await ring.holdersOf(id), [alder.id])
}))

test('a node that dies while it is written to is not waited for any longer', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  ring.net.hang(birch.id)
  const write = alder.chunks.put(bytesOf(1))
  await eventually(() => alder.local.has(chunkIdOf(bytesOf(1))), 'it is on its own disk')
  ring.kill(birch)
  assert.equal((await write).copies, 1)
}))

test('a put that is given up while its bytes are hashed is written nowhere', withRing(['alder', 'birch'], async (ring, [alder]) => {
  const caller = new AbortController()
  const bytes = bytesOf(1, 1_048_576)
  const write = alder.chunks.put(bytes, { signal: caller.signal })
  caller.abort(new Error('gave up'))
  await assert.rejects(write, /gave up/)
  await alder.chunks.put(bytesOf(2)) // whatever began before has ended
  assert.deepEqual(await ring.holdersOf(chunkIdOf(bytes)), [])
}))

test('a target that fails is replaced by the next node of the ranking', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring, [alder, , , dogwood]) => {
  const seed = seedWhere((partition) => ring.placement.owners(partition)[0] === alder.id && ring.placement.owners(partition).includes(dogwood.id))
  ring.net.kill(dogwood.id) // nobody has noticed yet
  const { id } = await alder.chunks.put(bytesOf(seed))
  await eventually(async () => (await ring.holdersOf(id)).length === 3, 'three copies all the same')
  assert.ok(!(await ring.holdersOf(id)).includes(dogwood.id))
}))

test('a target that dawdles is overtaken by the next', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring, nodes) => {
  const owners = ring.placement.owners(partitionOfChunk(chunkIdOf(bytesOf(1))))
  const outsider = nodes.find(({ id }) => !owners.includes(id)) as FakeRingNode
  for (const owner of owners) ring.net.hang(owner)
  const { copies } = await outsider.chunks.put(bytesOf(1)).catch(() => ({ copies: 0 }))
  assert.equal(copies, 1)
}, { chunks: { hedgeMs: 30, writeQuorum: 1 } }))

test('fails only when not one node took it', withRing(['alder'], async (_ring, [alder]) => {
  alder.local.put = async () => { throw new StorageFullError('the disk is full') }
  await assert.rejects(alder.chunks.put(bytesOf(1)), StorageFullError)
}))

test('a write that was given up before its acknowledgement fails with the caller’s reason', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  ring.net.hang(birch.id)
  await assert.rejects(alder.chunks.put(bytesOf(1), { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
}))

test('any node reads what any other wrote', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (_ring, nodes) => {
  for (const [seed, writer] of nodes.entries()) {
    const { id } = await writer.chunks.put(bytesOf(seed))
    for (const reader of nodes) assert.deepEqual(new Uint8Array(await reader.chunks.get(id)), bytesOf(seed))
  }
}))

test('overtakes a holder that does not answer', withRing(['alder', 'birch', 'cedar'], async (ring, nodes) => {
  const { id } = await nodes[0].chunks.put(bytesOf(1))
  await eventually(async () => (await ring.holdersOf(id)).length === 3, 'all have it')
  const [first, , last] = ring.placement.ranking(partitionOfChunk(id)).map((peer) => nodes.find((node) => node.id === peer) as FakeRingNode)
  await last?.local.delete(id)
  ring.net.hang(first?.id as never)
  assert.deepEqual(new Uint8Array(await last?.chunks.get(id) ?? []), bytesOf(1))
}, { chunks: { hedgeMs: 30 } }))

test('keeps what it fetched when it is an owner of it', withRing(['alder', 'birch', 'cedar'], async (ring, [alder, birch]) => {
  const { id } = await alder.chunks.put(bytesOf(1))
  await eventually(async () => (await ring.holdersOf(id)).length === 3, 'all have it')
  await birch.local.delete(id)
  await birch.chunks.get(id)
  await eventually(() => birch.local.has(id), 'it is back on its disk')
}))

test('a flipped byte on disk is never served: the reader gets the good copy, and the disk is healed', withRing(['alder', 'birch'], async (_ring, [alder, birch]) => {
  const { id } = await alder.chunks.put(bytesOf(1))
  await flipByte(alder, id)
  await flipByte(birch, id) // birch is asked by alder, and finds its own copy damaged
  await assert.rejects(alder.chunks.get(id), ChunkNotFoundError)
  await alder.chunks.put(bytesOf(1))
  await flipByte(birch, id)
  assert.deepEqual(new Uint8Array(await birch.chunks.get(id)), bytesOf(1))
  await eventually(() => birch.local.has(id), 'healed')
  assert.deepEqual(new Uint8Array(await birch.local.get(id) ?? []), bytesOf(1))
}))

test('an answer that does not hash to the id is not taken', withRing(['alder', 'birch', 'cedar'], async (ring, nodes) => {
  const { id } = await nodes[0].chunks.put(bytesOf(1))
  await eventually(async () => (await ring.holdersOf(id)).length === 3, 'all have it')
  const [liar, , reader] = ring.placement.ranking(partitionOfChunk(id)).map((peer) => nodes.find((node) => node.id === peer) as FakeRingNode) as [FakeRingNode, FakeRingNode, FakeRingNode]
  liar.local.get = async () => bytesOf(2)
  await reader.local.delete(id)
  assert.deepEqual(new Uint8Array(await reader.chunks.get(id)), bytesOf(1))
}))

test('asks the DHT when no member of the ring has it, and says so when nobody does', withRing(['alder', 'birch'], async (ring, [alder]) => {
  const stranger = ring.net.join('peer-elder' as never)
  const bytes = bytesOf(7)
  const served: unknown[] = []
  const { createChunkExchange } = await import('../../../ring/replication/chunk-exchange.ts')
  await createChunkExchange({
    network: stranger,
    local: { has: async () => true, get: async (id) => { served.push(id); return bytes }, put: async () => {}, list: async () => [], summary: () => ({ chunks: 0, digest: new Uint8Array(32) }) }
  }).start()
  await assert.rejects(alder.chunks.get(chunkIdOf(bytes)), ChunkNotFoundError)
  await stranger.provide([partitionOfChunk(chunkIdOf(bytes))])
  assert.deepEqual(new Uint8Array(await alder.chunks.get(chunkIdOf(bytes))), bytes)
  assert.equal(served.length, 1)
}))

test('nothing acknowledged is lost when a node dies in the midst of writing', withRing(['alder', 'birch', 'cedar'], async (ring, nodes) => {
  const [alder, birch, cedar] = nodes
  const acknowledged: ChunkId[] = []
  const writer = async (from: number): Promise<void> => {
    for (let seed = from; seed < from + 60; seed++) {
      const { id, copies } = await alder.chunks.put(bytesOf(seed))
      if (copies >= 2) acknowledged.push(id)
      if (acknowledged.length === 60) ring.net.kill(cedar.id) // noticed only later
      if (acknowledged.length === 90) ring.notice()
    }
  }
  await Promise.all([writer(0), writer(1_000), writer(2_000)])
  assert.equal(acknowledged.length, 180)
  for (const id of acknowledged) {
    const holders = await ring.holdersOf(id)
    assert.ok(holders.length >= 2)
    assert.ok(holders.filter((peer) => peer !== cedar.id).length >= 1)
    await birch.chunks.get(id)
  }
  ring.kill(alder)
  await birch.repair.run()
  for (const id of acknowledged) await birch.chunks.get(id).catch(() => assert.fail(`${id} was acknowledged on two nodes`))
}))

test('a blob written on one node is read by range from another', withRing(['alder', 'birch', 'cedar'], async (_ring, [alder, , cedar]) => {
  const bytes = Buffer.concat([1, 2, 3].map((seed) => bytesOf(seed, 1_048_576)))
  const { id } = await alder.blobs.put((async function* () { yield bytes })())
  const parts: Uint8Array[] = []
  for await (const part of cedar.blobs.read(id, { start: 1_048_570, end: 2_097_160 })) parts.push(part)
  assert.deepEqual(Buffer.concat(parts), bytes.subarray(1_048_570, 2_097_160))
}))

test.run()

function withRing(names: string[], body: (ring: FakeRing, nodes: [FakeRingNode, FakeRingNode, FakeRingNode, FakeRingNode]) => Promise<void>, init: FakeRingInit = {}): () => Promise<void> {
  return async () => {
    const ring = await createFakeRing(names, init)
    try {
      await body(ring, ring.nodes as never)
    } finally {
      await ring.stop()
    }
  }
}

async function flipByte(node: FakeRingNode, id: ChunkId): Promise<void> {
  const name = hashOfChunk(id)
  const path = join(node.dir, name.slice(0, 2), name)
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9)
  await writeFile(path, bytes)
}
