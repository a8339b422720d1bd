import assert from 'node:assert/strict'
import { open, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import { type ChunkId, chunkIdOf, hashOfChunk } from '#protocols/ids.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { MAX_UNMENDED, readScrubRecord, ScrubRecord } from '../../../ring/replication/scrub-record.ts'
import { createScrub } from '../../../ring/replication/scrub.ts'
import { type FakeClock, createFakeClock } from '../../support/fake-clock.ts'
import { type FakeRing, type FakeRingInit, type FakeRingNode, bytesOf, createFakeRing, eventually, seedWhere } from '../../support/fake-ring.ts'

const test = suite('scrub')

const DAY = 86_400_000
const START = Date.now()
let clock: FakeClock
/** The clock was set back by this, in ms. */
let behindMs = 0
test.before.each(() => {
  clock = createFakeClock(START)
  behindMs = 0
})

test('within its period every chunk is read, and a rotten one and a vanished one come back from other nodes', withRing(async (ring, [alder]) => {
  const ids = await write(ring, 60)
  const [rotten, vanished] = ids as [ChunkId, ChunkId]
  await flip(alder, rotten)
  await unlink(fileOf(alder, vanished))
  clock.passTo(START + 30 * DAY + 3_600_000)
  await eventually(() => alder.scrub.status().checked >= 60 && alder.scrub.status().healed === 2, 'all of them were read')
  await eventually(() => clock.asleep === 1, 'it rests')
  assert.ok(Buffer.from(bytesOf(0)).equals(await alder.local.get(rotten) ?? Buffer.alloc(0)))
  assert.ok(Buffer.from(bytesOf(1)).equals(await alder.local.get(vanished) ?? Buffer.alloc(0)))
  assert.deepEqual({ ...alder.scrub.status() }, { checked: 60, damaged: 1, missing: 1, healed: 2, lost: 0, overdueMs: 0 })
}))

test('several files of a partition that vanished at once are noticed and fetched', withRing(async (ring, [alder]) => {
  const same = seedsOf(7, 4)
  const ids = await write(ring, same)
  for (const id of ids.slice(0, 3)) await unlink(fileOf(alder, id))
  clock.passTo(START + 30 * DAY + 3_600_000)
  await eventually(() => alder.scrub.status().healed === 3, 'they came back')
  assert.equal(alder.local.usage().chunks, 4)
  assert.deepEqual(alder.local.summary(7 as never), ring.nodes[1]?.local.summary(7 as never))
}))

test('reading takes as long as the rate says', withRing(async (ring) => {
  await write(ring, 40, 100_000)
  clock.passTo(START + 30 * DAY + 3_600_000)
  const [alder] = ring.nodes as [FakeRingNode]
  await eventually(() => alder.scrub.status().checked === 40, 'all of them were read')
  // In one burst: the node comes back after two months.
  const beforeMs = clock.nowMs()
  await alder.scrub.stop()
  const late = createFakeClock(beforeMs + 60 * DAY)
  late.passTo(late.nowMs() + 20_000)
  const again = createScrub({ ...alder.scrubParts, clock: late }, { folder: alder.dir, bytesPerSecond: 100_000, periodMs: 30 * DAY })
  await again.start()
  await eventually(() => late.asleep === 1, 'time is up')
  const early = again.status().checked
  assert.ok(early >= 19 && early <= 22, `${early} chunks that take a second each, in 20 s`)
  await again.stop()
}, { bytesPerSecond: 100_000 }))

test('a restarted node goes on where it was, and knows what it verified when', withRing(async (ring) => {
  const ids = await write(ring, 40, 100_000)
  const [alder] = ring.nodes as [FakeRingNode]
  await alder.scrub.stop()
  const late = createFakeClock(START + 90 * DAY)
  late.passTo(late.nowMs() + 1_000) // enough for ten chunks
  const parts = { ...alder.scrubParts, clock: late }
  const init = { folder: alder.dir, bytesPerSecond: 100_000 }
  const first = createScrub(parts, init)
  await first.start()
  await eventually(() => late.asleep === 1, 'time is up')
  await first.stop()
  const some = first.status().checked
  assert.ok(some > 0 && some < 40)
  late.passTo(late.nowMs() + 100_000)
  const second = createScrub(parts, init)
  await second.start()
  await eventually(() => first.status().checked + second.status().checked === 40 && late.asleep === 1, 'the rest was read, and nothing twice')
  const times = ids.map((id) => second.lastVerifiedMs([id]))
  assert.equal(second.lastVerifiedMs(ids), Math.min(...times as number[]))
  await second.stop()
  const record = await readScrubRecord(alder.dir, late.nowMs())
  assert.equal(record.position, undefined)
  assert.equal(record.verifiedMs.every((ms) => ms >= START + 90 * DAY), true)
}))

test('who asks for a verification can hold it back before every page of chunks', withRing(async (ring, [alder]) => {
  await write(ring, 2)
  const go = Promise.withResolvers<void>()
  const seen = { turns: 0, read: 0 }
  const verified = alder.verification.everything({ turn: () => { seen.turns++; return go.promise }, onProgress: ({ chunks }) => { seen.read += chunks } })
  await new Promise(setImmediate)
  assert.deepEqual(seen, { turns: ring.nodes.length, read: 0 })
  go.resolve()
  await verified
  assert.ok(seen.read >= 2 && seen.turns >= 3 * 256)
}))

test('what is good nowhere is lost, says so, and is mended as soon as a node has it again', withRing(async (ring, [alder, birch, cedar]) => {
  const [id] = await write(ring, 1) as [ChunkId]
  await flip(alder, id)
  await unlink(fileOf(birch, id))
  ring.kill(cedar)
  const { nodes, lost } = await alder.verification.chunks([id])
  assert.deepEqual(lost, [id])
  assert.deepEqual(nodes.map(({ answered, damaged, missing, healed }) => [answered, damaged, missing, healed]), [[true, 1, 0, 0], [true, 0, 1, 0], [false, 0, 0, 0]])
  assert.equal(alder.scrub.status().lost, 1)
  assert.equal(alder.scrub.lastVerifiedMs([id]), null)
  ring.revive(cedar)
  clock.passTo(clock.nowMs() + 120_000)
  await eventually(() => alder.scrub.status().lost === 0, 'it was tried again')
  assert.ok(Buffer.from(bytesOf(0)).equals(await alder.local.get(id) ?? Buffer.alloc(0)))
}))

test('what is lost is tried again though the clock was set back meanwhile', withRing(async (ring, [alder, birch, cedar]) => {
  const [id] = await write(ring, 1) as [ChunkId]
  await flip(alder, id)
  await unlink(fileOf(birch, id))
  ring.kill(cedar)
  await alder.verification.chunks([id])
  clock.passTo(clock.nowMs() + 120_000)
  await eventually(() => clock.nowMs() === START + 120_000, 'it was tried and failed')
  behindMs = 10 * DAY
  ring.revive(cedar)
  clock.passTo(clock.nowMs() + 120_000)
  await eventually(() => alder.scrub.status().lost === 0, 'it was tried again')
}))

test('a damaged chunk that was set aside before a restart is still tried', withRing(async (ring, [alder, birch, cedar]) => {
  const [id] = await write(ring, 1) as [ChunkId]
  for (const node of [birch, cedar]) ring.kill(node)
  await flip(alder, id)
  await assert.rejects(alder.local.get(id), { name: 'ChunkCorruptError' })
  for (const node of [birch, cedar]) ring.revive(node)
  await alder.scrub.stop()
  const again = createScrub(alder.scrubParts, { folder: alder.dir })
  await again.start()
  clock.passTo(clock.nowMs() + 120_000)
  await eventually(() => alder.local.has(id), 'it was fetched')
  await again.stop()
}))

test('verifying everything says per node what was wrong, and the second time that all is well', withRing(async (ring, [alder, birch, cedar]) => {
  const ids = await write(ring, 30)
  await flip(alder, ids[3] as ChunkId)
  await unlink(fileOf(birch, ids[4] as ChunkId))
  await cedar.local.delete(ids[5] as ChunkId) // gone for its store, too: only the other owners know
  const numbers = async (): Promise<number[][]> => (await cedar.verification.everything()).nodes.map(({ chunks, good, damaged, missing, healed }) => [chunks, good, damaged, missing, healed])
  assert.deepEqual(await numbers(), [[30, 29, 1, 0, 1], [30, 29, 0, 1, 1], [30, 29, 0, 1, 1]])
  assert.deepEqual(await numbers(), [[30, 30, 0, 0, 0], [30, 30, 0, 0, 0], [30, 30, 0, 0, 0]])
  for (const node of ring.nodes) assert.ok(node.scrub.lastVerifiedMs(ids) !== null)
}, { real: true }))

test('a chunk that was written after the last reading is not called verified', withRing(async (ring, [alder]) => {
  const [old] = await write(ring, [1]) as [ChunkId]
  assert.equal(alder.scrub.lastVerifiedMs([old]), null, 'written is not read back')
  await alder.scrub.check([old])
  assert.ok(alder.scrub.lastVerifiedMs([old]) !== null)
  await alder.verification.everything()
  assert.ok(alder.scrub.lastVerifiedMs([old]) !== null)
  const [young] = await write(ring, seedsOf(0, 1)) as [ChunkId] // long after partition 0 was read
  assert.equal(alder.scrub.lastVerifiedMs([old, young]), null)
  assert.equal(alder.scrub.lastVerifiedMs([chunkIdOf(bytesOf(99))]), null, 'nothing of it is here')
}, { real: true }))

test('asking for too much at once is refused, and a node that does not verify says so', withRing(async (_ring, [alder, birch]) => {
  const ids = Array.from({ length: 65 }, (_, seed) => chunkIdOf(bytesOf(seed)))
  await assert.rejects(alder.exchange.verify(birch.id, ids), /65 chunks to verify at once/)
  await assert.rejects(alder.exchange.verifyPartition(birch.id, 300 as never, undefined, 10), /partition 300/)
  const answers = await Promise.allSettled(Array.from({ length: 40 }, () => alder.scrub.check(ids)))
  assert.ok(answers.some((answer) => answer.status === 'rejected' && answer.reason.name === 'OverloadedError'))
}))

test('a record that can not be read is begun anew, and numbers from the future are not believed', withRing(async (_ring, [alder]) => {
  await alder.scrub.stop()
  await writeFile(join(alder.dir, 'scrub.json'), '{"version":1,')
  const again = createScrub(alder.scrubParts, { folder: alder.dir })
  await again.start()
  await again.stop()
  assert.equal((JSON.parse(await readFile(join(alder.dir, 'scrub.json'), 'utf8')) as { version: number }).version, 1)
  const record = new ScrubRecord(START + 400 * DAY)
  record.verifiedMs.fill(START + 400 * DAY)
  await writeFile(join(alder.dir, 'scrub.json'), JSON.stringify({ version: 1, sinceMs: record.sinceMs, verifiedMs: record.verifiedMs, position: null, unmended: [] }))
  assert.ok((await readScrubRecord(alder.dir, START)).verifiedMs.every((ms) => ms === START))
}))

test('what is remembered as not mended is bounded', () => {
  const record = new ScrubRecord(START)
  for (let i = 0; i < MAX_UNMENDED + 5; i++) record.setUnmended(`chunk ${i}` as ChunkId, 'lost')
  assert.equal(record.unmended.size, MAX_UNMENDED)
})

test('metrics tell what was found', withRing(async (ring, [alder]) => {
  const [id] = await write(ring, 1) as [ChunkId]
  await flip(alder, id)
  await alder.scrub.check([id])
  const page = metrics.render()
  for (const line of ['thatdam_ring_scrub_chunks_total 1', 'thatdam_ring_scrub_damaged_total 1', 'thatdam_ring_scrub_healed_total 1', 'thatdam_ring_chunks_lost 0']) assert.ok(page.includes(line), line)
}))

let metrics = createMetrics()

/** Three nodes; the first one's scrub lives by the fake clock. */
function withRing(run: (ring: FakeRing, nodes: [FakeRingNode, FakeRingNode, FakeRingNode]) => Promise<void>, { bytesPerSecond, real = false }: { bytesPerSecond?: number; real?: boolean } = {}): () => Promise<void> {
  return async () => {
    metrics = createMetrics()
    const init: FakeRingInit = real ? {} : { scrub: (name) => (name === 'alder' ? { clock: { nowMs: () => clock.nowMs() - behindMs, sleep: clock.sleep }, metrics, ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) } : {}) }
    const ring = await createFakeRing(['alder', 'birch', 'cedar'], init)
    try {
      await run(ring, ring.nodes as never)
    } finally {
      await ring.stop()
    }
  }
}

/** Chunks that all three nodes hold. */
async function write(ring: FakeRing, seeds: number | readonly number[], length?: number): Promise<ChunkId[]> {
  const all = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, seed) => seed) : seeds
  const [first] = ring.nodes as [FakeRingNode]
  const ids: ChunkId[] = []
  for (const seed of all) ids.push((await first.chunks.put(bytesOf(seed, length))).id)
  await eventually(async () => (await Promise.all(ids.map((id) => ring.holdersOf(id)))).every((holders) => holders.length === 3), 'all hold all')
  return ids
}

/** Seeds whose chunks are in one partition. */
function seedsOf(partition: number, count: number): number[] {
  const seeds: number[] = []
  while (seeds.length < count) seeds.push(seedWhere((each) => each === partition, (seeds.at(-1) ?? -1) + 1))
  return seeds
}

function fileOf(node: FakeRingNode, id: ChunkId): string {
  const name = hashOfChunk(id)
  return join(node.dir, name.slice(0, 2), name)
}

async function flip(node: FakeRingNode, id: ChunkId): Promise<void> {
  const file = await open(fileOf(node, id), 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 100)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, 100)
  await file.close()
}

test.run()
