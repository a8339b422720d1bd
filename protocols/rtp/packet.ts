import { InvalidMessageError } from '../errors.ts'

/** One RTP packet, read (RFC 3550 section 5.1). */
export interface RtpPacket {
  readonly marker: boolean
  /** 0 to 127. */
  readonly payloadType: number
  /** 0 to 65535, wraps. */
  readonly sequence: number
  /** 0 to 2^32 - 1, in units of the clock rate, wraps. */
  readonly timestamp: number
  readonly ssrc: number
  readonly csrcs: readonly number[]
  /** Header extension (RFC 8285 or other), when there is one; a view. */
  readonly extension: { readonly profile: number; readonly data: Uint8Array } | undefined
  /** Without padding; a view on the bytes that were parsed. */
  readonly payload: Uint8Array
}

/** What a header is built from; the rest of RFC 3550's fields are left at zero. */
export interface RtpFields {
  marker: boolean
  payloadType: number
  sequence: number
  timestamp: number
  ssrc: number
}

/** Bytes of a header without CSRCs and extension. */
export const RTP_HEADER_BYTES = 12

const RTP_VERSION = 2

/** Read one packet. @throws InvalidMessageError when it is cut short or not RTP */
export function parseRtp(bytes: Uint8Array): RtpPacket {
  if (bytes.length < RTP_HEADER_BYTES) throw new InvalidMessageError(`RTP: ${bytes.length} bytes are no header`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const first = bytes[0] as number
  const second = bytes[1] as number
  if (first >> 6 !== RTP_VERSION) throw new InvalidMessageError(`RTP: version ${first >> 6} instead of 2`)
  const csrcCount = first & 0x0f
  let at = RTP_HEADER_BYTES + csrcCount * 4
  if (at > bytes.length) throw new InvalidMessageError('RTP: CSRC list is cut short')
  let extension: RtpPacket['extension']
  if ((first & 0x10) !== 0) {
    if (at + 4 > bytes.length) throw new InvalidMessageError('RTP: extension header is cut short')
    const end = at + 4 + view.getUint16(at + 2) * 4
    if (end > bytes.length) throw new InvalidMessageError('RTP: extension is cut short')
    extension = { profile: view.getUint16(at), data: bytes.subarray(at + 4, end) }
    at = end
  }
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    csrcs: Array.from({ length: csrcCount }, (_, i) => view.getUint32(RTP_HEADER_BYTES + i * 4)),
    extension,
    payload: bytes.subarray(at, bytes.length - paddingOf(bytes, at))
  }
}

function paddingOf(bytes: Uint8Array, payloadStart: number): number {
  if (((bytes[0] as number) & 0x20) === 0) return 0
  const padding = bytes[bytes.length - 1] as number
  if (padding === 0 || payloadStart + padding > bytes.length) throw new InvalidMessageError(`RTP: ${padding} bytes of padding do not fit`)
  return padding
}

/** Write one packet; sequence and timestamp are taken modulo their width. */
export function buildRtp(fields: RtpFields, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RTP_HEADER_BYTES + payload.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = RTP_VERSION << 6
  bytes[1] = (fields.marker ? 0x80 : 0) | (fields.payloadType & 0x7f)
  view.setUint16(2, fields.sequence & 0xffff)
  view.setUint32(4, fields.timestamp % 2 ** 32)
  view.setUint32(8, fields.ssrc)
  bytes.set(payload, RTP_HEADER_BYTES)
  return bytes
}

/**
 * Turns a counter that wraps at 2^`bits` into one that does not (RFC 3550 appendix A.1): each value is taken to be the one
 * nearest to the value before, so reordering by less than half the range is fine. The first value is answered as it is.
 */
export function unwrapper(bits: 16 | 32): (value: number) => number {
  const range = 2 ** bits
  let last: number | undefined
  return (value) => {
    if (last === undefined) return (last = value)
    const step = (((value - last) % range) + range) % range
    last += step < range / 2 ? step : step - range
    return last
  }
}
