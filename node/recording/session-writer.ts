import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CameraId, ChunkId } from '#protocols/ids.ts'
import { OverloadedError } from '#protocols/errors.ts'
import { CHUNK_BYTES, encodeRecordingManifest, hourOf, PAGE_PARTS, readParts, type RecordingPart, type RecordingSession, type Ring, spareLists } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import { limiter } from '#ring/base/tasks.ts'
import { type Mp4Tracks, initSegment } from './fmp4.ts'

/** Parts that may wait for the disks before the recording gives up, about as many seconds. More than a peer sends at once when its link is back. @default 90 */
export const MAX_WAITING_PARTS = 90
/** Newest parts kept in the catalog entry itself. @default 20 */
export const TAIL_PARTS = 20
const PARALLEL_PUTS = 4
const RETRY_MS = 1_000

/** What is durable of a camera now. */
export interface Durable {
  /** Unix ms at which the newest durable part ends. */
  readonly ms: number
  readonly copies: number
  /** When the last of it came, `performance.now()`. */
  readonly cameMs: number
}

/** What a new recording session is begun with. */
export interface SessionStart {
  readonly camera: CameraId
  readonly startMs: number
  readonly codecs: string
  readonly tracks: Mp4Tracks
}

export interface SessionWriterInit extends SessionStart {
  onDurable(durable: Durable): void
}

/**
 * Puts the parts of one session into the ring and the catalog. Parts are stored side by side but entered in order, and a part is
 * entered only when its chunks are on disk on as many nodes as the ring asks for. A failed write is tried again while the queue has room.
 */
export class SessionWriter {
  readonly #ring: Pick<Ring, 'chunks' | 'catalog' | 'self' | 'writing'>
  /** Parts and manifests are stored before the catalog names them: they are under way as long as the session is. */
  readonly #written: () => void
  readonly #log: Logger
  readonly #onDurable: (durable: Durable) => void
  readonly #gone = new AbortController()
  readonly #put = limiter(PARALLEL_PUTS)
  #init: Promise<ChunkId>
  #session: RecordingSession
  #pages: ChunkId[] = []
  #older: RecordingPart[] = []
  #chain: Promise<void> = Promise.resolve()
  #waiting = 0
  #failure: unknown

