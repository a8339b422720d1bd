import { mkdir } from 'node:fs/promises'
import { Level } from 'level'
import { DataFolderLockedError, StorageFullError } from '#protocols/errors.ts'
import type { Logger } from '../base/log.ts'
import type { DocumentName } from './document-name.ts'
import { isDocumentName } from './document-name.ts'
import { decodeRecord, digestKey, encodeRecord, recordKey, spanKey } from './log-record.ts'

/** Records written with one fsync at most. @default 1024 */
export const MAX_BATCH_RECORDS = 1024
/** What LevelDB gathers in memory before it writes a table, in bytes. @default 16777216 */
export const WRITE_BUFFER_BYTES = 16 * 1024 * 1024

/** What the log holds of one document. */
export interface LoggedDocument {
  readonly updates: Uint8Array[]
  /** Why something is missing or unreadable; undefined when all that was written is there. */
  readonly damage: string | undefined
}

export interface LogExtent {
  /** Sequence of the oldest and of the newest record; `last` is 0 when there never was one. */
  readonly first: number
  readonly last: number
  /** Bytes of all records, and of the oldest one (a snapshot once the log was compacted). */
  readonly bytes: number
  readonly snapshotBytes: number
}

/** A digest and the sequence it belongs to. */
export interface StoredDigest {
  readonly sequence: number
  readonly digest: Uint8Array
}

interface Span {
  first: number
  next: number
  bytes: number
  snapshotBytes: number
}

interface Write {
  readonly operations: Operation[]
  resolve(): void
  reject(error: Error): void
}

type Operation = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string }
type Database = Level<string, Uint8Array>

/** The append-only update log of the catalog's documents. The first failed write stops it: nothing is acknowledged after a lost one. */
export class DocumentLog {
  readonly #dir: string
  readonly #log: Logger
  readonly #openDatabase: typeof openDatabase
  #db: Database | undefined
  #id = ''
  #failure: Error | undefined
  #isWriting = false
  readonly #queue: Write[] = []
  readonly #spans = new Map<DocumentName, Span>()
  readonly #digests = new Map<DocumentName, StoredDigest>()
  /** Documents with records that no span accounts for. */
  readonly #suspects = new Set<DocumentName>()

  constructor(dir: string, log: Logger, open: typeof openDatabase = openDatabase) {
    this.#dir = dir
    this.#log = log
    this.#openDatabase = open
  }

  /** Tells this log from any other, also from one that was here before. */
  get id(): string {
    return this.#id
  }

