import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ChunkId } from '#protocols/ids.ts'
import type { Ring } from '#ring'

/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What `sendBytes` serves. */
export interface ByteSource {
  /** Length of the whole representation, in bytes. */
  readonly size: number
  readonly mime: string
  /** Strong validator without its quotes; the same tag promises the same bytes. */
  readonly etag: string
  /** The bytes of the range; stops early when `signal` is aborted. */
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** A `Range` header longer than this is ignored, in characters. @default 256 */
export const MAX_RANGE_HEADER_CHARS = 256

/**
 * RFC 9110 §14.1.2. undefined = serve everything: no header, another unit, malformed, or several ranges
 * (§14.2 lets a server ignore those). `end` is exclusive and never beyond `size`.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined | 'unsatisfiable' {
  if (header === undefined || header.length > MAX_RANGE_HEADER_CHARS) return undefined
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header)
  const [first, last] = [match?.[1], match?.[2]]
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return suffixRange(Number(last), size)
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return undefined // an invalid range-spec is ignored, not refused
  return start >= size ? 'unsatisfiable' : { start, end }
}

function suffixRange(length: number, size: number): ByteRange | 'unsatisfiable' {
  if (length === 0 || size === 0) return 'unsatisfiable'
  return { start: Math.max(0, size - length), end: size }
}

/** True when a list of entity tags (`If-None-Match`) names this one; weak comparison, RFC 9110 §13.1.2. */
export function matchesETag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === `"${etag}"`)
}

/** Answer GET or HEAD for these bytes: 200, 206, 304 or 416, with `ETag`, `Accept-Ranges` and an exact `Content-Length`. */
export async function sendBytes(request: FastifyRequest, reply: FastifyReply, source: ByteSource): Promise<FastifyReply> {
  reply.header('accept-ranges', 'bytes').header('etag', `"${source.etag}"`)
  if (matchesETag(request.headers['if-none-match'], source.etag)) return reply.code(304).send()
  const range = isRangeWanted(request, source.etag) ? parseRange(request.headers.range, source.size) : undefined
  if (range === 'unsatisfiable') {
    const error = { code: 'ERR_RANGE', message: `no such range: the content has ${source.size} bytes` }
    return reply.code(416).header('content-range', `bytes */${source.size}`).send({ error })
  }
  const { start, end } = range ?? { start: 0, end: source.size }
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${source.size}`)
  reply.header('content-type', source.mime).header('content-length', end - start)
  if (request.method === 'HEAD' || start === end) return reply.send(Readable.from([])) // of anything else Fastify would rewrite the length
  return reply.send(await readableOf(source, { start, end }))
}

/** The same for a blob of the ring, whose name promises its bytes; one that is not there is answered without these headers. */
export async function sendBlob(request: FastifyRequest, reply: FastifyReply, blobs: Pick<Ring['blobs'], 'stat' | 'read'>, { blob, mime, headers = {} }: { readonly blob: ChunkId; readonly mime: string; readonly headers?: Readonly<Record<string, string>> }): Promise<FastifyReply> {
  const { size } = await blobs.stat(blob)
  return sendBytes(request, reply.headers(headers), { size, mime, etag: blob, read: (range, signal) => blobs.read(blob, range, { signal }) })
}

/** RFC 9110 §13.1.5: with an `If-Range` that is not our strong tag the range is ignored. */
function isRangeWanted(request: FastifyRequest, etag: string): boolean {
  const condition = request.headers['if-range']
  return request.method === 'GET' && (condition === undefined || condition === `"${etag}"`)
}

/** The first bytes are fetched before the status line is sent, so that a missing chunk is an honest error and not a cut body. */
async function readableOf(source: ByteSource, range: ByteRange): Promise<Readable> {
  const ended = new AbortController()
  const bytes = exactly(range.end - range.start, source.read(range, ended.signal))
  const first = await bytes.next()
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      for (let next = first; next.done !== true; next = await bytes.next()) yield next.value
    } finally {
      ended.abort(new Error('the reader left'))
      await bytes.return(undefined)
    }
  }
  const stream = Readable.from(rest(), { objectMode: false })
  stream.once('close', () => ended.abort(new Error('the reader left'))) // wakes a read that waits for a chunk
  return stream
}

/** As many bytes as were promised, or a failure that cuts the connection: what is short would be filled up with the next answer. */
async function* exactly(length: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let left = length
  for await (const piece of bytes) {
    left -= piece.byteLength
    if (left < 0) throw new Error(`more than the ${length} bytes that were promised`)
    yield piece
  }
  if (left > 0) throw new Error(`${left} of the ${length} bytes that were promised are missing`)
}
