import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StorageFullError } from '#protocols/errors.ts'
import type { Logger } from '../base/log.ts'
import { checkedKeys } from './checked-keys.ts'
import { ALL_DOCUMENTS, type DocumentName, isDocumentName } from './document-name.ts'
import { LogDatabase, type LogDatabaseInit, MAX_BATCH_RECORDS, type Operation } from './log-database.ts'
import { damageKey, decodeRecord, digestKey, encodeRecord, recordKey, spanKey } from './log-record.ts'
import type { Database } from './open-database.ts'

/** What the log holds of one document. */
export interface LoggedDocument {
  readonly updates: Uint8Array[]
  /** Why something is missing or unreadable; undefined when all that was written is there. */
  readonly damage: string | undefined
  /** What lies in the place of unreadable records, by sequence. */
  readonly broken: ReadonlyMap<number, Uint8Array>
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

export interface DocumentLogInit extends LogDatabaseInit {
  /** Nothing is written until further notice, and what was not acknowledged is forgotten: documents in memory have to be, too. */
  onRefused?(failure: StorageFullError): void
  /** The log is what its disk says, which may differ from what it was; when this resolves, it takes writes again. */
  onReopened?(): Promise<void>
}

interface Span {
  first: number
  next: number
  bytes: number
  snapshotBytes: number
}

const NOTHING: Readonly<Span> = { first: 1, next: 1, bytes: 0, snapshotBytes: 0 }

/** The append-only update log of the catalog's documents. What it acknowledged is on disk; after a failed write it goes on from there. */
export class DocumentLog {
  readonly #database: LogDatabase
  readonly #init: DocumentLogInit
  #id = ''
  readonly #spans = new Map<DocumentName, Span>()
  /** The same, without what is still being written. */
  readonly #durable = new Map<DocumentName, Span>()
  readonly #digests = new Map<DocumentName, StoredDigest>()
  /** Documents that lack something, and why. */
  readonly #damage = new Map<DocumentName, string>()

