/** H.264 over RTP (RFC 6184, packetization-mode 1): access units to payloads and back. No I/O, runs anywhere. */
import { InvalidMessageError } from '../errors.ts'
import { MAX_RTP_BYTES } from '../media.ts'
import { bitReader, withoutEmulation } from './bits.ts'
import { RTP_HEADER_BYTES } from './packet.ts'
import { packetiser, type Packetiser, type PacketiserInit } from './packetiser.ts'

/** nal_unit_type values used here (H.264 table 7-1, RFC 6184 table 1). */
export const NAL = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, delimiter: 9, stapA: 24, fuA: 28 } as const

/** nal_unit_type, 0 to 31; 0 for an empty NAL. */
export function nalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f
}

/** True when the access unit can be decoded without an earlier one: it has an IDR slice. */
export function isKeyframe(nals: readonly Uint8Array[]): boolean {
  return nals.some((nal) => nalType(nal) === NAL.idr)
}

/** B slices (slice_type 1 and 6, section 7.4.3): the picture may have to be shown before one that came earlier. @throws InvalidMessageError when a slice is cut short */
export function hasBSlices(nals: readonly Uint8Array[]): boolean {
  return nals.some((nal) => nalType(nal) === NAL.slice && sliceType(nal) % 5 === 1)
}

function sliceType(nal: Uint8Array): number {
  const bits = bitReader(withoutEmulation(nal.subarray(1, 16)), 'H.264: slice')
  bits.ue() // first_mb_in_slice
  return bits.ue()
}

/** RFC 6184 section 5: parameter sets or the first piece of an IDR slice. */
export function beginsH264Keyframe(payload: Uint8Array): boolean {
  const type = nalType(payload)
  if (type === NAL.fuA) return (payload[1]! & 0x80) !== 0 && (payload[1]! & 0x1f) === NAL.idr
  if (type !== NAL.stapA) return type === NAL.idr || type === NAL.sps
  for (let at = 1; at + 2 < payload.length; at += 2 + ((payload[at]! << 8) | payload[at + 1]!)) {
    const inner = payload[at + 2]! & 0x1f
    if (inner === NAL.idr || inner === NAL.sps) return true
  }
  return false
}

/** The NALs of an Annex-B byte stream (start codes of 3 or 4 bytes), as views; bytes before the first start code are ignored. */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = []
  let start = -1
  for (let i = 2; i < bytes.length; i++) {
    if (bytes[i] !== 1 || bytes[i - 1] !== 0 || bytes[i - 2] !== 0) continue
    if (start >= 0) pushNal(nals, bytes, start, i - 2)
    start = i + 1
    i += 2 // a start code cannot overlap the one before
  }
  if (start >= 0) pushNal(nals, bytes, start, bytes.length)
  return nals
}

function pushNal(nals: Uint8Array[], bytes: Uint8Array, start: number, end: number): void {
  while (end > start && bytes[end - 1] === 0) end-- // trailing_zero_8bits and the fourth byte of the next start code
  if (end > start) nals.push(bytes.subarray(start, end))
}

/** Bytes of a NAL's length, by the byte of an MP4's decoder configuration that says so (`lengthSizeMinusOne`, ISO/IEC 14496-15 section 5.3.3); four where there is none. */
export const lengthBytesOf = (byte = 3): 1 | 2 | 4 => ([1, 2, 4, 4] as const)[(byte & 3) as 0 | 1 | 2 | 3]

/** The NALs of an access unit as MP4 and Matroska keep it (each preceded by its length), as views. @throws InvalidMessageError */
export function splitAvcc(bytes: Uint8Array, lengthBytes: 1 | 2 | 4 = 4): Uint8Array[] {
  const nals: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    let length = 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + i] ?? Infinity)
    at += lengthBytes
    if (at + length > bytes.length) throw new InvalidMessageError('H.264: a NAL is longer than its access unit')
    if (length > 0) nals.push(bytes.subarray(at, at + length))
    at += length
  }
  return nals
}

