import assert from 'node:assert/strict'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import { type ChunkId, type PeerId, chunkIdOf, digestOf, hashOfChunk, partitionOfChunk } from '#protocols/ids.ts'
import { type FakeRing, type FakeRingInit, type FakeRingNode, bytesOf, createFakeRing, eventually, seedWhere } from '../../support/fake-ring.ts'

const test = suite('repair')

test('brings a node that was away what it missed', withRing(['alder', 'birch', 'cedar'], async (ring, [alder, , cedar]) => {
  ring.kill(cedar)
  const ids = await write(alder, 40)
  assert.equal(cedar.local.usage().chunks, 0)
  ring.revive(cedar)
  await ring.repairAll()
  assert.equal(cedar.local.usage().chunks, 40)
  for (const id of ids) assert.equal((await ring.holdersOf(id)).length, 3)
  for (const node of ring.nodes) assert.equal(node.repair.status().missingCopies, 0)
}))

test('a node that is silent for a while keeps its place: nothing is copied', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring, [alder, , cedar]) => {
  const ids = await write(alder, 40)
  await settled(ring, ids, 3)
  ring.kill(cedar)
  const before = held(ring)
  await ring.repairAll()
  assert.deepEqual(held(ring), before)
  assert.ok(alder.repair.status().missingCopies > 0, 'it says that copies are missing')
}))

test('a node that is gone for long is replaced, and takes its place again when it returns', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring, [alder, , cedar]) => {
  const ids = await write(alder, 60)
  await settled(ring, ids, 3)
  const home = held(ring)

  ring.kill(cedar)
  await ring.repairAll()
  for (const id of ids) assert.equal((await ring.holdersOf(id)).filter((peer) => peer !== cedar.id).length, 3, 'three live copies')
  const more = await write(alder, 20, 1_000)

  ring.revive(cedar)
  await ring.repairAll()
  for (const id of [...ids, ...more]) assert.deepEqual((await ring.holdersOf(id)).sort(), [...ring.placement.owners(partitionOfChunk(id))].sort(), 'its owners have it, and nobody else')
  assert.ok(held(ring).every((chunks, i) => chunks >= (home[i] ?? 0)))
  for (const node of ring.nodes) assert.equal(node.repair.status().missingCopies, 0)
}, { repair: { repairAfterMs: 0 } }))

test('a node that is gone for long is replaced though the clock was set back meanwhile', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring, [alder, , cedar]) => {
  const ids = await write(alder, 20)
  await settled(ring, ids, 3)
  ring.kill(cedar)
  const { now } = Date
  Date.now = () => now() - 3_600_000
  try {
    await ring.repairAll()
  } finally {
    Date.now = now
  }
  for (const id of ids) assert.equal((await ring.holdersOf(id)).filter((peer) => peer !== cedar.id).length, 3, 'three live copies')
}, { repair: { repairAfterMs: 0 } }))

test('a disk that was lost is filled again', withRing(['alder', 'birch', 'cedar'], async (ring, [alder, birch]) => {
  const ids = await write(alder, 40)
  await settled(ring, ids, 3)
  for (const id of ids) await birch.local.delete(id)
  await ring.repairAll()
  assert.equal(birch.local.usage().chunks, 40)
}))

test('a new node takes its share, the others let go of theirs, and every chunk stays readable', withRing(['alder', 'birch', 'cedar'], async (ring, [alder, birch]) => {
  const ids = await write(alder, 60)
  await settled(ring, ids, 3)
  await ring.grow('dogwood')
  const during = await write(birch, 20, 1_000)
  await ring.repairAll()
  for (const id of [...ids, ...during]) assert.deepEqual((await ring.holdersOf(id)).sort(), [...ring.placement.owners(partitionOfChunk(id))].sort())
  for (const id of ids) await alder.chunks.get(id)
}))

test('lets go of nothing while the members have only just changed', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring, nodes) => {
  const seed = seedWhere((partition) => !ring.placement.owners(partition).includes(nodes[0].id))
  const { id } = await nodes[1].chunks.put(bytesOf(seed))
  await eventually(async () => (await ring.holdersOf(id)).length === 3, 'its owners have it')
  await nodes[0].local.put(id, bytesOf(seed))
  await ring.repairAll()
  assert.equal((await ring.holdersOf(id)).length, 4)
}, { repair: { dropAfterMs: 60_000 } }))

