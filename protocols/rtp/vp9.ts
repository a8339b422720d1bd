/** VP9 over RTP (RFC 9628) and as far as its keyframes say what they are (VP9 bitstream specification section 6.2). No I/O, runs anywhere. */
import { InvalidMessageError } from '../errors.ts'
import { bitReader, type Bits } from './bits.ts'
import { concat, type PayloadReader } from './depacketiser.ts'

/** Bits of a payload descriptor's first byte (RFC 9628 section 4.2). */
const BIT = { pictureId: 0x80, predicted: 0x40, layers: 0x20, flexible: 0x10, begin: 0x08, end: 0x04, structure: 0x02 } as const

interface Descriptor {
  /** Where the frame's bytes begin. */
  readonly bytes: number
  readonly begins: boolean
  readonly predicted: boolean
  /** Spatial layer; 0 is the lowest. */
  readonly layer: number
}

function descriptorOf(payload: Uint8Array): Descriptor {
  const flags = payload[0]!
  let at = 1
  let layer = 0
  const byte = (): number => payload[at++] ?? 0
  if (flags & BIT.pictureId && byte() & 0x80) at++
  if (flags & BIT.layers) {
    layer = (byte() >> 1) & 7
    if ((flags & BIT.flexible) === 0) at++ // TL0PICIDX
  }
  if (flags & BIT.flexible && flags & BIT.predicted) for (let i = 0; i < 3 && byte() & 1; i++);
  if (flags & BIT.structure) at += structureBytes(payload.subarray(at))
  return { bytes: at, begins: (flags & BIT.begin) !== 0, predicted: (flags & BIT.predicted) !== 0, layer }
}

function structureBytes(bytes: Uint8Array): number {
  const head = bytes[0] ?? 0
  let at = 1
  if (head & 0x10) at += ((head >> 5) + 1) * 4
  if (head & 0x08) for (let groups = bytes[at++] ?? 0; groups > 0; groups--) at += 1 + (((bytes[at] ?? 0) >> 2) & 3)
  return at
}

/** The first packet of a picture that needs no other: of its lowest spatial layer. */
export function beginsVp9Keyframe(payload: Uint8Array): boolean {
  const { begins, predicted, layer } = descriptorOf(payload)
  return begins && !predicted && layer === 0
}

/** One spatial layer: of more, no single frame would be left that others can decode. */
export function vp9Payloads(): PayloadReader {
  return {
    read(payload, unit) {
      const { bytes, begins, layer } = descriptorOf(payload)
      if (bytes >= payload.length || layer > 0 || (unit.nals.length === 0) !== begins) unit.damaged = true
      unit.nals.push(payload.subarray(bytes))
    },
    abandon: () => false,
    startsPicture(payload) {
      const { begins, layer } = descriptorOf(payload)
      return begins && layer === 0
    },
    isKeyframe: ([frame]) => frame !== undefined && isKeyframe(frame),
    join: (parts) => [concat(parts)]
  }
}

/** What a keyframe says of the stream. */
export interface Vp9Format {
  readonly profile: number
  readonly bitDepth: number
  /** As in `vpcC`: 1 is 4:2:0, 2 is 4:2:2, 3 is 4:4:4. */
  readonly chroma: number
  readonly fullRange: boolean
  readonly width: number
  readonly height: number
}

function profileOf(bits: Bits): number {
  if (bits.u(2) !== 2) throw new InvalidMessageError('VP9: not a frame')
  const profile = bits.u(1) + 2 * bits.u(1)
  if (profile === 3) bits.u(1)
  return profile
}

function isKeyframe(frame: Uint8Array): boolean {
  try {
    const bits = bitReader(frame, 'VP9: a frame')
    profileOf(bits)
    return !bits.flag() && !bits.flag() // show_existing_frame, frame_type
  } catch {
    return false
  }
}

/** @throws InvalidMessageError when it is no keyframe */
export function parseVp9Keyframe(frame: Uint8Array): Vp9Format {
  const bits = bitReader(frame, 'VP9: a keyframe')
  const profile = profileOf(bits)
  if (bits.flag() || bits.flag()) throw new InvalidMessageError('VP9: not a keyframe')
  bits.u(2) // show_frame, error_resilient_mode
  if (bits.u(24) !== 0x498342) throw new InvalidMessageError('VP9: a keyframe without its sync code')
  const colour = colourOf(bits, profile)
  return { profile, ...colour, width: bits.u(16) + 1, height: bits.u(16) + 1 }
}

const RGB = 7

function colourOf(bits: Bits, profile: number): Pick<Vp9Format, 'bitDepth' | 'chroma' | 'fullRange'> {
  const bitDepth = profile < 2 ? 8 : bits.flag() ? 12 : 10
  const odd = profile % 2 === 1
  if (bits.u(3) === RGB) {
    if (odd) bits.u(1)
    return { bitDepth, chroma: 3, fullRange: true }
  }
  const fullRange = bits.flag()
  const [x, y] = odd ? [bits.u(1), bits.u(1)] : [1, 1]
  if (odd) bits.u(1)
  return { bitDepth, fullRange, chroma: y === 1 ? 1 : x === 1 ? 2 : 3 }
}
