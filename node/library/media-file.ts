import {
  AV_CODEC_ID_NONE, AV_DISPOSITION_ATTACHED_PIC, AVERROR_EAGAIN, AVERROR_EOF, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO, AVSEEK_FLAG_BACKWARD
} from 'node-av/constants'
import { avGetCodecName, Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, InputFormat, Packet, type Stream } from 'node-av/lib'

/** Pixels of the largest picture that is decoded; larger ones are refused before their memory is asked for. @default 268435456 */
export const MAX_PIXELS = 1 << 28

/** A file opened by FFmpeg: synchronous, so only ever in a child process. */
export interface MediaFile {
  readonly format: FormatContext
  readonly video: Stream | undefined
  readonly audio: Stream | undefined
  /** Pictures of a codec that is not known here. */
  readonly foreign: Stream | undefined
  /** The next packet in `packet`; false at the end. @throws FFmpegError when reading fails */
  read(packet: Packet): boolean
  /** Go to the keyframe at or before this time, in seconds from the start; false when the file cannot. */
  seek(seconds: number): boolean
  close(): void
}

const LENT = /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]+$/

/** Open by the demuxer's name a plain file, or what a node lends its own process over loopback: with no other protocol. @throws FFmpegError */
export function openMedia(path: string, demuxer: string): MediaFile {
  const format = new FormatContext()
  FFmpegError.throwIfError(format.openInputSync(LENT.test(path) ? path : `file:${path}`, InputFormat.findInputFormat(demuxer), Dictionary.fromObject({ protocol_whitelist: LENT.test(path) ? 'http,tcp' : 'file' })))
  FFmpegError.throwIfError(format.findStreamInfoSync(null))
  const streams = format.streams
  const known = streams.filter(({ codecpar: { codecId } }) => codecId !== AV_CODEC_ID_NONE && Codec.findDecoder(codecId) !== null)
  const video = known.filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO && stream.codecpar.width > 0)
  return {
    format,
    video: largest(video.filter((stream) => !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC))),
    audio: known.find((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO && stream.codecpar.sampleRate > 0),
    foreign: streams.find((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO && !known.includes(stream) && !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC)),
    read(packet) {
      packet.unref()
      const code = format.readFrameSync(packet)
      if (code === AVERROR_EOF) return false
      FFmpegError.throwIfError(code)
      return true
    },
    seek(seconds) {
      const start = format.startTime > 0n ? format.startTime : 0n
      return format.seekFrameSync(-1, start + BigInt(Math.round(seconds * 1e6)), AVSEEK_FLAG_BACKWARD) >= 0
    },
    close: () => format.closeInputSync()
  }
}

/** HEIC lists thumbnails as streams of their own. */
function largest(streams: Stream[]): Stream | undefined {
  return streams.sort((a, b) => b.codecpar.width * b.codecpar.height - a.codecpar.width * a.codecpar.height)[0]
}

/** FFmpeg's name of the codec: `h264`, `hevc`, `prores`… */
export function codecName(stream: Stream): string {
  return avGetCodecName(stream.codecpar.codecId) ?? `codec-${stream.codecpar.codecId}`
}

/** What is made of the first picture that decodes. @throws Error when there is none, FFmpegError when reading fails */
export function ofFirstPicture<T>(media: MediaFile, make: (frame: Frame) => T): T {
  const { video } = media
  if (video === undefined) throw new Error('there is no picture in it')
  const decoder = openDecoder(video)
  const packet = new Packet()
  packet.alloc()
  try {
    for (let more = media.read(packet); ; more = media.read(packet)) {
      if (more && packet.streamIndex !== video.index) continue
      for (const frame of decoder.decode(more ? packet : null)) return make(frame)
      if (!more) throw new Error('its picture does not decode')
    }
  } finally {
    packet.free()
    decoder.close()
  }
}

/** One decoder of one stream. */
export interface StreamDecoder {
  /** Frames this packet completes (null drains); each is valid until the next call. A packet that does not decode counts in `errors`. */
  decode(packet: Packet | null): Generator<Frame>
  readonly errors: number
  close(): void
}

/** @throws FFmpegError when there is no decoder */
export function openDecoder(stream: Stream): StreamDecoder {
  const context = new CodecContext()
  const codec = Codec.findDecoder(stream.codecpar.codecId)
  context.allocContext3(codec)
  FFmpegError.throwIfError(context.parametersToContext(stream.codecpar))
  context.pktTimebase = stream.timeBase
  context.threadCount = 1 // the pool of children is the parallelism; one thread per file keeps memory and results even
  context.setOption('max_pixels', MAX_PIXELS)
  FFmpegError.throwIfError(context.open2Sync(codec, null)) // a Dictionary given here is freed twice (node-av 6.1), once by the collector
  const frame = new Frame()
  frame.alloc()
  let errors = 0
  return {
    get errors() { return errors },
    *decode(packet) {
      if (context.sendPacketSync(packet) < 0) errors++
      for (;;) {
        const code = context.receiveFrameSync(frame)
        if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return
        if (code < 0) { errors++; return }
        if (frame.decodeErrorFlags !== 0) errors++
        yield frame
      }
    },
    close() {
      frame.free()
      context.freeContext()
    }
  }
}
