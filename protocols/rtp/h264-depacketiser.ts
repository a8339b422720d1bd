import { concat, depacketiser, type Depacketiser, inPieces, type OpenUnit, type PayloadReader } from './depacketiser.ts'
import { isKeyframe, NAL, nalType } from './h264.ts'

/** Access units of H.264 (RFC 6184 section 7). */
export function h264Depacketiser(init: { reorderPackets?: number | undefined } = {}): Depacketiser {
  return depacketiser(h264Payloads(), init)
}

export const h264Payloads = (): PayloadReader => inPieces(unpack, { startsPicture, isKeyframe })

/** Puts the payload's NALs into the unit; answers the fragments of a NAL that goes on in the next packet. */
function unpack(payload: Uint8Array, unit: OpenUnit, open: Uint8Array[] | undefined): Uint8Array[] | undefined {
  const header = payload[0] as number
  const type = header & 0x1f
  if ((header & 0x80) !== 0) return damage(unit)
  if (type === NAL.fuA) return unpackFragment(payload, unit, open)
  if (open !== undefined) unit.damaged = true // a NAL was begun and never ended
  if (type >= 1 && type < NAL.stapA) unit.nals.push(payload.slice())
  else if (type === NAL.stapA) unpackAggregate(payload, unit)
  else unit.damaged = true // STAP-B, MTAP, FU-B: not in packetization-mode 1
  return undefined
}

function damage(unit: OpenUnit): undefined {
  unit.damaged = true
  return undefined
}

function unpackFragment(payload: Uint8Array, unit: OpenUnit, open: Uint8Array[] | undefined): Uint8Array[] | undefined {
  const indicator = payload[0] as number
  const header = payload[1] ?? 0
  const type = header & 0x1f
  const starts = (header & 0x80) !== 0
  const ends = (header & 0x40) !== 0
  if (payload.length < 3 || (starts && ends) || type < 1 || type >= NAL.stapA || starts === (open !== undefined)) {
    unit.damaged = true
    if (!starts || payload.length < 3 || ends || type < 1 || type >= NAL.stapA) return undefined
  }
  const parts = starts || open === undefined ? [Uint8Array.of((indicator & 0xe0) | type)] : open
  parts.push(payload.subarray(2))
  if (!ends) return parts
  if ((parts[0]?.[0] ?? 0) !== ((indicator & 0xe0) | type)) return damage(unit)
  unit.nals.push(concat(parts))
  return undefined
}

function unpackAggregate(payload: Uint8Array, unit: OpenUnit): void {
  for (let at = 1; at < payload.length;) {
    const size = ((payload[at] as number) << 8) | (payload[at + 1] ?? 0)
    const nal = payload.subarray(at + 2, at + 2 + size)
    const type = nalType(nal)
    if (size === 0 || nal.length < size || type < 1 || type >= NAL.stapA) {
      unit.damaged = true
      return
    }
    unit.nals.push(nal.slice())
    at += 2 + size
  }
}

/** The payload can only be the first of a picture: parameter sets, a delimiter, or a slice that begins at macroblock 0. */
function startsPicture(payload: Uint8Array): boolean {
  let type = nalType(payload)
  let body = payload[1]
  if (type === NAL.fuA) {
    if (((payload[1] ?? 0) & 0x80) === 0) return false
    type = (payload[1] as number) & 0x1f
    body = payload[2]
  }
  if (type === NAL.stapA || type === NAL.sps || type === NAL.delimiter) return true
  // first_mb_in_slice is ue(v): 0 is coded as a single 1 bit (H.264 section 7.3.3)
  return (type === NAL.slice || type === NAL.idr) && ((body ?? 0) & 0x80) !== 0
}
