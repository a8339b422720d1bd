/** How a recording's pictures are coded, in the words of an MP4 file. No I/O. */
import type { AccessUnit } from '#protocols/rtp/depacketiser.ts'
import { OBU, obuType } from '#protocols/rtp/av1.ts'
import { parseAv1Sequence } from '#protocols/rtp/av1-sequence.ts'
import { NAL, nalType } from '#protocols/rtp/h264.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { NAL265, nalType265 } from '#protocols/rtp/h265.ts'
import { parseH265Sps } from '#protocols/rtp/h265-sps.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { parseVp8Keyframe } from '#protocols/rtp/vp8.ts'
import { parseVp9Keyframe } from '#protocols/rtp/vp9.ts'
import { av1Configuration, avcConfiguration, hevcConfiguration, vpConfiguration, vpLevel } from './decoder-configuration.ts'

export interface VideoFormat {
  readonly codec: VideoCodec
  /** Content of the sample entry's configuration box. */
  readonly config: Buffer
  /** As in the `codecs` parameter of a media type (RFC 6381). */
  readonly codecs: string
  readonly width: number
  readonly height: number
}

export interface FormatReader {
  /** The format with this picture; undefined while the stream has not told it. @throws InvalidMessageError when it says something impossible */
  read(unit: Pick<AccessUnit, 'nals' | 'keyframe'>): VideoFormat | undefined
}

export const isSameFormat = (a: VideoFormat, b: VideoFormat): boolean => a.codec === b.codec && a.width === b.width && a.height === b.height && a.config.equals(b.config)

/** `fmtp` may tell parameter sets that the stream does not. */
export function formatReader(codec: VideoCodec, fmtp: string): FormatReader {
  switch (codec) {
    case 'H264': return h264Format(fmtp)
    case 'H265': return h265Format()
    case 'VP8': return eachKeyframe(([frame]) => vp8Format(frame!))
    case 'VP9': return eachKeyframe(([frame]) => vp9Format(frame!))
    case 'AV1': return eachKeyframe((obus) => av1Format(obus.find((obu) => obuType(obu) === OBU.sequenceHeader)!))
  }
}

/** RFC 6184 section 8.1: parameter sets may come with the track instead of in the stream. */
export function parametersOf(fmtp: string): { sps: Uint8Array; pps: Uint8Array } | undefined {
  const [sps, pps] = (/sprop-parameter-sets=([^;\s]+)/.exec(fmtp)?.[1] ?? '').split(',').map((text) => new Uint8Array(Buffer.from(text, 'base64')))
  return sps !== undefined && pps !== undefined && nalType(sps) === NAL.sps && nalType(pps) === NAL.pps ? { sps, pps } : undefined
}

const two = (value: number): string => String(value).padStart(2, '0')

function eachKeyframe(read: (nals: readonly Uint8Array[]) => VideoFormat): FormatReader {
  let known: VideoFormat | undefined
  return {
    read({ nals, keyframe }) {
      if (keyframe) known = read(nals)
      return known
    }
  }
}

function h264Format(fmtp: string): FormatReader {
  let sets = parametersOf(fmtp)
  return {
    read({ nals, keyframe }) {
      const [sps, pps] = [nals.find((nal) => nalType(nal) === NAL.sps), nals.find((nal) => nalType(nal) === NAL.pps)]
      if (sps !== undefined && pps !== undefined) sets = { sps, pps }
      if (sets === undefined || !keyframe) return undefined
      const { width, height, profileLevelId } = parseSps(sets.sps)
      return { codec: 'H264', width, height, config: avcConfiguration(sets.sps, sets.pps), codecs: `avc1.${profileLevelId.toUpperCase()}` }
    }
  }
}

function h265Format(): FormatReader {
  const sets = new Map<number, Uint8Array>()
  return {
    read({ nals, keyframe }) {
      for (const nal of nals) if ([NAL265.vps, NAL265.sps, NAL265.pps].includes(nalType265(nal) as 32)) sets.set(nalType265(nal), nal)
      const [vps, sps, pps] = [sets.get(NAL265.vps), sets.get(NAL265.sps), sets.get(NAL265.pps)]
      if (vps === undefined || sps === undefined || pps === undefined || !keyframe) return undefined
      const sequence = parseH265Sps(sps)
      return { codec: 'H265', width: sequence.width, height: sequence.height, config: hevcConfiguration(sequence, [vps, sps, pps]), codecs: hevcCodecs(sequence.profileTierLevel) }
    }
  }
}

/** ISO/IEC 14496-15 annex E.3. */
function hevcCodecs(bytes: Uint8Array): string {
  const [general = 0, level = 0] = [bytes[0], bytes[11]]
  const reversed = [...bytes.subarray(1, 5)].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1)).reduceRight((value, bit) => value * 2 + bit, 0)
  const constraints = [...bytes.subarray(5, 11)].map((byte) => byte.toString(16).toUpperCase())
  while (constraints.at(-1) === '0') constraints.pop()
  return ['hvc1', `${['', 'A', 'B', 'C'][general >> 6]}${general & 0x1f}`, reversed.toString(16).toUpperCase(), `${(general & 0x20) === 0 ? 'L' : 'H'}${level}`, ...constraints].join('.')
}

function vp8Format(frame: Uint8Array): VideoFormat {
  const { width, height, profile } = parseVp8Keyframe(frame)
  const level = vpLevel(width, height)
  return { codec: 'VP8', width, height, config: vpConfiguration({ profile, level, bitDepth: 8, chroma: 1, fullRange: false }), codecs: `vp08.${two(profile)}.${level}.08` }
}

function vp9Format(frame: Uint8Array): VideoFormat {
  const format = parseVp9Keyframe(frame)
  const level = vpLevel(format.width, format.height)
  return { codec: 'VP9', width: format.width, height: format.height, config: vpConfiguration({ ...format, level }), codecs: `vp09.${two(format.profile)}.${level}.${two(format.bitDepth)}` }
}

function av1Format(header: Uint8Array): VideoFormat {
  const sequence = parseAv1Sequence(header)
  const { profile, level, tier, bitDepth, width, height } = sequence
  return { codec: 'AV1', width, height, config: av1Configuration(sequence, header), codecs: `av01.${profile}.${two(level)}${tier === 0 ? 'M' : 'H'}.${two(bitDepth)}` }
}
