/** AV1 over RTP (AOM, "RTP Payload Format For AV1" v1.0.0). No I/O, runs anywhere. */
import { concat, inPieces, type OpenUnit, type PayloadReader } from './depacketiser.ts'

/** obu_type values used here (AV1 specification section 6.2.2). */
export const OBU = { sequenceHeader: 1, temporalDelimiter: 2, frameHeader: 3, frame: 6, padding: 15 } as const
/** Bits of the aggregation header. */
const BIT = { continues: 0x80, goesOn: 0x40, first: 0x08 } as const
const HAS_EXTENSION = 0x04
const HAS_SIZE = 0x02

export const obuType = (obu: Uint8Array): number => ((obu[0] ?? 0) >> 3) & 0x0f

/** Unsigned LEB128; undefined when it is cut short or longer than a picture may be. */
function leb128(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value |= (byte & 0x7f) << (i * 7)
    if ((byte & 0x80) === 0) return { value, end: at + i + 1 }
  }
  return undefined
}

function leb128Bytes(value: number): number[] {
  const bytes = []
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80)
  return [...bytes, value]
}

/** What an OBU says, behind header, extension and size. */
export function obuPayload(obu: Uint8Array): Uint8Array {
  const at = (obu[0]! & HAS_EXTENSION) === 0 ? 1 : 2
  return obu.subarray((obu[0]! & HAS_SIZE) === 0 ? at : leb128(obu, at)?.end ?? obu.length)
}

/** On the wire an OBU has no size of its own; in a file and for a decoder it has. */
function withSize(obu: Uint8Array): Uint8Array {
  if ((obu[0]! & HAS_SIZE) !== 0) return obu.slice()
  const header = (obu[0]! & HAS_EXTENSION) === 0 ? 1 : 2
  return concat([Uint8Array.of(obu[0]! | HAS_SIZE, ...obu.subarray(1, header), ...leb128Bytes(Math.max(0, obu.length - header))), obu.subarray(header)])
}

/** The N bit: the first packet of a coded video sequence, which begins with a keyframe. */
export const beginsAv1Keyframe = (payload: Uint8Array): boolean => (payload[0]! & (BIT.first | BIT.continues)) === BIT.first

export const av1Payloads = (): PayloadReader => inPieces(unpack, { startsPicture: beginsAv1Keyframe, isKeyframe })

/** Puts the payload's OBUs into the unit; answers the parts of one that goes on in the next packet. */
function unpack(payload: Uint8Array, unit: OpenUnit, open: Uint8Array[] | undefined): Uint8Array[] | undefined {
  const head = payload[0]!
  const elements = elementsOf(payload)
  if (elements === undefined || ((head & BIT.continues) !== 0) !== (open !== undefined)) {
    unit.damaged = true
    return undefined
  }
  let parts = open
  elements.forEach((element, i) => {
    const obu = [...parts ?? [], element]
    parts = undefined
    if (i === elements.length - 1 && (head & BIT.goesOn) !== 0) parts = obu
    else take(concat(obu), unit)
  })
  return parts
}

/** Section 4.4: W elements, of which the last has no length; with W of 0 all have. undefined when they do not fit. */
function elementsOf(payload: Uint8Array): Uint8Array[] | undefined {
  const count = (payload[0]! >> 4) & 3
  const elements: Uint8Array[] = []
  for (let at = 1; at < payload.length;) {
    const isLast = elements.length === count - 1
    const length = isLast ? { value: payload.length - at, end: at } : leb128(payload, at)
    if (length === undefined || length.end + length.value > payload.length) return undefined
    elements.push(payload.subarray(length.end, length.end + length.value))
    at = length.end + length.value
  }
  return elements.length === 0 || (count > 0 && elements.length !== count) ? undefined : elements
}

/** ISO-BMFF and decoders do without delimiters and padding (AV1-ISOBMFF section 2.4). */
function take(obu: Uint8Array, unit: OpenUnit): void {
  const type = obuType(obu)
  if (obu.length === 0 || (obu[0]! & 0x80) !== 0) unit.damaged = true
  else if (type !== OBU.temporalDelimiter && type !== OBU.padding) unit.nals.push(withSize(obu))
}

/** A sequence header, and a frame that is not a repeated one and of type key (section 5.9.2). */
function isKeyframe(obus: readonly Uint8Array[]): boolean {
  const frame = obus.find((obu) => obuType(obu) === OBU.frame || obuType(obu) === OBU.frameHeader)
  return obus.some((obu) => obuType(obu) === OBU.sequenceHeader) && frame !== undefined && ((obuPayload(frame)[0] ?? 0xff) & 0xe0) === 0
}
