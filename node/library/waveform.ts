import { FilterAPI } from 'node-av/api'
import { Packet, type Frame, type Stream } from 'node-av/lib'
import { openDecoder, type MediaFile } from './media-file.ts'

export const WAVEFORM_WIDTH = 640
export const WAVEFORM_HEIGHT = 360
/** Sound is looked at this many times a second: enough to see where something is, not to hear it. @default 8000 */
export const WAVEFORM_HERTZ = 8_000

/** Progress is told after so many samples. */
const TELL_EVERY_SAMPLES = 30 * WAVEFORM_HERTZ

/** The loudest sample (0 to 1) of each of `columns` equal stretches of the first `seconds`. */
export function waveform(media: MediaFile, audio: Stream, seconds: number, columns = WAVEFORM_WIDTH, onProgress: (share: number) => void = () => {}): Float32Array {
  const peaks = new Float32Array(columns)
  const perColumn = Math.max(1, (seconds * WAVEFORM_HERTZ) / columns)
  const total = perColumn * columns
  let told = 0
  const decoder = openDecoder(audio)
  const graph = FilterAPI.create(`aresample=${WAVEFORM_HERTZ},aformat=sample_fmts=s16:channel_layouts=mono`)
  const packet = new Packet()
  packet.alloc()
  let position = 0
  const take = (frame: Frame): void => {
    const data = frame.data?.[0] ?? Buffer.alloc(0)
    const count = Math.min(frame.nbSamples, data.length / 2)
    for (let i = 0; i < count; i++) {
      const column = Math.min(Math.floor((position + i) / perColumn), columns)
      peaks[column] = Math.max(peaks[column] ?? 0, Math.abs(data.readInt16LE(i * 2)) / 32_768) // beyond the last column is out of the array, and of mind
    }
    position += count
    if (position - told > TELL_EVERY_SAMPLES) {
      told = position
      onProgress(Math.min(1, position / total))
    }
    frame.free()
  }
  try {
    for (;;) {
      if (position >= total || !media.read(packet)) return peaks
      if (packet.streamIndex !== audio.index) continue
      for (const frame of decoder.decode(packet)) {
        frame.timeBase = audio.timeBase
        graph.processAllSync(frame).forEach(take)
      }
    }
  } finally {
    packet.free()
    graph.close()
    decoder.close()
  }
}

const BACK = [0x14, 0x18, 0x1f] as const
const WAVE = [0x5e, 0xd0, 0xb0] as const

/** RGB bytes of the picture: a mirrored wave on a dark ground. */
export function drawWaveform(peaks: Float32Array): Buffer {
  const pixels = Buffer.alloc(WAVEFORM_WIDTH * WAVEFORM_HEIGHT * 3)
  for (let y = 0; y < WAVEFORM_HEIGHT; y++) {
    const height = Math.abs(y - WAVEFORM_HEIGHT / 2) / (WAVEFORM_HEIGHT * 0.45)
    for (let x = 0; x < WAVEFORM_WIDTH; x++) pixels.set(height <= Math.max(peaks[x] ?? 0, 0.004) ? WAVE : BACK, (y * WAVEFORM_WIDTH + x) * 3)
  }
  return pixels
}
