import { InvalidMessageError } from '../errors.ts'
import { OBU, obuPayload, obuType } from './av1.ts'
import { bitReader, type Bits } from './bits.ts'

/** What a sequence header says of the stream (AV1 specification section 5.5). */
export interface Av1Sequence {
  readonly profile: number
  readonly level: number
  readonly tier: number
  readonly bitDepth: number
  readonly mono: boolean
  readonly subsamplingX: number
  readonly subsamplingY: number
  readonly samplePosition: number
  /** Pixels of the largest picture. */
  readonly width: number
  readonly height: number
}

/** Read a sequence header OBU. @throws InvalidMessageError when it is not one */
export function parseAv1Sequence(obu: Uint8Array): Av1Sequence {
  if (obuType(obu) !== OBU.sequenceHeader) throw new InvalidMessageError('AV1: not a sequence header')
  const bits = bitReader(obuPayload(obu), 'AV1: a sequence header')
  const profile = bits.u(3)
  bits.u(1) // still_picture
  const reduced = bits.flag()
  const point = reduced ? { level: bits.u(5), tier: 0 } : operatingPoint(bits)
  const size = frameSize(bits, reduced)
  bits.u(3) // superblocks, filter_intra, intra_edge_filter
  if (!reduced) skipTools(bits)
  bits.u(3) // superres, cdef, restoration
  return { profile, ...point, ...size, ...colourOf(bits, profile) }
}

/** Answers the first operating point, which is the whole stream. */
function operatingPoint(bits: Bits): { level: number; tier: number } {
  const decoderModel = bits.flag() ? timing(bits) : undefined
  const displayDelay = bits.flag()
  const count = bits.u(5) + 1
  let first = { level: 0, tier: 0 }
  for (let i = 0; i < count; i++) {
    bits.u(12)
    const level = bits.u(5)
    const tier = level > 7 ? bits.u(1) : 0
    if (i === 0) first = { level, tier }
    if (decoderModel !== undefined && bits.flag()) for (const length of [decoderModel, decoderModel, 1]) bits.u(length)
    if (displayDelay && bits.flag()) bits.u(4)
  }
  return first
}

/** Answers how many bits a decoder model's delays have, when there is one. */
function timing(bits: Bits): number | undefined {
  bits.u(32)
  bits.u(32)
  if (bits.flag()) bits.ue() // equal_picture_interval, as uvlc
  if (!bits.flag()) return undefined
  const length = bits.u(5) + 1
  bits.u(32)
  bits.u(10)
  return length
}

function frameSize(bits: Bits, reduced: boolean): { width: number; height: number } {
  const [widthBits, heightBits] = [bits.u(4) + 1, bits.u(4) + 1]
  const size = { width: bits.u(widthBits) + 1, height: bits.u(heightBits) + 1 }
  if (!reduced && bits.flag()) bits.u(7) // frame ids
  return size
}

function skipTools(bits: Bits): void {
  bits.u(4)
  const orderHint = bits.flag()
  if (orderHint) bits.u(2)
  const screenContent = bits.flag() ? 2 : bits.u(1)
  if (screenContent > 0 && !bits.flag()) bits.u(1)
  if (orderHint) bits.u(3)
}

function colourOf(bits: Bits, profile: number): Pick<Av1Sequence, 'bitDepth' | 'mono' | 'subsamplingX' | 'subsamplingY' | 'samplePosition'> {
  const high = bits.flag()
  const bitDepth = profile === 2 && high ? (bits.flag() ? 12 : 10) : high ? 10 : 8
  const mono = profile !== 1 && bits.flag()
  const [primaries, transfer, matrix] = bits.flag() ? [bits.u(8), bits.u(8), bits.u(8)] : [2, 2, 2]
  if (mono) return { bitDepth, mono, subsamplingX: 1, subsamplingY: 1, samplePosition: 0 }
  if (primaries === 1 && transfer === 13 && matrix === 0) return { bitDepth, mono, subsamplingX: 0, subsamplingY: 0, samplePosition: 0 } // sRGB
  bits.u(1)
  const [subsamplingX, subsamplingY] = subsampling(bits, profile, bitDepth)
  return { bitDepth, mono, subsamplingX, subsamplingY, samplePosition: subsamplingX + subsamplingY === 2 ? bits.u(2) : 0 }
}

function subsampling(bits: Bits, profile: number, bitDepth: number): [number, number] {
  if (profile < 2) return profile === 0 ? [1, 1] : [0, 0]
  if (bitDepth < 12) return [1, 0]
  const x = bits.u(1)
  return [x, x === 1 ? bits.u(1) : 0]
}