  constructor({ ring, log }: { ring: Pick<Ring, 'chunks' | 'catalog' | 'self' | 'writing'>; log: Logger }, init: SessionWriterInit) {
    this.#ring = ring
    this.#written = ring.writing()
    this.#log = log
    this.#onDurable = (durable) => init.onDurable(durable)
    this.#session = {
      camera: init.camera, hour: hourOf(init.startMs), session: randomUUID(), node: ring.self, startMs: init.startMs, endMs: init.startMs, bytes: 0,
      codecs: init.codecs, width: init.tracks.width, height: init.tracks.height, init: '' as ChunkId, manifest: undefined, tail: [], ended: undefined
    }
    this.#init = this.#store(initSegment(init.tracks)).then(({ chunks }) => chunks[0]!)
    this.#init.catch(() => {}) // reported when the first part is entered
  }

  get session(): RecordingSession { return this.#session }
  get waiting(): number { return this.#waiting }

  /** Take a part; returns at once. @throws OverloadedError when the disks are too far behind, or what made an earlier part fail */
  add(part: { bytes: Buffer; startMs: number; durationMs: number; key: boolean; arrivedMs?: number; cameMs?: number }): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#waiting >= MAX_WAITING_PARTS) throw new OverloadedError(`storage is ${this.#waiting} parts behind`)
    this.#waiting++
    const stored = this.#put(() => this.#store(part.bytes))
    stored.catch(() => {}) // awaited in its turn
    this.#chain = this.#chain.then(async () => {
      if (this.#failure !== undefined) return
      try {
        const { chunks, copies } = await stored
        await this.#enter({ startMs: part.startMs, durationMs: part.durationMs, bytes: part.bytes.length, key: part.key, chunks, copies, ...(part.arrivedMs !== undefined && { arrivedMs: part.arrivedMs }) }, part.cameMs)
      } catch (err) {
        this.#failure = err
      } finally {
        this.#waiting--
      }
    })
  }

  /** Store what waits and the spare lists, note why the session ended. Resolves when that is in the catalog, or cannot be. */
  async close(reason: string): Promise<void> {
    await this.#chain
    const spare = await this.#spare()
    if (this.#session.tail.length > 0) await this.#ring.catalog.putRecording({ ...this.#session, ...(spare.length > 0 && { spare }), ended: reason }).catch((err) => this.#log.error('the end of a recording of %s is not noted - %s', this.#session.camera, err))
    this.#written()
  }

  /** Give up what is not stored yet. */
  abandon(): void { this.#gone.abort(new OverloadedError('recording abandoned')) }

  async #store(bytes: Buffer): Promise<{ chunks: ChunkId[]; copies: number }> {
    const chunks: ChunkId[] = []
    let least = Infinity
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const { id, copies } = await this.#persist(() => this.#ring.chunks.put(bytes.subarray(at, at + CHUNK_BYTES), { signal: this.#gone.signal }))
      chunks.push(id)
      least = Math.min(least, copies)
    }
    return { chunks, copies: least }
  }

  /** Try again for as long as the queue has room; after that `add` fails, and whoever owns this abandons it. */
  async #persist<T>(write: () => Promise<T>): Promise<T> {
    while (true) {
      try {
        this.#gone.signal.throwIfAborted()
        return await write()
      } catch (err) {
        if (this.#gone.signal.aborted) throw err
        this.#log.error('a part of %s is not stored yet - %s', this.#session.camera, err)
        await sleep(RETRY_MS, undefined, { signal: this.#gone.signal, ref: false })
      }
    }
  }

  async #enter(part: RecordingPart, cameMs = -Infinity): Promise<void> {
    let { tail, manifest } = this.#session
    if (tail.length >= TAIL_PARTS) {
      manifest = await this.#fold(tail)
      tail = []
    }
    const endMs = part.startMs + part.durationMs
    const next = { ...this.#session, init: await this.#init, endMs, bytes: this.#session.bytes + part.bytes, manifest, tail: [...tail, part] }
    await this.#persist(() => this.#ring.catalog.putRecording(next))
    this.#session = next
    this.#onDurable({ ms: endMs, copies: part.copies, cameMs })
  }

  /** Move parts from the catalog entry into the manifest. */
  async #fold(parts: readonly RecordingPart[]): Promise<ChunkId> {
    this.#older.push(...parts)
    if (this.#older.length >= PAGE_PARTS) {
      this.#pages.push(await this.#manifest({ pages: [], parts: this.#older }))
      this.#older = []
    }
    return this.#manifest({ pages: this.#pages, parts: this.#older })
  }

  /** What the manifest lists, once more: one chunk of it that is lost takes five minutes or all of the hour with it. */
  async #spare(): Promise<ChunkId[]> {
    if (this.#session.manifest === undefined) return []
    try {
      const parts = await readParts({ manifest: this.#session.manifest, tail: [] }, (id) => this.#ring.chunks.get(id, { signal: this.#gone.signal }))
      const ids: ChunkId[] = []
      for (const bytes of spareLists(parts)) ids.push((await this.#ring.chunks.put(bytes, { signal: this.#gone.signal })).id)
      return ids
    } catch (err) {
      this.#log.error('a recording of %s has no spare list of its parts - %s', this.#session.camera, err)
      return []
    }
  }

  async #manifest(content: { pages: ChunkId[]; parts: RecordingPart[] }): Promise<ChunkId> {
    const { id } = await this.#persist(() => this.#ring.chunks.put(encodeRecordingManifest(content), { signal: this.#gone.signal }))
    return id
  }
}
