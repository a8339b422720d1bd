import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import { type AssetId, type CameraId, type ChunkId, hashOfChunk, partitionOfAsset, type PeerId } from '#protocols/ids.ts'
import { encodeRecordingManifest, inTrash, type RecordingPart, type RecordingSession, type StoredFacts } from '#ring'
import { TrashKeeper } from '../../../ring/garbage/trash-keeper.ts'
import { chunksOf, createGarbageRing, footage, type GarbageNode, type GarbageRing, GRACE_MS, once } from '../../support/garbage-ring.ts'

const test = suite('garbage')
const ALL = ['alder', 'birch', 'cedar']

test('what was purged is gone from every disk after the grace, and everything else is whole', withRing(ALL, async (ring, [alder, birch, cedar]) => {
  const doomed = await ring.addAsset(alder, footage('doomed'))
  const kept = await ring.addAsset(birch, footage('kept'))
  const [lost, whole] = [await chunksOf(alder, doomed.blob), await chunksOf(alder, kept.blob)]
  await cedar.catalog.purgeAsset(doomed.id)
  await look(ring)
  assert.equal(await copies(ring, lost), 3 * lost.length, 'nothing goes before its grace')
  ring.pass(GRACE_MS / 2)
  await look(ring)
  assert.equal(await copies(ring, lost), 3 * lost.length)
  ring.pass(GRACE_MS)
  await look(ring)
  assert.equal(await copies(ring, lost), 0)
  assert.equal(await copies(ring, whole), 3 * whole.length)
  assert.equal(alder.garbage.status().freed.chunks, lost.length)
  await ring.fake.repairAll()
  assert.equal(await copies(ring, lost), 0, 'repair brings nothing back')
}))

test('chunks that another asset shares stay', withRing(ALL, async (ring, [alder]) => {
  const first = await ring.addAsset(alder, Buffer.concat([footage('shared', 4_096), footage('one', 1_024)]))
  const second = await ring.addAsset(alder, Buffer.concat([footage('shared', 4_096), footage('two', 1_024)]))
  await alder.catalog.purgeAsset(first.id)
  await twoLooks(ring)
  const needed = await chunksOf(alder, second.blob)
  assert.equal(await copies(ring, needed), 3 * needed.length)
  assert.equal(alder.garbage.status().freed.chunks, 2, 'the manifest and the one chunk that was not shared')
}))

test('what is in the trash stays, comes back whole from any node, and is given up when its days are over', withRing(ALL, async (ring, [alder, birch]) => {
  const asset = await ring.addAsset(alder, footage('regret'))
  const chunks = await chunksOf(alder, asset.blob)
  await alder.catalog.editAsset(asset.id, { deleted: true })
  await twoLooks(ring)
  ring.pass(29 * 86_400_000)
  await look(ring)
  assert.equal(await copies(ring, chunks), 3 * chunks.length)
  await birch.catalog.syncWith(alder.id)
  await birch.catalog.editAsset(asset.id, { deleted: false })
  assert.deepEqual(await read(birch, asset.blob), Buffer.from(footage('regret')))
  await birch.catalog.editAsset(asset.id, { deleted: true })
  await look(ring)
  ring.pass(29 * 86_400_000)
  await look(ring)
  assert.notEqual(await alder.catalog.asset(asset.id), undefined, 'deleted again, it has its days again')
  ring.pass(2 * 86_400_000)
  await look(ring)
  assert.equal(await alder.catalog.asset(asset.id), undefined)
  await twoLooks(ring)
  assert.equal(await copies(ring, chunks), 0)
}))

test('a deletion that a wrong clock made, or that was far away for long, has its days from when it is known here', withRing(ALL, async (ring, [alder, , cedar]) => {
  const asset = await ring.addAsset(alder, footage('regret'))
  await look(ring)
  await cedar.catalog.syncWith(alder.id)
  ring.setClock(-40 * 86_400_000)
  await cedar.catalog.editAsset(asset.id, { deleted: true })
  await look(ring)
  ring.setClock(40 * 86_400_000)
  for (let day = 0; day < 28; day++) {
    await look(ring)
    ring.pass(86_400_000)
  }
  await look(ring)
  assert.notEqual((await alder.catalog.asset(asset.id))?.deletedAtMs, undefined)
  ring.pass(3 * 86_400_000)
  await look(ring)
  assert.equal(await alder.catalog.asset(asset.id), undefined)
}))

