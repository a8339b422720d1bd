import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { type ChunkId, chunkOfHash, hashOfChunk } from '#protocols/ids.ts'
import { backUp } from '../../../node/backup/back-up.ts'
import { createFolderTarget } from '../../../node/backup/folder-target.ts'
import { restoreBackup } from '../../../node/backup/restore-backup.ts'
import { verifyBackup } from '../../../node/backup/verify-backup.ts'
import type { BackupSource, RestoreSink } from '../../../node/backup/backup-source.ts'
import type { DocumentName } from '../../../ring/catalog/document-name.ts'
import { encodeRoll, type RollLine } from '../../../ring/catalog/roll-manifest.ts'
import { unheldChunks } from '../../../ring/replication/library-loss.ts'
import { chunksOf, createGarbageRing, footage, GRACE_MS, type GarbageNode, type GarbageRing, once } from '../../support/garbage-ring.ts'

const test = suite<{ ring: GarbageRing; alder: GarbageNode; birch: GarbageNode }>('what rolls need is kept')
test.before.each(async (context) => {
  context.ring = await createGarbageRing(['alder', 'birch'])
  const [alder, birch] = context.ring.nodes
  Object.assign(context, { alder, birch })
})
test.after.each(({ ring }) => ring.stop())

const file = (path: string, blob: ChunkId) => ({ kind: 'file' as const, file: { path, size: 5_000, mtimeMs: 1.5, blob, sha256: 'ab', hashes: { xxh128: 'cd' }, hashedMs: 2, sourceVerified: false, asset: false } }) satisfies RollLine

/** A roll of two files, one generation of its history, and a receipt; answers all blobs by what they are. */
async function addRoll(node: GarbageNode, id: string): Promise<Record<'sidecar' | 'index' | 'mhl' | 'manifest' | 'receipt', ChunkId>> {
  const written = node.leases.begin()
  const put = async (bytes: Uint8Array): Promise<ChunkId> => (await node.blobs.put(once(bytes))).id
  const [sidecar, index, mhl, receipt] = await Promise.all(['sidecar', 'index', 'mhl', 'receipt'].map((word) => put(footage(`${id} ${word}`)))) as [ChunkId, ChunkId, ChunkId, ChunkId]
  const lines: RollLine[] = [file('A/clip.xml', sidecar), file('A/INDEX.MIF', index), { kind: 'mhl', mhl: { generation: 1, folder: '', name: '0001_A.mhl', blob: mhl, c4: 'c4x', createdMs: 3 } }]
  const manifest = await put(Buffer.concat([...encodeRoll(lines)]))
  await node.catalog.records.put('rolls', id, { name: 'A001', manifest, receipt, state: 'done' })
  written()
  return { sidecar, index, mhl, manifest, receipt }
}

async function settle(ring: GarbageRing): Promise<void> {
  const [alder, birch] = ring.nodes
  await alder!.catalog.syncWith(birch!.id)
  for (let look = 0; look < 4; look++) {
    await ring.lookAll()
    ring.pass(GRACE_MS + 1_000)
  }
}

const held = async (node: GarbageNode, chunks: readonly ChunkId[]): Promise<number> => (await Promise.all(chunks.map((id) => node.local.has(id)))).filter(Boolean).length

test('every blob of a roll that is no asset outlives any grace, on every node, and goes when the roll is removed', async ({ ring, alder, birch }) => {
  const blobs = await addRoll(alder, 'r1')
  const chunks = (await Promise.all(Object.values(blobs).map((blob) => chunksOf(alder, blob)))).flat()
  await settle(ring)
  assert.deepEqual([await held(alder, chunks), await held(birch, chunks)], [chunks.length, chunks.length])
  await alder.catalog.records.remove('rolls', 'r1')
  await settle(ring)
  assert.deepEqual([await held(alder, chunks), await held(birch, chunks)], [0, 0])
})

