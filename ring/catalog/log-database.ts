import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageFullError } from '#protocols/errors.ts'
import type { Logger } from '../base/log.ts'
import { type Database, openDatabase } from './open-database.ts'

/** Records written with one fsync at most. @default 1024 */
export const MAX_BATCH_RECORDS = 1024
/** How long after a failed write the disk is looked at again, in milliseconds; each further wait is twice as long, @default 500 */
export const RETRY_MS = 500
/** but never longer than this. @default 5000 */
export const MAX_RETRY_MS = 5000
/** Bytes that must be free before a log that failed is opened again: opening one writes what it held in memory as a table. @default 67108864 */
export const MIN_FREE_BYTES = 64 * 1024 * 1024

export type Operation = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string }

export interface LogDatabaseInit {
  open?: typeof openDatabase
  /** @default MIN_FREE_BYTES */
  minFreeBytes?: number
}

export interface LogDatabaseOwner {
  /** Reads all it keeps of a database just opened, through to its end: what can not be read is repaired, and read again: then `damage` says why. */
  read(db: Database, damage: string | undefined): Promise<void>
  /** A write failed, in this turn. Whatever was not resolved is refused, and so is all that follows until it was opened again. */
  onRefused(failure: StorageFullError): void
  /** It was opened again and can be read; when this resolves, it is written to again. */
  onReopened(): Promise<void>
}

interface Write {
  readonly operations: readonly Operation[]
  onDurable?(): void
  resolve(): void
  reject(error: Error): void
}

/**
 * A LevelDB written to in order, with one fsync for all that came in the meantime. LevelDB's log may be torn after a failed write, and what
 * follows a tear is not read back: so the first failure refuses all writes, until there is room and the database was opened anew.
 */
export class LogDatabase {
  readonly #dir: string
  readonly #log: Logger
  readonly #owner: LogDatabaseOwner
  readonly #init: Required<LogDatabaseInit>
  readonly #closing = new AbortController()
  readonly #queue: Write[] = []
  #db: Database | undefined
  #failure: StorageFullError | undefined
  #draining: Promise<void> | undefined
  #opening: Promise<void> | undefined
  #recovery: Promise<void> | undefined

  constructor(dir: string, log: Logger, owner: LogDatabaseOwner, { open = openDatabase, minFreeBytes = MIN_FREE_BYTES }: LogDatabaseInit = {}) {
    this.#dir = dir
    this.#log = log
    this.#owner = owner
    this.#init = { open, minFreeBytes }
  }

  /** @throws DataFolderLockedError */
  async open(): Promise<void> {
    await mkdir(this.#dir, { recursive: true })
    this.#db = await this.#init.open(this.#dir, this.#log, (db, damage) => this.#owner.read(db, damage))
  }

  /** Waits for what was written, then closes. */
  async close(): Promise<void> {
    await this.#draining
    this.#failure ??= new StorageFullError('the catalog is closed')
    this.#closing.abort()
    await this.#recovery
    const db = this.#db
    this.#db = undefined // who reads from now on is told that it is closed
    await db?.close()
  }

  /** Why nothing can be written now. */
  get failure(): StorageFullError | undefined {
    return this.#failure
  }

  /** Resolves when it is on disk, after all that was written before. With no operations: when all that was is. `onDurable` is called in that turn. @throws StorageFullError */
  write(operations: readonly Operation[], onDurable?: () => void): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#queue.push({ operations, onDurable, resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  /** To read what was written until now, as far as it could be; also while writes are refused. @throws StorageFullError when it is closed */
  async reader(): Promise<Database> {
    await this.write([]).catch(() => {}) // not for what comes meanwhile: on a slow disk that has no end
    await this.#opening?.catch(() => {}) // who waits for it is told by what follows
    return this.#opened()
  }

  #opened(): Database {
    if (this.#db === undefined) throw this.#failure ?? new StorageFullError('the catalog is closed')
    return this.#db
  }

  // Never rejects. `#draining` is cleared in the turn the queue is found empty, so nothing put there later is left lying.
  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await Promise.resolve() // what is written in the same turn shares the fsync
      const writes = this.#queue.splice(0, MAX_BATCH_RECORDS)
      try {
        const operations = writes.flatMap((write) => write.operations)
        if (operations.length > 0) await this.#opened().batch(operations, { sync: true })
        for (const write of writes) {
          write.onDurable?.()
          write.resolve()
        }
      } catch (err) {
        this.#fail(err, writes)
      }
    }
    this.#draining = undefined
  }

  #fail(cause: unknown, writes: Write[]): void {
    const failure = new StorageFullError(`the catalog can not be written to ${this.#dir}: ${cause instanceof Error ? cause.message : cause}; edits are refused until its disk takes writes again`, { cause })
    this.#failure = failure
    this.#log.error('%s', failure.message)
    for (const write of [...writes, ...this.#queue.splice(0)]) write.reject(failure)
    this.#owner.onRefused(failure)
    this.#recovery ??= this.#recover().finally(() => { this.#recovery = undefined })
  }

  async #recover(): Promise<void> {
    const { signal } = this.#closing
    for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, MAX_RETRY_MS)) {
      await sleep(wait, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      try {
        await this.#tryDisk()
        this.#opening = this.#reopen().finally(() => { this.#opening = undefined })
        await this.#opening
        await this.#owner.onReopened()
        if (signal.aborted) return
        this.#failure = undefined
        return this.#log('the catalog is written to %s again', this.#dir)
      } catch (err) {
        this.#log('the catalog can not be written yet - %s', err)
      }
    }
  }

  // A database that is closed and then can not be opened could not even be read: first it is seen whether the disk takes anything.
  async #tryDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#dir)
    if (bavail * bsize < this.#init.minFreeBytes) throw new StorageFullError(`${bavail * bsize} bytes are free, ${this.#init.minFreeBytes} are needed`)
    const path = `${this.#dir}.probe`
    const file = await open(path, 'w')
    try {
      await file.writeFile(Buffer.alloc(4096, 1))
      await file.sync()
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
  }

  async #reopen(): Promise<void> {
    await this.#db?.close()
    this.#db = undefined
    await this.open()
  }
}
