import { type FileHandle, open } from 'node:fs/promises'
import { AVCOL_TRC_SMPTE2084, AV_FRAME_DATA_DISPLAYMATRIX, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_FLAG_CORRUPT } from 'node-av/constants'
import { Packet, type Stream } from 'node-av/lib'
import { cameraType } from './camera-types.ts'
import { countPacket, ffmpegReport, keyframeEvery, noCounts, type StreamCounts } from './deep/ffmpeg-report.ts'
import { differenceHash } from './deep/picture-hash.ts'
import { pictureFacts, timecodeOf, withoutHoles } from './deep/picture-facts.ts'
import { containerOf, createdAtOf, positionOf, rotationOf, type Tags } from './facts.ts'
import { composeGrid, readGrid } from './heif.ts'
import { codecName, openDecoder, openMedia, type MediaFile } from './media-file.ts'
import { posterOfAudio, posterOfFrame, posterOfVideo } from './poster.ts'
import type { Inspection, Probe } from './probe.ts'
import { sniff, SNIFF_BYTES, type FileType } from './sniff.ts'
import { checkStructure } from './structure.ts'

/** A file may end this much earlier than it says before it counts as cut off, as a share of its length. @default 0.05 */
export const SHORT_BY = 0.05
/** Packets of the last group of pictures that are decoded to see whether the end is whole. @default 300 */
export const TAIL_PACKETS = 300

/** Look at one file: what it is, or why it is refused. Reads all of it; never throws for what is in the file. */
export async function inspect(path: string, name = path, turn = 0): Promise<Inspection> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size === 0) return refused('empty file: it has no bytes. Copy it again from the source')
    const head = Buffer.alloc(Math.min(size, SNIFF_BYTES))
    await file.read(head, 0, head.length, 0)
    const opaque = cameraType(head, name)
    if (opaque !== undefined && opaque.demuxer === '') return { probe: { container: opaque.extension }, kind: opaque.kind, mime: opaque.mime, isOpaque: true }
    const type = opaque ?? sniff(head)
    if (type === undefined) return refused('not a media file: its bytes are no video, audio or picture format that is known here, whatever its name says')
    const broken = await checkStructure(file, size, type.demuxer)
    if (broken !== undefined) return refused(broken)
    if (type.mime === 'image/heic') return await inspectHeif(file, path, type)
    return decode(path, size, type, turn)
  } finally {
    await file.close()
  }
}

const refused = (reason: string): Inspection => ({ refused: reason })

function decode(path: string, size: number, type: FileType, turn = 0): Inspection {
  let media: MediaFile | undefined
  try {
    media = openMedia(path, type.demuxer)
    if (media.video === undefined && media.foreign !== undefined) return inspectForeign(media, size, type)
    if (media.video === undefined && media.audio === undefined) return refused('nothing to show or play: it has no video, audio or picture that can be decoded')
    return type.mime.startsWith('image/') ? inspectImage(media, type, turn) : inspectMovie(media, size, type)
  } catch (err) {
    return refused(`the file is damaged: ${err instanceof Error ? sentence(err.message) : 'it cannot be read'}`)
  } finally {
    media?.close()
  }
}

const sentence = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1)

function inspectImage(media: MediaFile, type: FileType, asked: number): Inspection {
  const { video, format } = media
  if (video === undefined) return refused('the file is damaged: there is no picture in it')
  const packet = new Packet()
  packet.alloc()
  const decoder = openDecoder(video)
  try {
    for (let more = media.read(packet); ; more = media.read(packet)) {
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more ? packet : null)) {
        if (decoder.errors > 0) return refused('the file is damaged: the picture does not decode to its end')
        const tags = { ...tagsOf(format.metadata), ...tagsOf(frame.getMetadata()) }
        const turn = rotationOf(frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX)) || asked
        const probe = { container: type.extension, videoCodec: codecName(video), width: frame.width, height: frame.height, ...pictureFacts(video), ...rotated(turn), ...sourceFacts(tags) }
        return { probe, kind: 'image', mime: type.mime, poster: posterOfFrame(frame, turn), hash: differenceHash(frame, turn), ffmpeg: ffmpegReport(media) }
      }
      if (!more) return refused('the file is damaged: the picture does not decode')
    }
  } finally {
    packet.free()
    decoder.close()
  }
}

