/** Coded pictures that are passed on as they are: how their units are found, told apart, put into packets and described. No I/O. */
import { InvalidMessageError } from '#protocols/errors.ts'
import type { Track } from '#protocols/media.ts'
import { h264Packetiser, hasBSlices, isKeyframe, lengthBytesOf, NAL, nalType, readAvcC, splitAnnexB, splitAvcc } from '#protocols/rtp/h264.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { h265Packetiser, isH265Keyframe, isH265ParameterSet, NAL265, nalType265, readHvcC } from '#protocols/rtp/h265.ts'
import { type H265Sequence, parseH265Sps } from '#protocols/rtp/h265-sps.ts'
import type { Packetiser } from '#protocols/rtp/packetiser.ts'

export interface Bitstream {
  readonly packetiser: () => Packetiser
  readonly isKeyframe: (nals: readonly Uint8Array[]) => boolean
  /** It may have to be shown before a picture that came earlier, as it or the parameter sets in force tell. */
  readonly mayBeReordered: (nals: readonly Uint8Array[], parameters: readonly Uint8Array[]) => boolean
  readonly isParameterSet: (nal: Uint8Array) => boolean
  readonly isDelimiter: (nal: Uint8Array) => boolean
  readonly typeOf: (nal: Uint8Array) => number
  /** What a track of it is, by its sequence parameter set; undefined when that is not among these. */
  readonly track: (nals: readonly Uint8Array[]) => Pick<Track, 'codec' | 'width' | 'height' | 'fmtp'> | undefined
  /** The parameter sets of an MP4 sample entry's configuration, and the bytes of a NAL's length there. */
  readonly configuration: (bytes: Uint8Array) => { parameters: Uint8Array[]; lengthBytes: 1 | 2 | 4 }
}

export const H264: Bitstream = {
  packetiser: () => h264Packetiser(),
  isKeyframe,
  mayBeReordered: (nals) => orNothing(() => hasBSlices(nals)) ?? false,
  isParameterSet: (nal) => nalType(nal) === NAL.sps || nalType(nal) === NAL.pps,
  isDelimiter: (nal) => nalType(nal) === NAL.delimiter,
  typeOf: nalType,
  track(nals) {
    const sps = nals.find((nal) => nalType(nal) === NAL.sps)
    if (sps === undefined) return undefined
    const { width, height, profileLevelId } = orNothing(() => parseSps(sps)) ?? { width: 0, height: 0, profileLevelId: '42e01f' }
    return { codec: 'H264', width, height, fmtp: `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profileLevelId}` }
  },
  configuration: (avcC) => ({ parameters: copies(() => { const { sps, pps } = readAvcC(avcC); return [...sps, ...pps] }), lengthBytes: lengthBytesOf(avcC[4]) })
}

export const H265: Bitstream = {
  packetiser: () => h265Packetiser(),
  isKeyframe: isH265Keyframe,
  mayBeReordered: (_nals, parameters) => h265Sequence(parameters)?.reorderedPictures !== 0, // many cameras write P pictures as B: their slices do not tell
  isParameterSet: isH265ParameterSet,
  isDelimiter: (nal) => nalType265(nal) === NAL265.delimiter,
  typeOf: nalType265,
  track(nals) {
    if (!nals.some(isH265Sps)) return undefined
    const sequence = h265Sequence(nals)
    const [general = 1, level = 93] = [sequence?.profileTierLevel[0], sequence?.profileTierLevel[11]]
    return { codec: 'H265', width: sequence?.width ?? 0, height: sequence?.height ?? 0, fmtp: `level-id=${level};profile-id=${general & 0x1f};tier-flag=${(general >> 5) & 1};tx-mode=SRST` } // RFC 7798 section 7.1
  },
  configuration: (hvcC) => ({ parameters: copies(() => readHvcC(hvcC)), lengthBytes: lengthBytesOf(hvcC[21]) })
}

const isH265Sps = (nal: Uint8Array): boolean => nalType265(nal) === NAL265.sps

function h265Sequence(nals: readonly Uint8Array[]): H265Sequence | undefined {
  const sps = nals.find(isH265Sps)
  return sps && orNothing(() => parseH265Sps(sps))
}

/** A stream's units, whether its packets are length-prefixed, as in MP4, or Annex B. */
export function unitsOf(kind: Bitstream, extradata: Uint8Array | null): { split: (bytes: Uint8Array) => Uint8Array[]; parameters: Uint8Array[] } {
  if (extradata === null || extradata[0] !== 1 || extradata.length < 7) return { split: splitAnnexB, parameters: extradata === null ? [] : splitAnnexB(extradata).map((nal) => nal.slice()) }
  const { parameters, lengthBytes } = kind.configuration(extradata)
  return { split: (bytes) => splitAvcc(bytes, lengthBytes), parameters }
}

/** None of a configuration that is cut short. */
const copies = (read: () => Uint8Array[]): Uint8Array[] => (orNothing(read) ?? []).map((nal) => nal.slice())

/** A camera's odd parameter set: a decoder may still like it. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (err) {
    if (!(err instanceof InvalidMessageError)) throw err
    return undefined
  }
}