test('a roll that continues keeps what its newest list names and loses the list it outgrew', async ({ ring, alder }) => {
  const blobs = await addRoll(alder, 'r1')
  const written = alder.leases.begin()
  const next = (await alder.blobs.put(once(Buffer.concat([...encodeRoll([file('A/clip.xml', blobs.sidecar)])])))).id
  await alder.catalog.records.put('rolls', 'r1', { manifest: next })
  written()
  await settle(ring)
  assert.equal(await alder.local.has(blobs.manifest), false)
  assert.equal(await alder.local.has(blobs.index), false)
  const rest = await chunksOf(alder, blobs.sidecar)
  assert.equal(await held(alder, rest), rest.length)
})

test('a list that this version does not understand, or no node can read, stops the sweep of anything', async ({ ring, alder }) => {
  const junk = await alder.blobs.put(once(footage('nobody needs this')))
  for (const [manifest, why] of [['nonsense', /roll r1 has a manifest that can not be understood/], [(await alder.blobs.put(once(Buffer.from('{"thatdam":"roll","version":2}\n')))).id, /waiting for the list of chunks of roll A001/]] as const) {
    await alder.catalog.records.put('rolls', 'r1', { name: 'A001', manifest })
    await settle(ring)
    assert.match((await alder.garbage.run()).waiting ?? '', why)
    assert.equal(await alder.local.has(junk.id), true)
  }
  await alder.catalog.records.remove('rolls', 'r1')
  await settle(ring)
  assert.equal(await alder.local.has(junk.id), false)
})

test('a backup takes rolls along, proves whole, and restores them byte for byte; chunks of theirs that no node holds are told', async ({ alder }) => {
  const blobs = await addRoll(alder, 'r1')
  await addRoll(alder, 'r2')
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-rolls-'))
  const fresh = await createGarbageRing(['oak'])
  try {
    const target = createFolderTarget(dir)
    const source = sourceOf(alder)
    const { missing, manifest } = await backUp({ source, target })
    assert.deepEqual(missing, [])
    assert.deepEqual([manifest.version, manifest.documents.length > 0 && manifest.documents.every(({ name }) => name.startsWith('rolls-'))], [2, true])
    assert.deepEqual((await verifyBackup(target)).findings, [])
    assert.equal((await backUp({ source, target })).counts.copied, 0)

    const oak = fresh.nodes[0]!
    await restoreBackup({ target, sink: sinkOf(oak) })
    assert.deepEqual(oak.catalog.records.list('rolls'), alder.catalog.records.list('rolls'))
    for (const blob of Object.values(blobs)) {
      const parts: Uint8Array[] = []
      for await (const part of oak.blobs.read(blob)) parts.push(part)
      assert.equal(createHash('sha256').update(Buffer.concat(parts)).digest('hex'), createHash('sha256').update(await whole(alder, blob)).digest('hex'))
    }
    const [gone] = (await oak.blobs.stat(blobs.index)).chunks
    await oak.local.delete(gone!)
    assert.deepEqual(await unheldChunks({ copy: oak.catalog.copy, chunks: oak.chunks, verification: oak.verification }), [gone])
  } finally {
    await fresh.stop()
    await rm(dir, { recursive: true })
  }
})

async function whole(node: GarbageNode, blob: ChunkId): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of node.blobs.read(blob)) parts.push(part)
  return Buffer.concat(parts)
}

function sourceOf({ catalog, chunks }: GarbageNode): BackupSource {
  return {
    contents: async () => ({ ringId: 'ab'.repeat(32), node: 'alder', cameras: [], records: {}, documents: await catalog.copy.documents() }),
    document: async (name) => catalog.copy.snapshot(name as DocumentName),
    chunk: async (hash) => chunks.get(chunkOfHash(hash)).catch(() => undefined)
  }
}

function sinkOf({ catalog, chunks, local }: GarbageNode): RestoreSink {
  return {
    begin: (generation) => catalog.copy.begin(generation, 1),
    missing: async (hashes) => (await Promise.all(hashes.map(async (hash) => await local.has(chunkOfHash(hash)) ? [] : [hash]))).flat(),
    async putChunk(hash, bytes) { assert.equal(hashOfChunk((await chunks.put(bytes)).id), hash) },
    async putDocument(name, update) { await catalog.copy.restore(name as DocumentName, update) },
    async putCameras() {},
    async putRecords() {},
    finish: (generation) => catalog.copy.finish(generation, 2)
  }
}

test.run()