test('the days of a deletion go on while another node is silent', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  const assets = await Promise.all(Array.from({ length: 12 }, (_, i) => ring.addAsset(alder, footage(`regret ${i}`, 100))))
  const asset = assets.find(({ id }) => ring.fake.placement.ranking(partitionOfAsset(id))[0] === alder.id) as StoredFacts
  await look(ring)
  ring.fake.net.kill(birch.id)
  await alder.catalog.editAsset(asset.id, { deleted: true })
  await look(ring)
  ring.pass(31 * 86_400_000)
  ring.fake.net.revive(birch.id)
  await look(ring)
  assert.equal(await alder.catalog.asset(asset.id), undefined)
}))

test('what came back while the trash was emptied stays, whoever empties it, and only what went is counted', withRing(['alder'], async (ring, [alder]) => {
  const assets = await Promise.all(['restored', 'imported again', 'deleted again', 'gone'].map((word) => ring.addAsset(alder, footage(word))))
  const [restored, again, later, gone] = assets.map(({ id }) => id) as [AssetId, AssetId, AssetId, AssetId]
  for (const { id } of assets) await alder.catalog.editAsset(id, { deleted: true })
  const seen = [...inTrash(alder.catalog.index)]
  await alder.catalog.editAsset(restored, { deleted: false })
  await ring.addAsset(alder, footage('imported again'))
  await alder.catalog.editAsset(later, { deleted: false })
  ring.pass(1_000)
  await alder.catalog.editAsset(later, { deleted: true })
  const { catalog } = alder
  const behind = { ...catalog.index, trash: () => ({ total: seen.length, bytes: 0, assets: seen, cursor: undefined }) }
  const keeper = new TrashKeeper({
    sights: { look: () => Promise.resolve(new Map(seen.map(({ facts: { id } }) => [id, 31 * 86_400_000]))) },
    self: alder.id, membership: { isAlive: () => true }, placement: { ranking: () => [alder.id] },
    catalog: { index: behind, unindexed: () => 0, trashDays: () => 30, purgeTrash: (some, options) => catalog.purgeTrash(some, options), unstripped: () => catalog.unstripped(), strip: (ids) => catalog.strip(ids) }
  })
  assert.equal(await keeper.tidy({ nowMs: ring.nowMs() + 31 * 86_400_000, passedMs: 0 }, new AbortController().signal), 1)
  assert.equal(await catalog.purgeTrash(seen), 0)
  assert.equal(await catalog.asset(gone), undefined)
  assert.deepEqual(await Promise.all([restored, again, later].map(async (id) => (await catalog.asset(id))?.deletedAtMs !== undefined)), [false, false, true])
}))

test('the days of the trash are one setting of the ring', withRing(ALL, async (ring, [alder, birch]) => {
  await alder.catalog.setTrashDays(2)
  await birch.catalog.syncWith(alder.id)
  assert.equal(birch.catalog.trashDays(), 2)
  const asset = await ring.addAsset(alder, footage('short'))
  await alder.catalog.editAsset(asset.id, { deleted: true })
  await look(ring)
  ring.pass(1 * 86_400_000)
  await look(ring)
  assert.notEqual(await alder.catalog.asset(asset.id), undefined)
  ring.pass(2 * 86_400_000)
  await look(ring)
  assert.equal(await alder.catalog.asset(asset.id), undefined)
}))

