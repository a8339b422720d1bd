import { AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO, AVMEDIA_TYPE_SUBTITLE, AVMEDIA_TYPE_DATA, AV_DISPOSITION_ATTACHED_PIC, AV_DISPOSITION_DEFAULT } from 'node-av/constants'
import { avGetCodecName, avGetSampleFmtName, type Stream } from 'node-av/lib'
import type { Tags } from '../facts.ts'
import type { MediaFile } from '../media-file.ts'
import { pictureFacts, withoutHoles } from './picture-facts.ts'

/** Streams of one file that are told of. @default 200 */
export const MAX_STREAMS_TOLD = 200

/** Everything FFmpeg knows of a file, as it is kept beside it. */
export interface FfmpegReport {
  readonly format: Readonly<Record<string, unknown>>
  readonly streams: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** What was counted of one stream's packets. */
export interface StreamCounts {
  packets: number
  bytes: number
  keyframes: number
  /** Packets from one keyframe to the next. */
  shortestGroup: number
  longestGroup: number
  sinceKeyframe: number
}

export const noCounts = (): StreamCounts => ({ packets: 0, bytes: 0, keyframes: 0, shortestGroup: Infinity, longestGroup: 0, sinceKeyframe: 0 })

export function countPacket(counts: StreamCounts, bytes: number, isKeyframe: boolean): void {
  counts.packets++
  counts.bytes += bytes
  if (isKeyframe) {
    if (counts.keyframes > 0) counts.shortestGroup = Math.min(counts.shortestGroup, counts.sinceKeyframe)
    counts.keyframes++
    counts.sinceKeyframe = 0
  }
  counts.longestGroup = Math.max(counts.longestGroup, ++counts.sinceKeyframe)
}

/** Packets per keyframe; undefined where every packet is one, or none is. */
export function keyframeEvery({ packets, keyframes }: StreamCounts): number | undefined {
  return keyframes === 0 || keyframes === packets ? undefined : Math.round((packets / keyframes) * 10) / 10
}

export function ffmpegReport({ format }: MediaFile, counts: ReadonlyMap<number, StreamCounts> = new Map()): FfmpegReport {
  return {
    format: withoutHoles({
      name: format.iformat?.name, longName: format.iformat?.longName, seconds: secondsOf(Number(format.duration), 1e6), startSeconds: secondsOf(Number(format.startTime), 1e6),
      bitsPerSecond: Number(format.bitRate) || undefined, streams: format.nbStreams, programs: format.nbPrograms || undefined, probeScore: format.probeScore, tags: tagsOf(format.metadata)
    }),
    streams: format.streams.slice(0, MAX_STREAMS_TOLD).map((stream) => streamReport(stream, counts.get(stream.index)))
  }
}

const KINDS = new Map<number, string>([[AVMEDIA_TYPE_VIDEO, 'video'], [AVMEDIA_TYPE_AUDIO, 'audio'], [AVMEDIA_TYPE_SUBTITLE, 'subtitle'], [AVMEDIA_TYPE_DATA, 'data']])

function streamReport(stream: Stream, counts: StreamCounts | undefined): Record<string, unknown> {
  const { codecpar, timeBase } = stream
  const kind = KINDS.get(codecpar.codecType) ?? 'other'
  return withoutHoles({
    index: stream.index, id: stream.id, kind, codec: avGetCodecName(codecpar.codecId), codecTag: codecpar.codecTagString, codecString: codecpar.getCodecString(),
    seconds: secondsOf(Number(stream.duration) * timeBase.num, timeBase.den), startSeconds: secondsOf(Number(stream.startTime) * timeBase.num, timeBase.den), timeBase: `${timeBase.num}/${timeBase.den}`,
    bitsPerSecond: Number(codecpar.bitRate) || undefined, isDefault: stream.hasDisposition(AV_DISPOSITION_DEFAULT) || undefined, isAttachedPicture: stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC) || undefined,
    ...kind === 'video' ? videoReport(stream) : kind === 'audio' ? audioReport(stream) : {},
    groups: counts === undefined ? undefined : groupReport(counts), sideData: sideDataOf(stream), tags: tagsOf(stream.metadata)
  })
}

function videoReport(stream: Stream): Record<string, unknown> {
  const { codecpar } = stream
  const ratio = (rational: { num: number; den: number }): string | undefined => rational.num > 0 ? `${rational.num}/${rational.den}` : undefined
  return {
    ...pictureFacts(stream), width: codecpar.width, height: codecpar.height, profile: Number(codecpar.profile), level: codecpar.level, pixelAspect: ratio(codecpar.sampleAspectRatio), averageRate: ratio(stream.avgFrameRate), baseRate: ratio(stream.rFrameRate),
    bitsPerCodedSample: codecpar.bitsPerCodedSample || undefined, chromaLocation: codecpar.chromaLocation || undefined, reorderedPictures: codecpar.videoDelay
  }
}

function audioReport({ codecpar }: Stream): Record<string, unknown> {
  return {
    sampleRate: codecpar.sampleRate, channels: codecpar.channels, sampleFormat: avGetSampleFmtName(codecpar.format as Parameters<typeof avGetSampleFmtName>[0]),
    bitsPerSample: codecpar.bitsPerRawSample || codecpar.bitsPerCodedSample || undefined, frameSamples: codecpar.frameSize || undefined, initialPadding: codecpar.initialPadding || undefined
  }
}

/** GOP statistics: how pictures are grouped between keyframes. */
function groupReport(counts: StreamCounts): Record<string, unknown> {
  const { packets, bytes, keyframes, shortestGroup, longestGroup } = counts
  return withoutHoles({ packets, bytes, keyframes, keyframeEvery: keyframeEvery(counts), shortest: Number.isFinite(shortestGroup) ? shortestGroup : undefined, longest: keyframes > 0 ? longestGroup : undefined })
}

/** HDR and projection side data by its FFmpeg name, the bytes as hex: short ones only. */
function sideDataOf({ codecpar }: Stream): Record<string, string> | undefined {
  const all = codecpar.getAllCodedSideData() as ReadonlyArray<{ type: number; data: Buffer; name?: string }>
  return all.length === 0 ? undefined : Object.fromEntries(all.slice(0, 20).map(({ type, data }) => [SIDE_DATA[type] ?? `type ${type}`, data.toString('hex', 0, 64)]))
}

const SIDE_DATA: Readonly<Record<number, string>> = { 5: 'display matrix', 20: 'mastering display', 21: 'spherical', 22: 'content light level', 24: 'icc profile', 28: 'dovi configuration' }

const tagsOf = (tags: { getAll(): Tags } | null | undefined): Tags | undefined => {
  const all = tags?.getAll()
  return all === undefined || Object.keys(all).length === 0 ? undefined : all
}

function secondsOf(ticks: number, perSecond: number): number | undefined {
  return ticks > -1e15 && ticks < 1e18 && perSecond > 0 ? Math.round((ticks / perSecond) * 1e6) / 1e6 : undefined
}
