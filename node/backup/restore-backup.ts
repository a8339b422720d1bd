import { CHUNK_BYTES } from '#ring'
import { CameraEntries, RecordEntries } from '#protocols/backup.ts'
import { Compile } from 'typebox/compile'
import { atOnce } from './at-once.ts'
import { type Generation, type GenerationDocument, type Hash, hashOfGeneration, type IndexEntry, MAX_DOCUMENT_BYTES, objectsOf } from './backup-format.ts'
import type { RestoreSink } from './backup-source.ts'
import { BackupDamagedError, type BackupTarget } from './backup-target.ts'
import { chooseGeneration, readIndex, readObject } from './generations.ts'
import { ObjectSet } from './object-set.ts'

/** Chunks that the ring is asked for at once. @default 1024 */
export const ASK_AT_ONCE = 1_024
/** Chunks written at once. @default 8 */
export const WRITES_AT_ONCE = 8

export interface RestoreProgress {
  /** Documents of the catalog. */
  readonly done: number
  readonly total: number
  /** Chunks written now, and their bytes. */
  readonly written: number
  readonly writtenBytes: number
  /** Chunks the ring had from an earlier attempt. */
  readonly present: number
}

export interface RestoreInit {
  /** Its name or the beginning of it. @default the newest */
  generation?: string | undefined
  onProgress?: (progress: RestoreProgress) => void
}

/** What `thatdam restore` did. */
export interface RestoreResult extends RestoreProgress {
  readonly generation: string
  readonly manifest: Generation
  readonly resumed: boolean
  /** Assets and recordings that are in the catalog again, but not whole, and why. */
  readonly damaged: ReadonlyArray<{ name: string; problem: string }>
}

const isCameras = Compile(CameraEntries)
const isRecords = Compile(RecordEntries)

/**
 * Lay a generation out in an empty ring: of each document first what it needs, then the document, so that a ring never names what it does
 * not have. Run again, it goes on where it stopped. @throws BackupTargetError, BackupDamagedError when the catalog itself is damaged, and what the sink throws
 */
export async function restoreBackup({ target, sink }: { target: BackupTarget; sink: RestoreSink }, init: RestoreInit = {}): Promise<RestoreResult> {
  const { name, generation } = await chooseGeneration(target, init.generation)
  const cameras = await listOf<CameraEntries>(target, generation.cameras, isCameras, 'cameras')
  const records = generation.records === undefined ? {} : await listOf<RecordEntries>(target, generation.records, isRecords, 'records')
  const { resumed } = await sink.begin(hashOfGeneration(name))
  const restore = new Restore(target, sink, generation, init)
  for (const document of generation.documents) await restore.document(document)
  await sink.putCameras(cameras)
  await sink.putRecords(records)
  await sink.finish(hashOfGeneration(name))
  return { generation: name, manifest: generation, resumed, damaged: restore.damaged, ...restore.progress() }
}

class Restore {
  readonly damaged: Array<{ name: string; problem: string }> = []
  readonly #target: BackupTarget
  readonly #sink: RestoreSink
  readonly #init: RestoreInit
  readonly #total: number
  readonly #held = new ObjectSet()
  readonly #bad = new Map<Hash, string>()
  #done = 0
  #written = 0
  #writtenBytes = 0
  #present = 0

  constructor(target: BackupTarget, sink: RestoreSink, generation: Generation, init: RestoreInit) {
    this.#target = target
    this.#sink = sink
    this.#init = init
    this.#total = generation.documents.length
  }

  progress(): RestoreProgress {
    return { done: this.#done, total: this.#total, written: this.#written, writtenBytes: this.#writtenBytes, present: this.#present }
  }

  async document(document: GenerationDocument): Promise<void> {
    const update = await readObject(this.#target, document.snapshot, MAX_DOCUMENT_BYTES)
    const entries = await readIndex(this.#target, document)
    await this.#chunks(entries)
    for (const { name, problem } of this.#lacking(entries)) this.damaged.push({ name, problem })
    await this.#sink.putDocument(document.name, update)
    this.#done++
    this.#init.onProgress?.(this.progress())
  }

  async #chunks(entries: readonly IndexEntry[]): Promise<void> {
    let batch = new Set<Hash>()
    const bring = async (): Promise<void> => {
      const asked = [...batch]
      batch = new Set()
      const missing = new Set(asked.length === 0 ? [] : await this.#sink.missing(asked))
      this.#present += asked.length - missing.size
      for (const hash of asked) if (!missing.has(hash)) this.#held.add(hash, 0)
      await atOnce(WRITES_AT_ONCE, missing, (hash) => this.#bring(hash))
    }
    for (const entry of entries) {
      for (const [hash] of objectsOf(entry)) {
        if (this.#held.has(hash) || this.#bad.has(hash)) continue
        batch.add(hash)
        if (batch.size >= ASK_AT_ONCE) await bring()
      }
    }
    await bring()
  }

  async #bring(hash: Hash): Promise<void> {
    try {
      const bytes = await readObject(this.#target, hash, CHUNK_BYTES)
      await this.#sink.putChunk(hash, bytes)
      this.#held.add(hash, bytes.byteLength)
      this.#written++
      this.#writtenBytes += bytes.byteLength
      this.#init.onProgress?.(this.progress())
    } catch (err) {
      if (!(err instanceof BackupDamagedError)) throw err
      this.#bad.set(hash, err.message)
    }
  }

  *#lacking(entries: readonly IndexEntry[]): Generator<{ name: string; problem: string }> {
    for (const entry of entries) {
      if (entry.missing.length > 0) yield { name: entry.name, problem: `${entry.missing.length} of its chunks were not to be had when it was backed up` }
      const bad = [...objectsOf(entry)].map(([hash]) => this.#bad.get(hash)).find((problem) => problem !== undefined)
      if (bad !== undefined) yield { name: entry.name, problem: bad }
    }
  }
}

async function listOf<T>(target: BackupTarget, hash: Hash, form: { Check(value: unknown): boolean }, what: string): Promise<T> {
  const bytes = await readObject(target, hash, MAX_DOCUMENT_BYTES)
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString())
  } catch {}
  if (!form.Check(value)) throw new BackupDamagedError(`the list of ${what} in this backup is none`)
  return value as T
}