test('an upload that takes longer than any grace loses nothing, and neither does one that finishes between two looks', withRing(ALL, async (ring, [alder, birch]) => {
  const more = Promise.withResolvers<void>()
  const upload = alder.blobs.put((async function* () {
    yield footage('slow')
    await more.promise
    yield footage('slower')
  })())
  await untilHeld(ring, 4 * 3)
  const begun = [...await held(ring)]
  for (let i = 0; i < 3; i++) await twoLooks(ring)
  assert.equal(await copies(ring, begun), 3 * 4)
  more.resolve()
  const { id } = await upload
  await ring.lookAll() // stored and named by nothing yet: its grace begins only now
  const facts = await ring.addAsset(birch, Buffer.concat([footage('slow'), footage('slower')]))
  assert.equal(facts.blob, id)
  await twoLooks(ring)
  const chunks = await chunksOf(alder, id)
  assert.equal(await copies(ring, chunks), 3 * chunks.length)
}))

test('an upload that was given up is garbage', withRing(ALL, async (ring, [alder]) => {
  await assert.rejects(alder.blobs.put((async function* () {
    yield footage('half')
    await untilHeld(ring, 4 * 3)
    throw new Error('the sender hung up')
  })()))
  assert.equal((await held(ring)).size, 4)
  await twoLooks(ring)
  await twoLooks(ring)
  assert.equal((await held(ring)).size, 0)
}))

test('a silent node stops everything, is named with what to do, and all goes on when it is back', withRing(ALL, async (ring, [alder, birch, cedar]) => {
  const asset = await ring.addAsset(alder, footage('doomed'))
  const chunks = await chunksOf(alder, asset.blob)
  await alder.catalog.purgeAsset(asset.id)
  await look(ring)
  ring.fake.kill(cedar)
  ring.pass(2 * GRACE_MS)
  const found = await birch.garbage.run()
  assert.match(found.waiting ?? '', /waiting for peer-cedar, silent since .*remove it from the ring/)
  assert.equal(birch.garbage.status().state, 'waiting')
  assert.equal(await copies(ring, chunks), 3 * chunks.length)
  ring.pass(4 * 86_400_000)
  await birch.garbage.run()
  assert.deepEqual(birch.alarms.active().map(({ key }) => key), ['garbage-waiting'])
  ring.fake.revive(cedar)
  await twoLooks(ring)
  assert.equal(await copies(ring, chunks), 0)
  assert.deepEqual(birch.alarms.active(), [])
}))

test('an asset that appeared on the other side of a cut keeps chunks that were garbage on this side', withRing(ALL, async (ring, [alder, birch, cedar]) => {
  const asset = await ring.addAsset(alder, footage('twice'))
  const chunks = await chunksOf(alder, asset.blob)
  await alder.catalog.purgeAsset(asset.id)
  for (const node of [birch, cedar]) await node.catalog.syncWith(alder.id)
  await look(ring)
  ring.fake.kill(cedar)
  ring.pass(2 * GRACE_MS)
  await ring.addAsset(cedar, footage('twice'))
  await look(ring)
  ring.fake.revive(cedar)
  await look(ring)
  await twoLooks(ring)
  assert.equal(await copies(ring, chunks), 3 * chunks.length)
  assert.deepEqual(await read(alder, asset.blob), Buffer.from(footage('twice')))
  assert.notEqual(await alder.catalog.asset(asset.id), undefined)
}))

test('purged on one side of a cut and restored on the other: it is restored, with its bytes', withRing(ALL, async (ring, [alder, birch, cedar]) => {
  const asset = await ring.addAsset(alder, footage('contested'))
  await alder.catalog.editAsset(asset.id, { deleted: true })
  for (const node of [birch, cedar]) await node.catalog.syncWith(alder.id)
  ring.fake.kill(cedar)
  await alder.catalog.purgeAsset(asset.id)
  await cedar.catalog.editAsset(asset.id, { deleted: false })
  await look(ring)
  ring.pass(3 * GRACE_MS)
  ring.fake.revive(cedar)
  await twoLooks(ring)
  await twoLooks(ring)
  for (const node of ring.nodes) {
    assert.equal((await node.catalog.asset(asset.id))?.deletedAtMs, undefined)
    assert.equal((await node.catalog.asset(asset.id))?.locations.length, 1)
    assert.deepEqual(await read(node, asset.blob), Buffer.from(footage('contested')))
  }
}))

