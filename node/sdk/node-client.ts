import { NodeRefusedError, NodeSilentError } from './sdk-errors.ts'

/** Where a node is when nobody says. @default http://127.0.0.1:8080 */
export const DEFAULT_NODE_URL = 'http://127.0.0.1:8080'
/** An answer has to have begun by then, in ms. @default 30000 */
export const REQUEST_TIMEOUT_MS = 30_000

export interface NodeClientInit {
  /** @default the environment's THATDAM_URL, or DEFAULT_NODE_URL */
  url?: string
  /** Of a node that asks for one. @default the environment's THATDAM_TOKEN */
  token?: string
  /** @default REQUEST_TIMEOUT_MS */
  timeoutMs?: number
}

/** Requests to one node. */
export class NodeClient {
  readonly url: string
  readonly #token: string | undefined
  readonly #timeoutMs: number

  constructor({ url = process.env['THATDAM_URL'] ?? DEFAULT_NODE_URL, token = process.env['THATDAM_TOKEN'], timeoutMs = REQUEST_TIMEOUT_MS }: NodeClientInit = {}) {
    this.url = url.replace(/\/+$/, '')
    this.#token = token
    this.#timeoutMs = timeoutMs
  }

  get headers(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }
  }

  /** @throws NodeRefusedError, NodeSilentError */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.fetch(path, { method, ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) })
    return (answer.status === 204 ? undefined : await answer.json()) as T
  }

  /** @throws NodeRefusedError, NodeSilentError */
  async fetch(path: string, init: RequestInit = {}, isLong = false): Promise<Response> {
    let answer: Response
    try {
      answer = await fetch(`${this.url}/api/v1/${path}`, { ...init, headers: { accept: 'application/json', ...this.headers, ...init.headers as Record<string, string> }, ...(isLong ? {} : { signal: AbortSignal.timeout(this.#timeoutMs) }) })
    } catch (cause) {
      throw new NodeSilentError(`no node answers at ${this.url}: start one with "thatdam node", or give its url`, { cause })
    }
    if (answer.ok) return answer
    const { error } = await answer.json().catch(() => ({ error: undefined })) as { error?: { code: string; message: string } }
    throw new NodeRefusedError(answer.status, error?.code ?? '', error?.message ?? `the node answered ${answer.status}`)
  }
}
