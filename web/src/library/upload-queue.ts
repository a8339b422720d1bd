import { ApiError } from '../api/client.ts'
import { Store } from '../design/store.ts'
import type { DroppedFile } from './dropped-files.ts'
import { hashFile } from './hash-file.ts'
import { forget, keyOf, recall, remember } from './upload-memory.ts'
import { UploadRate } from './upload-rate.ts'
import { giveUp, transfer } from './upload-transfer.ts'
import { isRunning, isUnfinished, NO_UPLOADS, summarise, type Upload, type UploadView } from './upload-view.ts'

/** Files hashed or sent at once. @default 3 */
export const PARALLEL_UPLOADS = 3
/** The page shows what changed at most this often, ms. @default 50 */
const SHOW_EVERY_MS = 50

const PAUSED = new Error('paused')
const CANCELLED = new Error('stopped by you')
const CHANGED = new Set(['ERR_CHECKSUM_MISMATCH', 'ERR_UPLOAD_GONE'])

/** Hashes files and sends them, a few at once, and tells how far each is. */
export class UploadQueue {
  readonly view = new Store<UploadView>(NO_UPLOADS)
  readonly #files = new Map<number, DroppedFile>()
  readonly #running = new Map<number, AbortController>()
  readonly #rate = new UploadRate()
  #uploads: readonly Upload[] = []
  #lastId = 0
  #timer = 0

  /** The same file again is the one that is there, and goes on if it does not. */
  add(files: readonly DroppedFile[]): void {
    const known = new Set([...this.#files].filter(([id]) => this.#uploads.some((upload) => upload.id === id && isUnfinished(upload))).map(([, file]) => keyOf(file)))
    const added = files.filter((file) => !known.has(keyOf(file))).map((dropped): Upload => {
      this.#files.set(++this.#lastId, dropped)
      return { id: this.#lastId, path: dropped.path, size: dropped.file.size, state: 'waiting', hashed: 0, sent: 0, node: '', reason: '', assetId: null }
    })
    this.#uploads = [...this.#uploads, ...added]
    this.#next()
  }

  /** Lets one file, or all, wait; what was acknowledged stays. */
  pause(id?: number): void {
    this.#set((upload) => isUnfinished(upload) && upload.state !== 'storing' && isOne(upload, id), { state: 'paused' })
    this.#stop(PAUSED)
  }

  /** Lets paused files go on, or one. */
  resume(id?: number): void {
    this.#set((upload) => upload.state === 'paused' && isOne(upload, id), { state: 'waiting' })
    this.#next()
  }

  /** Puts every failed file, or one, at the end of the queue again. */
  retry(id?: number): void {
    this.#set((upload) => upload.state === 'failed' && isOne(upload, id), { state: 'waiting', reason: '' })
    this.#next()
  }

  /** Ends one file, or all that is not finished: nothing of it is kept. */
  cancel(id?: number): void {
    const ended = this.#uploads.filter((upload) => isUnfinished(upload) && isOne(upload, id))
    this.#set((upload) => ended.includes(upload), { state: 'failed', reason: CANCELLED.message, sent: 0, hashed: 0 })
    this.#stop(CANCELLED)
    for (const { id: one } of ended) {
      const file = this.#files.get(one)
      const known = file === undefined ? undefined : recall(keyOf(file))
      if (known === undefined) continue
      forget(known.key)
      void giveUp(known.id)
    }
    this.#next()
  }

  /** Forgets what is finished. */
  clear(): void {
    for (const upload of this.#uploads) if (!isUnfinished(upload)) this.#files.delete(upload.id)
    this.#uploads = this.#uploads.filter(isUnfinished)
    this.#show()
  }

  #next(): void {
    for (const upload of this.#uploads) {
      if (this.#running.size >= PARALLEL_UPLOADS) break
      const file = this.#files.get(upload.id)
      if (upload.state === 'waiting' && file !== undefined && !this.#running.has(upload.id)) void this.#run(upload.id, file)
    }
    this.#show()
  }

  async #run(id: number, dropped: DroppedFile): Promise<void> {
    const stopping = new AbortController()
    this.#running.set(id, stopping)
    try {
      const end = await this.#send(id, dropped, stopping.signal)
      this.#change(id, { state: end.state, reason: end.reason ?? '', assetId: end.assetId, sent: dropped.file.size, node: '' })
      forget(keyOf(dropped))
    } catch (error) {
      if (stopping.signal.aborted) return
      const trouble = troubleOf(error)
      this.#change(id, trouble)
      if (trouble.state === 'refused' || (error instanceof ApiError && CHANGED.has(error.code))) forget(keyOf(dropped)) // what was remembered of it is of no use
    } finally {
      this.#running.delete(id)
      this.#next()
    }
  }

  async #send(id: number, dropped: DroppedFile, signal: AbortSignal): ReturnType<typeof transfer> {
    const key = keyOf(dropped)
    const known = recall(key)
    const sha256 = known?.sha256 ?? await this.#hash(id, dropped, signal)
    const note = (upload: string): void => remember({ key, path: dropped.path, sha256, id: upload })
    note(known?.id ?? '')
    this.#change(id, { state: 'sending', hashed: dropped.file.size })
    return transfer({
      ...dropped, sha256, id: known?.id ?? '', signal,
      onId: note,
      onProgress: (sent, node) => this.#change(id, { state: 'sending', sent, node }),
      onSent: () => this.#change(id, { state: 'storing', sent: dropped.file.size })
    })
  }

  #hash(id: number, { file }: DroppedFile, signal: AbortSignal): Promise<string> {
    this.#change(id, { state: 'hashing', hashed: 0 })
    return hashFile(file, (hashed) => this.#change(id, { hashed }), signal)
  }

  /** Ends the work of all that are not to run any more. */
  #stop(reason: Error): void {
    for (const [id, running] of this.#running) if (!this.#uploads.some((upload) => upload.id === id && isRunning(upload))) running.abort(reason)
    this.#show()
  }

  #set(which: (upload: Upload) => boolean, change: Partial<Upload>): void {
    this.#uploads = this.#uploads.map((upload) => which(upload) ? { ...upload, ...change } : upload)
  }

  /** What its work says of a file; nothing when it was stopped meanwhile. */
  #change(id: number, change: Partial<Upload>): void {
    this.#set((upload) => upload.id === id && (isRunning(upload) || upload.state === 'waiting'), change)
    this.#show()
  }

  /** At most one render in a while, however many files report. */
  #show(): void {
    if (this.#timer !== 0) return
    this.#timer = setTimeout(() => {
      this.#timer = 0
      const view = summarise(this.#uploads, 0)
      if (this.#uploads.some(({ state }) => state === 'sending')) this.#rate.add(view.sentBytes, performance.now())
      else this.#rate.clear()
      this.view.set({ ...view, bytesPerSecond: this.#rate.bytesPerSecond })
    }, SHOW_EVERY_MS) as unknown as number
  }
}

const isOne = (upload: Upload, id: number | undefined): boolean => id === undefined || upload.id === id

/** What the node judged will be judged so again; what it could not do may go better later. */
function troubleOf(error: unknown): Partial<Upload> {
  const isJudged = error instanceof ApiError && [400, 413, 415, 422].includes(error.status)
  return { state: isJudged ? 'refused' : 'failed', reason: error instanceof Error ? error.message : String(error), node: '' }
}

/** The page's one queue: it goes on while other pages are looked at. */
export const uploadQueue = new UploadQueue()
