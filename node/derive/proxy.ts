/** The copies a browser plays: H.264 and AAC in fragmented MP4, cut every two seconds at the same moments in every rendition. */
import { openSync, readSync, closeSync, fstatSync } from 'node:fs'
import { join } from 'node:path'
import { AV_PIX_FMT_YUV420P, FF_ENCODER_AAC, FF_ENCODER_LIBX264 } from 'node-av/constants'
import { Encoder, FilterAPI, Muxer } from 'node-av/api'
import { type Frame, Packet, Rational, type Stream } from 'node-av/lib'
import { codecOptions } from '#ring/base/codec-options.ts'
import { pictureFacts } from '../library/deep/picture-facts.ts'
import { type MediaFile, openDecoder, openMedia } from '../library/media-file.ts'
import { TONE_FILTER, TURNS } from '../library/poster.ts'
import type { RenditionFile } from './derive-orders.ts'

/** Seconds from one cut to the next. @default 2 */
export const SEGMENT_SECONDS = 2
/** Pictures per second at most. @default 60 */
export const MAX_PROXY_RATE = 60
/** Quality, x264's scale (0 lossless). @default 23 */
export const PROXY_QUALITY = 23
/** Bits per second of the sound. @default 128000 */
export const PROXY_SOUND_BITS = 128_000
/** Progress is told after so many pictures, or a hundred times as many packets of sound. */
const TELL_EVERY = 25

interface Order {
  readonly url: string
  readonly demuxer: string
  readonly seconds: number
  readonly turn: number
  readonly folder: string
  readonly heights: readonly number[]
  readonly threads: number
}

/** Where one track of one rendition goes. */
interface Lane {
  take(frame: Frame): void
  drain(): void
  close(): void
}

/** Makes every rendition in one reading of the original. @throws when nothing of it decodes */
export function makeProxy(order: Order, onProgress: (share: number) => void): RenditionFile[] {
  const media = openMedia(order.url, order.demuxer)
  try {
    const rate = media.video === undefined ? new Rational(25, 1) : rateOf(media.video)
    const heights = media.video === undefined ? [0] : order.heights
    const outputs = heights.map((height) => createOutput(order, media, height, rate))
    const frames = transcode(media, outputs, order.seconds, onProgress)
    for (const output of outputs) output.finish()
    if (frames === 0) throw new Error('the file is damaged: nothing of it decodes')
    return outputs.map((output) => output.file())
  } finally {
    media.close()
  }
}

function rateOf(video: Stream): Rational {
  const { num, den } = video.avgFrameRate.num > 0 ? video.avgFrameRate : video.rFrameRate
  if (!(num > 0 && den > 0)) return new Rational(25, 1)
  return num / den > MAX_PROXY_RATE ? new Rational(MAX_PROXY_RATE, 1) : new Rational(num, den)
}

interface Output {
  readonly picture: Lane | undefined
  readonly sound: Lane | undefined
  finish(): void
  file(): RenditionFile
}

function createOutput({ folder, turn, threads }: Order, media: MediaFile, height: number, rate: Rational): Output {
  const path = join(folder, `${height}.mp4`)
  const muxer = Muxer.openSync(path, { format: 'mp4', options: { movflags: 'empty_moov+default_base_moof+frag_keyframe', ...(media.video === undefined ? { frag_duration: SEGMENT_SECONDS * 1e6 } : {}) } } as Parameters<typeof Muxer.openSync>[1])
  const gop = Math.max(1, Math.round((rate.num / rate.den) * SEGMENT_SECONDS))
  const size = { width: 0, height: 0 }
  const start = media.format.startTime > 0n ? Number(media.format.startTime) / 1e6 : 0
  const picture = media.video && pictureLane(media.video, muxer, { height, rate, gop, turn, threads, start, size })
  const sound = media.audio && soundLane(muxer, start)
  return {
    picture, sound,
    finish() {
      for (const lane of [picture, sound]) lane?.drain()
      muxer.closeSync()
      for (const lane of [picture, sound]) lane?.close()
    },
    file() {
      const { bytes, head, segments } = readFragments(path, picture === undefined ? undefined : gop / (rate.num / rate.den), media)
      const seconds = segments.reduce((sum, [, length]) => sum + length, 0)
      const codecs = [...picture === undefined ? [] : [avcOf(path, head)], ...sound === undefined ? [] : ['mp4a.40.2']].join()
      return { path, bytes, ...size, codecs, bitsPerSecond: Math.round((bytes * 8) / Math.max(0.1, seconds)), head, segments }
    }
  }
}

const INTERLACED = 'yadif=deint=interlaced,'