  constructor(dir: string, log: Logger, init: DocumentLogInit = {}) {
    this.#init = init
    this.#database = new LogDatabase(dir, log, {
      read: (db, damage) => this.#readAll(db, damage),
      onRefused: (failure) => this.#rollBack(failure),
      onReopened: async () => { await init.onReopened?.() }
    }, init)
  }

  /** Tells this log from any other, also from one that was here before. */
  get id(): string {
    return this.#id
  }

  /** @throws DataFolderLockedError */
  open(): Promise<void> {
    return this.#database.open()
  }

  /** Waits for what was appended, then closes. */
  close(): Promise<void> {
    return this.#database.close()
  }

  /** Of all updates it holds. */
  get bytes(): number {
    return [...this.#spans.values()].reduce((sum, span) => sum + span.bytes, 0)
  }

  /** To be asked before a document is changed in memory. @throws StorageFullError while nothing can be written */
  checkWritable(): void {
    if (this.#database.failure !== undefined) throw this.#database.failure
  }

  documents(): DocumentName[] {
    return [...this.#spans.keys()]
  }

  extent(document: DocumentName): LogExtent {
    const { first, next, bytes, snapshotBytes } = this.#spans.get(document) ?? NOTHING
    return { first, last: next - 1, bytes, snapshotBytes }
  }

  /** The sequence is taken at once; `durable` resolves after the fsync. @throws StorageFullError */
  append(document: DocumentName, update: Uint8Array): { sequence: number; durable: Promise<void> } {
    this.checkWritable()
    const { first, next: sequence, bytes, snapshotBytes } = this.#spans.get(document) ?? NOTHING
    const key = recordKey(document, sequence)
    const span = { first, next: sequence + 1, bytes: bytes + update.byteLength, snapshotBytes }
    return { sequence, durable: this.#write(document, span, [{ type: 'put', key, value: encodeRecord(key, update) }]) }
  }

  /** Put `snapshot`, which must contain all that was appended so far, in the place of all records: in one batch, so it is done or not. */
  async compact(document: DocumentName, snapshot: Uint8Array): Promise<void> {
    this.checkWritable()
    const { first, next } = this.#spans.get(document) ?? NOTHING
    const last = Math.max(next - 1, first)
    const dropped = Array.from({ length: last - first }, (_, i): Operation => ({ type: 'del', key: recordKey(document, first + i) }))
    if (this.#damage.delete(document)) dropped.push({ type: 'del', key: damageKey(document) })
    const key = recordKey(document, last)
    const span = { first: last, next: last + 1, bytes: snapshot.byteLength, snapshotBytes: snapshot.byteLength }
    await this.#write(document, span, [...dropped, { type: 'put', key, value: encodeRecord(key, snapshot) }])
  }

  /** Everything readable, in order. @throws StorageFullError while the log is closed */
  async load(document: DocumentName): Promise<LoggedDocument> {
    for (;;) {
      const db = await this.#database.reader()
      const { first, last } = this.extent(document)
      const read = await readRecords(db, document, first, last)
      if (db.status !== 'open' || this.extent(document).first !== first) { // opened anew or compacted meanwhile
        await nextTurn() // what closes or opens it needs turns, too
        continue
      }
      const damage = this.#damage.get(document) ?? (read.missing === undefined ? undefined : `record ${read.missing} of ${first} to ${last} is missing or damaged`)
      return { updates: read.updates, damage, broken: read.broken }
    }
  }

  /** Documents known to lack something, and why. */
  get damage(): ReadonlyMap<DocumentName, string> {
    return this.#damage
  }

  /** Remember that something of the document was lost, also past a restart, until it is compacted. */
  noteDamage(document: DocumentName, reason: string): Promise<void> {
    this.#damage.set(document, reason)
    return this.#database.write([damageRecord(document, reason)])
  }

  digest(document: DocumentName): StoredDigest | undefined {
    return this.#digests.get(document)
  }

  /** Remember the digest the document has after its newest record. */
  putDigest(document: DocumentName, digest: Uint8Array): Promise<void> {
    const stored = { sequence: this.extent(document).last, digest }
    this.#digests.set(document, stored)
    const key = digestKey(document)
    return this.#database.write([{ type: 'put', key, value: encodeRecord(key, Buffer.from(JSON.stringify([stored.sequence, Buffer.from(digest).toString('hex')]))) }])
  }

  /** Resolves when all that was appended until now is on disk. @throws StorageFullError */
  flushed(): Promise<void> {
    return this.#database.write([])
  }

  // The span goes with the records: it says what should be there.
  #write(document: DocumentName, span: Span, operations: Operation[]): Promise<void> {
    this.#spans.set(document, span)
    const key = spanKey(document)
    const value = encodeRecord(key, Buffer.from(JSON.stringify([span.first, span.next, span.bytes, span.snapshotBytes])))
    return this.#database.write([...operations, { type: 'put', key, value }], () => this.#durable.set(document, span))
  }

  #rollBack(failure: StorageFullError): void {
    this.#spans.clear()
    for (const [document, span] of this.#durable) this.#spans.set(document, span)
    for (const [document, { sequence }] of this.#digests) if (sequence > this.extent(document).last) this.#digests.delete(document)
    this.#init.onRefused?.(failure)
  }

  /** A repair keeps what is readable, perhaps in an older state: then every document is noted as damaged. */
  async #readAll(db: Database, damage: string | undefined): Promise<void> {
    if (damage !== undefined) await db.batch(ALL_DOCUMENTS.map((document) => damageRecord(document, damage)), { sync: true })
    for (const kept of [this.#spans, this.#durable, this.#digests, this.#damage]) kept.clear()
    this.#id = await identityOf(db)
    await this.#readSpans(db)
    await this.#scanRecords(db)
    for await (const [key, value] of db.iterator({ gte: 's!', lt: 's"' })) this.#readDamage(key, value)
    for await (const [key, value] of db.iterator({ gte: 'd!', lt: 'd"' })) this.#readDigest(key, value)
    for (const [document, span] of this.#spans) this.#durable.set(document, span)
  }

  async #readSpans(db: Database): Promise<void> {
    for await (const [key, value] of db.iterator({ gte: 'h!', lt: 'h"' })) {
      const name = key.slice(2)
      const span = decodeRecord(key, value)
      if (!isDocumentName(name) || span === undefined) continue
      const [first, next, bytes, snapshotBytes] = JSON.parse(Buffer.from(span).toString()) as [number, number, number, number]
      this.#spans.set(name, { first, next, bytes, snapshotBytes })
    }
  }

  /** Documents with records outside the span that should cover them are damaged; the span is widened to hold them. */
  async #scanRecords(db: Database): Promise<void> {
    for await (const key of checkedKeys(db)) {
      if (!key.startsWith('u!')) continue
      const [, name = '', hex = ''] = key.split('!')
      const sequence = Number.parseInt(hex, 16)
      if (!isDocumentName(name) || !Number.isSafeInteger(sequence)) continue
      const span = this.#spans.get(name)
      if (span !== undefined && sequence >= span.first && sequence < span.next) continue
      this.#damage.set(name, 'its bookkeeping was lost')
      this.#spans.set(name, {
        first: Math.min(sequence, span?.first ?? sequence), next: Math.max(sequence + 1, span?.next ?? 1), bytes: span?.bytes ?? 0, snapshotBytes: span?.snapshotBytes ?? 0
      })
    }
  }

  #readDamage(key: string, value: Uint8Array): void {
    const name = key.slice(2)
    if (isDocumentName(name)) this.#damage.set(name, Buffer.from(decodeRecord(key, value) ?? Buffer.from('it was noted as damaged')).toString())
  }

  #readDigest(key: string, value: Uint8Array): void {
    const name = key.slice(2)
    const stored = decodeRecord(key, value)
    if (!isDocumentName(name) || stored === undefined) return
    const [sequence, hex] = JSON.parse(Buffer.from(stored).toString()) as [number, string]
    if (sequence <= this.extent(name).last) this.#digests.set(name, { sequence, digest: Buffer.from(hex, 'hex') })
    else this.#damage.set(name, 'the end of its log was lost') // the digest was made when the log was longer
  }
}

