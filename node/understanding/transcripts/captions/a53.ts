/** Captions inside coded pictures: pairs of bytes that ATSC A/53 part 4 (section 6.2.3) puts beside them, where H.264 and HEVC have supplemental information and MPEG-2 user data. Pure. */
import { withoutEmulation } from '#protocols/rtp/bits.ts'
import { lengthBytesOf, splitAnnexB, splitAvcc } from '#protocols/rtp/h264.ts'

/** Two bytes of one of the two fields of a picture, with their parity. */
export interface CaptionPair { readonly field: 0 | 1; readonly a: number; readonly b: number }

/** Most pairs that one picture has: a field of five bits counts them. */
const MAX_PAIRS = 31
/** `itu_t_t35_country_code` of the United States, provider of ATSC, `GA94`, `cc_data`. */
const ATSC = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03]
const MPEG2_ATSC = ATSC.slice(3)
/** `user_data_registered_itu_t_t35` of H.264 annex D and HEVC annex D. */
const REGISTERED = 4
const [H264_SEI, HEVC_PREFIX_SEI] = [6, 39]
const MPEG2_USER_DATA = 0xb2

/** Reads the pairs of a stream's packets, by FFmpeg's name of its codec; undefined for one that carries none. */
export function captionPairsOf(codec: string, extradata: Uint8Array | null): ((packet: Uint8Array) => CaptionPair[]) | undefined {
  switch (codec) {
    case 'h264': return ofUnits(extradata, (nal) => (nal[0]! & 0x1f) === H264_SEI ? nal.subarray(1) : undefined, 4)
    case 'hevc': return ofUnits(extradata, (nal) => ((nal[0]! >> 1) & 0x3f) === HEVC_PREFIX_SEI ? nal.subarray(2) : undefined, 21)
    case 'mpeg2video': return (packet) => [...userData(packet)].flatMap((bytes) => pairsIn(bytes, MPEG2_ATSC))
    default: return undefined
  }
}

/** `lengthAt`: where the configuration of an MP4 says how many bytes a NAL's length has. */
function ofUnits(extradata: Uint8Array | null, seiOf: (nal: Uint8Array) => Uint8Array | undefined, lengthAt: number): (packet: Uint8Array) => CaptionPair[] {
  const isPrefixed = extradata !== null && extradata[0] === 1 && extradata.length > lengthAt
  const lengthBytes = lengthBytesOf(extradata?.[lengthAt])
  return (packet) => {
    const nals = isPrefixed ? splitAvcc(packet, lengthBytes) : splitAnnexB(packet)
    return nals.flatMap((nal) => [...messagesOf(nal.length > 2 ? seiOf(nal) : undefined)]).flatMap((bytes) => pairsIn(bytes, ATSC))
  }
}

/** The messages of a SEI (H.264 section 7.3.2.3.1) that somebody registered. */
function* messagesOf(sei: Uint8Array | undefined): Generator<Uint8Array> {
  if (sei === undefined) return
  const bytes = withoutEmulation(sei)
  const number = (at: number): { value: number; next: number } => {
    let value = 0
    for (; bytes[at] === 0xff; at++) value += 255
    return { value: value + (bytes[at] ?? 0), next: at + 1 }
  }
  for (let at = 0; at + 2 < bytes.length;) {
    const type = number(at)
    const size = number(type.next)
    if (size.next + size.value > bytes.length) return
    if (type.value === REGISTERED) yield bytes.subarray(size.next, size.next + size.value)
    at = size.next + size.value
  }
}

function* userData(packet: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i + 4 < packet.length; i++) if (packet[i] === 0 && packet[i + 1] === 0 && packet[i + 2] === 1 && packet[i + 3] === MPEG2_USER_DATA) yield packet.subarray(i + 4)
}

/** What follows the head: how many, a byte without meaning, and three bytes each. Nothing when there is another head. */
function pairsIn(bytes: Uint8Array, head: readonly number[]): CaptionPair[] {
  if (head.some((byte, i) => bytes[i] !== byte)) return []
  const flags = bytes[head.length] ?? 0
  const count = (flags & 0x40) === 0 ? 0 : Math.min(MAX_PAIRS, flags & 0x1f)
  const pairs: CaptionPair[] = []
  for (let i = 0, at = head.length + 2; i < count && at + 2 < bytes.length; i++, at += 3) {
    const [kind, a, b] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!]
    const [isValid, type] = [(kind & 4) !== 0, kind & 3]
    if (isValid && type <= 1) pairs.push({ field: type as 0 | 1, a, b })
  }
  return pairs
}
