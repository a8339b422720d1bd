import type { ImportResult } from '#protocols/http.ts'
import { API, errorOf, silence } from '../api/client.ts'
import { Store } from '../design/store.ts'
import type { DroppedFile } from './dropped-files.ts'

/** Uploads that run at once. @default 3 */
export const PARALLEL_UPLOADS = 3

/** One file on its way: `storing` is sent and being copied into the ring. */
export interface Upload {
  readonly id: number
  readonly path: string
  readonly size: number
  readonly state: 'waiting' | 'sending' | 'storing' | 'imported' | 'known' | 'refused' | 'failed'
  readonly sent: number
  readonly reason: string
  readonly assetId: string | null
}

/** All files of the page's life, and sums over them. */
export interface UploadView {
  readonly uploads: readonly Upload[]
  readonly files: number
  readonly finished: number
  readonly bytes: number
  readonly sentBytes: number
  readonly troubled: number
  readonly busy: boolean
}

const NOTHING: UploadView = { uploads: [], files: 0, finished: 0, bytes: 0, sentBytes: 0, troubled: 0, busy: false }
const ACTIVE = new Set<Upload['state']>(['waiting', 'sending', 'storing'])

/** Sums a list of uploads. */
export function summarise(uploads: readonly Upload[]): UploadView {
  let finished = 0
  let bytes = 0
  let sentBytes = 0
  let troubled = 0
  for (const { state, size, sent } of uploads) {
    const isActive = ACTIVE.has(state)
    bytes += size
    sentBytes += isActive ? Math.min(sent, size) : size
    if (!isActive) finished += 1
    if (state === 'refused' || state === 'failed') troubled += 1
  }
  return { uploads, files: uploads.length, finished, bytes, sentBytes, troubled, busy: finished < uploads.length }
}

function resultOf(status: number, text: string): Partial<Upload> {
  let body: unknown = null
  try {
    body = JSON.parse(text)
  } catch {
    // Not JSON: errorOf below says what is known.
  }
  const result = (body as { results?: ImportResult[] } | null)?.results?.[0]
  if (status >= 200 && status < 300 && result !== undefined) return { state: result.outcome, reason: result.reason ?? '', assetId: result.assetId }
  const error = errorOf(status, body)
  // What the node judged will be judged so again; what it could not do may go better later.
  const isJudged = status === 400 || status === 413 || status === 415 || status === 422
  return { state: isJudged ? 'refused' : 'failed', reason: error.message, assetId: null }
}

/** Sends files to the node, a few at once, and tells how far each is. */
export class UploadQueue {
  readonly view = new Store<UploadView>(NOTHING)
  readonly #files = new Map<number, File>()
  readonly #running = new Map<number, XMLHttpRequest>()
  #uploads: readonly Upload[] = []
  #lastId = 0
  #frame = 0

  add(files: readonly DroppedFile[]): void {
    const added = files.map(({ file, path }): Upload => {
      this.#files.set(++this.#lastId, file)
      return { id: this.#lastId, path, size: file.size, state: 'waiting', sent: 0, reason: '', assetId: null }
    })
    this.#uploads = [...this.#uploads, ...added]
    this.#next()
  }

  /** Puts every failed file, or one, at the end of the queue again. */
  retry(id?: number): void {
    this.#uploads = this.#uploads.map((upload) => upload.state === 'failed' && (id === undefined || upload.id === id) ? { ...upload, state: 'waiting', sent: 0, reason: '' } : upload)
    this.#next()
  }

  /** Forgets what is finished. */
  clear(): void {
    for (const { id, state } of this.#uploads) if (!ACTIVE.has(state)) this.#files.delete(id)
    this.#uploads = this.#uploads.filter(({ state }) => ACTIVE.has(state))
    this.#show()
  }

  /** Stops everything that is not finished. */
  cancel(): void {
    this.#uploads = this.#uploads.map((upload) => ACTIVE.has(upload.state) ? { ...upload, state: 'failed', reason: 'stopped by you' } : upload)
    for (const request of this.#running.values()) request.abort()
    this.#show()
  }

  #next(): void {
    for (const upload of this.#uploads) {
      if (this.#running.size >= PARALLEL_UPLOADS) break
      const file = this.#files.get(upload.id)
      if (upload.state === 'waiting' && file !== undefined && !this.#running.has(upload.id)) this.#send(upload, file)
    }
    this.#show()
  }

  #send({ id, path }: Upload, file: File): void {
    const request = new XMLHttpRequest()
    this.#running.set(id, request)
    this.#change(id, { state: 'sending' })
    request.upload.addEventListener('progress', ({ loaded }) => this.#change(id, { sent: loaded }))
    request.upload.addEventListener('load', () => this.#change(id, { state: 'storing', sent: file.size }))
    const settle = (change: Partial<Upload>): void => {
      this.#running.delete(id)
      this.#change(id, change)
      this.#next()
    }
    request.addEventListener('load', () => settle(resultOf(request.status, request.responseText)))
    request.addEventListener('error', () => settle({ state: 'failed', reason: silence().message }))
    request.addEventListener('abort', () => settle({}))
    request.open('POST', `${API}/assets`)
    const form = new FormData()
    form.append('file', file, path)
    request.send(form)
  }

  #change(id: number, change: Partial<Upload>): void {
    this.#uploads = this.#uploads.map((upload) => upload.id === id && ACTIVE.has(upload.state) ? { ...upload, ...change } : upload)
    this.#show()
  }

  /** At most one render a frame, however many files report. */
  #show(): void {
    if (this.#frame !== 0) return
    this.#frame = setTimeout(() => {
      this.#frame = 0
      this.view.set(summarise(this.#uploads))
    }, 50) as unknown as number
  }
}

/** The page's one queue: it goes on while other pages are looked at. */
export const uploadQueue = new UploadQueue()