  /** @throws DataFolderLockedError */
  async open(): Promise<void> {
    await mkdir(this.#dir, { recursive: true })
    this.#db = await this.#openDatabase(this.#dir, this.#log)
    this.#id = await this.#identity()
    await this.#readSpans()
    for (const name of await this.#scanRecords()) this.#suspects.add(name)
    for await (const [key, value] of this.#db.iterator({ gte: 'd!', lt: 'd"' })) this.#rememberDigest(key, value)
  }

  /** Waits for what was appended, then closes. */
  async close(): Promise<void> {
    await this.flushed().catch(() => {})
    this.#failure ??= new StorageFullError('the catalog is closed')
    await this.#db?.close()
    this.#db = undefined
  }

  /** Of all updates it holds. */
  get bytes(): number {
    return [...this.#spans.values()].reduce((sum, span) => sum + span.bytes, 0)
  }

  documents(): DocumentName[] {
    return [...this.#spans.keys()]
  }

  extent(document: DocumentName): LogExtent {
    const { first, next, bytes, snapshotBytes } = this.#spans.get(document) ?? { first: 1, next: 1, bytes: 0, snapshotBytes: 0 }
    return { first, last: next - 1, bytes, snapshotBytes }
  }

  /** The sequence is taken at once; `durable` resolves after the fsync. @throws StorageFullError, which later appends meet too */
  append(document: DocumentName, update: Uint8Array): { sequence: number; durable: Promise<void> } {
    const span = this.#spanOf(document)
    const sequence = span.next++
    span.bytes += update.byteLength
    const key = recordKey(document, sequence)
    const durable = this.#write([{ type: 'put', key, value: encodeRecord(key, update) }, spanRecord(document, span)])
    return { sequence, durable }
  }

  /** Put `snapshot`, which must contain all that was appended so far, in the place of all records: in one batch, so it is done or not. */
  compact(document: DocumentName, snapshot: Uint8Array): Promise<void> {
    const span = this.#spanOf(document)
    const last = Math.max(span.next - 1, span.first)
    const dropped = Array.from({ length: last - span.first }, (_, i): Operation => ({ type: 'del', key: recordKey(document, span.first + i) }))
    Object.assign(span, { first: last, next: last + 1, bytes: snapshot.byteLength, snapshotBytes: snapshot.byteLength })
    this.#suspects.delete(document)
    const key = recordKey(document, last)
    return this.#write([...dropped, { type: 'put', key, value: encodeRecord(key, snapshot) }, spanRecord(document, span)])
  }

  /** Everything readable, in order. */
  async load(document: DocumentName): Promise<LoggedDocument> {
    const { first, last } = this.extent(document)
    const updates: Uint8Array[] = []
    let damage = this.#suspects.has(document) ? 'its bookkeeping was lost' : undefined
    for await (const { sequence, update } of this.#records(document, first, last)) {
      if (update !== undefined) updates.push(update)
      else damage ??= `record ${sequence} of ${first} to ${last} is missing or damaged`
    }
    return { updates, damage }
  }

  digest(document: DocumentName): StoredDigest | undefined {
    return this.#digests.get(document)
  }

  /** Remember the digest the document has after its newest record. */
  putDigest(document: DocumentName, digest: Uint8Array): Promise<void> {
    const stored = { sequence: this.extent(document).last, digest }
    this.#digests.set(document, stored)
    const key = digestKey(document)
    return this.#write([{ type: 'put', key, value: encodeRecord(key, Buffer.from(JSON.stringify([stored.sequence, Buffer.from(digest).toString('hex')]))) }])
  }

  /** Resolves when all that was appended until now is on disk. */
  flushed(): Promise<void> {
    return this.#write([])
  }

  async *#records(document: DocumentName, first: number, last: number): AsyncGenerator<{ sequence: number; update: Uint8Array | undefined }> {
    for (let from = first; from <= last; from += MAX_BATCH_RECORDS) {
      const sequences = Array.from({ length: Math.min(MAX_BATCH_RECORDS, last - from + 1) }, (_, i) => from + i)
      const keys = sequences.map((sequence) => recordKey(document, sequence))
      const values = await this.#read(keys)
      for (const [i, key] of keys.entries()) {
        const value = values[i]
        yield { sequence: from + i, update: value && decodeRecord(key, value) }
      }
    }
  }

  // One unreadable block fails the whole read: then each record is asked for on its own.
  async #read(keys: string[]): Promise<Array<Uint8Array | undefined>> {
    const db = this.#open()
    await this.flushed()
    return db.getMany(keys).catch(() => Promise.all(keys.map((key) => db.get(key).catch(() => undefined))))
  }

  #write(operations: Operation[]): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#queue.push({ operations, resolve, reject })
      if (!this.#isWriting) void this.#drain()
    })
  }

  // Never rejects. `#isWriting` falls in the turn the queue is found empty, so nothing put there later is left lying.
  async #drain(): Promise<void> {
    this.#isWriting = true
    while (this.#queue.length > 0) {
      await Promise.resolve() // what is written in the same turn shares the fsync
      const writes = this.#queue.splice(0, MAX_BATCH_RECORDS)
      try {
        const operations = writes.flatMap((write) => write.operations)
        if (operations.length > 0) await this.#open().batch(operations, { sync: true })
        for (const write of writes) write.resolve()
      } catch (err) {
        this.#fail(err, writes)
      }
    }
    this.#isWriting = false
  }

