import { InvalidMessageError } from '#protocols/errors.ts'

/** One RTMP message, put together from its chunks. */
export interface RtmpMessage {
  readonly type: number
  /** Ms of the sender's clock. */
  readonly timestamp: number
  readonly streamId: number
  readonly payload: Buffer
}

/** Message types (RTMP 1.0, sections 5.4 and 7.1). */
export const RTMP = Object.freeze({ chunkSize: 1, acknowledgement: 3, windowSize: 5, peerBandwidth: 6, audio: 8, video: 9, dataAmf0: 18, commandAmf3: 17, commandAmf0: 20 })

/** Largest message that is taken, in bytes: a keyframe fits. @default 8388608 */
export const MAX_MESSAGE_BYTES = 8 * 1024 ** 2
/** Chunk streams of one connection, at most. @default 32 */
export const MAX_CHUNK_STREAMS = 32
const EXTENDED = 0xff_ff_ff
/** Bytes of the message header by the format of the chunk. */
const HEADER_BYTES = [11, 7, 3, 0] as const

interface ChunkStream { field: number; delta: number; timestamp: number; length: number; type: number; streamId: number; parts: Buffer[]; have: number }

/** Puts the chunks of one connection together; takes bytes as they come. */
export class ChunkReader {
  #rest: Buffer = Buffer.alloc(0)
  #chunkSize = 128
  readonly #streams = new Map<number, ChunkStream>()

  /** @throws InvalidMessageError when the bytes are no RTMP, or too much */
  push(bytes: Buffer): RtmpMessage[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const messages: RtmpMessage[] = []
    for (let chunk = this.#chunk(); chunk !== undefined; chunk = this.#chunk()) {
      if (chunk === 'part') continue
      if (chunk.type === RTMP.chunkSize) this.#resize(chunk.payload)
      else messages.push(chunk)
    }
    return messages
  }

  #resize(payload: Buffer): void {
    const size = payload.length >= 4 ? payload.readUInt32BE() : 0
    if (size < 1 || size > MAX_MESSAGE_BYTES) throw new InvalidMessageError(`RTMP: a chunk size of ${size}`)
    this.#chunkSize = size
  }

  /** One chunk; undefined when more bytes are needed. */
  #chunk(): RtmpMessage | 'part' | undefined {
    const rest = this.#rest
    const first = rest[0]
    if (first === undefined) return undefined
    const format = (first >> 6) as 0 | 1 | 2 | 3
    const idBytes = (first & 63) === 0 ? 2 : (first & 63) === 1 ? 3 : 1
    const headerBytes = idBytes + HEADER_BYTES[format]
    if (rest.length < headerBytes) return undefined
    const id = idBytes === 1 ? first & 63 : 64 + (rest[1] as number) + (idBytes === 3 ? (rest[2] as number) * 256 : 0)
    const known = this.#streams.get(id)
    if (known === undefined && format !== 0) throw new InvalidMessageError('RTMP: a chunk continues what never began')
    const field = format === 3 ? (known as ChunkStream).field : rest.readUIntBE(idBytes, 3)
    const bodyAt = headerBytes + (field === EXTENDED ? 4 : 0)
    if (rest.length < bodyAt) return undefined
    const length = format < 2 ? rest.readUIntBE(idBytes + 3, 3) : (known as ChunkStream).length
    if (length > MAX_MESSAGE_BYTES) throw new InvalidMessageError(`RTMP: a message of ${length} bytes; at most ${MAX_MESSAGE_BYTES} are taken`)
    const have = known?.have ?? 0
    if (have > 0 && format !== 3) throw new InvalidMessageError('RTMP: a message begins inside another')
    const size = Math.min(this.#chunkSize, length - have)
    if (rest.length < bodyAt + size) return undefined
    const stream = this.#streamOf(id)
    if (have === 0) begin(stream, { format, field, length, time: field === EXTENDED ? rest.readUInt32BE(headerBytes) : field, header: rest.subarray(idBytes, headerBytes) })
    stream.parts.push(rest.subarray(bodyAt, bodyAt + size))
    stream.have += size
    this.#rest = rest.subarray(bodyAt + size)
    return stream.have < stream.length ? 'part' : finish(stream)
  }

  #streamOf(id: number): ChunkStream {
    const known = this.#streams.get(id)
    if (known !== undefined) return known
    if (this.#streams.size >= MAX_CHUNK_STREAMS) throw new InvalidMessageError(`RTMP: more than ${MAX_CHUNK_STREAMS} chunk streams`)
    const made: ChunkStream = { field: 0, delta: 0, timestamp: 0, length: 0, type: 0, streamId: 0, parts: [], have: 0 }
    this.#streams.set(id, made)
    return made
  }
}

function begin(stream: ChunkStream, { format, field, length, time, header }: { format: number; field: number; length: number; time: number; header: Buffer }): void {
  if (format < 3) {
    stream.field = field
    stream.delta = time
  }
  stream.timestamp = format === 0 ? time : (stream.timestamp + stream.delta) >>> 0
  if (format < 2) {
    stream.length = length
    stream.type = header[6] as number
  }
  if (format === 0) stream.streamId = header.readUInt32LE(7)
}

function finish(stream: ChunkStream): RtmpMessage {
  const payload = stream.parts.length === 1 ? stream.parts[0] as Buffer : Buffer.concat(stream.parts)
  stream.parts = []
  stream.have = 0
  return { type: stream.type, timestamp: stream.timestamp, streamId: stream.streamId, payload }
}