test('an import that met a known asset while a node was cut off is not undone by a purge behind the cut', withRing(ALL, async (ring, [alder, birch, cedar]) => {
  const asset = await ring.addAsset(alder, footage('known'))
  for (const node of [birch, cedar]) await node.catalog.syncWith(alder.id)
  ring.fake.kill(cedar)
  await cedar.catalog.purgeAsset(asset.id)
  await ring.addAsset(alder, footage('known'))
  ring.fake.revive(cedar)
  await twoLooks(ring)
  await twoLooks(ring)
  assert.notEqual(await birch.catalog.asset(asset.id), undefined, 'it can at least be restored')
  assert.deepEqual(await read(birch, asset.blob), Buffer.from(footage('known')))
}))

test('a node that returns with an old catalog resurrects nothing, and what only it knows is whole', withRing(ALL, async (ring, [alder, birch, cedar]) => {
  const old = await ring.addAsset(alder, footage('old'))
  const chunks = await chunksOf(alder, old.blob)
  for (const node of [birch, cedar]) await node.catalog.syncWith(alder.id)
  ring.fake.kill(cedar)
  await alder.catalog.purgeAsset(old.id)
  const own = await ring.addAsset(cedar, footage('own'))
  await cedar.catalog.editAsset(old.id, { title: 'still here' })
  ring.pass(21 * 86_400_000)
  await look(ring)
  ring.fake.revive(cedar)
  for (let i = 0; i < 3; i++) await twoLooks(ring)
  await ring.fake.repairAll()
  for (const node of ring.nodes) {
    assert.equal(await node.catalog.asset(old.id), undefined)
    assert.deepEqual(await read(node, own.blob), Buffer.from(footage('own')))
  }
  assert.equal(await copies(ring, chunks), 0)
}))

test('bytes that were purged are imported anew, chunk by chunk', withRing(ALL, async (ring, [alder, birch]) => {
  const first = await ring.addAsset(alder, footage('again'))
  await alder.catalog.editAsset(first.id, { title: 'first life', addTags: ['x'], notes: 'gone' })
  await alder.catalog.purgeAsset(first.id)
  await twoLooks(ring)
  await look(ring)
  const second = await ring.addAsset(birch, footage('again'))
  const now = await chunksOf(birch, second.blob)
  assert.equal(await copies(ring, now), 3 * now.length)
  await alder.catalog.syncWith(birch.id)
  const asset = await alder.catalog.asset(second.id)
  assert.deepEqual([asset?.title, asset?.tags, asset?.notes, asset?.deletedAtMs], ['', [], '', undefined])
  await twoLooks(ring)
  assert.equal(await copies(ring, now), 3 * now.length)
}))

test('a put of a chunk that is about to be swept renews it: what was acknowledged stays', withRing(ALL, async (ring, [alder, birch]) => {
  const asset = await ring.addAsset(alder, footage('race'))
  const chunks = await chunksOf(alder, asset.blob)
  await alder.catalog.purgeAsset(asset.id)
  await look(ring)
  ring.pass(GRACE_MS + 1_000)
  const written = birch.leases.begin()
  await birch.blobs.put(once(footage('race'))) // acknowledged, and entered nowhere yet
  ring.pass(5 * GRACE_MS)
  await look(ring)
  await look(ring)
  assert.equal(await copies(ring, chunks), 3 * chunks.length)
  written()
}))

test('puts that race a sweep are never lost', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  for (let round = 0; round < 12; round++) {
    const bytes = footage(`race ${round}`, 3_000)
    const asset = await ring.addAsset(alder, bytes)
    await alder.catalog.purgeAsset(asset.id)
    await birch.catalog.syncWith(alder.id)
    await look(ring)
    ring.pass(GRACE_MS + 1_000)
    const [facts] = await Promise.all([ring.addAsset(birch, bytes), alder.garbage.run(), birch.garbage.run()])
    await twoLooks(ring)
    for (const node of ring.nodes) assert.deepEqual(await read(node, facts.blob), Buffer.from(bytes))
    assert.equal(await copies(ring, await chunksOf(alder, facts.blob)), 2 * 4)
  }
}))

