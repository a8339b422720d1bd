import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { AssetId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Asset, ReadModel, RecordingSession } from './catalog.ts'
import type { HourNote } from './camera-policy.ts'
import type { DocumentName } from './document-name.ts'
import { INDEX_SCHEMA, INDEX_VERSION, PUT_TEXT } from './index-schema.ts'
import { dropNear, putNear } from './near-index.ts'
import { prepared } from './prepared.ts'
import { readModel } from './read-model.ts'
import { indexedTexts, numbersOf, sortName, type Word, wordsOf } from './search/asset-words.ts'
import { packRow } from './search/packed-row.ts'
import { dropTraits, putTraits } from './trait-index.ts'

/** Ids of words that are remembered, so that they need not be looked up. @default 20000 */
const KNOWN_WORDS = 20_000

/** What changed in some documents: rows to write, and `undefined` for rows to remove. */
export interface IndexChanges {
  readonly assets: ReadonlyMap<AssetId, Asset | undefined>
  readonly recordings: ReadonlyMap<string, { readonly document: DocumentName; readonly session: RecordingSession | undefined }>
  readonly notes: ReadonlyMap<string, { readonly document: DocumentName; readonly note: HourNote | undefined }>
  /** Log sequence each document is indexed up to after this. */
  readonly applied: ReadonlyMap<DocumentName, number>
}

interface Statements {
  readonly putAsset: StatementSync
  readonly numberOf: StatementSync
  readonly putWord: StatementSync
  readonly findWord: StatementSync
  readonly addTotals: StatementSync
  readonly dropAsset: StatementSync
  readonly putText: StatementSync
  readonly dropText: StatementSync
  readonly putTag: StatementSync
  readonly dropTags: StatementSync
  readonly putTrash: StatementSync
  readonly dropTrash: StatementSync
  readonly putRecording: StatementSync
  readonly dropRecording: StatementSync
  readonly putNote: StatementSync
  readonly dropNote: StatementSync
  readonly putApplied: StatementSync
}