  #fail(err: unknown, writes: Write[]): void {
    this.#failure = new StorageFullError(`the catalog can not be written to ${this.#dir}: ${err instanceof Error ? err.message : err}; free or mend the disk and restart`, { cause: err })
    this.#log.error('%s', this.#failure.message)
    for (const write of [...writes, ...this.#queue.splice(0)]) write.reject(this.#failure)
  }

  #open(): Database {
    if (this.#db === undefined) throw new StorageFullError('the catalog is closed')
    return this.#db
  }

  #spanOf(document: DocumentName): Span {
    let span = this.#spans.get(document)
    if (span === undefined) this.#spans.set(document, span = { first: 1, next: 1, bytes: 0, snapshotBytes: 0 })
    return span
  }

  async #readSpans(): Promise<void> {
    for await (const [key, value] of this.#open().iterator({ gte: 'h!', lt: 'h"' })) {
      const name = key.slice(2)
      const span = decodeRecord(key, value)
      if (!isDocumentName(name) || span === undefined) continue
      const [first, next, bytes, snapshotBytes] = JSON.parse(Buffer.from(span).toString()) as [number, number, number, number]
      this.#spans.set(name, { first, next, bytes, snapshotBytes })
    }
  }

  /** Documents whose records lie outside the span that should cover them; the span is widened to hold them. */
  async #scanRecords(): Promise<Set<DocumentName>> {
    const strays = new Set<DocumentName>()
    for await (const key of this.#open().keys({ gte: 'u!', lt: 'u"' })) {
      const [, name = '', hex = ''] = key.split('!')
      const sequence = Number.parseInt(hex, 16)
      if (!isDocumentName(name) || !(sequence > 0)) continue
      const span = this.#spans.get(name)
      if (span !== undefined && sequence >= span.first && sequence < span.next) continue
      strays.add(name)
      this.#spans.set(name, {
        first: Math.min(sequence, span?.first ?? sequence), next: Math.max(sequence + 1, span?.next ?? 1), bytes: span?.bytes ?? 0, snapshotBytes: span?.snapshotBytes ?? 0
      })
    }
    return strays
  }

  #rememberDigest(key: string, value: Uint8Array): void {
    const name = key.slice(2)
    const stored = decodeRecord(key, value)
    if (!isDocumentName(name) || stored === undefined) return
    const [sequence, hex] = JSON.parse(Buffer.from(stored).toString()) as [number, string]
    if (sequence <= this.extent(name).last) this.#digests.set(name, { sequence, digest: Buffer.from(hex, 'hex') })
    else this.#suspects.add(name) // it was made when the log was longer
  }

  async #identity(): Promise<string> {
    const stored = await this.#open().get('id')
    if (stored !== undefined) return Buffer.from(stored).toString()
    const id = crypto.randomUUID()
    await this.#write([{ type: 'put', key: 'id', value: Buffer.from(id) }])
    return id
  }
}

function spanRecord(document: DocumentName, { first, next, bytes, snapshotBytes }: Span): Operation {
  const key = spanKey(document)
  return { type: 'put', key, value: encodeRecord(key, Buffer.from(JSON.stringify([first, next, bytes, snapshotBytes]))) }
}

/** The LevelDB of a log, repaired when it can not be opened as it is. @throws DataFolderLockedError */
export async function openDatabase(dir: string, log: Logger): Promise<Database> {
  const db: Database = new Level(dir, { keyEncoding: 'utf8', valueEncoding: 'view', writeBufferSize: WRITE_BUFFER_BYTES })
  try {
    await db.open()
  } catch (err) {
    const cause = (err as { cause?: { code?: string, message?: string } }).cause
    if (cause?.code === 'LEVEL_LOCKED') throw new DataFolderLockedError(`${dir} is used by another process; stop it or choose another data folder`)
    if (cause?.code !== 'LEVEL_CORRUPTION') throw err
    log.error('%s is damaged (%s); keeping what is readable', dir, cause.message)
    await (Level as unknown as { repair(dir: string): Promise<void> }).repair(dir)
    await db.open()
  }
  return db
}