test('an owner that says it has a chunk and has it not any more is asked again before the last other copy goes', withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring, nodes) => {
  const seed = seedWhere((partition) => !ring.placement.owners(partition).includes(nodes[0].id))
  const { id } = await nodes[1].chunks.put(bytesOf(seed))
  await eventually(async () => (await ring.holdersOf(id)).length === 3, 'its owners have it')
  await nodes[0].local.put(id, bytesOf(seed))
  const owner = nodes.find((node) => node.id === ring.placement.owners(partitionOfChunk(id))[0]) as FakeRingNode
  const name = hashOfChunk(id)
  await unlink(join(owner.dir, name.slice(0, 2), name)) // behind the back of its summary
  await nodes[0].repair.run()
  assert.ok(await nodes[0].local.has(id))
}))

test('runs by itself when members come back', withRing(['alder', 'birch', 'cedar'], async (ring, [alder, , cedar]) => {
  ring.kill(cedar)
  await write(alder, 10)
  ring.revive(cedar)
  await eventually(() => cedar.local.usage().chunks === 10, 'cedar has caught up')
}, { repair: { debounceMs: 20 } }))

test('runs by itself when a write fell short', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  ring.net.kill(birch.id)
  await alder.chunks.put(bytesOf(1))
  ring.net.revive(birch.id)
  await eventually(() => alder.repair.status().lastRunMs > 0, 'alder has looked')
  await eventually(() => birch.local.has(chunkIdOf(bytesOf(1))), 'and birch, at its own look, has taken it')
}, { repair: { debounceMs: 20, intervalMs: 100 } }))

test('announces the partitions it holds, once', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  const told: PeerId[] = []
  const { id } = await alder.chunks.put(bytesOf(1))
  await ring.repairAll()
  const network = ring.net.join('peer-reader' as PeerId)
  await eventually(async () => {
    told.splice(0, told.length, ...await network.findHolders(digestOf(id)[0] as number))
    return told.length === 2
  }, 'both are known as holders')
  assert.deepEqual(told.sort(), [alder.id, birch.id])
}))

test('a node that can not take more says what is missing, and the ring goes on', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  ring.kill(birch)
  await write(alder, 20)
  ring.revive(birch)
  const { StorageFullError } = await import('#protocols/errors.ts')
  const put = birch.local.put.bind(birch.local)
  birch.local.put = async () => { throw new StorageFullError('full') }
  await ring.repairAll()
  assert.deepEqual([alder.repair.status().missingCopies, alder.repair.status().singleCopies], [20, 20])
  birch.local.put = put
  await ring.repairAll()
  assert.deepEqual([alder.repair.status().missingCopies, alder.repair.status().singleCopies], [0, 0])
}))

test('a node whose disk takes no more fetches nothing in vain, keeps what it has, and catches up when there is room', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  await write(alder, 10)
  ring.kill(birch)
  await write(alder, 20, 1_000)
  ring.revive(birch)
  const usage = birch.local.usage.bind(birch.local)
  birch.local.usage = () => ({ ...usage(), acceptsWrites: false })
  let fetched = 0
  const get = birch.exchange.get.bind(birch.exchange)
  birch.exchange.get = (...asked) => {
    fetched++
    return get(...asked)
  }
  await ring.repairAll()
  assert.deepEqual([fetched, usage().chunks, alder.repair.status().missingCopies], [0, 10, 20])
  birch.local.usage = usage
  await ring.repairAll()
  assert.deepEqual([usage().chunks, alder.repair.status().missingCopies], [30, 0])
}))

test('writes that keep falling short do not put repair off', withRing(['alder', 'birch', 'cedar'], async (ring, [alder, , cedar]) => {
  ring.net.kill(cedar.id) // nobody has noticed: writes to it fail
  const enough = new AbortController()
  const writing = (async () => {
    for (let seed = 0; !enough.signal.aborted; seed++) {
      await alder.chunks.put(bytesOf(seed))
      await sleep(10)
    }
  })()
  try {
    await eventually(() => alder.repair.status().lastRunMs > 0, 'repair looked')
  } finally {
    enough.abort()
    await writing
  }
}, { repair: { recheckMs: 300 } }))

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

async function write(node: FakeRingNode, count: number, from = 0): Promise<ChunkId[]> {
  const ids: ChunkId[] = []
  for (let seed = from; seed < from + count; seed++) ids.push((await node.chunks.put(bytesOf(seed))).id)
  return ids
}

async function settled(ring: FakeRing, ids: ChunkId[], copies: number): Promise<void> {
  for (const id of ids) await eventually(async () => (await ring.holdersOf(id)).length >= copies, `${copies} copies`)
  // a file has its name a moment before its writer hears of it: a node killed in between is one more that failed him
  await eventually(() => ring.net.underWay === 0, 'every writer has heard')
}

const held = (ring: FakeRing): number[] => ring.nodes.map(({ local }) => local.usage().chunks)
