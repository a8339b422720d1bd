/** SRTCP packets by the index each says (RFC 3711 section 3.4), each of which is taken once (section 3.3.2). */
import { type RtcpHeader, SrtpAuthenticationError } from 'werift'
import { ReplayWindow } from './replay-window.ts'

/** A packet that is so far behind the newest of its sender is not taken. @default 128 */
export const WINDOW_REPORTS = 128
/** Senders of one connection that are told apart; packets of more are not taken. @default 64 */
export const MAX_SENDERS = 64

/** Bytes behind the index, by protection profile: 1 is AES-CM with HMAC-SHA1-80, 7 is AES-GCM, whose tag comes before it (RFC 7714 section 9). */
const BYTES_BEHIND: Readonly<Record<number, number>> = { 1: 10, 7: 0 }
const INDEX_BYTES = 4
const HEADER_BYTES = 8

/** What the library decrypts with. */
export interface SrtcpOpener {
  readonly profile: number
  decryptRTCP(packet: Buffer): [Buffer, RtcpHeader]
}

/** The library takes a report, or what is asked for again, as often as it comes. From now on each is taken once. */
export function takeReportsOnce(opener: SrtcpOpener): void {
  const senders = new Map<number, ReplayWindow>()
  const decrypt = opener.decryptRTCP.bind(opener)
  const tail = INDEX_BYTES + (BYTES_BEHIND[opener.profile] ?? 0)
  opener.decryptRTCP = (packet) => {
    if (packet.length < HEADER_BYTES + tail) throw new SrtpAuthenticationError('too short for an SRTCP packet')
    const [ssrc, index] = [packet.readUInt32BE(4), packet.readUInt32BE(packet.length - tail) & 0x7fffffff]
    const known = senders.get(ssrc)
    if (known === undefined && senders.size >= MAX_SENDERS) throw new SrtpAuthenticationError('more senders than are told apart')
    const sender = known ?? new ReplayWindow(WINDOW_REPORTS)
    if (!sender.isNew(index)) throw new SrtpAuthenticationError('an SRTCP packet that came before, or is too old')
    const opened = decrypt(packet)
    sender.took(index)
    senders.set(ssrc, sender)
    return opened
  }
}
