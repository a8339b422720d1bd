import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OverloadedError } from '#protocols/errors.ts'
import { type UploadRecord, uploadRecordCodec } from '#protocols/upload.ts'
import type { Logger } from '../base/log.ts'
import { keyedLock } from '../chunks/keyed-lock.ts'
import type { WriteLeases } from '../garbage/write-leases.ts'
import { checkUpload, compareUploads, isUploadId, uploadExpiresMs } from './upload-record.ts'

/** Uploads one node keeps the records of, ended ones too. @default 50000 */
export const MAX_KEPT_UPLOADS = 50_000

/** What is held in memory of a record. */
export type UploadHead = Pick<UploadRecord, 'id' | 'epoch' | 'seq' | 'writer' | 'state' | 'concat' | 'length' | 'offset' | 'sha256' | 'createdMs' | 'touchedMs'> & { readonly expiresMs: number }

export interface UploadFilesComponents {
  /** An upload under way is a write under way: its chunks are named by nothing else yet. */
  readonly leases: Pick<WriteLeases, 'resume'>
  readonly log: Logger
  readonly now: () => number
}

/** The records this node keeps, a file each, replaced durably. */
export class UploadFiles {
  readonly #parts: UploadFilesComponents
  readonly #folder: string
  readonly #heads = new Map<string, { readonly head: UploadHead; readonly release: (() => void) | undefined }>()
  readonly #lock = keyedLock()

  constructor(components: UploadFilesComponents, folder: string) {
    this.#parts = components
    this.#folder = folder
  }

  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    for (const name of await readdir(this.#folder)) {
      if (!isUploadId(name)) await rm(join(this.#folder, name), { force: true }) // half-written when the process ended
      else await this.#load(name)
    }
  }

  heads(): UploadHead[] {
    return [...this.#heads.values()].map(({ head }) => head)
  }

  async read(id: string): Promise<UploadRecord | undefined> {
    return this.#heads.has(id) ? uploadRecordCodec.decode(await readFile(join(this.#folder, id))) : undefined
  }

  /** False when a later one is held; durable when it is true. @throws InvalidMessageError, OverloadedError */
  async write(record: UploadRecord): Promise<boolean> {
    const { id } = checkUpload(record)
    return this.#lock(id, async () => {
      const held = this.#heads.get(id)?.head
      const order = held === undefined ? 1 : compareUploads(record, held)
      if (order <= 0) return order === 0 && record.writer === held?.writer
      if (held === undefined && this.#heads.size >= MAX_KEPT_UPLOADS) throw new OverloadedError(`${MAX_KEPT_UPLOADS} uploads are under way or ended today: end some, or wait`)
      await this.#store(id, uploadRecordCodec.encode(record))
      this.#hold(record)
      return true
    })
  }

  async drop(id: string): Promise<void> {
    await this.#lock(id, async () => {
      await rm(join(this.#folder, id), { force: true })
      this.#heads.get(id)?.release?.()
      this.#heads.delete(id)
    })
  }

  close(): void {
    for (const { release } of this.#heads.values()) release?.()
    this.#heads.clear()
  }

  async #load(name: string): Promise<void> {
    try {
      this.#hold(checkUpload(uploadRecordCodec.decode(await readFile(join(this.#folder, name)))))
    } catch (err) {
      this.#parts.log.error('the record of upload %s can not be read, other nodes have theirs - %s', name, err)
      await rm(join(this.#folder, name), { force: true })
    }
  }

  #hold(record: UploadRecord): void {
    const { id, epoch, seq, writer, state, concat, length, offset, sha256, createdMs, touchedMs } = record
    const before = this.#heads.get(id)
    const ageMs = Math.max(0, this.#parts.now() - createdMs)
    const release = state === 'open' ? before?.release ?? this.#parts.leases.resume(ageMs) : undefined
    if (state !== 'open') before?.release?.()
    this.#heads.set(id, { head: { id, epoch, seq, writer, state, concat, length, offset, sha256, createdMs, touchedMs, expiresMs: uploadExpiresMs(record) }, release })
  }

  async #store(id: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(this.#folder, `${id}.tmp`)
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, join(this.#folder, id))
    const folder = await open(this.#folder)
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}