/** A tiled picture as every iPhone writes it, or one that FFmpeg shows by itself. */
async function inspectHeif(file: FileHandle, path: string, type: FileType): Promise<Inspection> {
  const grid = await readGrid(file)
  if (grid === undefined) return decode(path, 0, type)
  let media: MediaFile | undefined
  try {
    media = openMedia(path, type.demuxer)
    const { poster, hash } = composeGrid(media, grid)
    const tile = media.video
    const probe = { container: type.extension, ...(tile === undefined ? {} : { videoCodec: codecName(tile), ...pictureFacts(tile) }), width: grid.width, height: grid.height, ...rotated(grid.turn), ...sourceFacts(tagsOf(media.format.metadata)) }
    return { probe, kind: 'image', mime: type.mime, poster, hash, ffmpeg: ffmpegReport(media) }
  } catch (err) {
    return refused(`the file is damaged: ${err instanceof Error ? sentence(err.message) : 'it cannot be read'}`)
  } finally {
    media?.close()
  }
}

/** A film whose pictures no decoder here knows: it is kept, and described by what its container says. */
function inspectForeign(media: MediaFile, size: number, type: FileType): Inspection {
  const { format, foreign, audio } = media
  if (foreign === undefined) return refused('nothing to show or play')
  const seconds = Math.max(0, Number(format.duration) / 1e6)
  const tags = { ...tagsOf(foreign.metadata), ...tagsOf(format.metadata) }
  const { width, height, codecTagString } = foreign.codecpar
  const probe: Probe = {
    container: type.extension, ...(seconds > 0 ? { durationMs: Math.round(seconds * 1_000), bitsPerSecond: Math.round((size * 8) / seconds) } : {}),
    videoCodec: (codecTagString ?? '').replace(/[^\w-]/g, '') || codecName(foreign), ...(width > 0 ? { width, height } : {}),
    ...(audio === undefined ? {} : { audioCodec: codecName(audio), sampleRate: audio.codecpar.sampleRate, channels: audio.codecpar.channels }),
    ...withoutHoles({ timecode: timecodeOf([tags, ...format.streams.map((stream) => tagsOf(stream.metadata))]) }), ...sourceFacts(tags)
  }
  return { probe, kind: 'video', mime: type.mime, ffmpeg: ffmpegReport(media), isOpaque: true }
}

