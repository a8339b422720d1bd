/** What the index knows, on disk: one SQLite file that is whole after any crash, since every change is one transaction. */
import { randomUUID } from 'node:crypto'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type CameraId, type AssetId, partitionOfAsset, partitionOfCamera } from '#protocols/ids.ts'
import type { SpaceId } from '../space.ts'
import { type Span, type Subject, subjectKey } from '../subject.ts'
import { HEARD, type SubjectEntries } from './entries.ts'
import type { Row } from './rows.ts'
import { wordsOf } from './words-search.ts'

/** Raised with every change of the tables or of what is written into them: a file of another version is begun anew. */
export const STORE_VERSION = 2
/** Rows written between two turns of others. @default 64 */
export const ROWS_A_TURN = 64

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE subjects (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, partition INTEGER NOT NULL);
  CREATE TABLE stretches (id INTEGER PRIMARY KEY, subject INTEGER NOT NULL, from_ms REAL NOT NULL, ms REAL NOT NULL, readings TEXT NOT NULL);
  CREATE INDEX stretches_subject ON stretches (subject, from_ms);
  CREATE TABLE spaces (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL);
  CREATE TABLE vectors (
    label INTEGER PRIMARY KEY AUTOINCREMENT, subject INTEGER NOT NULL, space INTEGER NOT NULL, level INTEGER NOT NULL,
    from_ms REAL NOT NULL, to_ms REAL NOT NULL, picture_ms REAL NOT NULL, vector BLOB NOT NULL
  );
  CREATE INDEX vectors_subject ON vectors (subject, from_ms);
  CREATE TABLE words (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject INTEGER NOT NULL, level INTEGER NOT NULL, sense TEXT NOT NULL,
    from_ms REAL NOT NULL, to_ms REAL NOT NULL, picture_ms REAL NOT NULL, text TEXT NOT NULL
  );
  CREATE INDEX words_subject ON words (subject, from_ms);
  CREATE VIRTUAL TABLE words_text USING fts5 (text, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2');
  CREATE VIRTUAL TABLE words_vocabulary USING fts5vocab ('words_text', 'row');`

const PLACE = 'subject = ? AND from_ms >= ? AND from_ms < ?'
const IS_HEARD = `readings LIKE '["${HEARD}%'`
/** Which rows are replaced: of a whole subject, or of a stretch of one of a camera's tracks. */
const WITHIN = {
  whole: { vectors: PLACE, words: PLACE, stretches: PLACE },
  pictures: { vectors: PLACE, words: `${PLACE} AND sense <> 'speech'`, stretches: `${PLACE} AND NOT ${IS_HEARD}` },
  sound: { vectors: `${PLACE} AND FALSE`, words: `${PLACE} AND sense = 'speech'`, stretches: `${PLACE} AND ${IS_HEARD}` }
} as const

export interface StoredSubject { readonly number: number; readonly key: string; readonly partition: number }
export interface StoredSpace { readonly number: number; readonly id: SpaceId; readonly dimensions: number }
export interface StoredStretch { readonly subject: number; readonly ms: number; readonly readings: readonly string[] }
export interface StoredRow extends Row { readonly space: number }

/** What one change did. */
export interface Change {
  readonly subject: StoredSubject
  readonly goneLabels: readonly number[]
  readonly goneStretches: readonly StoredStretch[]
  readonly stretches: readonly StoredStretch[]
  readonly rows: readonly StoredRow[]
}

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGED = [11, 26]

/** The file is not what it should be. */
export class StoreDamagedError extends Error {}

/** Whether it has to be begun anew. */
export const isDamage = (err: unknown): boolean => err instanceof StoreDamagedError || DAMAGED.includes((err as { errcode?: number }).errcode ?? 0)

export const partitionOfSubject = ({ kind, id }: Subject): number => kind === 'asset' ? partitionOfAsset(id as AssetId) : partitionOfCamera(id as CameraId)

/** The bytes as numbers, copied: SQLite's are gone with the next row. */
export const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer, 0, bytes.byteLength >> 2)
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

export class MomentStore {
  /** Other than any other file's: what was saved beside one is nothing to another. */
  readonly id: string
  readonly #write: DatabaseSync
  readonly #read: DatabaseSync
  readonly #spaces = new Map<SpaceId, StoredSpace>()
  readonly #statements = new Map<string, StatementSync>()

  /** @throws what SQLite says of a damaged file */
  constructor(file: string) {
    this.#write = new DatabaseSync(file)
    this.#write.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000')
    if (this.#meta('version') === undefined) this.#begin()
    if (this.#meta('version') !== String(STORE_VERSION)) throw new StoreDamagedError(`an index of version ${this.#meta('version')} is not read here`)
    this.id = String(this.#meta('id'))
    this.#read = new DatabaseSync(file, { readOnly: true })
    this.#read.exec('PRAGMA cache_size = -32768')
    this.#readSpaces()
  }

  get reader(): DatabaseSync { return this.#read }
  get spaces(): readonly StoredSpace[] { return [...this.#spaces.values()] }

  close(): void {
    this.#read.close()
    this.#write.close()
  }

  subjects(): StoredSubject[] {
    return this.#read.prepare('SELECT number, key, partition FROM subjects').all() as unknown as StoredSubject[]
  }

  stretches(): StoredStretch[] {
    return this.#read.prepare('SELECT subject, ms, readings FROM stretches').all().map(stretchOf)
  }

  stretchesOf(subject: number): StoredStretch[] {
    return this.#read.prepare('SELECT subject, ms, readings FROM stretches WHERE subject = ?').all(subject).map(stretchOf)
  }

  /** All vectors by rising label, each whole. */
  *vectors(partitionOf: (subject: number) => number | undefined): Generator<StoredRow> {
    const dimensions = new Map(this.spaces.map((space) => [space.number, space.dimensions]))
    for (const found of this.#read.prepare('SELECT label, subject, space, level, from_ms AS fromMs, to_ms AS toMs, picture_ms AS pictureMs, vector FROM vectors ORDER BY label').iterate()) {
      const row = found as unknown as Omit<StoredRow, 'vector' | 'partition'> & { vector: Uint8Array }
      const partition = partitionOf(row.subject)
      if (partition !== undefined && row.vector.byteLength === 4 * (dimensions.get(row.space) ?? -1)) yield { ...row, partition, vector: floatsOf(row.vector) }
    }
  }

  words(): number {
    return (this.#read.prepare('SELECT count(*) AS words FROM words').get() as { words: number }).words
  }

  begin(): void { this.#write.exec('BEGIN IMMEDIATE') }
  commit(): void { this.#write.exec('COMMIT') }
  rollback(): void {
    if (this.#write.isTransaction) this.#write.exec('ROLLBACK')
    this.#readSpaces()
  }

  /** Writes all of it, with the turns of others in between; what it did is told when it is over. */
  *put({ subject, stretch, track = 'pictures', vectors, words, understood }: SubjectEntries): Generator<void, Change> {
    const stored = this.#subject(subject)
    const gone = yield* this.#take(stored.number, stretch && { ...stretch, track })
    const rows: StoredRow[] = []
    for (const { space, vector, level, fromMs, toMs, pictureMs } of vectors) {
      const { number } = this.#space(space, vector.length)
      const { lastInsertRowid } = this.#run('INSERT INTO vectors (subject, space, level, from_ms, to_ms, picture_ms, vector) VALUES (?, ?, ?, ?, ?, ?, ?)', stored.number, number, level, fromMs, toMs, pictureMs, bytesOf(vector))
      if (rows.push({ label: Number(lastInsertRowid), subject: stored.number, partition: stored.partition, space: number, level, fromMs, toMs, pictureMs, vector }) % ROWS_A_TURN === 0) yield
    }
    for (const [at, { level, sense, fromMs, toMs, pictureMs, text }] of words.entries()) {
      const { lastInsertRowid } = this.#run('INSERT INTO words (subject, level, sense, from_ms, to_ms, picture_ms, text) VALUES (?, ?, ?, ?, ?, ?, ?)', stored.number, level, sense, fromMs, toMs, pictureMs, text)
      this.#run('INSERT INTO words_text (rowid, text) VALUES (?, ?)', lastInsertRowid, wordsOf(text).join(' '))
      if (at % ROWS_A_TURN === ROWS_A_TURN - 1) yield
    }
    this.#run('INSERT INTO stretches (subject, from_ms, ms, readings) VALUES (?, ?, ?, ?)', stored.number, stretch?.fromMs ?? 0, understood.ms, JSON.stringify(understood.readings))
    return { ...gone, subject: stored, rows, stretches: [{ subject: stored.number, ms: understood.ms, readings: understood.readings }] }
  }

  /** As `put`; undefined when nothing was known of it. */
  *remove(subject: Subject): Generator<void, Change | undefined> {
    const stored = this.#find(subject)
    if (stored === undefined) return undefined
    const gone = yield* this.#take(stored.number, undefined)
    this.#run('DELETE FROM subjects WHERE number = ?', stored.number)
    return { ...gone, subject: stored, rows: [], stretches: [] }
  }

  *#take(subject: number, stretch: (Span & Required<Pick<SubjectEntries, 'track'>>) | undefined): Generator<void, Pick<Change, 'goneLabels' | 'goneStretches'>> {
    const [fromMs, toMs] = stretch === undefined ? [-Infinity, Infinity] : [stretch.fromMs, stretch.toMs]
    const within = WITHIN[stretch?.track ?? 'whole']
    const labels = this.#all(`SELECT label FROM vectors WHERE ${within.vectors}`, subject, fromMs, toMs).map(({ label }) => Number(label))
    const words = this.#all(`SELECT id FROM words WHERE ${within.words}`, subject, fromMs, toMs).map(({ id }) => Number(id))
    const goneStretches = this.#all(`SELECT subject, ms, readings FROM stretches WHERE ${within.stretches}`, subject, fromMs, toMs).map(stretchOf)
    for (const [at, id] of words.entries()) {
      this.#run('DELETE FROM words_text WHERE rowid = ?', id)
      if (at % ROWS_A_TURN === ROWS_A_TURN - 1) yield
    }
    for (const table of ['vectors', 'words', 'stretches'] as const) this.#run(`DELETE FROM ${table} WHERE ${within[table]}`, subject, fromMs, toMs)
    return { goneLabels: labels, goneStretches }
  }

  #readSpaces(): void {
    this.#spaces.clear()
    for (const space of this.#read.prepare('SELECT number, id, dimensions FROM spaces').all() as unknown as StoredSpace[]) this.#spaces.set(space.id, space)
  }

  #begin(): void {
    this.#write.exec(`BEGIN; ${SCHEMA}`)
    for (const [key, value] of [['version', String(STORE_VERSION)], ['id', randomUUID()]] as const) this.#run('INSERT INTO meta VALUES (?, ?)', key, value)
    this.#write.exec('COMMIT')
  }

  #meta(key: string): string | undefined {
    const { tables } = this.#write.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'meta'").get() as { tables: number }
    return tables === 0 ? undefined : (this.#write.prepare('SELECT value FROM meta WHERE key = ?').get(key) as { value: string } | undefined)?.value
  }

  #find(subject: Subject): StoredSubject | undefined {
    return this.#all('SELECT number, key, partition FROM subjects WHERE key = ?', subjectKey(subject))[0] as unknown as StoredSubject | undefined
  }

  #subject(subject: Subject): StoredSubject {
    const found = this.#find(subject)
    if (found !== undefined) return found
    const partition = partitionOfSubject(subject)
    const { lastInsertRowid } = this.#run('INSERT INTO subjects (key, partition) VALUES (?, ?)', subjectKey(subject), partition)
    return { number: Number(lastInsertRowid), key: subjectKey(subject), partition }
  }

  #space(id: SpaceId, dimensions: number): StoredSpace {
    const known = this.#spaces.get(id)
    if (known !== undefined) {
      if (known.dimensions !== dimensions) throw new RangeError(`vectors of ${id} have ${known.dimensions} numbers, not ${dimensions}`)
      return known
    }
    const { lastInsertRowid } = this.#run('INSERT INTO spaces (id, dimensions) VALUES (?, ?)', id, dimensions)
    const space: StoredSpace = { number: Number(lastInsertRowid), id, dimensions }
    this.#spaces.set(id, space)
    return space
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#write.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #run(sql: string, ...values: Array<string | number | bigint | Uint8Array>) { return this.#prepare(sql).run(...values) }
  #all(sql: string, ...values: Array<string | number>) { return this.#prepare(sql).all(...values) }
}

const stretchOf = (row: Record<string, unknown>): StoredStretch => ({ subject: Number(row['subject']), ms: Number(row['ms']), readings: JSON.parse(String(row['readings'])) as string[] })
