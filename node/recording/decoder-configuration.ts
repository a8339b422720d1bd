/** What a sample entry tells a decoder: the contents of the boxes `avcC`, `hvcC`, `vpcC` and `av1C`. No I/O. */
import type { Av1Sequence } from '#protocols/rtp/av1-sequence.ts'
import type { H265Sequence } from '#protocols/rtp/h265-sps.ts'
import { nalType265 } from '#protocols/rtp/h265.ts'
import { u16, u32, u8 } from './boxes.ts'

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1) with 4-byte NAL lengths. */
export function avcConfiguration(sps: Uint8Array, pps: Uint8Array): Buffer {
  const high = [100, 110, 122, 144].includes(sps[1]!)
  return Buffer.concat([
    u8(1, sps[1]!, sps[2]!, sps[3]!, 0xff, 0xe1), u16(sps.length), sps, u8(1), u16(pps.length), pps,
    high ? u8(0xfc | 1, 0xf8, 0xf8, 0) : u8() // 4:2:0, 8 bits: what live cameras send; decoders read the SPS itself
  ])
}

/** HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 8.3.3.1) with 4-byte NAL lengths; `sets` are VPS, SPS and PPS. */
export function hevcConfiguration(sequence: H265Sequence, sets: readonly Uint8Array[]): Buffer {
  const { profileTierLevel, chroma, lumaBits, chromaBits, temporalLayers, temporalNesting } = sequence
  return Buffer.concat([
    u8(1), profileTierLevel, u16(0xf000), u8(0xfc, 0xfc | chroma, 0xf8 | (lumaBits - 8), 0xf8 | (chromaBits - 8)), u16(0),
    u8((temporalLayers << 3) | (temporalNesting ? 4 : 0) | 3, sets.length),
    ...sets.flatMap((nal) => [u8(0x80 | nalType265(nal)), u16(1, nal.length), nal])
  ])
}

export interface VpStream { readonly profile: number; readonly level: number; readonly bitDepth: number; readonly chroma: number; readonly fullRange: boolean }

/** VPCodecConfigurationRecord ("VP Codec ISO Media File Format Binding" section 2.2); colours are not specified. */
export function vpConfiguration({ profile, level, bitDepth, chroma, fullRange }: VpStream): Buffer {
  return Buffer.concat([u32(0x01000000), u8(profile, level, (bitDepth << 4) | (chroma << 1) | (fullRange ? 1 : 0), 2, 2, 2), u16(0)])
}

/** Largest luma pictures of VP9's levels, in pixels (VP9 levels, version 0.6). */
const VP_LEVELS: ReadonlyArray<readonly [level: number, pixels: number]> = [[10, 36_864], [11, 73_728], [20, 122_880], [21, 245_760], [30, 552_960], [31, 983_040], [41, 2_228_224], [51, 8_912_896]]

/** The level for pictures of this size at 30 a second, or more. */
export const vpLevel = (width: number, height: number): number => VP_LEVELS.find(([, pixels]) => width * height <= pixels)?.[0] ?? 61

/** AV1CodecConfigurationRecord ("AV1 Codec ISO Media File Format Binding" section 2.3), with the sequence header. */
export function av1Configuration(sequence: Av1Sequence, header: Uint8Array): Buffer {
  const { profile, level, tier, bitDepth, mono, subsamplingX, subsamplingY, samplePosition } = sequence
  const depth = (bitDepth > 8 ? 0x40 : 0) | (bitDepth === 12 ? 0x20 : 0)
  return Buffer.concat([u8(0x81, (profile << 5) | level, (tier << 7) | depth | (mono ? 0x10 : 0) | (subsamplingX << 3) | (subsamplingY << 2) | samplePosition, 0), header])
}