/** The SQLite file behind the read model. It holds nothing that is not in the documents. */
export class AssetIndex {
  readonly #file: string
  readonly #log: Logger
  #database: DatabaseSync | undefined
  #statements: Statements | undefined
  readonly #onTouched: (numbers: readonly number[]) => void
  readonly #words = new Map<string, number>()
  #touched: number[] = []
  #grown = { assets: 0, bytes: 0 }
  readonly model: ReadModel = readModel(() => this.#open())

  /** `onTouched`: numbers of the assets' rows that were written or removed, once they are. */
  constructor(file: string, log: Logger, onTouched: (numbers: readonly number[]) => void = () => {}) {
    this.#file = file
    this.#log = log
    this.#onTouched = onTouched
  }

  /** Opens the file; one that is damaged, of another version or of another log is replaced by an empty one. */
  open(logId: string): void {
    this.#words.clear()
    this.#database = openIntact(this.#file, logId, this.#log) ?? createEmpty(this.#file, logId)
    this.#statements = prepareAll(this.#database)
  }

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  /** Log sequence up to which each document is indexed. */
  applied(): Map<string, number> {
    const rows = this.#open().prepare('SELECT document, sequence FROM applied').all() as Array<{ document: string; sequence: number }>
    return new Map(rows.map(({ document, sequence }) => [document, sequence]))
  }

  /** All of it in one transaction, or nothing. */
  write(changes: IndexChanges): void {
    this.#transaction(() => this.#put(changes))
  }

  /** These are all rows of the document but its assets: others it had are removed, and of its assets those that are not `kept`. */
  replace(document: DocumentName, changes: IndexChanges, kept: ReadonlySet<AssetId>): void {
    this.#transaction(() => {
      const ids = this.#open().prepare('SELECT id FROM assets WHERE document = ?').all(document) as Array<{ id: AssetId }>
      for (const { id } of ids) if (!kept.has(id)) this.#dropAsset(id)
      const deleted = this.#open().prepare('SELECT id FROM trash WHERE document = ?').all(document) as Array<{ id: AssetId }>
      for (const { id } of deleted) if (!kept.has(id)) this.#prepared().dropTrash.run(id)
      this.#open().prepare('DELETE FROM recordings WHERE document = ?').run(document)
      this.#open().prepare('DELETE FROM notes WHERE document = ?').run(document)
      this.#put(changes)
    })
  }

  #put({ assets, recordings, notes, applied }: IndexChanges): void {
    const { putRecording, dropRecording, putNote, dropNote, putApplied, putTrash, dropTrash } = this.#prepared()
    for (const [id, asset] of assets) {
      if (asset === undefined || asset.deletedAtMs !== undefined) this.#dropAsset(id)
      else this.#putAsset(id, asset)
      if (asset?.deletedAtMs === undefined) dropTrash.run(id)
      else putTrash.run(id, id.slice(0, 2), asset.facts.size, asset.deletedAtMs, JSON.stringify(asset))
    }
    for (const [key, { document, session }] of recordings) {
      if (session === undefined) dropRecording.run(key)
      else putRecording.run(key, document, session.camera, session.hour, session.startMs, session.endMs, session.bytes, session.node, session.ended ?? null, JSON.stringify(session))
    }
    for (const [key, { document, note }] of notes) {
      if (note === undefined) dropNote.run(key)
      else putNote.run(key, document, note.camera, note.hour, note.plans.length, JSON.stringify(note))
    }
    for (const [document, sequence] of applied) putApplied.run(document, sequence)
  }

  #putAsset(id: AssetId, asset: Asset): void {
    const { putAsset, dropTags, putTag, putText, numberOf } = this.#prepared()
    const { facts, rating, tags } = asset
    const known = numberOf.get(id) as { size: number } | undefined
    const packed = packRow(numbersOf(asset), wordsOf(asset).map((word) => this.#wordId(word)))
    const { number } = putAsset.get(id, id.slice(0, 2), facts.kind, rating, facts.size, facts.importedAtMs, sortName(asset), packed, JSON.stringify(asset)) as { number: number }
    this.#count(number, known === undefined ? 1 : 0, facts.size - (known?.size ?? 0))
    putNear(this.#open(), number, asset)
    putTraits(this.#open(), number, asset)
    dropTags.run(number)
    for (const tag of tags) putTag.run(tag, number)
    putText.run(number, ...indexedTexts(asset))
  }

  #dropAsset(id: AssetId): void {
    const { numberOf, dropAsset, dropText, dropTags } = this.#prepared()
    const row = numberOf.get(id) as { number: number; size: number } | undefined
    if (row === undefined) return
    dropNear(this.#open(), row.number)
    dropTraits(this.#open(), row.number)
    for (const statement of [dropText, dropTags, dropAsset]) statement.run(row.number)
    this.#count(row.number, -1, -row.size)
  }

  #count(number: number, assets: number, bytes: number): void {
    this.#touched.push(number)
    this.#grown.assets += assets
    this.#grown.bytes += bytes
  }

  #wordId({ kind, value }: Word): number {
    const key = `${kind} ${value}`
    const known = this.#words.get(key)
    if (known !== undefined) return known
    const { putWord, findWord } = this.#prepared()
    const { id } = (putWord.get(kind, value) ?? findWord.get(kind, value)) as { id: number }
    if (this.#words.size >= KNOWN_WORDS) this.#words.clear()
    this.#words.set(key, id)
    return id
  }

  #transaction(write: () => void): void {
    const database = this.#open()
    database.exec('BEGIN IMMEDIATE')
    this.#touched = []
    this.#grown = { assets: 0, bytes: 0 }
    try {
      write()
      this.#prepared().addTotals.run(this.#grown.assets, this.#grown.bytes)
      database.exec('COMMIT')
      readOnce(database)
    } catch (err) {
      this.#words.clear() // those that were new are gone again
      if (database.isTransaction) database.exec('ROLLBACK')
      throw err
    }
    this.#onTouched(this.#touched)
  }

  #open(): DatabaseSync {
    if (this.#database === undefined) throw new Error('the catalog is not started')
    return this.#database
  }

  #prepared(): Statements {
    if (this.#statements === undefined) throw new Error('the catalog is not started')
    return this.#statements
  }
}

function openIntact(file: string, logId: string, log: Logger): DatabaseSync | undefined {
  let database: DatabaseSync | undefined
  try {
    database = connect(file)
    const meta = new Map((database.prepare('SELECT key, value FROM meta').all() as Array<{ key: string; value: string }>).map(({ key, value }) => [key, value]))
    const [check] = database.prepare('PRAGMA quick_check(1)').all() as Array<{ quick_check: string }>
    if (meta.get('version') === String(INDEX_VERSION) && meta.get('log') === logId && check?.quick_check === 'ok') return database
    log('the index is of another version, of another log, or damaged: building it anew')
  } catch (err) {
    log('there is no usable index (%s): building it anew', err instanceof Error ? err.message : err)
  }
  database?.close()
  return undefined
}

function createEmpty(file: string, logId: string): DatabaseSync {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
  const database = connect(file)
  database.exec(`BEGIN; ${INDEX_SCHEMA}`)
  const put = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)')
  put.run('version', String(INDEX_VERSION))
  put.run('log', logId)
  database.exec('COMMIT')
  readOnce(database)
  return database
}

