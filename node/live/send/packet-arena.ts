import type { RtpHeader } from './srtp.ts'

/** Bytes before each packet, where the first block of its HMAC may go. */
export const HEAD_BYTES = 64
/** Bytes of a fixed RTP header. */
const RTP_HEADER_BYTES = 12
/** Room for a header extension of ours. */
const MAX_EXTENSION_BYTES = 8
/** Room behind each packet for its tag, and for what is needed to make it: rollover counter and a hash's own ending. */
const TAG_BYTES = 96
/** A packet's place: head, header, payload, tag; a power of two above the largest packet that travels. */
const SLOT_BYTES = 2_048
/** Packets sealed and sent together; a keyframe is done in several goes. @default 32 */
export const BATCH_PACKETS = 32
/** Largest payload that has room in a slot. */
export const MAX_PAYLOAD_BYTES = SLOT_BYTES - HEAD_BYTES - RTP_HEADER_BYTES - MAX_EXTENSION_BYTES - TAG_BYTES

/** One packet on its way to one viewer: numbered for it, not yet encrypted. */
export interface OutgoingPacket { readonly header: RtpHeader; readonly payload: Uint8Array }

/** Room for one batch of packets, laid out so that encryption and authentication work in place and in one go. */
export interface PacketArena {
  readonly bytes: Buffer
  /** The same bytes as 32-bit words: slots and payloads begin on word borders. */
  readonly words: Int32Array
  readonly view: DataView
  readonly lengths: Int32Array
  count: number
  /** What is sent in the clear before each payload; a multiple of four. */
  headerBytes: number
}

export function packetArena(): PacketArena {
  const bytes = Buffer.allocUnsafeSlow(BATCH_PACKETS * SLOT_BYTES)
  return { bytes, words: new Int32Array(bytes.buffer, 0, bytes.length / 4), view: new DataView(bytes.buffer), lengths: new Int32Array(BATCH_PACKETS), count: 0, headerBytes: RTP_HEADER_BYTES }
}

/** Where packet `i` begins, in bytes. */
export const startOf = (i: number): number => i * SLOT_BYTES + HEAD_BYTES

/** Lay out at most `BATCH_PACKETS` packets, each with its header and the same header extension (RFC 3550 section 5.3.1) in the clear. */
export function layOut(arena: PacketArena, packets: readonly OutgoingPacket[], extension?: Uint8Array): void {
  arena.count = packets.length
  arena.headerBytes = RTP_HEADER_BYTES + (extension?.length ?? 0)
  for (let i = 0; i < packets.length; i++) {
    const { header, payload } = packets[i]!
    const at = startOf(i)
    writeHeader(arena.view, at, header, extension === undefined ? 0 : EXTENDED)
    if (extension !== undefined) arena.bytes.set(extension, at + RTP_HEADER_BYTES)
    arena.bytes.set(payload, at + arena.headerBytes)
    arena.lengths[i] = arena.headerBytes + payload.length
  }
}

/** The header is followed by an extension. */
const EXTENDED = 0x1000

function writeHeader(view: DataView, at: number, header: RtpHeader, flags: number): void {
  view.setUint16(at, 0x8000 | flags | (header.marker ? 0x80 : 0) | header.payloadType)
  view.setUint16(at + 2, header.sequence & 0xffff)
  view.setUint32(at + 4, header.timestamp % 2 ** 32)
  view.setUint32(at + 8, header.ssrc)
}
