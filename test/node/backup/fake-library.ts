/** A ring's library in memory: something to back up, and something to restore into. */
import { createHash, randomBytes } from 'node:crypto'
import * as Y from 'yjs'
import type { BackupContents } from '#protocols/backup.ts'
import { type AssetId, type CameraId, type ChunkId, chunkIdOf, hashOfChunk, type PeerId } from '#protocols/ids.ts'
import { encodeRecordingManifest, type RecordingPart, type RecordingSession } from '#ring'
import type { Hash } from '../../../node/backup/backup-format.ts'
import type { BackupSource, RestoreSink } from '../../../node/backup/backup-source.ts'
import { digestOfDocument } from '../../../ring/catalog/document-digest.ts'
import { writeAsset } from '../../../ring/catalog/asset-entry.ts'
import { documentOfAsset, documentOfHour } from '../../../ring/catalog/document-name.ts'
import { writeRecording } from '../../../ring/catalog/recording-entry.ts'
import { createBlobStore } from '../../../ring/chunks/blob-store.ts'

export class FakeLibrary implements BackupSource, RestoreSink {
  readonly chunks = new Map<Hash, Uint8Array>()
  readonly docs = new Map<string, Y.Doc>()
  readonly ringId: string
  cameras: BackupContents['cameras'] = []
  records: BackupContents['records'] = {}
  /** Chunks asked for, or written. */
  moved = 0
  /** Throw from this many moved chunks on. */
  failAfter = Number.POSITIVE_INFINITY
  begun: Hash | undefined
  readonly #blobs = createBlobStore({
    chunks: { put: async (bytes) => ({ id: this.#store(bytes), copies: 1 }), get: async (id) => this.chunks.get(hashOfChunk(id)) ?? Buffer.of() }
  }, { chunkBytes: 1000 })

  constructor(ringId = randomBytes(32).toString('hex')) {
    this.ringId = ringId
  }

  /** Add a file of random bytes with a poster, and what was made of it; answers its bytes. */
  async addAsset(name: string, size: number, made: readonly string[] = []): Promise<Buffer> {
    const bytes = randomBytes(size)
    const blob = await this.#blobs.put((async function* () { yield bytes })())
    const poster = await this.#blobs.put((async function* () { yield randomBytes(50) })())
    const id = createHash('sha256').update(bytes).digest('hex') as AssetId
    const doc = this.#doc(documentOfAsset(id))
    doc.transact(() => writeAsset(doc, { id, name, size, mime: 'video/mp4', kind: 'video', blob: blob.id, importedAtMs: 1, probe: { container: 'mp4' } }, { node: 'birch' as PeerId, path: name }, poster.id))
    for (const what of made) {
      const { id: blob } = await this.#blobs.put((async function* () { yield randomBytes(2_500) })())
      doc.getMap(id).set(`made:${what}`, blob)
    }
    return bytes
  }

  /** Add a recording of `count` parts, most of them in its manifest; answers what plays it. */
  addRecording(camera: string, count: number): Buffer {
    const parts = Array.from({ length: count + 1 }, () => randomBytes(300))
    const [init, ...ids] = parts.map((bytes) => this.#store(bytes))
    const told = ids.map((id): RecordingPart => ({ startMs: 1, durationMs: 1, bytes: 300, chunks: [id], key: true, copies: 1 }))
    const page = this.#store(encodeRecordingManifest({ pages: [], parts: told.slice(0, 2) }))
    const manifest = this.#store(encodeRecordingManifest({ pages: [page], parts: told.slice(2, -1) }))
    const session: RecordingSession = {
      camera: camera as CameraId, hour: '2026-11-22T17', session: 'one', node: 'birch' as PeerId, startMs: 1, endMs: 2, bytes: 300 * count, codecs: 'avc1', width: 1, height: 1,
      init: init!, manifest, tail: told.slice(-1), ended: undefined
    }
    const doc = this.#doc(documentOfHour(session.camera, session.hour))
    doc.transact(() => writeRecording(doc, session))
    return Buffer.concat(parts)
  }

  /** Of the first asset, or of this one. */
  edit(change: (fields: Y.Map<unknown>) => void, id = '[0-9a-f]{64}'): void {
    for (const doc of this.docs.values()) for (const name of doc.share.keys()) if (new RegExp(`^${id}$`).test(name)) return change(doc.getMap(name))
  }

  /** What two libraries that hold the same have in common. */
  told(): Record<string, unknown> {
    return { cameras: this.cameras, records: this.records, documents: Object.fromEntries([...this.docs].map(([name, doc]) => [name, Buffer.from(digestOfDocument(doc)).toString('hex')]).sort()), chunks: [...this.chunks.keys()].sort() }
  }

  async contents(): Promise<BackupContents> {
    return { ringId: this.ringId, node: 'birch', cameras: this.cameras, records: this.records, documents: [...this.docs].map(([name, doc]) => ({ name, digest: Buffer.from(digestOfDocument(doc)).toString('hex') })) }
  }

  async document(name: string): Promise<{ update: Uint8Array; digest: string }> {
    const doc = this.#doc(name)
    return { update: Y.encodeStateAsUpdate(doc), digest: Buffer.from(digestOfDocument(doc)).toString('hex') }
  }

  async chunk(hash: Hash): Promise<Uint8Array | undefined> {
    this.#move()
    return this.chunks.get(hash)
  }

  async begin(generation: Hash): Promise<{ resumed: boolean }> {
    const resumed = this.begun === generation
    this.begun = generation
    return { resumed }
  }

  async missing(hashes: readonly Hash[]): Promise<Hash[]> {
    return hashes.filter((hash) => !this.chunks.has(hash))
  }

  async putChunk(hash: Hash, bytes: Uint8Array): Promise<void> {
    this.#move()
    if (hashOfChunk(chunkIdOf(bytes)) !== hash) throw new Error('a chunk that does not hash to its name reached the ring')
    this.chunks.set(hash, bytes)
  }

  async putDocument(name: string, update: Uint8Array): Promise<void> {
    Y.applyUpdate(this.#doc(name), update)
  }

  async putCameras(cameras: BackupContents['cameras']): Promise<void> {
    this.cameras = cameras
  }

  async putRecords(records: BackupContents['records']): Promise<void> {
    this.records = records
  }

  async finish(): Promise<void> {}

  #move(): void {
    if (this.moved >= this.failAfter) throw new Error('the plug was pulled')
    this.moved++
  }

  #doc(name: string): Y.Doc {
    const doc = this.docs.get(name) ?? new Y.Doc()
    this.docs.set(name, doc)
    return doc
  }

  #store(bytes: Uint8Array): ChunkId {
    const id = chunkIdOf(bytes)
    this.chunks.set(hashOfChunk(id), Uint8Array.from(bytes))
    return id
  }
}
