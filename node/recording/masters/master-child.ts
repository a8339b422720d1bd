/** The process that makes one master: one order in, progress and an answer out. Whoever started it may end it at any time. */
import { AV_LOG_QUIET, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_JPEG, FF_ENCODER_FFV1, FF_ENCODER_FLAC, FF_ENCODER_PCM_S24LE, FF_ENCODER_PRORES_KS } from 'node-av/constants'
import { Encoder, FilterAPI, Muxer } from 'node-av/api'
import { type Frame, Log, Packet, type Stream } from 'node-av/lib'
import { codecOptions } from '#ring/base/codec-options.ts'
import { type MediaFile, openDecoder, openMedia, type StreamDecoder } from '../../library/media-file.ts'
import type { MasterAnswer, MasterFormat, MasterOrder } from './master-maker.ts'

/** Progress is told after so many pictures. */
const TELL_EVERY = 30
const SAMPLE_RATE = 48_000

/** Where one of the two tracks goes: decoded, made fit for the encoder, encoded, written. */
interface Lane {
  readonly stream: Stream
  take(packet: Packet): number
  /** What is still inside; answers how many frames came out of the decoder. */
  drain(): number
  close(): void
}

function videoEncoder(format: MasterFormat, threads: number): Encoder {
  return format === 'prores'
    ? Encoder.createSync(FF_ENCODER_PRORES_KS, { context: { threadCount: threads }, configure: codecOptions({ profile: 'hq', vendor: 'apl0' }) })
    : Encoder.createSync(FF_ENCODER_FFV1, { context: { threadCount: threads, level: 3, gopSize: 1 }, configure: codecOptions({ slicecrc: 1, slices: 16 }) })
}

/** ProRes has ten bits and half the colour; FFV1 takes the decoded picture as it is. */
const pictureFilter = (format: MasterFormat): string => (format === 'prores' ? 'format=yuv422p10le' : 'null')
/** Sound begins with the picture; holes in it become silence. */
const SOUND_FILTER = `aresample=${SAMPLE_RATE}:async=1000:first_pts=0,aformat=sample_fmts=s32`

/** A full-range picture in its old name: the same bytes under the name the encoders know. */
function renamed(frame: Frame): void {
  if (frame.format !== AV_PIX_FMT_YUVJ420P) return
  frame.format = AV_PIX_FMT_YUV420P
  frame.colorRange = AVCOL_RANGE_JPEG
}

function lane(stream: Stream, { encoder, filter, output, index, onFrame = () => {} }: { encoder: Encoder; filter: FilterAPI; output: Muxer; index: number; onFrame?: (frame: Frame) => void }): Lane {
  const decoder: StreamDecoder = openDecoder(stream)

  function encode(frame: Frame): void {
    for (const packet of encoder.encodeAllSync(frame)) write(packet)
    frame.free()
  }
  function write(packet: Packet): void {
    output.writePacketSync(packet, index)
    packet.free()
  }
  function decode(packet: Packet | null): number {
    let frames = 0
    for (const frame of decoder.decode(packet)) {
      frames++
      frame.timeBase = stream.timeBase
      renamed(frame)
      onFrame(frame)
      for (const fit of filter.processAllSync(frame)) encode(fit)
    }
    if (decoder.errors > 0) throw new Error(`a picture or sound of the recording does not decode (${decoder.errors})`)
    return frames
  }
  return {
    stream, take: decode,
    drain() {
      const frames = decode(null)
      for (const frame of filter.flushFramesSync()) encode(frame)
      for (const packet of encoder.flushPacketsSync()) write(packet)
      return frames
    },
    close() {
      decoder.close()
      filter.close()
      encoder.close()
    }
  }
}

/** A track that is announced may be empty: a file that waits for its first sound has no header. */
function hasSound(input: string): boolean {
  const media = openMedia(input, 'mov')
  const packet = new Packet()
  packet.alloc()
  try {
    while (media.audio !== undefined && media.read(packet)) if (packet.streamIndex === media.audio.index) return true
    return false
  } finally {
    packet.free()
    media.close()
  }
}

function make({ input, output: path, format, threads, durationMs }: MasterOrder): { pictures: number; sounds: number } {
  const withSound = hasSound(input)
  const media: MediaFile = openMedia(input, 'mov')
  if (media.video === undefined) throw new Error('there is no picture in the recording')
  const output = Muxer.openSync(path, { format: format === 'prores' ? 'mov' : 'matroska' })
  let told = 0
  const counts = { pictures: 0, sounds: 0 }
  const onFrame = (frame: Frame): void => {
    if (++told % TELL_EVERY === 0) tell({ progress: Math.min(1, (Number(frame.pts) * frame.timeBase.num * 1000) / frame.timeBase.den / durationMs) })
  }
  const pictureEncoder = videoEncoder(format, threads)
  const picture = lane(media.video, { encoder: pictureEncoder, filter: FilterAPI.create(pictureFilter(format)), output, index: output.addStream(pictureEncoder), onFrame })
  const lanes = [picture]
  if (withSound) {
    const soundEncoder = Encoder.createSync(format === 'prores' ? FF_ENCODER_PCM_S24LE : FF_ENCODER_FLAC)
    lanes.push(lane(media.audio!, { encoder: soundEncoder, filter: FilterAPI.create(SOUND_FILTER), output, index: output.addStream(soundEncoder) }))
  }
  const packet = new Packet()
  packet.alloc()
  const count = (one: Lane, frames: number): void => { counts[one === picture ? 'pictures' : 'sounds'] += frames }
  while (media.read(packet)) for (const one of lanes) if (one.stream.index === packet.streamIndex) count(one, one.take(packet))
  for (const one of lanes) count(one, one.drain())
  output.closeSync()
  for (const one of lanes) one.close()
  packet.free()
  media.close()
  if (counts.pictures === 0) throw new Error('no picture of the recording could be decoded')
  return counts
}

function tell(answer: MasterAnswer): void {
  if (process.connected) process.send?.(answer)
}

Log.setLevel(AV_LOG_QUIET)
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
process.once('message', (order: MasterOrder) => {
  try {
    tell({ made: make(order) })
  } catch (err) {
    tell({ failed: err instanceof Error ? err.message : String(err) })
  }
  process.disconnect()
})
