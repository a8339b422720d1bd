/** SRTP packets by their place in the stream (RFC 3711 section 3.3.1), each of which is taken once (section 3.3.2). */
import { type RtpHeader, SrtpAuthenticationError } from 'werift'
import { ReplayWindow } from '../webrtc/replay-window.ts'

/** A packet that is so far behind the newest of its stream is not taken: further than any is asked for again, nearer than a stream that began anew (MAX_DROPOUT). @default 2048 */
export const WINDOW_PACKETS = 2_048
/** Streams of one publisher that are told apart; packets of more are not taken. @default 32 */
export const MAX_STREAMS = 32

const CYCLE = 2 ** 16
const HEADER_BYTES = 12

/** What the library decrypts with. */
export interface SrtpOpener {
  readonly cipher: { decryptRtp(packet: Buffer, rollover: number): [Buffer, RtpHeader] }
  decryptRtp(packet: Buffer): [Buffer, RtpHeader]
}

/** The library takes a packet as often as it comes, and none any more after a burst of losses across the wrap of their numbers. From now on each is taken once, after any loss. */
export function takeOnce(opener: SrtpOpener): void {
  const windows = new Map<number, ReplayWindow>()
  opener.decryptRtp = (packet) => {
    if (packet.length < HEADER_BYTES) throw new SrtpAuthenticationError('too short for an SRTP packet')
    const [sequence, ssrc] = [packet.readUInt16BE(2), packet.readUInt32BE(8)]
    const known = windows.get(ssrc)
    if (known === undefined && windows.size >= MAX_STREAMS) throw new SrtpAuthenticationError('more streams than are told apart')
    const window = known ?? new ReplayWindow(WINDOW_PACKETS)
    const index = indexOf(sequence, window.highest)
    if (index < 0 || !window.isNew(index)) throw new SrtpAuthenticationError('an SRTP packet that came before, or is too old')
    const opened = opener.cipher.decryptRtp(packet, Math.floor(index / CYCLE))
    window.took(index)
    windows.set(ssrc, window)
    return opened
  }
}

/** The number without wraps that is nearest to the newest one. */
function indexOf(sequence: number, highest: number | undefined): number {
  if (highest === undefined) return sequence
  const ahead = (sequence - highest) & (CYCLE - 1)
  return highest + (ahead > CYCLE / 2 ? ahead - CYCLE : ahead)
}
