import { MAX_RTP_BYTES } from '../media.ts'
import { buildRtp, RTP_HEADER_BYTES } from './packet.ts'

/** Turns access units into whole RTP packets with running sequence numbers. */
export interface Packetiser {
  /** `timestamp`: 90 kHz, any integer (taken modulo 2^32). The last packet carries the marker. */
  packets(nals: readonly Uint8Array[], timestamp: number): Uint8Array[]
}

/** `sequence` is that of the first packet. */
export interface PacketiserInit { payloadType?: number; ssrc?: number; sequence?: number; maxBytes?: number }

/** `payloadsOf` cuts an access unit into payloads of at most so many bytes. */
export function packetiser(payloadsOf: (nals: readonly Uint8Array[], maxBytes: number) => Uint8Array[], init: PacketiserInit = {}): Packetiser {
  const { payloadType = 96, ssrc = 0, maxBytes = MAX_RTP_BYTES } = init
  let sequence = init.sequence ?? 0
  return {
    packets(nals, timestamp) {
      const payloads = payloadsOf(nals, maxBytes - RTP_HEADER_BYTES)
      const modulo = ((timestamp % 2 ** 32) + 2 ** 32) % 2 ** 32
      return payloads.map((payload, i) => {
        const fields = { marker: i === payloads.length - 1, payloadType, sequence, timestamp: modulo, ssrc }
        sequence = (sequence + 1) & 0xffff
        return buildRtp(fields, payload)
      })
    }
  }
}