function inspectMovie(media: MediaFile, size: number, type: FileType): Inspection {
  const { format, video, audio } = media
  const declaredSeconds = Math.max(0, Number(format.duration) / 1e6)
  const walk = walkPackets(media)
  if (walk.packets === 0) return refused('the file is damaged: it promises pictures or sound and has none')
  if (walk.readError !== undefined) return refused(`the file is damaged after ${walk.seconds.toFixed(1)} s: ${sentence(walk.readError)}`)
  if (walk.cut) return refused(`the file is cut off after ${walk.seconds.toFixed(1)} s. Copy it again from the source`)
  if (isShort(declaredSeconds, walk.seconds)) {
    return refused(`the file is cut off: it says it lasts ${declaredSeconds.toFixed(1)} s but ends after ${walk.seconds.toFixed(1)} s. Copy it again from the source`)
  }
  const seconds = walk.seconds > 0 ? walk.seconds : declaredSeconds
  const tags = { ...tagsOf(video?.metadata), ...tagsOf(format.metadata) }
  const turn = video === undefined ? 0 : rotationOf(video.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX))
  const probe: Probe = {
    container: containerOf(format.iformat?.name ?? type.demuxer, type.extension),
    ...(seconds > 0 ? { durationMs: Math.round(seconds * 1_000), bitsPerSecond: Math.round((size * 8) / seconds) } : {}),
    ...(video === undefined ? {} : { ...videoFacts(video, turn), ...withoutHoles({ keyframeEvery: keyframeEvery(walk.counts.get(video.index) ?? noCounts()) }) }),
    ...(walk.isMastered && Number(video?.codecpar.colorTrc) === AVCOL_TRC_SMPTE2084 ? { hdr: 'HDR10' } : {}),
    ...withoutHoles({ timecode: timecodeOf([tags, ...format.streams.map((stream) => tagsOf(stream.metadata))]) }),
    ...(audio === undefined ? {} : { audioCodec: codecName(audio), sampleRate: audio.codecpar.sampleRate, channels: audio.codecpar.channels }),
    ...sourceFacts(tags)
  }
  const poster = video === undefined ? posterOfAudio(media, seconds) : posterOfVideo(media, seconds, turn)
  if (video !== undefined && poster === undefined) return refused('the file is damaged: none of its pictures decode')
  const kind = video === undefined ? 'audio' : 'video'
  return { probe, kind, mime: kind === 'audio' ? type.mime.replace(/^video\//, 'audio/') : type.mime, ffmpeg: ffmpegReport(media, walk.counts), ...(poster === undefined ? {} : { poster }) }
}

/** A second of slack for containers that round, then a share: a missing tail is longer than either. */
function isShort(declared: number, found: number): boolean {
  return found < declared * (1 - SHORT_BY) && found < declared - 0.5
}

function videoFacts(video: Stream, turn: number): Partial<Probe> {
  const rate = video.avgFrameRate.num > 0 ? video.avgFrameRate : video.rFrameRate
  return {
    videoCodec: codecName(video),
    width: video.codecpar.width,
    height: video.codecpar.height,
    ...pictureFacts(video),
    ...(rate.num > 0 && rate.den > 0 ? { framesPerSecond: Math.round((rate.num / rate.den) * 1_000) / 1_000 } : {}),
    ...rotated(turn)
  }
}

const rotated = (turn: number): Partial<Probe> => (turn === 0 ? {} : { rotation: turn })

function sourceFacts(tags: Tags): Partial<Probe> {
  const [createdAtMs, gps] = [createdAtOf(tags), positionOf(tags)]
  return { ...(createdAtMs === undefined ? {} : { createdAtMs }), ...(gps === undefined ? {} : { gps }) }
}

const tagsOf = (tags: { getAll(): Record<string, string> } | null | undefined): Tags => tags?.getAll() ?? {}

interface Walk {
  packets: number
  /** End of the last packet, from the first one's start. */
  seconds: number
  readError: string | undefined
  /** The end is missing or does not decode. */
  cut: boolean
  /** Its pictures say for what screen they were made: HDR10. */
  isMastered: boolean
  /** By stream index. */
  counts: Map<number, StreamCounts>
}

/** Read every packet once; decode the last group of pictures, where a broken copy shows. */
function walkPackets(media: MediaFile): Walk {
  const packet = new Packet()
  packet.alloc()
  const tail: Packet[] = []
  const drop = (): void => { for (const old of tail.splice(0)) old.free() }
  const walk: Walk = { packets: 0, seconds: 0, readError: undefined, cut: false, isMastered: false, counts: new Map() }
  const span = { start: Infinity, end: 0 }
  try {
    while (media.read(packet)) {
      walk.packets++
      measure(media, packet, span)
      const counts = walk.counts.get(packet.streamIndex) ?? noCounts()
      walk.counts.set(packet.streamIndex, counts)
      countPacket(counts, packet.size, packet.isKeyframe)
      walk.cut = packet.hasFlags(AV_PKT_FLAG_CORRUPT)
      if (packet.streamIndex !== (media.video ?? media.audio)?.index) continue
      if (packet.isKeyframe && (media.video !== undefined || tail.length >= TAIL_PACKETS)) drop()
      const copy = tail.length < TAIL_PACKETS ? packet.clone() : null
      if (copy !== null) tail.push(copy)
    }
    walk.cut ||= !decodes(media, tail, walk)
  } catch (err) {
    walk.readError = err instanceof Error ? err.message : String(err)
  } finally {
    drop()
    packet.free()
  }
  walk.seconds = span.end > span.start ? span.end - span.start : 0
  return walk
}

function measure(media: MediaFile, packet: Packet, span: { start: number; end: number }): void {
  const stream = media.format.streams[packet.streamIndex]
  if (stream === undefined || (stream.index !== media.video?.index && stream.index !== media.audio?.index)) return
  const pts = Number(packet.pts)
  if (Math.abs(pts) > Number.MAX_SAFE_INTEGER) return // AV_NOPTS_VALUE
  const unit = stream.timeBase.num / stream.timeBase.den
  span.start = Math.min(span.start, Math.max(0, pts * unit)) // encoder delay lies before zero
  span.end = Math.max(span.end, (pts + Number(packet.duration)) * unit)
}

/** True when the tail gives at least one frame and no errors at its very end. */
function decodes(media: MediaFile, tail: readonly Packet[], seen: { isMastered: boolean }): boolean {
  const stream = media.video ?? media.audio
  if (stream === undefined || tail.length === 0) return false
  const decoder = openDecoder(stream)
  let frames = 0
  let errorsBeforeLast = 0
  try {
    for (const packet of tail) {
      errorsBeforeLast = decoder.errors
      for (const frame of decoder.decode(packet)) {
        if (++frames === 1) seen.isMastered = frame.getSideData(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA) !== null
      }
    }
    const endIsWhole = decoder.errors === errorsBeforeLast
    for (const _ of decoder.decode(null)) frames++
    return frames > 0 && endIsWhole
  } finally {
    decoder.close()
  }
}
