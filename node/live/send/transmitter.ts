import type { Socket } from 'node:dgram'
import { type CryptoEngine } from './batch-sealer.ts'
import { packetArena, type PacketArena, startOf } from './packet-arena.ts'

/** Where a viewer's packets leave from and go to. */
export interface Destination { readonly socket: Socket; readonly host: string; readonly port: number }

/** The way packets are encrypted and handed to the kernel on this thread. */
export interface Transmitter {
  /** `node` or `koffi`: which one it is. */
  readonly kind: SenderKind
  readonly crypto: CryptoEngine
  /** An arena that may be written until it is sent. */
  arena(): PacketArena
  /** Every packet of the arena, in order; the arena is not the caller's any more. What the kernel does not take at once waits in the socket's own queue. */
  send(arena: PacketArena, to: Destination): void
}

export type SenderKind = 'node' | 'koffi'

/** Arenas kept for the next batch; more are given back to the collector. @default 64 */
const SPARE_ARENAS = 64

/** Sends through `dgram`: works everywhere. */
export function nodeTransmitter(crypto: CryptoEngine): Transmitter {
  const spare: PacketArena[] = []
  return {
    kind: 'node', crypto,
    arena: () => spare.pop() ?? packetArena(),
    send(arena, to) {
      const done = (): void => { if (spare.length < SPARE_ARENAS) spare.push(arena) }
      const last = arena.count - 1 // they leave in order, and a callback for every one would cost as much as its encryption
      for (let i = 0; i < last; i++) to.socket.send(arena.bytes, startOf(i), arena.lengths[i]!, to.port, to.host)
      to.socket.send(arena.bytes, startOf(last), arena.lengths[last]!, to.port, to.host, done)
    }
  }
}
