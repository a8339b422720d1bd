import { AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_PKT_DATA_DOVI_CONF, AV_PKT_DATA_MASTERING_DISPLAY_METADATA } from 'node-av/constants'
import { avGetPixFmtName, type CodecParameters, type Stream } from 'node-av/lib'
import type { Probe } from '../probe.ts'
import type { Tags } from '../facts.ts'

/** Names of ITU-T H.273, as FFmpeg writes them. */
const PRIMARIES: Readonly<Record<number, string>> = { 1: 'bt709', 4: 'bt470m', 5: 'bt470bg', 6: 'smpte170m', 7: 'smpte240m', 8: 'film', 9: 'bt2020', 10: 'smpte428', 11: 'smpte431', 12: 'smpte432', 22: 'ebu3213' }
const TRANSFERS: Readonly<Record<number, string>> = {
  1: 'bt709', 4: 'gamma22', 5: 'gamma28', 6: 'smpte170m', 7: 'smpte240m', 8: 'linear', 9: 'log100', 10: 'log316', 11: 'iec61966-2-4', 12: 'bt1361e', 13: 'iec61966-2-1', 14: 'bt2020-10', 15: 'bt2020-12', 16: 'smpte2084', 17: 'smpte428', 18: 'arib-std-b67'
}
const MATRICES: Readonly<Record<number, string>> = { 0: 'gbr', 1: 'bt709', 4: 'fcc', 5: 'bt470bg', 6: 'smpte170m', 7: 'smpte240m', 8: 'ycgco', 9: 'bt2020nc', 10: 'bt2020c', 11: 'smpte2085', 12: 'chroma-derived-nc', 13: 'chroma-derived-c', 14: 'ictcp' }
const RANGES: Readonly<Record<number, string>> = { 1: 'limited', 2: 'full' }
const FIELDS: Readonly<Record<number, string>> = { 1: 'progressive', 2: 'top field first', 3: 'bottom field first', 4: 'top coded first, bottom shown first', 5: 'bottom coded first, top shown first' }
const PQ = 16
const HLG = 18

export const fieldOrderOf = (parameters: CodecParameters): string | undefined => FIELDS[Number((parameters.toJSON() as { fieldOrder?: number }).fieldOrder ?? 0)]

/** How a stream's pictures are written; what it does not say is left out. */
export function pictureFacts({ codecpar }: Stream): Partial<Probe> {
  const pixelFormat = avGetPixFmtName(codecpar.format as Parameters<typeof avGetPixFmtName>[0]) ?? undefined
  return withoutHoles({
    pixelFormat, bitDepth: bitDepthOf(pixelFormat, codecpar.bitsPerRawSample),
    colourPrimaries: PRIMARIES[codecpar.colorPrimaries], colourTransfer: TRANSFERS[codecpar.colorTrc], colourMatrix: MATRICES[codecpar.colorSpace], colourRange: RANGES[codecpar.colorRange],
    hdr: hdrOf(codecpar), fieldOrder: fieldOrderOf(codecpar)
  })
}

/** `yuv420p10le` has ten bits, `yuv420p` eight. */
export function bitDepthOf(pixelFormat: string | undefined, told: number): number | undefined {
  const written = /(?:p|gray|x2rgb|x2bgr|gbrp|gbrap|y2|p0|p2|p4|xyz|nv)(9|10|12|14|16)(?:le|be)?$/.exec(pixelFormat ?? '')?.[1]
  if (written !== undefined) return Number(written)
  if (/48(?:le|be)$|64(?:le|be)$/.test(pixelFormat ?? '')) return 16
  return told > 0 ? told : pixelFormat === undefined ? undefined : 8
}

function hdrOf(codecpar: CodecParameters): string | undefined {
  if (codecpar.getCodedSideData(AV_PKT_DATA_DOVI_CONF) !== null) return 'Dolby Vision'
  if (Number(codecpar.colorTrc) === HLG) return 'HLG'
  if (Number(codecpar.colorTrc) !== PQ) return undefined
  const isMastered = codecpar.getCodedSideData(AV_PKT_DATA_MASTERING_DISPLAY_METADATA) !== null || codecpar.getCodedSideData(AV_PKT_DATA_CONTENT_LIGHT_LEVEL) !== null
  return isMastered ? 'HDR10' : 'PQ'
}

/** The first timecode that any track or the file itself tells. */
export function timecodeOf(tags: readonly Tags[]): string | undefined {
  return tags.map(({ timecode }) => timecode).find((text) => text !== undefined && /^\d\d:\d\d:\d\d[:;.]\d\d/.test(text))
}

export function withoutHoles<T extends object>(facts: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== null)) as Partial<{ [K in keyof T]: NonNullable<T[K]> }>
}
