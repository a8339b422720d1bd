/** HEVC over RTP (RFC 7798, without decoding order numbers, as WebRTC has it). No I/O, runs anywhere. */
import { InvalidMessageError } from '../errors.ts'
import { concat, inPieces, type OpenUnit, type PayloadReader } from './depacketiser.ts'
import { packetiser, type Packetiser, type PacketiserInit } from './packetiser.ts'

/** nal_unit_type values used here (H.265 table 7-1, RFC 7798 section 4.4). */
export const NAL265 = { blaFirst: 16, irapLast: 23, vps: 32, sps: 33, pps: 34, delimiter: 35, aggregate: 48, fragment: 49 } as const

/** nal_unit_type, 0 to 63. */
export const nalType265 = (nal: Uint8Array): number => ((nal[0] ?? 0) >> 1) & 0x3f

const isIrap = (type: number): boolean => type >= NAL265.blaFirst && type <= NAL265.irapLast
const isParameterSet = (type: number): boolean => type === NAL265.vps || type === NAL265.sps || type === NAL265.pps

/** True when decoding may begin with the access unit. */
export const isH265Keyframe = (nals: readonly Uint8Array[]): boolean => nals.some((nal) => isIrap(nalType265(nal)))

export const isH265ParameterSet = (nal: Uint8Array): boolean => isParameterSet(nalType265(nal))

/** Parameter sets, or the first piece of a picture that decoding may begin with. */
export function beginsH265Keyframe(payload: Uint8Array): boolean {
  const type = nalType265(payload)
  if (type === NAL265.fragment) return (payload[2]! & 0x80) !== 0 && isIrap(payload[2]! & 0x3f)
  if (type !== NAL265.aggregate) return isIrap(type) || isParameterSet(type)
  return (aggregated(payload) ?? []).some((nal) => isIrap(nalType265(nal)) || isParameterSet(nalType265(nal)))
}

export const h265Payloads = (): PayloadReader => inPieces(unpack, { startsPicture, isKeyframe: isH265Keyframe })

/** The NALs of an aggregation packet, as views; undefined when they do not fit. */
function aggregated(payload: Uint8Array): Uint8Array[] | undefined {
  const nals: Uint8Array[] = []
  for (let at = 2; at < payload.length;) {
    const size = (payload[at]! << 8) | (payload[at + 1] ?? 0)
    const nal = payload.subarray(at + 2, at + 2 + size)
    if (size < 2 || nal.length < size || nalType265(nal) >= NAL265.aggregate) return undefined
    nals.push(nal)
    at += 2 + size
  }
  return nals.length === 0 ? undefined : nals
}

/** Puts the payload's NALs into the unit; answers the parts of one that goes on in the next packet. */
function unpack(payload: Uint8Array, unit: OpenUnit, open: Uint8Array[] | undefined): Uint8Array[] | undefined {
  const type = nalType265(payload)
  if (type === NAL265.fragment) return unpackFragment(payload, unit, open)
  const nals = type === NAL265.aggregate ? aggregated(payload) : [payload]
  if (open !== undefined || nals === undefined || type > NAL265.aggregate || payload.length < 3) unit.damaged = true
  else unit.nals.push(...nals.map((nal) => nal.slice()))
  return undefined
}

/** RFC 7798 section 4.4.3. */
function unpackFragment(payload: Uint8Array, unit: OpenUnit, open: Uint8Array[] | undefined): Uint8Array[] | undefined {
  const header = payload[2] ?? 0
  const [starts, ends] = [(header & 0x80) !== 0, (header & 0x40) !== 0]
  if (payload.length < 4 || (starts && ends) || starts === (open !== undefined)) {
    unit.damaged = true
    return undefined
  }
  const parts = open ?? [Uint8Array.of((payload[0]! & 0x81) | ((header & 0x3f) << 1), payload[1]!)]
  parts.push(payload.subarray(3))
  if (!ends) return parts
  unit.nals.push(concat(parts))
  return undefined
}

/** Parameter sets, a delimiter, or a slice with first_slice_segment_in_pic_flag. */
function startsPicture(payload: Uint8Array): boolean {
  const type = nalType265(payload)
  if (type === NAL265.fragment) return (payload[2]! & 0x80) !== 0 && (payload[2]! & 0x3f) < NAL265.vps && ((payload[3] ?? 0) & 0x80) !== 0
  if (type >= NAL265.vps) return type === NAL265.vps || type === NAL265.sps || type === NAL265.delimiter || type === NAL265.aggregate
  return ((payload[2] ?? 0) & 0x80) !== 0
}

/** Access units as packets, each NAL alone or in fragments (RFC 7798 section 4.4.1 and 4.4.3). */
export const h265Packetiser = (init?: PacketiserInit): Packetiser => packetiser((nals, maxBytes) => nals.flatMap((nal) => fragments(nal, maxBytes)), init)

function fragments(nal: Uint8Array, maxBytes: number): Uint8Array[] {
  if (nal.length < 3) return [] // a header and nothing
  if (nal.length <= maxBytes) return [nal]
  const room = maxBytes - 3
  const payloads: Uint8Array[] = []
  for (let at = 2; at < nal.length; at += room) {
    const part = nal.subarray(at, at + room)
    const payload = new Uint8Array(3 + part.length)
    payload[0] = (nal[0]! & 0x81) | (NAL265.fragment << 1)
    payload[1] = nal[1]!
    payload[2] = (at === 2 ? 0x80 : 0) | (at + room >= nal.length ? 0x40 : 0) | nalType265(nal)
    payload.set(part, 3)
    payloads.push(payload)
  }
  return payloads
}

/** The parameter sets of an hvcC (ISO/IEC 14496-15 section 8.3.3.1). @throws InvalidMessageError when it is cut short */
export function readHvcC(hvcC: Uint8Array): Uint8Array[] {
  const view = new DataView(hvcC.buffer, hvcC.byteOffset, hvcC.byteLength)
  const sets: Uint8Array[] = []
  const must = (end: number): void => { if (end > hvcC.length) throw new InvalidMessageError('MP4: an hvcC that is cut short') }
  must(23)
  let at = 23
  for (let lists = view.getUint8(22); lists > 0; lists--) {
    must(at + 3)
    let count = view.getUint16(at + 1)
    for (at += 3; count > 0; count--) {
      must(at + 2)
      const size = view.getUint16(at)
      at += 2 + size
      must(at)
      sets.push(hvcC.subarray(at - size, at))
    }
  }
  return sets
}
