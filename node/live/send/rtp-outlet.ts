import { batchSealer } from './batch-sealer.ts'
import type { RtpHeader, SrtpKeys } from './srtp.ts'
import { BATCH_PACKETS, MAX_PAYLOAD_BYTES, type OutgoingPacket } from './packet-arena.ts'
import { sendFramed, type StreamDestination } from './stream-sender.ts'
import { atEndOfTurn } from './turn.ts'
import type { Destination, Transmitter } from './transmitter.ts'

export interface RtpOutletInit {
  readonly keys: SrtpKeys
  readonly transmitter: Transmitter
  /** Sent after the fixed header of every packet: whole 32-bit words. @default none */
  readonly extension?: Uint8Array | undefined
  /** Looked up for every batch: another pair may be nominated at any time. */
  destination(): Destination | StreamDestination | undefined
}

/** One track's way to one viewer: what is given in one turn of the event loop is encrypted and sent together at its end. */
export interface RtpOutlet {
  send(header: RtpHeader, payload: Uint8Array): void
  /** Nothing is sent any more. */
  close(): void
}

export function rtpOutlet({ keys, transmitter, extension, destination }: RtpOutletInit): RtpOutlet {
  const sealer = batchSealer(keys, transmitter.crypto, extension)
  let waiting: OutgoingPacket[] = []
  let closed = false

  function flush(): void {
    const packets = waiting
    waiting = []
    try {
      const to = closed ? undefined : destination()
      if (to !== undefined) deliver(packets, to)
    } catch {} // the socket closed under us; what becomes of the viewer is its connection's to say, and others wait behind it
  }

  function deliver(packets: readonly OutgoingPacket[], to: Destination | StreamDestination): void {
    for (let at = 0; at < packets.length; at += BATCH_PACKETS) {
      const arena = transmitter.arena()
      sealer.seal(arena, packets.slice(at, at + BATCH_PACKETS))
      if ('stream' in to) sendFramed(arena, to)
      else transmitter.send(arena, to)
    }
  }

  return {
    send(header, payload) {
      if (closed || payload.length > MAX_PAYLOAD_BYTES) return
      if (waiting.push({ header, payload }) === 1) atEndOfTurn(flush)
    },
    close() {
      if (!closed) sealer.free()
      closed = true
    }
  }
}
