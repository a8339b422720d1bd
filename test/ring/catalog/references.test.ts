import assert from 'node:assert/strict'
import { suite } from 'uvu'
import * as Y from 'yjs'
import { ChunkNotFoundError } from '#protocols/errors.ts'
import { type AssetId, type CameraId, type ChunkId, chunkIdOf, type PeerId } from '#protocols/ids.ts'
import { createBlobStore, DEFAULT_PARALLEL_PUTS } from '../../../ring/chunks/blob-store.ts'
import { writeAsset } from '../../../ring/catalog/asset-entry.ts'
import type { AssetFacts, RecordingPart, RecordingSession } from '../../../ring/catalog/catalog.ts'
import { documentOfAsset, documentOfHour } from '../../../ring/catalog/document-name.ts'
import { emptyNote, forgetUnderstood, writeNote } from '../../../ring/catalog/note-entry.ts'
import { recordingKey, writeRecording } from '../../../ring/catalog/recording-entry.ts'
import { encodeRecordingManifest } from '../../../ring/catalog/recording-manifest.ts'
import { chunksUnder, type Reference, referencesOf, referrersIn } from '../../../ring/catalog/references.ts'

const stored = new Map<ChunkId, Uint8Array>()
const put = async (bytes: Uint8Array): Promise<{ id: ChunkId; copies: number }> => {
  const id = chunkIdOf(bytes)
  stored.set(id, Uint8Array.from(bytes))
  return { id, copies: 1 }
}
const get = async (id: ChunkId): Promise<Uint8Array> => {
  const bytes = stored.get(id)
  if (bytes === undefined) throw new ChunkNotFoundError(id)
  return bytes
}
const walked = async (reference: Reference): Promise<{ manifests: ChunkId[]; content: ChunkId[] }> => {
  const found = { manifests: [] as ChunkId[], content: [] as ChunkId[] }
  for await (const { id, role } of chunksUnder(reference, get)) found[role === 'manifest' ? 'manifests' : 'content'].push(id)
  return found
}
const bytesOf = async (ids: readonly ChunkId[]): Promise<Buffer> => Buffer.concat(await Promise.all(ids.map(get)))
const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => (i * 7 + (i >> 8)) & 255))

const id = 'ab'.repeat(32) as AssetId
const facts = (blob: string): AssetFacts => ({ id, name: 'a.mov', size: 1, mime: 'video/quicktime', kind: 'video', blob: blob as ChunkId, importedAtMs: 1, probe: { container: 'mov' } })
const camera = 'porch' as CameraId
const part = (chunks: readonly ChunkId[]): RecordingPart => ({ startMs: 1, durationMs: 1, bytes: 1, chunks, key: true, copies: 1 })
const session = (fields: Partial<RecordingSession>): RecordingSession => ({
  camera, hour: '2026-11-22T17', session: 's', node: 'birch' as PeerId, startMs: 1, endMs: 2, bytes: 3, codecs: 'avc1', width: 1, height: 1, init: '' as ChunkId, manifest: undefined, tail: [], ended: undefined, ...fields
})

const test = suite('references')
test.before.each(() => stored.clear())

test('everything a blob put into the store is named: lists of lists too, and its content in order', async () => {
  const blobs = createBlobStore({ chunks: { put, get } }, { chunkBytes: 1, parallelPuts: DEFAULT_PARALLEL_PUTS })
  for (const size of [0, 1, 255, 16_384, 16_385]) {
    stored.clear()
    const blob = await blobs.put((async function* () { yield bytes(size) })())
    const { manifests, content } = await walked({ kind: 'blob', id: blob.id })
    assert.deepEqual(new Set([...manifests, ...content]), new Set(stored.keys()), `${size} bytes`)
    assert.deepEqual(await bytesOf(content), bytes(size), `${size} bytes`)
  }
})

