import { InvalidMessageError } from '../errors.ts'
import { bitReader, type Bits, withoutEmulation } from './bits.ts'
import { NAL265, nalType265 } from './h265.ts'

/** What a sequence parameter set says of the stream (H.265 section 7.3.2.2). */
export interface H265Sequence {
  /** general_profile_space, tier and profile; compatibility flags; constraint flags; level: as they are coded, 12 bytes. */
  readonly profileTierLevel: Uint8Array
  readonly temporalLayers: number
  readonly temporalNesting: boolean
  /** chroma_format_idc: 1 is 4:2:0. */
  readonly chroma: number
  readonly lumaBits: number
  readonly chromaBits: number
  /** Pictures that may come before one and be shown after it, at most, with all layers (sps_max_num_reorder_pics). */
  readonly reorderedPictures: number
  /** Pixels, after cropping. */
  readonly width: number
  readonly height: number
}

/** Read an SPS NAL. @throws InvalidMessageError when it is not one */
export function parseH265Sps(nal: Uint8Array): H265Sequence {
  if (nalType265(nal) !== NAL265.sps || nal.length < 15) throw new InvalidMessageError('HEVC: not a sequence parameter set')
  const bytes = withoutEmulation(nal.subarray(2))
  const bits = bitReader(bytes, 'HEVC: parameter set')
  bits.u(4)
  const subLayers = bits.u(3)
  const temporalNesting = bits.flag()
  for (let i = 0; i < 12; i++) bits.u(8)
  skipSubLayers(bits, subLayers)
  bits.ue() // sps_seq_parameter_set_id
  const chroma = bits.ue()
  const separate = chroma === 3 && bits.flag()
  const coded = { width: bits.ue(), height: bits.ue() }
  const [left = 0, right = 0, top = 0, bottom = 0] = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : []
  const [stepX, stepY] = separate ? [1, 1] : [chroma === 1 || chroma === 2 ? 2 : 1, chroma === 1 ? 2 : 1]
  const size = { width: coded.width - (left + right) * stepX, height: coded.height - (top + bottom) * stepY }
  if (chroma > 3 || size.width < 1 || size.height < 1 || size.width > 16_384 || size.height > 16_384) throw new InvalidMessageError(`HEVC: a picture of ${size.width}x${size.height}`)
  return { profileTierLevel: bytes.slice(1, 13), temporalLayers: subLayers + 1, temporalNesting, chroma, lumaBits: bits.ue() + 8, chromaBits: bits.ue() + 8, reorderedPictures: readReordered(bits, subLayers), ...size }
}

/** What the highest layer says, which comes last. */
function readReordered(bits: Bits, subLayers: number): number {
  bits.ue() // log2_max_pic_order_cnt_lsb_minus4
  let reordered = 0
  for (let told = bits.flag() ? subLayers + 1 : 1; told > 0; told--) {
    bits.ue() // sps_max_dec_pic_buffering_minus1
    reordered = bits.ue()
    bits.ue() // sps_max_latency_increase_plus1
  }
  return reordered
}

function skipSubLayers(bits: Bits, count: number): void {
  if (count === 0) return
  const present = Array.from({ length: 8 }, () => [bits.flag(), bits.flag()] as const)
  for (const [profile, level] of present.slice(0, count)) {
    if (profile) for (let i = 0; i < 11; i++) bits.u(8)
    if (level) bits.u(8)
  }
}
