import type { ErrorBody } from '#protocols/http.ts'
import { nodeAnswered, nodeSilent } from './connection.ts'

/** Where every REST path begins. */
export const API = '/api/v1'
/** Longest a small request may take before the page says so, ms. @default 20000 */
export const REQUEST_TIMEOUT_MS = 20_000
/** Longest an order about many clips may take before the page says so, ms. @default 600000 */
export const MANY_TIMEOUT_MS = 600_000

/** A request that failed: the node's words when it answered, ours when it did not. `status` is 0 when nobody answered. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** Where in a query something is wrong, and what may be written there. */
  readonly at: number | undefined
  readonly suggestion: string | undefined

  constructor(message: string, status: number, code: string, { at, suggestion }: { readonly at?: number; readonly suggestion?: string } = {}) {
    super(message)
    this.at = at
    this.suggestion = suggestion
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

/** Makes the error of an answer that was not a success; understands our own error body, and survives any other. */
export function errorOf(status: number, body: unknown): ApiError {
  const error = (body as Partial<ErrorBody> | null)?.error
  return new ApiError(error?.message ?? `The node answered ${status} and gave no reason; its log may say more.`, status, error?.code ?? '', error)
}

/** The error of a request nobody answered. */
export function silence(): ApiError {
  return new ApiError('This node does not answer. Check that it is running and that this device is on its network; the page goes on by itself.', 0, 'SILENT')
}

/** The error of an order that is not answered in time: the node may be doing it all the same. */
function overdue(timeoutMs: number): ApiError {
  return new ApiError(`This takes longer than ${timeoutMs / 1000} s. It may still be done: look again before you order it once more.`, 0, 'OVERDUE')
}

async function send(path: string, init: RequestInit, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(`${API}${path}`, { ...init, signal: init.signal ?? timeout })
    nodeAnswered()
    return response
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause
    if (timeout.aborted && init.method !== undefined) throw overdue(timeoutMs)
    nodeSilent()
    throw silence()
  }
}

/** An answer that is read as it comes. @throws ApiError when it is none, the signal's reason */
export async function openAnswer(path: string, init: RequestInit): Promise<Response> {
  const response = await send(path, init)
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => null)
  leaveWhenEnded(path, response.status, body)
  throw errorOf(response.status, body)
}

/** The session has ended, here or by another node's word. */
function leaveWhenEnded(path: string, status: number, body: unknown): void {
  if (status === 401 && errorOf(401, body).code === 'ERR_UNAUTHENTICATED' && !path.startsWith('/session/')) location.assign('/login')
}

const request = async <T>(path: string, init: RequestInit, timeoutMs?: number): Promise<T> => (await bodyOf(path, await send(path, init, timeoutMs))) as T

/** @throws ApiError when it is none */
async function bodyOf(path: string, response: Response): Promise<unknown> {
  const text = await response.text()
  let body: unknown = null
  try {
    body = text === '' ? null : JSON.parse(text)
  } catch {
    if (response.ok) throw new ApiError('The node answered something that is not JSON: is another program listening on this port?', response.status, 'NOT_JSON')
  }
  leaveWhenEnded(path, response.status, body)
  if (!response.ok) throw errorOf(response.status, body)
  return body
}

/** An edit's answer, and what takes that very edit back; null when it changed nothing. */
export interface Step<T> { readonly answer: T; readonly undo: string | null }

async function step<T>(path: string, init: RequestInit, timeoutMs?: number): Promise<Step<T>> {
  const response = await send(path, init, timeoutMs)
  return { answer: await bodyOf(path, response) as T, undo: response.headers.get('undo') }
}

/** What brings its own type goes as it is, everything else as JSON. */
function withBody(method: string, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method, headers: { 'content-type': 'application/json', ...headers }, body: 'content-type' in headers ? String(body) : JSON.stringify(body) }
}

/** The REST calls; each resolves with the parsed answer, what replaces or removes something with the step it was, too, and rejects with an `ApiError`. Orders about many clips are given `MANY_TIMEOUT_MS`. */
export const api = {
  get: <T>(path: string, signal?: AbortSignal): Promise<T> => request<T>(path, signal === undefined ? {} : { signal }),
  post: <T>(path: string, body: unknown, timeoutMs?: number): Promise<T> => request<T>(path, withBody('POST', body), timeoutMs),
  put: <T>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Step<T>> => step<T>(path, withBody('PUT', body, headers)),
  patch: <T>(path: string, body: unknown): Promise<T> => request<T>(path, withBody('PATCH', body)),
  remove: <T>(path: string, headers: Readonly<Record<string, string>> = {}, timeoutMs?: number): Promise<Step<T>> => step<T>(path, { method: 'DELETE', headers }, timeoutMs)
} as const

/** A query string of the parts that are set; empty when none is. */
export function queryOf(parts: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(parts)) if (value !== undefined && value !== '') query.set(key, String(value))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