function pictureLane(video: Stream, muxer: Muxer, { height, rate, gop, turn, threads, start, size }: { height: number; rate: Rational; gop: number; turn: number; threads: number; start: number; size: { width: number; height: number } }): Lane {
  const facts = pictureFacts(video)
  const encoder = Encoder.createSync(FF_ENCODER_LIBX264, {
    context: { gopSize: gop, maxBFrames: 2, threadCount: threads, framerate: rate },
    configure: codecOptions({ preset: 'veryfast', crf: PROXY_QUALITY, profile: 'high', 'x264-params': `scenecut=0:keyint=${gop}:min-keyint=${gop}:open-gop=0` })
  })
  const fit = `scale=w='if(gt(iw,ih),-2,${height})':h='if(gt(iw,ih),${height},-2)'`
  const filters = [
    ...facts.fieldOrder === undefined || facts.fieldOrder === 'progressive' ? [] : [INTERLACED], ...facts.hdr === undefined || facts.hdr === 'Dolby Vision' ? [] : [TONE_FILTER],
    "scale=w='trunc(iw*if(sar,sar,1)/2)*2':h=ih,setsar=1,", TURNS[turn] ?? '', `fps=${rate.num}/${rate.den}:start_time=${start},`, `setpts=PTS-${start}/TB,`, `${fit},format=yuv420p`
  ]
  const filter = FilterAPI.create(filters.join(''))
  return lane({ encoder, filter, index: muxer.addStream(encoder), muxer, onFrame: (frame) => {
    Object.assign(size, { width: frame.width, height: frame.height })
    frame.format = AV_PIX_FMT_YUV420P
  } })
}

function soundLane(muxer: Muxer, start: number): Lane {
  const encoder = Encoder.createSync(FF_ENCODER_AAC, { context: { bitRate: PROXY_SOUND_BITS } })
  const filter = FilterAPI.create(`asetpts=PTS-${start}/TB,aresample=48000:async=1000:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo,asetnsamples=n=1024:p=0`)
  return lane({ encoder, filter, index: muxer.addStream(encoder), muxer })
}

function lane({ encoder, filter, index, muxer, onFrame = () => {} }: { encoder: Encoder; filter: FilterAPI; index: number; muxer: Muxer; onFrame?: (frame: Frame) => void }): Lane {
  const write = (packets: readonly Packet[]): void => {
    for (const packet of packets) {
      muxer.writePacketSync(packet, index)
      packet.free()
    }
  }
  const encode = (frames: readonly Frame[]): void => {
    for (const frame of frames) {
      onFrame(frame)
      write(encoder.encodeAllSync(frame))
      frame.free()
    }
  }
  return {
    take: (frame) => encode(filter.processAllSync(frame)),
    drain() {
      const frames: Frame[] = []
      for (const frame of filter.flushFramesSync()) frames.push(frame)
      encode(frames)
      write([...encoder.flushPacketsSync()])
    },
    close() {
      filter.close()
      encoder.close()
    }
  }
}

/** Every packet once, decoded once, given to every rendition; answers how many frames there were. A packet that does not decode is a hole, not the end. */
function transcode(media: MediaFile, outputs: readonly Output[], seconds: number, onProgress: (share: number) => void): number {
  const tracks = [
    { stream: media.video, lanes: outputs.flatMap(({ picture }) => picture ?? []), every: TELL_EVERY },
    { stream: media.audio, lanes: outputs.flatMap(({ sound }) => sound ?? []), every: TELL_EVERY * 100 }
  ].flatMap(({ stream, lanes, every }) => stream === undefined ? [] : [{ stream, lanes, every, decoder: openDecoder(stream) }])
  const packet = new Packet()
  packet.alloc()
  let frames = 0
  try {
    for (let more = true; more;) {
      more = media.read(packet)
      for (const { stream, lanes, decoder, every } of tracks) {
        if (more && stream.index !== packet.streamIndex) continue
        for (const frame of decoder.decode(more ? packet : null)) {
          frame.pts = frame.bestEffortTimestamp
          frame.timeBase = stream.timeBase
          for (const one of lanes) one.take(frame)
          if (++frames % every === 0) onProgress(Math.min(1, (Number(frame.pts) * stream.timeBase.num) / stream.timeBase.den / seconds))
        }
      }
    }
    return frames
  } finally {
    packet.free()
    for (const { decoder } of tracks) decoder.close()
  }
}

/** The boxes of a fragmented MP4 of ours: everything before the first `moof` is its head, each `moof` begins a segment. */
function readFragments(path: string, segmentSeconds: number | undefined, media: MediaFile): Pick<RenditionFile, 'bytes' | 'head' | 'segments'> {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const starts: number[] = []
    let end = size
    const header = Buffer.alloc(8)
    for (let offset = 0; offset + 8 <= size;) {
      readSync(file, header, 0, 8, offset)
      const [length, type] = [header.readUInt32BE(0), header.toString('latin1', 4, 8)]
      if (length < 8) break
      if (type === 'moof') starts.push(offset)
      if (type === 'mfra') end = offset
      offset += length
    }
    const total = Math.max(0.1, Number(media.format.duration) / 1e6)
    const each = segmentSeconds ?? SEGMENT_SECONDS
    const segments = starts.map((start, i): [number, number] => [(starts[i + 1] ?? end) - start, i < starts.length - 1 ? each : Math.max(0.04, Math.min(each, total - each * i))])
    return { bytes: size, head: starts[0] ?? size, segments }
  } finally {
    closeSync(file)
  }
}

/** `avc1.64001F`: the three bytes after the version of the `avcC` box. */
function avcOf(path: string, head: number): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(Math.min(head, 65_536))
    readSync(file, bytes, 0, bytes.length, 0)
    const at = bytes.indexOf('avcC')
    return at < 0 ? 'avc1.640028' : `avc1.${bytes.toString('hex', at + 5, at + 8).toUpperCase()}`
  } finally {
    closeSync(file)
  }
}