interface ReadRecords {
  readonly updates: Uint8Array[]
  /** Sequence of the first record that is not there or not whole. */
  readonly missing: number | undefined
  readonly broken: ReadonlyMap<number, Uint8Array>
}

async function readRecords(db: Database, document: DocumentName, first: number, last: number): Promise<ReadRecords> {
  const updates: Uint8Array[] = []
  const broken = new Map<number, Uint8Array>()
  let missing: number | undefined
  for (let from = first; from <= last; from += MAX_BATCH_RECORDS) {
    const keys = Array.from({ length: Math.min(MAX_BATCH_RECORDS, last - from + 1) }, (_, i) => recordKey(document, from + i))
    const values = await valuesOf(db, keys)
    for (const [i, key] of keys.entries()) {
      const value = values[i]
      const update = value && decodeRecord(key, value)
      if (update !== undefined) updates.push(update)
      else missing ??= from + i
      if (update === undefined && value !== undefined) broken.set(from + i, value)
    }
  }
  return { updates, missing, broken }
}

// One unreadable block fails the whole read: then each record is asked for on its own.
function valuesOf(db: Database, keys: string[]): Promise<Array<Uint8Array | undefined>> {
  return db.getMany(keys).catch(() => Promise.all(keys.map((key) => db.get(key).catch(() => undefined))))
}

function damageRecord(document: DocumentName, reason: string): Operation {
  const key = damageKey(document)
  return { type: 'put', key, value: encodeRecord(key, Buffer.from(reason)) }
}

async function identityOf(db: Database): Promise<string> {
  const stored = await db.get('id')
  if (stored !== undefined) return Buffer.from(stored).toString()
  const id = crypto.randomUUID()
  await db.put('id', Buffer.from(id), { sync: true })
  return id
}
