import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as Y from 'yjs'
import { ChunkNotFoundError } from '#protocols/errors.ts'
import { type AssetId, type CameraId, type ChunkId, chunkIdOf, digestOf, hashOfChunk, PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import { patchAsset, purgeAsset, readAsset, stripPurged, writeAsset } from '../../../ring/catalog/asset-entry.ts'
import type { AssetFacts, RecordingPart } from '../../../ring/catalog/catalog.ts'
import { documentOfAsset, documentOfHour, type DocumentName } from '../../../ring/catalog/document-name.ts'
import { whyNotWhole } from '../../../ring/catalog/document-walk.ts'
import { writeRecording } from '../../../ring/catalog/recording-entry.ts'
import { encodeRecordingManifest } from '../../../ring/catalog/recording-manifest.ts'
import { type Referrer, referrersIn } from '../../../ring/catalog/references.ts'
import { createBlobStore } from '../../../ring/chunks/blob-store.ts'
import { WaitingError } from '../../../ring/garbage/everybody.ts'
import { markNeeded } from '../../../ring/garbage/mark.ts'
import { MarkFiles } from '../../../ring/garbage/mark-files.ts'

const test = suite('mark')
const NODE = 'birch' as PeerId

test('of random catalogs exactly what assets in and out of the trash and recordings need is marked', withMarks(async (marks) => {
  for (let run = 0; run < 12; run++) {
    const library = await randomLibrary(run)
    await marks.open()
    await markNeeded({ catalog: library, get: library.get, mark: (id) => marks.mark(id) }, new AbortController().signal)
    const marked = new Set<string>()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (const name of await marks.needed(partition as Partition)) {
        assert.equal(Number.parseInt(name.slice(0, 2), 16), partition)
        marked.add(name)
      }
    }
    assert.deepEqual([...marked].sort(), [...library.needed].map((id) => hashOfChunk(id)).sort(), `run ${run}`)
  }
}))

test('more marks of one partition than are kept in memory are all there, and nothing is left on disk', withMarks(async (marks, dir) => {
  await marks.open()
  const ids = new Set<ChunkId>()
  for (let i = 0; ids.size < 300; i++) {
    const id = chunkIdOf(Buffer.from(`${i}`))
    if (digestOf(id)[0] !== 7) continue
    ids.add(id)
    await marks.mark(id)
  }
  assert.equal((await marks.needed(7 as Partition)).size, 300)
  assert.equal((await marks.needed(8 as Partition)).size, 0)
  assert.equal(marks.marks, 300)
  await marks.clear()
  assert.deepEqual(await readdir(dir), [])
}))

test('a manifest that can not be read is something to wait for, and named', withMarks(async (marks) => {
  const library = await randomLibrary(3)
  await marks.open()
  const get = async (): Promise<Uint8Array> => { throw new ChunkNotFoundError('nobody has it') }
  await assert.rejects(markNeeded({ catalog: library, get, mark: (id) => marks.mark(id) }, new AbortController().signal), (err: Error) => err instanceof WaitingError && /waiting for the list of chunks of/.test(err.message))
}))

test('what a document holds beyond what is understood is told, not passed over', () => {
  const id = 'ab'.repeat(32) as AssetId
  const name = documentOfAsset(id)
  const whole = (): Y.Doc => {
    const doc = new Y.Doc()
    writeAsset(doc, factsOf(id, chunkIdOf(Buffer.of(1))), { node: NODE, path: 'a' }, undefined)
    return doc
  }
  assert.equal(whyNotWhole(whole(), name), undefined)
  const cases: Array<[RegExp, (doc: Y.Doc) => void]> = [
    [/field "proxy"/, (doc) => doc.getMap(id).set('proxy', 'bafk')],
    [/holds "analyses"/, (doc) => doc.getMap('analyses').set('x', 1)],
    [/can not be understood/, (doc) => doc.getMap(id).set('facts', { id, next: 'version' })],
    [/can not be understood/, (doc) => doc.getMap(id).set('facts', factsOf(id, 'nonsense' as ChunkId))],
    [/recording .* can not be understood/, (doc) => doc.getMap('recordings').set('porch/2026-11-22T17/x', { next: 'version' })]
  ]
  for (const [expected, change] of cases) {
    const doc = whole()
    change(doc)
    assert.match(whyNotWhole(doc, name) ?? '', expected)
  }
})