test('a recording that grows keeps its parts, pages, newest manifest and spare lists, and loses the manifests it outgrew', withRing(ALL, async (ring, [alder]) => {
  const put = async (bytes: Uint8Array): Promise<ChunkId> => (await alder.chunks.put(bytes)).id
  const parts: RecordingPart[] = []
  const outgrown: ChunkId[] = []
  const init = await put(footage('init', 100))
  let manifest: ChunkId | undefined
  let page: ChunkId | undefined
  const enter = (tail: RecordingPart[]): Promise<unknown> => alder.catalog.putRecording(sessionOf(alder.id, { init, manifest, tail }))
  for (let i = 0; i < 8; i++) {
    parts.push({ startMs: i, durationMs: 1, bytes: 300, key: true, copies: 2, chunks: [await put(footage(`part ${i}`, 300))] })
    await enter(parts.slice(-2))
    if (i % 2 === 0) continue
    if (i === 3) page = await put(encodeRecordingManifest({ pages: [], parts: parts.slice(0, 4) }))
    if (manifest !== undefined) outgrown.push(manifest)
    manifest = await put(encodeRecordingManifest({ pages: page === undefined ? [] : [page], parts: page === undefined ? parts : parts.slice(4) }))
    await enter([])
    await look(ring)
  }
  const spare = await put(footage('spare', 100))
  await alder.catalog.putRecording({ ...sessionOf(alder.id, { init, manifest, tail: [] }), spare: [spare] })
  await twoLooks(ring)
  const needed = [init, manifest as ChunkId, page as ChunkId, spare, ...parts.flatMap(({ chunks }) => chunks)]
  assert.equal(await copies(ring, needed), 3 * needed.length)
  assert.equal(outgrown.length, 3)
  assert.equal(await copies(ring, outgrown), 0)
}))

test('a manifest that nobody alive can read stops the sweep of anything, and says which', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  const asset = await ring.addAsset(alder, footage('broken'), 'broken.mov')
  const other = await ring.addAsset(alder, footage('doomed'))
  const doomed = await chunksOf(alder, other.blob)
  await alder.catalog.purgeAsset(other.id)
  await look(ring)
  for (const { local } of [alder, birch]) await local.delete(asset.blob)
  ring.pass(2 * GRACE_MS)
  const found = await alder.garbage.run()
  assert.match(found.waiting ?? '', /waiting for the list of chunks of asset .* \(broken\.mov\).*delete the asset for good/)
  assert.equal(await copies(ring, doomed), 2 * doomed.length)
  await alder.catalog.purgeAsset(asset.id)
  await twoLooks(ring)
  assert.equal((await held(ring)).size, 0)
}))

test('while a backup is being restored nothing goes: its chunks come before what names them', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  await birch.catalog.copy.begin('aa'.repeat(32), 1)
  const id = (await alder.chunks.put(footage('restored', 900))).id
  await twoLooks(ring)
  await twoLooks(ring)
  assert.match(alder.garbage.status().waiting ?? '', /waiting for a restore/)
  assert.equal(await copies(ring, [id]), 2)
  await birch.catalog.copy.finish('aa'.repeat(32), 2)
  await twoLooks(ring)
  await ring.lookAll()
  assert.equal(await copies(ring, [id]), 0)
}))

test('a dry run says what would go and changes nothing', withRing(['alder', 'birch'], async (ring, [alder]) => {
  const asset = await ring.addAsset(alder, footage('doomed'))
  const chunks = await chunksOf(alder, asset.blob)
  await alder.catalog.purgeAsset(asset.id)
  await look(ring)
  ring.pass(2 * GRACE_MS)
  const found = await alder.garbage.run({ dryRun: true })
  assert.deepEqual([found.unneeded.chunks, found.ripe.chunks, found.freed.chunks], [chunks.length, chunks.length, 0])
  assert.ok(found.ripe.bytes > 5_000)
  assert.equal(await copies(ring, chunks), 2 * chunks.length)
}))

