import { AVDISCARD_ALL, AV_NOPTS_VALUE } from 'node-av/constants'
import { FilterAPI } from 'node-av/api'
import { type Frame, Packet, type Stream } from 'node-av/lib'
import { type MediaFile, openDecoder } from '../../../library/media-file.ts'
import { HERTZ, type SoundPiece } from './media-orders.ts'

/** A piece has so much sound, in ms; the last one less. @default 10000 */
export const PIECE_MS = 10_000
/** Sound that comes so much later than the one before it left a hole, which is silence; earlier, it is left out. In ms. @default 100 */
export const HOLE_MS = 100

const PIECE = PIECE_MS * HERTZ / 1000

/** The sound of a file from `fromMs` to `toMs`, in step with its pictures: mono, 16 kHz, piece by piece. Nothing but the piece is held. */
export function* readSound(media: MediaFile, fromMs: number, toMs: number): Generator<SoundPiece> {
  const { audio } = media
  if (audio === undefined) throw new Error('there is no sound in it')
  for (const stream of media.format.streams) if (stream.index !== audio.index) stream.discard = AVDISCARD_ALL
  if (fromMs > 0) media.seek(fromMs / 1000)
  const [first, end] = [fromMs, toMs].map((ms) => Math.round(ms * HERTZ / 1000)) as [number, number]
  let [piece, filled, at] = [new Float32Array(PIECE), 0, first]
  for (const { from, samples } of placed(media, audio)) {
    if (from + samples.length > end) continue // its time is damaged: hours of silence would be read
    const late = from - (at + filled)
    const [silence, skip] = late > HOLE_MS * HERTZ / 1000 ? [late, 0] : [0, Math.min(samples.length, Math.max(0, (late < -HOLE_MS * HERTZ / 1000 ? -late : 0)))]
    for (let left = silence; left > 0;) {
      const take = Math.min(left, PIECE - filled)
      filled += take // it is zeros already
      left -= take
      if (filled === PIECE) yield* full()
    }
    for (let used = skip; used < samples.length;) {
      const take = Math.min(samples.length - used, PIECE - filled)
      piece.set(samples.subarray(used, used + take), filled)
      filled += take
      used += take
      if (filled === PIECE) yield* full()
    }
  }
  if (filled > 0) yield { fromMs: at * 1000 / HERTZ, samples: piece.slice(0, filled) }

  function* full(): Generator<SoundPiece> {
    yield { fromMs: at * 1000 / HERTZ, samples: piece }
    at += PIECE
    ;[piece, filled] = [new Float32Array(PIECE), 0]
  }
}

/** Samples as they are decoded, and where each run of them belongs, in samples from the beginning of the file. */
function* placed(media: MediaFile, audio: Stream): Generator<{ readonly from: number; readonly samples: Float32Array }> {
  const decoder = openDecoder(audio)
  const graph = FilterAPI.create(`aresample=${HERTZ},aformat=sample_fmts=flt:channel_layouts=mono`)
  const packet = new Packet()
  packet.alloc()
  const startSeconds = media.format.startTime > 0n ? Number(media.format.startTime) / 1e6 : 0
  let next = 0
  try {
    for (let isMore = true; isMore;) {
      isMore = media.read(packet)
      if (isMore && packet.streamIndex !== audio.index) continue
      for (const frame of decoder.decode(isMore ? packet : null)) {
        const from = frame.pts === AV_NOPTS_VALUE ? next : Math.round((Number(frame.pts) * audio.timeBase.num / audio.timeBase.den - startSeconds) * HERTZ)
        frame.timeBase = audio.timeBase
        let done = 0
        for (const out of graph.processAllSync(frame)) {
          const samples = samplesOf(out)
          if (samples.length > 0) yield { from: from + done, samples }
          done += samples.length
        }
        next = from + done
      }
    }
  } finally {
    packet.free()
    graph.close()
    decoder.close()
  }
}

function samplesOf(frame: Frame): Float32Array {
  const data = frame.data?.[0] ?? Buffer.alloc(0)
  const samples = new Float32Array(Math.min(frame.nbSamples, Math.floor(data.length / 4)))
  for (let i = 0; i < samples.length; i++) samples[i] = data.readFloatLE(i * 4)
  frame.free()
  return samples
}