test('an asset, a deleted one too, names its original and its poster; what is no id names nothing', () => {
  const [blob, poster] = [chunkIdOf(bytes(1)), chunkIdOf(bytes(2))]
  const referencesWith = (original: string, picture: string | undefined): readonly Reference[] => {
    const doc = new Y.Doc()
    writeAsset(doc, facts(original), { node: 'birch' as PeerId, path: 'a.mov' }, picture as ChunkId | undefined)
    doc.getMap(id).set('deletedAtMs', 5)
    return [...referrersIn(doc, documentOfAsset(id))].flatMap(referencesOf)
  }
  assert.deepEqual(referencesWith(blob, poster), [{ kind: 'blob', id: blob }, { kind: 'blob', id: poster }])
  assert.deepEqual(referencesWith(blob, '../../etc/passwd'), [{ kind: 'blob', id: blob }])
  assert.deepEqual(referencesWith('nonsense', poster), [])
})

test('a recording names what plays it in order: its beginning, the pages of its manifest, and its newest parts', async () => {
  const ids: ChunkId[] = []
  for (let i = 0; i < 6; i++) ids.push((await put(Buffer.of(i))).id)
  const page = await put(encodeRecordingManifest({ pages: [], parts: [part([ids[1]!]), part([ids[2]!, ids[3]!])] }))
  const manifest = await put(encodeRecordingManifest({ pages: [page.id], parts: [part([ids[4]!])] }))
  const doc = new Y.Doc()
  writeRecording(doc, session({ init: ids[0]!, manifest: manifest.id, tail: [part([ids[5]!])] }))
  const [recording] = [...referrersIn(doc, documentOfHour(camera, '2026-11-22T17'))]
  const found = await Promise.all(referencesOf(recording!).map(walked))
  assert.deepEqual(found.flatMap(({ content }) => content), ids)
  assert.deepEqual(found.flatMap(({ manifests }) => manifests), [manifest.id, page.id])
})

test('a recording whose entry holds nonsense among its parts names the rest', () => {
  const init = chunkIdOf(bytes(1))
  const doc = new Y.Doc()
  const odd = session({ init, tail: [null, {}, { chunks: 'x' }, { chunks: ['y', 7] }, part([init])] as unknown as RecordingPart[] })
  doc.getMap('recordings').set(recordingKey(odd), odd)
  assert.deepEqual([...referrersIn(doc, documentOfHour(camera, odd.hour))].flatMap(referencesOf), [{ kind: 'chunk', id: init }, { kind: 'chunk', id: init }])
})

test('a manifest that can not be read is named before the walk fails, and nothing is left out silently', async () => {
  const missing = chunkIdOf(bytes(9))
  for (const kind of ['blob', 'recording'] as const) {
    const seen: ChunkId[] = []
    await assert.rejects(async () => { for await (const { id: each } of chunksUnder({ kind, id: missing }, get)) seen.push(each) }, ChunkNotFoundError)
    assert.deepEqual(seen, [missing])
  }
})

test('what was seen and heard in a camera\'s hour is needed until the footage of that hour goes', () => {
  const doc = new Y.Doc()
  const [one, two, three] = [chunkIdOf(bytes(1)), chunkIdOf(bytes(2)), chunkIdOf(bytes(3))]
  const hour = '2026-11-22T17'
  for (const [node, blob] of [['alder', one], ['birch', two]] as const) writeNote(doc, { ...emptyNote(camera, hour, node as PeerId), seen: [{ fromMs: 1, toMs: 2, blob }] })
  writeNote(doc, { ...emptyNote(camera, hour, 'cedar' as PeerId), heard: [{ fromMs: 0, toMs: 1 }, { fromMs: 1, toMs: 2, blob: three }] })
  writeNote(doc, { ...emptyNote(camera, '2026-11-22T18', 'alder' as PeerId), motion: { watchedMs: 1, moved: [] } })
  const named = (): string[] => [...referrersIn(doc, documentOfHour(camera, hour))].flatMap(referencesOf).map(({ kind, id }) => `${kind} ${id}`).sort()
  assert.deepEqual(named(), [`blob ${one}`, `blob ${two}`, `blob ${three}`].sort())
  forgetUnderstood(doc, camera, hour)
  assert.deepEqual(named(), [])
  for (const kind of ['seen', 'heard']) assert.throws(() => writeNote(doc, { ...emptyNote(camera, hour, 'alder' as PeerId), [kind]: [{ fromMs: 1, toMs: 2, blob: 'x' as ChunkId }] }), /no note of a camera-hour/)
})

test.run()