// The first read after a write notes in shared memory up to where it reads, and that memory is a file: on a disk that hangs meanwhile it would stop the node. Later reads only look.
function readOnce(database: DatabaseSync): void {
  prepared(database, "SELECT value FROM meta WHERE key = 'version'").get()
}

// What a power cut takes from the end of the index is found by its sequence and indexed again: no fsync per commit.
function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384')
  return database
}

function prepareAll(database: DatabaseSync): Statements {
  return {
    putAsset: database.prepare(`
      INSERT INTO assets (id, document, kind, rating, size, imported_at, sort_name, packed, asset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, rating = excluded.rating, size = excluded.size, imported_at = excluded.imported_at, sort_name = excluded.sort_name, packed = excluded.packed, asset = excluded.asset
      RETURNING number`),
    numberOf: database.prepare('SELECT number, size FROM assets WHERE id = ?'),
    putWord: database.prepare('INSERT INTO words (kind, value) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id'),
    findWord: database.prepare('SELECT id FROM words WHERE kind = ? AND value = ?'),
    addTotals: database.prepare("UPDATE totals SET assets = assets + ?, bytes = bytes + ? WHERE name = 'library'"),
    dropAsset: database.prepare('DELETE FROM assets WHERE number = ?'),
    putText: database.prepare(PUT_TEXT),
    dropText: database.prepare('DELETE FROM asset_text WHERE rowid = ?'),
    putTag: database.prepare('INSERT OR IGNORE INTO asset_tags (tag, asset) VALUES (?, ?)'),
    dropTags: database.prepare('DELETE FROM asset_tags WHERE asset = ?'),
    putTrash: database.prepare('INSERT OR REPLACE INTO trash (id, document, size, deleted_at, asset) VALUES (?, ?, ?, ?, ?)'),
    dropTrash: database.prepare('DELETE FROM trash WHERE id = ?'),
    putRecording: database.prepare('INSERT OR REPLACE INTO recordings (key, document, camera, hour, start_ms, end_ms, bytes, node, ended, session) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    dropRecording: database.prepare('DELETE FROM recordings WHERE key = ?'),
    putNote: database.prepare('INSERT OR REPLACE INTO notes (key, document, camera, hour, changes, note) VALUES (?, ?, ?, ?, ?, ?)'),
    dropNote: database.prepare('DELETE FROM notes WHERE key = ?'),
    putApplied: database.prepare('INSERT OR REPLACE INTO applied (document, sequence) VALUES (?, ?)')
  }
}
