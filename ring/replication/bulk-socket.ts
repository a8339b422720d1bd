import type { TLSSocket } from 'node:tls'
import { type ChunkId, chunkIdOfDigest } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import { limiter } from '../base/tasks.ts'
import { CHUNK_BYTES } from '../chunks/chunk-store.ts'

/** Chunks one socket may have asked for and not got. @default 32 */
export const MAX_BULK_PENDING = 32
/** Chunks read for one socket before it has taken those before. @default 4 */
export const BULK_READ_AHEAD = 4
/** Frames kept for the next chunks when nobody needs them. @default 8 */
export const SPARE_FRAMES = 8
/** The length that says "not held". */
export const NOT_HELD = 0xffff_ffff
export const DIGEST_BYTES = 32
const HEAD_BYTES = 4

/** Buffers of one answer each, used again and again: fresh memory costs as much as reading the file into it. */
export interface Frames {
  take(): Buffer
  give(frame: Buffer): void
}

export function createFrames(): Frames {
  const spare: Buffer[] = []
  return {
    take: () => spare.pop() ?? Buffer.allocUnsafeSlow(HEAD_BYTES + CHUNK_BYTES),
    give(frame) { if (spare.length < SPARE_FRAMES) spare.push(frame) }
  }
}

export interface BulkSocketComponents {
  /** As `BulkServerComponents.read`. */
  read(id: ChunkId, into: Uint8Array): Promise<number | undefined>
  frames: Frames
  log: Logger
}

/** Answer 32-byte ids in their order until the socket ends. */
export function serveBulkSocket(socket: TLSSocket, { read, frames, log }: BulkSocketComponents): void {
  const ahead = limiter(BULK_READ_AHEAD)
  let rest: Buffer = Buffer.alloc(0)
  let pending = 0
  let last: Promise<void> = Promise.resolve()

  async function fill(frame: Buffer, id: ChunkId): Promise<number> {
    const length = await read(id, frame.subarray(HEAD_BYTES)).catch((err) => {
      log('could not read chunk %s - %s', id, err)
      return undefined
    })
    frame.writeUInt32BE(length ?? NOT_HELD)
    return HEAD_BYTES + (length ?? 0)
  }

  /** One write at a time: several that wait would be copied together. */
  async function answer(id: ChunkId, before: Promise<void>): Promise<void> {
    if (socket.destroyed) return
    const frame = frames.take()
    const length = await fill(frame, id)
    await before
    await new Promise<unknown>((resolve) => socket.write(frame.subarray(0, length), resolve)) // its error is told elsewhere
    frames.give(frame)
    pending--
  }

  socket.on('error', (err) => log('a bulk socket broke - %s', err.message))
  socket.on('data', (bytes: Buffer) => {
    rest = rest.byteLength === 0 ? bytes : Buffer.concat([rest, bytes])
    for (; rest.byteLength >= DIGEST_BYTES; rest = rest.subarray(DIGEST_BYTES)) {
      if (++pending > MAX_BULK_PENDING) return void socket.destroy()
      const id = chunkIdOfDigest(Buffer.from(rest.subarray(0, DIGEST_BYTES)))
      const before = last
      last = ahead(() => answer(id, before))
    }
  })
}
