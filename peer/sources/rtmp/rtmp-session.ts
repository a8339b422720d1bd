import { createHash, randomFillSync, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import { InvalidMessageError, NotAuthorizedError } from '#protocols/errors.ts'
import { type Amf0Object, type Amf0Value, type Amf0Word, decodeAmf0, encodeAmf0 } from './amf0.ts'
import { ChunkReader, RTMP, type RtmpMessage } from './chunk-reader.ts'

/** Who may send: the application and the key of `rtmp://HOST/APP/KEY`. */
export interface RtmpGate {
  readonly app: string
  readonly key: string
  /** Somebody wanted to send and said others. */
  readonly turnedAway?: () => void
}

/** A sender that has not said its key by then is cut off, in ms. @default 10000 */
export const KEY_TIMEOUT_MS = 10_000
/** Bytes taken from a sender that has not said its key, at most. @default 65536 */
export const MAX_STRANGER_BYTES = 65_536
/** A sender that sends nothing for this long is cut off, in ms. @default 10000 */
export const SENDER_SILENCE_MS = 10_000
/** Bytes after which a sender is told what has arrived. */
const WINDOW_BYTES = 2_500_000
const HANDSHAKE_BYTES = 1_536
/** `FLV`, version 1, sound and picture, and the length of this header; then the size of no tag. */
const FLV_HEADER = Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0])

/**
 * Serves one connection: shakes hands, and takes what is sent when the key is right. `accept` is asked once that is so and says
 * whether the sender is wanted; what it sends then is given on as FLV. Everything wrong ends the connection.
 */
