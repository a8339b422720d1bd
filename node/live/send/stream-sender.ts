import type { Socket } from 'node:net'
import { type PacketArena, startOf } from './packet-arena.ts'

/** A viewer that is reached over TCP: its connection, which it opened. */
export interface StreamDestination { readonly stream: Socket }

const LENGTH_BYTES = 2

/** Every packet of the arena, each behind its length (RFC 4571), in one write. What the kernel does not take waits in the stream's queue. */
export function sendFramed({ bytes, lengths, count }: PacketArena, { stream }: StreamDestination): void {
  if (stream.destroyed) return
  const total = lengths.subarray(0, count).reduce((sum, length) => sum + LENGTH_BYTES + length, 0)
  const framed = Buffer.allocUnsafe(total)
  for (let i = 0, at = 0; i < count; i++) {
    const length = lengths[i]!
    framed.writeUInt16BE(length, at)
    bytes.copy(framed, at + LENGTH_BYTES, startOf(i), startOf(i) + length)
    at += LENGTH_BYTES + length
  }
  stream.write(framed)
}