test('a document that waits for changes it builds on is not whole', () => {
  const id = 'cd'.repeat(32) as AssetId
  const writer = new Y.Doc()
  const updates: Uint8Array[] = []
  writer.on('update', (update: Uint8Array) => updates.push(update))
  writeAsset(writer, factsOf(id, chunkIdOf(Buffer.of(1))), { node: NODE, path: 'a' }, undefined)
  const second = new Y.Doc()
  for (const update of updates.slice(1)) Y.applyUpdate(second, update)
  assert.match(whyNotWhole(second, documentOfAsset(id)) ?? '', /have not arrived/)
})

test.run()

interface Library {
  readonly needed: Set<ChunkId>
  get(id: ChunkId): Promise<Uint8Array>
  referrers(): AsyncGenerator<Referrer>
}

/** Assets of many shapes, some in the trash, some purged and stripped, and recordings with and without manifests and pages. */
async function randomLibrary(seed: number): Promise<Library> {
  const random = generator(seed + 1)
  const stored = new Map<ChunkId, Uint8Array>()
  let written: ChunkId[] = []
  const chunks = {
    async put(bytes: Uint8Array) {
      const id = chunkIdOf(bytes)
      stored.set(id, Uint8Array.from(bytes))
      written.push(id)
      return { id, copies: 1 }
    },
    async get(id: ChunkId) {
      const bytes = stored.get(id)
      if (bytes === undefined) throw new ChunkNotFoundError(id)
      return bytes
    }
  }
  const blobs = createBlobStore({ chunks }, { chunkBytes: 64 })
  const docs = new Map<DocumentName, Y.Doc>()
  const docOf = (name: DocumentName): Y.Doc => docs.get(name) ?? docs.set(name, new Y.Doc()).get(name) as Y.Doc
  const needed = new Set<ChunkId>()
  const fresh = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(random() * 256))

  for (let i = 0; i < 30; i++) {
    written = []
    const blob = await blobs.put((async function* () { yield fresh(Math.floor(random() * 900)) })())
    const poster = random() < 0.5 ? (await blobs.put((async function* () { yield fresh(70) })())).id : undefined
    const id = blob.sha256 as AssetId
    const doc = docOf(documentOfAsset(id))
    writeAsset(doc, factsOf(id, blob.id), { node: NODE, path: `${i}` }, poster)
    const fate = random()
    const asset = readAsset(doc, id)
    if (asset !== undefined && fate < 0.25) purgeAsset(doc, asset, 10)
    if (fate < 0.12) stripPurged(doc, id)
    if (asset !== undefined && fate > 0.8) patchAsset(doc, asset, { deleted: true }, 10)
    if (fate >= 0.25) for (const each of written) needed.add(each)
  }
  for (let i = 0; i < 6; i++) {
    const part = async (): Promise<RecordingPart> => ({ startMs: 1, durationMs: 1, bytes: 1, chunks: [(await chunks.put(fresh(40))).id], key: true, copies: 1 })
    const some = async (count: number): Promise<RecordingPart[]> => Promise.all(Array.from({ length: count }, part))
    written = []
    const pages = [(await chunks.put(encodeRecordingManifest({ pages: [], parts: await some(3) }))).id]
    const manifest = (await chunks.put(encodeRecordingManifest({ pages, parts: await some(2) }))).id
    const init = (await chunks.put(fresh(30))).id
    const tail = await some(2)
    const camera = 'porch' as CameraId
    const hour = `2026-11-22T1${i}`
    writeRecording(docOf(documentOfHour(camera, hour)), { camera, hour, session: 's', node: NODE, startMs: 1, endMs: 2, bytes: 3, codecs: 'avc1', width: 1, height: 1, init, manifest, tail, ended: undefined })
    for (const each of written) needed.add(each)
    await chunks.put(encodeRecordingManifest({ pages: [], parts: await some(2) })) // one it outgrew
  }
  return {
    needed, get: chunks.get,
    async *referrers() {
      for (const [name, doc] of docs) {
        assert.equal(whyNotWhole(doc, name), undefined)
        yield* referrersIn(doc, name)
      }
    }
  }
}

function factsOf(id: AssetId, blob: ChunkId): AssetFacts {
  return { id, name: 'a.mov', size: 1, mime: 'video/quicktime', kind: 'video', blob, importedAtMs: 1, probe: { container: 'mov' } }
}

function withMarks(body: (marks: MarkFiles, dir: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = await mkdtemp(join(tmpdir(), 'thatdam-marks-'))
    try {
      await body(new MarkFiles(join(dir, 'marks')), dir)
    } finally {
      await rm(dir, { recursive: true })
    }
  }
}

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