export function serveSender(socket: Socket, gate: RtmpGate, accept: (flv: Readable) => boolean): void {
  const chunks = new ChunkReader()
  const flv = new PassThrough({ highWaterMark: 1024 ** 2 })
  let shaking: Buffer | undefined = Buffer.alloc(0)
  let greeted = false
  let rightApp = false
  let publishing = false
  let received = 0
  let acknowledged = 0
  const impatience = setTimeout(() => { if (!publishing) socket.destroy() }, KEY_TIMEOUT_MS)

  function shake(bytes: Buffer): Buffer | undefined {
    shaking = Buffer.concat([shaking as Buffer, bytes])
    if (shaking.length > 0 && shaking[0] !== 3) throw new InvalidMessageError('this is no RTMP')
    if (!greeted && shaking.length > HANDSHAKE_BYTES) {
      greeted = true
      const own = randomFillSync(Buffer.alloc(HANDSHAKE_BYTES))
      own.fill(0, 0, 8) // no version: the simple handshake
      socket.write(Buffer.concat([Buffer.from([3]), own, shaking.subarray(1, 1 + HANDSHAKE_BYTES)]))
    }
    if (shaking.length < 1 + 2 * HANDSHAKE_BYTES) return undefined
    const rest = shaking.subarray(1 + 2 * HANDSHAKE_BYTES)
    shaking = undefined
    return rest
  }

  function onData(bytes: Buffer): void {
    received += bytes.length
    if (!publishing && received > MAX_STRANGER_BYTES) throw new InvalidMessageError('too many bytes without a key')
    const rest = shaking === undefined ? bytes : shake(bytes)
    if (rest === undefined) return
    for (const message of chunks.push(rest)) onMessage(message)
    if (received - acknowledged < WINDOW_BYTES) return
    acknowledged = received
    send(RTMP.acknowledgement, uint32(received % 2 ** 32))
  }

  function onMessage({ type, timestamp, payload }: RtmpMessage): void {
    if (type === RTMP.commandAmf0) return onCommand(decodeAmf0(payload))
    if (type === RTMP.commandAmf3) return onCommand(decodeAmf0(payload.subarray(1)))
    if (!publishing || payload.length === 0) return
    if (type === RTMP.audio || type === RTMP.video) write(type, timestamp, payload)
    else if (type === RTMP.dataAmf0) write(type, timestamp, withoutSetDataFrame(payload))
  }

  function write(type: number, timestamp: number, payload: Buffer): void {
    if (payload.length === 0) return
    if (!flv.write(flvTag(type, timestamp, payload))) socket.pause()
  }

  function onCommand([name, transaction, ...rest]: Amf0Value[]): void {
    const id = typeof transaction === 'number' ? transaction : 0
    switch (name) {
      case 'connect': return connect(id, rest[0])
      case 'createStream': return command(0, '_result', id, null, 1)
      case 'publish': return publish(rest[1])
      case 'releaseStream':
      case 'FCPublish': return command(0, '_result', id, null)
      case 'deleteStream':
      case 'closeStream':
      case 'FCUnpublish':
        flv.end()
        return void socket.end()
      case 'play': throw new NotAuthorizedError('nothing is played here')
    }
  }

  function connect(id: number, words: Amf0Value): void {
    const app = typeof words === 'object' && words !== null && !Array.isArray(words) ? words['app'] : undefined
    rightApp = typeof app === 'string' && app.replace(/\/+$/, '') === gate.app
    send(RTMP.windowSize, uint32(WINDOW_BYTES))
    send(RTMP.peerBandwidth, Buffer.concat([uint32(WINDOW_BYTES), Buffer.from([2])]))
    command(0, '_result', id, { fmsVer: 'FMS/3,0,1,123', capabilities: 31 }, status('status', 'NetConnection.Connect.Success'))
  }

  /** A wrong application and a wrong key look the same to who sends. */
  function publish(key: Amf0Value): void {
    const allowed = timingSafeEqual(sha256(typeof key === 'string' ? key : ''), sha256(gate.key)) && rightApp && !publishing && typeof key === 'string'
    if (!allowed && !publishing) gate.turnedAway?.()
    if (!allowed || !accept(flv)) {
      command(1, 'onStatus', 0, null, status('error', 'NetStream.Publish.BadName'))
      flv.end()
      return void socket.end()
    }
    publishing = true
    flv.write(FLV_HEADER)
    command(1, 'onStatus', 0, null, status('status', 'NetStream.Publish.Start'))
  }

  function send(type: number, payload: Buffer, streamId = 0): void {
    socket.write(message(type, streamId, payload))
  }

  function command(streamId: number, ...words: Amf0Word[]): void {
    send(RTMP.commandAmf0, encodeAmf0(...words), streamId)
  }

  socket.setTimeout(SENDER_SILENCE_MS, () => socket.destroy())
  socket.setNoDelay(true)
  flv.on('drain', () => socket.resume())
  flv.once('close', () => socket.destroy())
  socket.on('error', () => {}) // 'close' follows
  socket.once('close', () => {
    clearTimeout(impatience)
    flv.end()
  })
  socket.on('data', (bytes: Buffer) => {
    try {
      if (!socket.destroyed && !flv.writableEnded) onData(bytes)
    } catch {
      socket.destroy()
    }
  })
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

function status(level: 'status' | 'error', code: string): Amf0Object {
  return { level, code, description: '' }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Chunks of 128 bytes on chunk stream 3, as every connection begins. */
function message(type: number, streamId: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(12)
  header[0] = 3
  header.writeUIntBE(payload.length, 4, 3)
  header[7] = type
  header.writeUInt32LE(streamId, 8)
  const parts: Buffer[] = [header, payload.subarray(0, 128)]
  for (let at = 128; at < payload.length; at += 128) parts.push(Buffer.from([0xc3]), payload.subarray(at, at + 128))
  return Buffer.concat(parts)
}

/** FLV 10.1, annex E.4.1. */
function flvTag(type: number, timestamp: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(11)
  head[0] = type
  head.writeUIntBE(payload.length, 1, 3)
  head.writeUIntBE(timestamp & 0xff_ff_ff, 4, 3)
  head[7] = timestamp >>> 24
  return Buffer.concat([head, payload, uint32(11 + payload.length)])
}

const SET_DATA_FRAME = encodeAmf0('@setDataFrame')

function withoutSetDataFrame(payload: Buffer): Buffer {
  return payload.subarray(0, SET_DATA_FRAME.length).equals(SET_DATA_FRAME) ? payload.subarray(SET_DATA_FRAME.length) : payload
}
