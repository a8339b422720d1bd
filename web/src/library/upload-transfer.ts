import { type DetailedError, Upload as TusUpload } from 'tus-js-client'
import type { KnownUpload, KnownUploadTaken, UploadList, UploadView } from '#protocols/http.ts'
import { API, ApiError, errorOf, silence } from '../api/client.ts'
import { nodeAnswered, nodeSilent, otherNodes } from '../api/connection.ts'
import type { DroppedFile } from './dropped-files.ts'

/** Bytes of one request: what a proxy has to take at once, and what a browser may send again. @default 67108864 */
const REQUEST_BYTES = 64 * 1024 * 1024
/** How soon a node that did not answer, or was busy, is asked again before the next one is, ms. */
const RETRY_DELAYS_MS = [300, 1_000, 2_000]
/** How long to wait after all nodes were asked in vain, ms; afterwards a person has to say so. */
const ROUND_DELAYS_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000]

export interface Transfer extends DroppedFile {
  readonly sha256: string
  /** Of an unfinished upload of this file; empty when none is known. */
  readonly id: string
  readonly signal: AbortSignal
  onId(id: string): void
  /** Bytes that are acknowledged or on their way, and the node they go to: empty for the page's own. */
  onProgress(sent: number, node: string): void
  /** All bytes are acknowledged. */
  onSent(): void
}

export type TransferEnd = Pick<UploadView, 'assetId' | 'reason'> & { readonly state: 'imported' | 'known' | 'refused' }

interface NodeAddress { readonly name: string; readonly base: string }

const here: NodeAddress = { name: '', base: '' }
const others = (): NodeAddress[] => otherNodes().map(({ name, http }) => ({ name, base: http.replace(/\/+$/, '') }))

/** Nobody answered, or another node may do what this one can not. */
const isElsewhereBetter = (error: unknown): boolean => error instanceof ApiError && (error.status === 0 || error.status === 401 || error.status >= 500)

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => { clearTimeout(timer); reject(signal.reason) }
    const timer = setTimeout(() => { signal.removeEventListener('abort', stop); resolve() }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** Sends a file to the ring: to the page's own node, and when that does not answer to the others, each going on where the last one stood. */
export async function transfer(order: Transfer): Promise<TransferEnd> {
  let { id } = order
  for (let round = 0; ; round++) {
    let failure: unknown
    for (const node of [here, ...others()]) {
      try {
        return await sendTo(node, { ...order, id, onId: (begun) => order.onId(id = begun) })
      } catch (error) {
        order.signal.throwIfAborted()
        if (!isElsewhereBetter(error)) throw error
        failure ??= error // of the page's own node, which is what a person can do something about
      }
    }
    const delay = ROUND_DELAYS_MS[round]
    if (delay === undefined) throw failure
    await sleep(delay, order.signal)
  }
}

async function sendTo(node: NodeAddress, order: Transfer): Promise<TransferEnd> {
  const there = await ask<UploadList>(node, `/uploads?sha256=${order.sha256}&size=${order.file.size}`, { signal: order.signal })
  const known = typeof there?.assetId === 'string' ? await takeKnown(node, order) : null
  if (known !== null) return { state: 'known', assetId: known, reason: null }
  const id = order.id === '' ? there?.uploads[0]?.id ?? '' : order.id // begun on whatever page
  const sent = await send(node, { ...order, id })
  order.onSent()
  return endOf(node, sent, order)
}

async function ask<T>(node: NodeAddress, path: string, init: RequestInit): Promise<T | undefined> {
  const response = await fetch(`${node.base}${API}${path}`, { cache: 'no-store', ...init }).catch((error: unknown) => {
    if (init.signal?.aborted === true) throw error
    if (node === here) nodeSilent()
    throw silence()
  })
  if (node === here) nodeAnswered()
  if (response.status === 404) return undefined
  const body: unknown = response.status === 204 ? null : await response.json().catch(() => null)
  if (!response.ok) throw errorOf(response.status, body)
  return body as T
}

/** Of what the ring has only the name is sent; null: the bytes have to be sent after all. */
async function takeKnown(node: NodeAddress, { sha256, path, signal }: Transfer): Promise<string | null> {
  const body: KnownUpload = { sha256, path }
  const taken = await ask<KnownUploadTaken>(node, '/uploads/known', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal })
  return taken?.assetId ?? null
}

/** Resolves with the upload's id when all its bytes are acknowledged. */
function send(node: NodeAddress, { file, path, sha256, id, signal, onId, onProgress }: Transfer): Promise<string> {
  const endpoint = `${node.base}${API}/uploads`
  return new Promise((resolve, reject) => {
    const upload: TusUpload = new TusUpload(file, {
      endpoint, uploadUrl: id === '' ? null : `${endpoint}/${id}`, chunkSize: REQUEST_BYTES, retryDelays: RETRY_DELAYS_MS, storeFingerprintForResuming: false,
      metadata: { relativePath: path, filename: file.name, filetype: file.type, sha256, lastModified: String(file.lastModified) },
      onUploadUrlAvailable: () => onId(idOf(upload.url)),
      onProgress: (sent) => onProgress(sent, node.name),
      onShouldRetry: (error) => { const status = statusOf(error); return status === 409 || status === 423 || status === 0 || status >= 500 },
      onSuccess: () => { signal.removeEventListener('abort', stop); resolve(idOf(upload.url)) },
      onError: (error) => { signal.removeEventListener('abort', stop); reject(failureOf(error as DetailedError)) }
    })
    const stop = (): void => { void upload.abort().catch(() => {}); reject(signal.reason) }
    signal.addEventListener('abort', stop, { once: true })
    upload.start()
  })
}

const idOf = (url: string | null): string => url?.split('/').at(-1) ?? ''
const statusOf = (error: DetailedError): number => error.originalResponse?.getStatus() ?? 0

function failureOf(error: DetailedError): Error {
  const status = statusOf(error)
  if (status === 0) return silence()
  let body: unknown = null
  try {
    body = JSON.parse(error.originalResponse?.getBody() ?? '')
  } catch {
    // Not JSON: errorOf says what is known.
  }
  return errorOf(status, body)
}

/** An empty request at the end has the node look at the file, if none does yet, and is answered when it has. */
async function endOf(node: NodeAddress, id: string, { file, signal }: Transfer): Promise<TransferEnd> {
  for (;;) {
    const view = await ask<UploadView>(node, `/uploads/${id}`, { signal })
    if (view?.state === 'done') return { state: view.outcome === 'known' ? 'known' : 'imported', assetId: view.assetId, reason: view.reason }
    if (view?.state === 'refused') return { state: 'refused', assetId: null, reason: view.reason }
    if (view?.state !== 'storing') throw new ApiError('This upload was ended elsewhere: try it again.', 410, 'ERR_UPLOAD_GONE')
    const headers = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream', 'upload-offset': String(file.size) }
    await ask(node, `/uploads/${id}`, { method: 'PATCH', headers, signal }).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status < 400 || error.status >= 500) throw error // a refusal is read above
    })
  }
}

/** Nothing of it is to be kept. */
export async function giveUp(id: string): Promise<void> {
  if (id !== '') await ask(here, `/uploads/${id}`, { method: 'DELETE', headers: { 'tus-resumable': '1.0.0' } }).catch(() => {}) // it expires by itself
}