test('a clock that is set forward ends no grace', withRing(['alder', 'birch'], async (ring, [alder]) => {
  const asset = await ring.addAsset(alder, footage('doomed'))
  const chunks = await chunksOf(alder, asset.blob)
  await alder.catalog.purgeAsset(asset.id)
  await look(ring)
  ring.setClock(30 * GRACE_MS)
  await look(ring)
  await look(ring)
  assert.equal(await copies(ring, chunks), 2 * chunks.length)
  ring.pass(GRACE_MS + 1_000)
  await look(ring)
  await look(ring)
  assert.equal(await copies(ring, chunks), 0)
}))

test('garbage that came back to one node only, after the others swept it, goes there too, however often repair counts its copies', withRing(ALL, async (ring, [alder, , cedar]) => {
  const asset = await ring.addAsset(alder, footage('straggler'))
  const [, straggler = '' as ChunkId] = await chunksOf(alder, asset.blob)
  const bytes = await alder.chunks.get(straggler)
  await alder.catalog.purgeAsset(asset.id)
  await twoLooks(ring)
  await cedar.local.put(straggler, bytes)
  for (let i = 0; i < 8; i++) {
    await look(ring)
    ring.pass(GRACE_MS / 4)
    await ring.fake.repairAll()
  }
  assert.equal(await copies(ring, [straggler]), 0)
}))

test('a damaged file of a chunk that nothing needs is forgotten, by the scrub too', withRing(['alder', 'birch'], async (ring, [alder, birch]) => {
  const asset = await ring.addAsset(alder, footage('rotten'))
  const [, rotten = '' as ChunkId] = await chunksOf(alder, asset.blob)
  const name = hashOfChunk(rotten)
  await writeFile(join(alder.dir, name.slice(0, 2), name), 'rot')
  await birch.local.delete(rotten)
  await alder.scrub.check([rotten])
  assert.deepEqual(alder.scrub.unmended(), [rotten])
  assert.deepEqual(alder.local.damaged(), [rotten])
  await alder.catalog.purgeAsset(asset.id)
  await twoLooks(ring)
  assert.deepEqual(alder.scrub.unmended(), [])
  assert.deepEqual(alder.local.damaged(), [])
  assert.equal(alder.scrub.status().lost, 0)
}))

test.run()

function withRing(names: readonly string[], body: (ring: GarbageRing, nodes: [GarbageNode, GarbageNode, GarbageNode]) => Promise<void>): () => Promise<void> {
  return async () => {
    const ring = await createGarbageRing(names)
    try {
      await body(ring, ring.nodes as unknown as [GarbageNode, GarbageNode, GarbageNode])
    } finally {
      await ring.stop()
    }
  }
}

/** All see it, wait their grace, and look again. */
async function twoLooks(ring: GarbageRing): Promise<void> {
  await look(ring)
  ring.pass(GRACE_MS + 1_000)
  await look(ring)
}

/** What was written a moment ago is not judged at all. */
async function look(ring: GarbageRing): Promise<void> {
  ring.pass(1_000)
  await ring.lookAll()
}

/** Copies of all of these together. */
async function copies(ring: GarbageRing, ids: readonly ChunkId[]): Promise<number> {
  return (await Promise.all(ids.map((id) => ring.fake.holdersOf(id)))).flat().length
}

async function held(ring: GarbageRing): Promise<Set<ChunkId>> {
  const lists = await Promise.all(ring.nodes.flatMap(({ local }) => Array.from({ length: 256 }, (_, partition) => local.list(partition as never))))
  return new Set(lists.flat())
}

async function untilHeld(ring: GarbageRing, count: number): Promise<void> {
  for (const endMs = Date.now() + 20_000; ring.nodes.reduce((sum, { local }) => sum + local.usage().chunks, 0) < count;) {
    if (Date.now() > endMs) throw new Error('the upload does not go on')
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

async function read(node: GarbageNode, blob: ChunkId): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of node.blobs.read(blob)) parts.push(part)
  return Buffer.concat(parts)
}

function sessionOf(node: PeerId, fields: Partial<RecordingSession>): RecordingSession {
  return { camera: 'porch' as CameraId, hour: '2026-11-22T17', session: 's', node, startMs: 1, endMs: 2, bytes: 3, codecs: 'avc1', width: 1, height: 1, init: '' as ChunkId, manifest: undefined, tail: [], ended: undefined, ...fields }
}
