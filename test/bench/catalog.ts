/** The catalog after a year of 8 cameras and 200,000 assets: one of its 256 documents, which are alike, lived through edit by edit. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as Y from 'yjs'
import { type AssetId, type CameraId, chunkIdOf, PARTITIONS, type PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { patchAsset, readAsset, writeAsset } from '../../ring/catalog/asset-entry.ts'
import { AssetIndex } from '../../ring/catalog/asset-index.ts'
import type { AssetFacts, AssetPatch, RecordingPart, RecordingSession } from '../../ring/catalog/catalog.ts'
import { ChangeFeed } from '../../ring/catalog/change-feed.ts'
import { DocumentLog } from '../../ring/catalog/document-log.ts'
import { PARTITION_DOCUMENTS, received } from '../../ring/catalog/document-name.ts'
import { Documents } from '../../ring/catalog/documents.ts'
import { recordingKey, writeRecording } from '../../ring/catalog/recording-entry.ts'
import type { Row } from './measure.ts'

const ASSETS = Math.round(200_000 / PARTITIONS)
const HOURS = Math.round(8 * 365 * 24 / PARTITIONS)
/** Times an hour's entry is written; a recorder writes it 3600 times, and the size is the same (600 were compared with 3600). */
const REWRITES = 300
const NAME = PARTITION_DOCUMENTS[0x7f]!
const HOUR_MS = 3_600_000
const SELF = '12D3KooWAlder0000000000000000000000000000000000000000' as PeerId
const OTHER = '12D3KooWBirch0000000000000000000000000000000000000000' as PeerId

const assetId = (n: number): AssetId => `7f${createHash('sha256').update(String(n)).digest('hex').slice(2)}` as AssetId
const facts = (n: number): AssetFacts => ({
  id: assetId(n), name: `DSC_${10_000 + n}.mp4`, size: 80_000_000 + n, mime: 'video/mp4', kind: 'video', blob: chunkIdOf(Buffer.from(`b${n}`)), importedAtMs: n * HOUR_MS,
  probe: { container: 'mov,mp4', durationMs: 31_000, videoCodec: 'h264', width: 1920, height: 1080, framesPerSecond: 25, audioCodec: 'aac', sampleRate: 48_000, channels: 2, bitsPerSecond: 21_000_000 }
})

function session(hour: number, parts: number): RecordingSession {
  const startMs = hour * 32 * HOUR_MS
  const init = chunkIdOf(Buffer.from(`init ${hour}`))
  const part = (i: number): RecordingPart => ({ startMs: startMs + i * 1000, durationMs: 1000, bytes: 500_000, chunks: [chunkIdOf(Buffer.from(`${hour}/${i}`))], key: true, copies: 2 })
  const ended = parts === REWRITES
  return {
    camera: `porch${hour % 8}` as CameraId, hour: new Date(startMs).toISOString().slice(0, 13), session: createHash('md5').update(String(hour)).digest('hex'), node: SELF, startMs, endMs: startMs + parts * 1000,
    bytes: parts * 500_000, codecs: 'avc1.640028,opus', width: 1920, height: 1080, init, manifest: init, tail: Array.from({ length: parts % 20 + 1 }, (_, i) => part(i)), ended: ended ? 'hour' : undefined
  }
}

interface Opened { updates: DocumentLog; documents: Documents; feed: ChangeFeed; index: AssetIndex; close(): Promise<void> }

async function open(dir: string): Promise<Opened> {
  const updates = new DocumentLog(join(dir, 'log'), silentLog)
  const index = new AssetIndex(join(dir, 'index.sqlite'), silentLog)
  const feed = new ChangeFeed(index, silentLog)
  const documents = new Documents({ updates, log: silentLog, onChange: (change) => feed.add(change), onDeleted() {}, onDamage() {}, onRewritten() {}, onOffence() {} })
  await updates.open()
  index.open(updates.id)
  return { updates, documents, feed, index, close: async () => { await documents.close(); await updates.close(); feed.close(); index.close() } }
}

/** Every hour: a recording grows second by second, assets are imported and edited on two nodes, some are deleted. `atHour` sees the document before each. */
async function year({ documents }: Opened, atHour: (hour: number) => Promise<void>): Promise<void> {
  let asset = 0
  for (let hour = 0; hour < HOURS; hour++) {
    await atHour(hour)
    const other = new Y.Doc()
    Y.applyUpdate(other, await documents.read(NAME, (doc) => Y.encodeStateAsUpdate(doc)))
    const before = Y.encodeStateVector(other)
    for (let parts = 1; parts <= REWRITES; parts++) {
      const grown = session(hour, parts)
      const { durable } = await documents.edit(NAME, (doc) => writeRecording(doc, grown), recordingKey(grown))
      if (parts % 100 === 0) await durable
      if (parts % 100 !== 50 || asset >= ASSETS) continue
      const added = facts(asset++)
      await documents.edit(NAME, (doc) => writeAsset(doc, added, { node: SELF, path: `/media/2026/${added.name}` }, added.blob))
      const patch: AssetPatch = { title: `Clip ${asset}`, rating: asset % 6, addTags: ['raw', `project ${asset % 40}`], notes: 'Good light, wind on the microphone.', ...(asset % 10 === 0 ? { deleted: true } : {}) }
      await documents.edit(NAME, (doc) => patchAsset(doc, readAsset(doc, added.id)!, patch, added.importedAtMs))
    }
    other.transact(() => { for (const n of [asset - 4, asset - 5]) edit(other, assetId(n)) })
    await documents.receive(NAME, Y.encodeStateAsUpdate(other, before), received('sync', OTHER))
  }
}

