import { FilterAPI } from 'node-av/api'
import { AVDISCARD_ALL } from 'node-av/constants'
import { type Frame, Packet, type Stream } from 'node-av/lib'
import { openDecoder, openMedia, type MediaFile } from './media-file.ts'

/** A stretch of a file's time: from where its pictures or sound begin, in seconds. */
export interface Stretch {
  readonly from: number
  readonly seconds: number
}

export interface SoundSource {
  readonly url: string
  readonly demuxer: string
}

/** Decoders need to have heard a little of what is before, in seconds. @default 0.5 */
export const RUN_UP_SECONDS = 0.5
/** Sound that comes this much later than it should have is a hole in it, in seconds. @default 0.04 */
export const HOLE_SECONDS = 0.04
/** A time stamp before that is none. */
const MOST_SECONDS = 1e7
/** Progress is told after so many seconds of sound. */
const TELL_EVERY_SECONDS = 30
/** Of these the time after a jump is known to the sample; the others are read from the beginning. */
const JUMPS = new Set(['mov', 'wav', 'matroska', 'mxf', 'flac', 'aiff', 'avi', 'ogg'])

/** The sound of each stretch, mono, `rate` samples a second, silence where there is none: by the file's own clock, holes and late beginnings included. */
export function readSound({ url, demuxer }: SoundSource, rate: number, stretches: readonly Stretch[], onProgress: (share: number) => void = () => {}): Float32Array[] {
  const media = openMedia(url, demuxer)
  try {
    const { audio } = media
    if (audio === undefined) throw new Error('there is no sound in it')
    for (const stream of media.format.streams) if (stream.index !== audio.index) stream.discard = AVDISCARD_ALL
    const total = stretches.reduce((sum, { seconds }) => sum + seconds, 0)
    let done = 0
    return stretches.map((stretch) => {
      const samples = readStretch(media, audio, JUMPS.has(demuxer), rate, stretch, (seconds) => onProgress(Math.min(1, (done + seconds) / total)))
      done += stretch.seconds
      return samples
    })
  } finally {
    media.close()
  }
}

function readStretch(media: MediaFile, audio: Stream, canJump: boolean, rate: number, { from, seconds }: Stretch, tell: (seconds: number) => void): Float32Array {
  const samples = new Float32Array(Math.round(seconds * rate))
  const begins = canJump && from > RUN_UP_SECONDS ? from - RUN_UP_SECONDS : 0
  media.seek(begins)
  const start = Number(media.format.startTime > 0n ? media.format.startTime : 0n) / 1e6
  const writer = createWriter(samples, rate, from)
  const decoder = openDecoder(audio)
  const packet = new Packet()
  packet.alloc()
  let told = 0
  try {
    while (writer.end < samples.length && media.read(packet)) {
      if (packet.streamIndex !== audio.index) continue
      for (const frame of decoder.decode(packet)) writer.take(frame, audio, Number(frame.pts) * audio.timeBase.num / audio.timeBase.den - start)
      if (writer.end / rate - told > TELL_EVERY_SECONDS) tell(told = writer.end / rate)
    }
    for (const frame of decoder.decode(null)) writer.take(frame, audio, Number(frame.pts) * audio.timeBase.num / audio.timeBase.den - start)
    writer.flush()
    return samples
  } finally {
    packet.free()
    writer.close()
    decoder.close()
  }
}

/** Puts decoded sound where its clock says it belongs. */
function createWriter(samples: Float32Array, rate: number, from: number) {
  let graph: FilterAPI | undefined
  let place = 0
  /** When the next frame should begin, by those before it. */
  let expected: number | undefined

  function write(frames: Iterable<Frame>): void {
    for (const frame of frames) {
      const bytes = frame.data?.[0]
      if (bytes !== undefined) {
        for (let i = 0; i < frame.nbSamples; i++) if (place + i >= 0 && place + i < samples.length) samples[place + i] = bytes.readFloatLE(i * 4)
      }
      place += frame.nbSamples
      frame.free()
    }
  }

  function begin(at: number): void {
    write(graph?.flushFramesSync() ?? [])
    graph?.close()
    graph = FilterAPI.create(`aresample=${rate},aformat=sample_fmts=flt:channel_layouts=mono`)
    place = Math.round((at - from) * rate)
  }

  return {
    get end() { return place },
    /** `at`: seconds by its time stamp; one without is where it should be. */
    take(frame: Frame, audio: Stream, at: number): void {
      const begins = at > -MOST_SECONDS ? at : expected ?? 0
      const isApart = expected === undefined || Math.abs(begins - expected) > HOLE_SECONDS
      if (isApart) begin(begins)
      expected = (isApart ? begins : expected ?? 0) + frame.nbSamples / frame.sampleRate
      frame.timeBase = audio.timeBase
      write(graph?.processAllSync(frame) ?? [])
    },
    flush: () => write(graph?.flushFramesSync() ?? []),
    close: () => graph?.close()
  }
}
