import { randomInt } from 'node:crypto'
import type { LivePacket } from '../live-packet.ts'

/** One viewer's numbering of one track: unbroken, whatever was skipped and wherever the packets come from. */
export interface PacketRewriter {
  /** Numbers for a packet that is sent for the first time. */
  next(packet: LivePacket): Numbers
  /** Numbers for a packet that is sent again. */
  again(packet: LivePacket): Numbers
  /** The source's sequence number behind the low 16 bits of one of ours; undefined when it is not of the present run. */
  sourceOf(low: number): number | undefined
  /** Our time for the source's 32-bit RTP time; undefined before the first packet. */
  timeOf(rtp: number): number | undefined
  /** The next packet is sent right after the last one, though packets between them were skipped. */
  cut(): void
  /** The next packet comes from another source: its numbers and its clock start anywhere. */
  switchSource(): void
}

interface Numbers { readonly sequence: number; readonly timestamp: number }

/** `clockRate` in Hz. Starts at random numbers (RFC 3550 section 5.1). */
export function packetRewriter(clockRate: number): PacketRewriter {
  const start = { sequence: randomInt(1, 2 ** 15), timestamp: randomInt(2 ** 31) }
  let last: { sequence: number; timestamp: number; source: LivePacket } | undefined
  let offset: { sequence: number; timestamp: number } | undefined
  let runStart = start.sequence
  let sourceChanged = true

  function settle(packet: LivePacket): { sequence: number; timestamp: number } {
    const sequence = last === undefined ? start.sequence : last.sequence + 1
    const elapsed = last === undefined ? 0 : Math.max(1, Math.round((packet.arrivedMs - last.source.arrivedMs) * clockRate / 1000))
    const timestamp = sourceChanged || offset === undefined
      ? (last?.timestamp ?? start.timestamp) + elapsed - packet.timestamp
      : offset.timestamp
    sourceChanged = false
    runStart = sequence
    return { sequence: sequence - packet.sequence, timestamp }
  }

  let pending = true
  const again = (packet: LivePacket): Numbers => ({ sequence: packet.sequence + offset!.sequence, timestamp: packet.timestamp + offset!.timestamp })
  return {
    next(packet) {
      if (pending || offset === undefined) offset = settle(packet)
      pending = false
      const numbers = again(packet)
      if (last === undefined || numbers.sequence > last.sequence) last = { ...numbers, source: packet }
      return numbers
    },
    again,
    sourceOf(low) {
      if (last === undefined || offset === undefined) return undefined
      const sequence = last.sequence - ((last.sequence - low) & 0xffff)
      return sequence < runStart ? undefined : sequence - offset.sequence
    },
    timeOf(rtp) {
      if (last === undefined || offset === undefined || pending) return undefined
      return last.timestamp + ((rtp - last.source.rtp.timestamp) | 0)
    },
    cut() { pending = true },
    switchSource() {
      pending = true
      sourceChanged = true
    }
  }
}