/** The parameter sets of an avcC and what follows them (ISO/IEC 14496-15 section 5.3.3.1), as views. @throws InvalidMessageError when it is cut short */
export function readAvcC(avcC: Uint8Array): { sps: Uint8Array[]; pps: Uint8Array[]; rest: Uint8Array } {
  let at = 5
  const sets = (mask: number): Uint8Array[] => Array.from({ length: (avcC[at++] ?? 0) & mask }, () => {
    const size = ((avcC[at] ?? 0) << 8) | (avcC[at + 1] ?? 0)
    at += 2 + size
    if (at > avcC.length) throw new InvalidMessageError('MP4: an avcC that is cut short')
    return avcC.subarray(at - size, at)
  })
  const sps = sets(0x1f)
  const pps = sets(0xff)
  return { sps, pps, rest: avcC.subarray(at) }
}

/** The access unit as an Annex-B byte stream with 4-byte start codes. */
export function joinAnnexB(nals: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(nals.reduce((sum, nal) => sum + 4 + nal.length, 0))
  let at = 0
  for (const nal of nals) {
    bytes[at + 3] = 1
    bytes.set(nal, at + 4)
    at += 4 + nal.length
  }
  return bytes
}

/** The access unit with each NAL preceded by its length in 4 bytes, as MP4 wants it. */
export function joinAvcc(nals: readonly Uint8Array[]): Uint8Array {
  const bytes = joinAnnexB(nals)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const nal of nals) {
    view.setUint32(at, nal.length)
    at += 4 + nal.length
  }
  return bytes
}

/** RTP payloads of one access unit, none longer than `maxBytes`: SPS and PPS share a STAP-A, long NALs become FU-A. */
export function packetise(nals: readonly Uint8Array[], maxBytes: number = MAX_RTP_BYTES - RTP_HEADER_BYTES): Uint8Array[] {
  const payloads: Uint8Array[] = []
  let parameters: Uint8Array[] = []
  const flush = (): void => {
    const size = parameters.reduce((sum, nal) => sum + 2 + nal.length, 1)
    if (parameters.length > 1 && size <= maxBytes) payloads.push(stapA(parameters, size))
    else for (const nal of parameters) payloads.push(...fragments(nal, maxBytes))
    parameters = []
  }
  for (const nal of nals) {
    if (nal.length === 0) continue
    const type = nalType(nal)
    if (type === NAL.sps || type === NAL.pps) {
      parameters.push(nal)
      continue
    }
    flush()
    payloads.push(...fragments(nal, maxBytes))
  }
  flush()
  return payloads
}

function stapA(nals: readonly Uint8Array[], size: number): Uint8Array {
  const payload = new Uint8Array(size)
  const nri = Math.max(...nals.map((nal) => (nal[0] as number) & 0x60))
  payload[0] = nri | NAL.stapA // RFC 6184 section 5.7: NRI is the maximum of those inside
  let at = 1
  for (const nal of nals) {
    payload[at] = nal.length >> 8
    payload[at + 1] = nal.length & 0xff
    payload.set(nal, at + 2)
    at += 2 + nal.length
  }
  return payload
}

function fragments(nal: Uint8Array, maxBytes: number): Uint8Array[] {
  if (nal.length <= maxBytes) return [nal]
  const header = nal[0] as number
  const room = maxBytes - 2
  const payloads: Uint8Array[] = []
  for (let at = 1; at < nal.length; at += room) {
    const part = nal.subarray(at, at + room)
    const payload = new Uint8Array(2 + part.length)
    payload[0] = (header & 0xe0) | NAL.fuA
    payload[1] = (at === 1 ? 0x80 : 0) | (at + room >= nal.length ? 0x40 : 0) | (header & 0x1f)
    payload.set(part, 2)
    payloads.push(payload)
  }
  return payloads
}

/** Access units as packets (RFC 6184 section 5.1). */
export const h264Packetiser = (init?: PacketiserInit): Packetiser => packetiser(packetise, init)
