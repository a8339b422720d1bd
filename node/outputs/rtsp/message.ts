/** What an RTSP client sends (RFC 2326 sections 4, 6 and 10.12): requests and interleaved packets. No I/O. */
import { InvalidMessageError } from '#protocols/errors.ts'

/** Longest request line and headers together, in bytes. @default 8192 */
export const MAX_HEAD_BYTES = 8_192
/** Most header lines of a request. @default 64 */
export const MAX_HEADER_LINES = 64
/** Longest body of a request, in bytes. @default 4096 */
export const MAX_BODY_BYTES = 4_096
/** Longest packet a client may send inside the connection, in bytes; its receiver reports are far shorter. @default 4096 */
export const MAX_INTERLEAVED_BYTES = 4_096

const DOLLAR = 0x24
const CR = 0x0d
const LF = 0x0a

export interface RtspRequest {
  readonly method: string
  readonly url: string
  /** `1.0` */
  readonly version: string
  /** By lower-case name; those sent twice are joined by `, `. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

export interface InterleavedPacket { readonly channel: number; readonly bytes: Uint8Array }
export type RtspInput = { readonly request: RtspRequest } | { readonly packet: InterleavedPacket }

/** Cuts a byte stream into what the client sent. */
export class RtspParser {
  #bytes: Buffer = Buffer.alloc(0)

  /** Bytes that are not yet a whole message. */
  get waiting(): number { return this.#bytes.length }

  /** What is complete with these bytes, in order. @throws InvalidMessageError after which the stream means nothing any more */
  *push(bytes: Uint8Array): Generator<RtspInput> {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    for (let input = this.#next(); input !== undefined; input = this.#next()) yield input
  }

  #next(): RtspInput | undefined {
    let start = 0
    while (this.#bytes[start] === CR || this.#bytes[start] === LF) start++ // section 4.2: empty lines before a request
    this.#bytes = this.#bytes.subarray(start)
    if (this.#bytes.length === 0) return undefined
    return this.#bytes[0] === DOLLAR ? this.#packet() : this.#request()
  }

  #packet(): RtspInput | undefined {
    if (this.#bytes.length < 4) return undefined
    const length = this.#bytes.readUInt16BE(2)
    if (length > MAX_INTERLEAVED_BYTES) throw new InvalidMessageError(`RTSP: an interleaved packet of ${length} bytes`)
    const bytes = this.#take(4 + length)
    return bytes && { packet: { channel: bytes[1]!, bytes: bytes.subarray(4) } }
  }

  #request(): RtspInput | undefined {
    const head = headLength(this.#bytes)
    if ((head ?? this.#bytes.length) > MAX_HEAD_BYTES) throw new InvalidMessageError(`RTSP: a request head of more than ${MAX_HEAD_BYTES} bytes`)
    if (head === undefined) return undefined
    const read = readHead(this.#bytes.toString('latin1', 0, head))
    const bytes = this.#take(head + bodyLength(read.headers))
    return bytes && { request: { ...read, body: bytes.subarray(head) } }
  }

  #take(length: number): Buffer | undefined {
    if (this.#bytes.length < length) return undefined
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }
}

/** Bytes up to and with the empty line. */
function headLength(bytes: Buffer): number | undefined {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3
  }
  return undefined
}

function readHead(text: string): Omit<RtspRequest, 'body'> {
  const [first = '', ...lines] = text.trimEnd().split(/\r?\n/)
  const [, method, url, version] = /^([A-Z_]{1,32}) ([\x21-\x7e]{1,2048}) RTSP\/(\d{1,3}\.\d{1,3})$/.exec(first) ?? []
  if (method === undefined || url === undefined || version === undefined) throw new InvalidMessageError('RTSP: the first line is no request')
  if (lines.length > MAX_HEADER_LINES) throw new InvalidMessageError(`RTSP: more than ${MAX_HEADER_LINES} header lines`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^([A-Za-z0-9-]{1,64}):[ \t]*([\x20-\x7e\xa0-\xff\t]*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new InvalidMessageError('RTSP: a header line is malformed')
    const known = headers.get(name.toLowerCase())
    headers.set(name.toLowerCase(), known === undefined ? value.trim() : `${known}, ${value.trim()}`)
  }
  return { method, url, version, headers }
}

function bodyLength(headers: ReadonlyMap<string, string>): number {
  const text = headers.get('content-length') ?? '0'
  if (!/^\d{1,9}$/.test(text) || Number(text) > MAX_BODY_BYTES) throw new InvalidMessageError(`RTSP: a body of more than ${MAX_BODY_BYTES} bytes, or of no length`)
  return Number(text)
}

/** An answer as bytes; empty headers are left out. */
export function rtspResponse(status: number, headers: Readonly<Record<string, string | undefined>>, body = ''): Buffer {
  const lines = Object.entries({ ...headers, ...(body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }) })
    .flatMap(([name, value]) => value === undefined ? [] : [`${name}: ${value.replaceAll(/[^\x20-\x7e]/g, ' ')}\r\n`])
  return Buffer.from(`RTSP/1.0 ${status} ${REASONS[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`)
}

/** One packet framed for the connection (section 10.12). */
export function interleaved(channel: number, packet: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(4 + packet.length)
  bytes[0] = DOLLAR
  bytes[1] = channel
  bytes.writeUInt16BE(packet.length, 2)
  bytes.set(packet, 4)
  return bytes
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable',
  453: 'Not Enough Bandwidth', 454: 'Session Not Found', 455: 'Method Not Valid in This State', 459: 'Aggregate Operation Not Allowed', 461: 'Unsupported Transport',
  500: 'Internal Server Error', 501: 'Not Implemented', 503: 'Service Unavailable', 505: 'RTSP Version Not Supported', 551: 'Option not supported'
}
