import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { NODE_DEFAULTS } from '../config.ts'
import { type FlagValues, text, UsageError } from './flags.ts'
import { parseFingerprint, pinnedConnection } from './pinned-tls.ts'

/** What was asked for could not be done: one line, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** The code of the node's answer, when it is one that said no. */
  readonly code: string | undefined

  constructor(message: string, code?: string) {
    super(message)
    this.code = code
  }
}

/** Flags of every command that talks to a node. */
export const NODE_FLAGS = Object.freeze({ node: { type: 'string' }, token: { type: 'string' }, 'tls-fingerprint': { type: 'string' }, json: { type: 'boolean' } } as const)
/** Largest answer that is read, in bytes. @default 67108864 */
export const MAX_ANSWER_BYTES = 64 * 1024 ** 2

export interface NodeApi {
  /** As it was named. */
  readonly base: string
  /** For requests that are not made here: how a node whose certificate is pinned is connected to; undefined where none is. */
  readonly pin: ReturnType<typeof pinOf>
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: object): Promise<T>
  delete<T>(path: string): Promise<T>
  patch<T>(path: string, body: object): Promise<T>
  /** No more bytes of an upload of `size` bytes that has arrived: answered when it was looked at, or after a while. A refusal is none here. */
  nudge(path: string, size: number): Promise<void>
  /** An answer that is no JSON. @throws CommandError also when it is longer than `maxBytes` */
  getBytes(path: string, maxBytes: number): Promise<{ bytes: Buffer; etag: string }>
  /** An answer of any length, given on as it comes; its headers. @throws CommandError also when it is cut off */
  download(path: string, write: (answer: Readable) => Promise<void>): Promise<IncomingHttpHeaders>
  putBytes<T>(path: string, bytes: Uint8Array): Promise<T>
  /** A JPEG, or a PNG. */
  postPicture<T>(path: string, bytes: Uint8Array): Promise<T>
  put<T>(path: string, body: object): Promise<T>
}

/** The API of the node that `--node` names. `isNamed`: it is the one that the user named, whose certificate the fingerprint is of. @throws UsageError when that is no URL */
export function nodeApi(values: FlagValues, { isNamed = true }: { isNamed?: boolean } = {}): NodeApi {
  const base = text(values, 'node') ?? `http://${NODE_DEFAULTS.http}`
  const url = URL.parse(/^https?:\/\//.test(base) ? base : `http://${base}`)
  if (url === null) throw new UsageError(`--node ${base} is no URL: for example --node http://127.0.0.1:8080`)
  const token = text(values, 'token') ?? process.env['THATDAM_TOKEN']

  const pin = isNamed ? pinOf(url, text(values, 'tls-fingerprint') ?? process.env['THATDAM_TLS_FINGERPRINT']) : undefined

  async function exchange<T>(method: string, path: string, headers: Record<string, string | number>, body: Readable | Uint8Array | string | undefined, take: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const target = new URL(`/api/v1/${path}`, url ?? undefined)
    const request = (target.protocol === 'https:' ? httpsRequest : httpRequest)(target, {
      ...pin, method, headers: { accept: 'application/json', ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    })
    try {
      const response = once(request, 'response') as Promise<[IncomingMessage]>
      response.catch(() => {}) // reported below
      if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) request.end(body)
      else await Promise.race([pipeline(body, request), response]) // a node that refuses answers before it has read everything
      const [answer] = await response
      return await take(answer)
    } catch (err) {
      request.destroy()
      throw explain(err, base)
    }
  }

  const call = <T>(method: string, path: string, headers: Record<string, string | number>, body?: Readable | Uint8Array | string): Promise<T> =>
    exchange(method, path, headers, body, async (answer) => parse<T>(answer.statusCode ?? 0, (await read(answer)).toString('utf8')))

  return {
    base: url.href, pin,
    get: (path) => call('GET', path, {}),
    patch: (path, body) => call('PATCH', path, { 'content-type': 'application/json' }, JSON.stringify(body)),
    delete: (path) => call('DELETE', path, {}),
    post: (path, body) => call('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body)),
    nudge: (path, size) => exchange('PATCH', path, { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream', 'upload-offset': size, 'content-length': 0 }, undefined, async (answer) => {
      const body = (await read(answer)).toString('utf8')
      if (![204, 422, 460].includes(answer.statusCode ?? 0)) parse(answer.statusCode ?? 0, body)
    }),
    getBytes: (path, maxBytes) => exchange('GET', path, { accept: 'application/octet-stream' }, undefined, async (answer) => {
      if (answer.statusCode !== 200) return parse(answer.statusCode ?? 0, (await read(answer)).toString('utf8'))
      return { bytes: await read(answer, maxBytes), etag: answer.headers.etag ?? '' }
    }),
    download: (path, write) => exchange('GET', path, { accept: '*/*' }, undefined, async (answer) => {
      if (answer.statusCode !== 200) return parse(answer.statusCode ?? 0, (await read(answer)).toString('utf8'))
      await write(answer)
      return answer.headers
    }),
    putBytes: (path, bytes) => call('PUT', path, { 'content-type': 'application/octet-stream', 'content-length': bytes.byteLength }, bytes),
    postPicture: (path, bytes) => call('POST', path, { 'content-type': bytes[0] === 0x89 ? 'image/png' : 'image/jpeg', 'content-length': bytes.byteLength }, bytes),
    put: (path, body) => call('PUT', path, { 'content-type': 'application/json' }, JSON.stringify(body))
  }
}

/** @throws UsageError */
function pinOf(url: URL, fingerprint: string | undefined): { createConnection: ReturnType<typeof pinnedConnection> } | undefined {
  if (fingerprint === undefined) return undefined
  const pinned = parseFingerprint(fingerprint)
  if (url.protocol !== 'https:') throw new UsageError('--tls-fingerprint goes with --node https://…')
  return { createConnection: pinnedConnection(pinned, { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443) }) }
}

async function read(answer: IncomingMessage, maxBytes = MAX_ANSWER_BYTES): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of answer) {
    size += part.length
    if (size > maxBytes) throw new CommandError('the answer is too long: ask for less')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function parse<T>(status: number, body: string): T {
  if (status === 204) return undefined as T
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new CommandError(`this is no ThatDAM node: it answers ${status} and no JSON. Check --node`)
  }
  if (status >= 200 && status < 300) return value as T
  const error = (value as { error?: { code?: string; message?: string } }).error
  const hint = status === 401 ? '. Give it with --token or in THATDAM_TOKEN' : ''
  throw new CommandError(`${error?.message ?? `the node answers ${status}`}${hint}`, error?.code)
}

function explain(err: unknown, base: string): Error {
  if (err instanceof CommandError) return err
  const { code, message } = err as { code?: string; message: string }
  if (code === 'ECONNREFUSED') return new CommandError(`no node answers at ${base}: start one with "thatdam node --data DIR", or name another with --node URL`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new CommandError(`there is no machine ${base}: check --node`)
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') return new CommandError(`the node at ${base} hung up: is it still running?`)
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT' || code === 'SELF_SIGNED_CERT_IN_CHAIN' || code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE') return new CommandError(`nobody vouches for the certificate of ${base}: give the fingerprint the node has printed with --tls-fingerprint, or its authority with NODE_EXTRA_CA_CERTS`)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return new CommandError(`the certificate of ${base} is for another name: use a name it holds, or --tls-fingerprint`)
  return new CommandError(message)
}