function edit(doc: Y.Doc, id: AssetId): void {
  const asset = readAsset(doc, id)
  if (asset !== undefined) patchAsset(doc, asset, { title: `${asset.title}, selected`, removeTags: ['raw'], addTags: ['selected'] }, asset.editedAtMs + 1)
}

async function bytesOf(dir: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(dir)) bytes += (await stat(join(dir, name))).size
  return bytes
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

async function timed(work: () => Promise<unknown> | unknown): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const one = (name: string, unit: string, value: number, more: Partial<Row> = {}): Row => ({ name, unit, samples: [value], ...more })

/** Sizes are of one document and, where it says so, of the whole catalog: 256 times that. */
export async function run(): Promise<Row[]> {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  try {
    const catalog = await open(dir)
    let halfAt = 0
    let dayBefore: Uint8Array = new Uint8Array()
    await year(catalog, async (hour) => {
      if (hour === HOURS >> 1) halfAt = await catalog.documents.read(NAME, (doc) => Y.encodeStateAsUpdate(doc).byteLength)
      if (hour === HOURS - 1) dayBefore = await catalog.documents.read(NAME, Y.encodeStateVector)
    })
    const snapshot = await catalog.documents.read(NAME, (doc) => Y.encodeStateAsUpdate(doc))
    let catchUp = 0
    const catchUpMs = await timed(async () => { catchUp = (await catalog.documents.read(NAME, (doc) => Y.encodeStateAsUpdate(doc, dayBefore))).byteLength })
    const lines = await catalog.documents.read(NAME, (doc) => plainLines(doc))
    await catalog.updates.compact(NAME, snapshot)
    await catalog.close()
    await rm(join(dir, 'index.sqlite'))
    const again = await open(dir)
    const indexMs = await timed(() => again.feed.catchUp(again.documents, again.updates))
    await again.close()
    const before = heapBytes()
    const doc = new Y.Doc()
    const loadMs = await timed(() => Y.applyUpdate(doc, snapshot))
    const heap = heapBytes() - before
    const plain = 'the same as JSON lines'
    return [
      one(plain, 'kB', (lines.assets + lines.hours) / 1e3, { note: `${lines.hourCount} camera-hours, ${lines.assetCount} assets; whole catalog: ${Math.round((lines.assets + lines.hours) * PARTITIONS / 1e6)} MB` }),
      one('one document', 'kB', snapshot.byteLength / 1e3, { baseline: plain, note: `whole catalog: ${Math.round(snapshot.byteLength * PARTITIONS / 1e6)} MB` }),
      one('one document on disk', 'kB', await bytesOf(join(dir, 'log')) / 1e3, { baseline: plain, note: 'with what LevelDB has not compacted yet' }),
      one('one document in memory', 'kB', heap / 1e3, { baseline: plain, note: 'at most some 16 MB of documents are in memory at once' }),
      one('growth of the second half-year over the first', 'times', (snapshot.byteLength - halfAt) / halfAt),
      one('per camera-hour, JSON', 'bytes', lines.hours / lines.hourCount),
      one('per asset, JSON', 'bytes', lines.assets / lines.assetCount),
      one('per camera-hour or asset, document', 'bytes', snapshot.byteLength / (lines.hourCount + lines.assetCount)),
      one('loading one document', 'ms', loadMs),
      one('catch-up after a day away, one document', 'bytes', catchUp, { note: `${catchUpMs.toFixed(1)} ms to encode; all documents: ${Math.round(catchUp * PARTITIONS / 1e3)} kB` }),
      one('rebuilding the index, one document', 'ms', indexMs, { note: `whole catalog: ${Math.round(indexMs * PARTITIONS / 1e3)} s, while the node serves` })
    ]
  } finally {
    await rm(dir, { recursive: true })
  }
}

function plainLines(doc: Y.Doc): { assets: number; assetCount: number; hours: number; hourCount: number } {
  const length = (values: unknown[]): number => values.reduce<number>((sum, value) => sum + JSON.stringify(value).length + 1, 0)
  const assets = Array.from({ length: ASSETS }, (_, n) => readAsset(doc, assetId(n))).filter((asset) => asset !== undefined)
  const hours = [...doc.getMap('recordings').values()]
  return { assets: length(assets), assetCount: assets.length, hours: length(hours), hourCount: hours.length }
}
