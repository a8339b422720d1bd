import { InvalidMessageError } from '../errors.ts'
import { bitReader, type Bits, withoutEmulation } from './bits.ts'
import { NAL, nalType } from './h264.ts'

/** What a sequence parameter set says of the picture (H.264 section 7.3.2.1.1). */
export interface SequenceParameters {
  /** Pixels, after cropping. */
  readonly width: number
  readonly height: number
  /** profile_idc: 66 baseline, 77 main, 100 high. */
  readonly profile: number
  readonly level: number
  /** Six hex digits for SDP's profile-level-id and RFC 6381's avc1.*. */
  readonly profileLevelId: string
}

const WITH_CHROMA = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])

/** Read an SPS NAL. @throws InvalidMessageError when it is not one */
export function parseSps(nal: Uint8Array): SequenceParameters {
  if (nalType(nal) !== NAL.sps || nal.length < 5) throw new InvalidMessageError('H.264: not a sequence parameter set')
  const [profile = 0, constraints = 0, level = 0] = nal.subarray(1, 4)
  const bits = bitReader(withoutEmulation(nal.subarray(4)), 'H.264: parameter set')
  bits.ue() // seq_parameter_set_id
  const chroma = WITH_CHROMA.has(profile) ? chromaFormat(bits) : { format: 1, separate: false }
  bits.ue() // log2_max_frame_num
  skipPictureOrder(bits)
  bits.ue() // max_num_ref_frames
  bits.u(1)
  const widthMbs = bits.ue() + 1
  const mapUnits = bits.ue() + 1
  const frameOnly = bits.u(1)
  if (frameOnly === 0) bits.u(1)
  bits.u(1) // direct_8x8_inference_flag
  const [left = 0, right = 0, top = 0, bottom = 0] = bits.u(1) === 1 ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : []
  const sampled = chroma.separate ? 0 : chroma.format
  const cropX = sampled === 1 || sampled === 2 ? 2 : 1
  const cropY = (sampled === 1 ? 2 : 1) * (2 - frameOnly)
  const width = widthMbs * 16 - (left + right) * cropX
  const height = mapUnits * 16 * (2 - frameOnly) - (top + bottom) * cropY
  if (width < 1 || height < 1 || width > 16_384 || height > 16_384) throw new InvalidMessageError(`H.264: a picture of ${width}x${height}`)
  return { width, height, profile, level, profileLevelId: [profile, constraints, level].map((byte) => byte.toString(16).padStart(2, '0')).join('') }
}

function chromaFormat(bits: Bits): { format: number; separate: boolean } {
  const format = bits.ue()
  const separate = format === 3 && bits.u(1) === 1
  bits.ue() // bit_depth_luma
  bits.ue() // bit_depth_chroma
  bits.u(1)
  if (bits.u(1) === 1) for (let i = 0; i < (format === 3 ? 12 : 8); i++) if (bits.u(1) === 1) skipScalingList(bits, i < 6 ? 16 : 64)
  return { format, separate }
}

function skipScalingList(bits: Bits, size: number): void {
  let last = 8
  let next = 8
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + bits.se() + 256) % 256
    last = next === 0 ? last : next
  }
}

function skipPictureOrder(bits: Bits): void {
  const type = bits.ue()
  if (type === 0) bits.ue()
  if (type !== 1) return
  bits.u(1)
  bits.se()
  bits.se()
  const cycle = bits.ue()
  if (cycle > 255) throw new InvalidMessageError('H.264: parameter set has an impossible picture order')
  for (let i = 0; i < cycle; i++) bits.se()
}
