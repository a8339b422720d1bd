import { setTimeout as sleep } from 'node:timers/promises'
import { Frame } from 'node-av/lib'
import { AV_CHANNEL_ORDER_NATIVE, AV_PIX_FMT_YUV420P, AV_SAMPLE_FMT_S16 } from 'node-av/constants'
import { audioEncoder, OPUS_FRAME_SAMPLES, videoBits, videoEncoder } from './encoders.ts'
import type { TestSpec } from './source-spec.ts'
import { isFlash, testPicture } from './test-picture.ts'
import type { Capture } from './capture.ts'
import { trackWriter } from './track-writer.ts'

const SAMPLE_RATE = 48_000
const STEREO = { nbChannels: 2, order: AV_CHANNEL_ORDER_NATIVE, mask: 3n }
/** When this machine slept longer than this, sound starts anew instead of catching up, in seconds. */
const AUDIO_CATCH_UP = 1

/** Pictures that show when they were painted, and a tone, in real time until the signal. */
export const captureTest: Capture<TestSpec> = async (spec, { emit, onKeyframeRequest, encoding, signal }) => {
  const { width, height, fps, tone, beep, gop, title } = { ...spec, ...encoding }
  const picture = testPicture(width, height, title)
  const encoder = videoEncoder({ bitsPerSecond: encoding.bitsPerSecond ?? videoBits(width, height, fps), gop, fps: Math.ceil(fps) })
  const sound = tone > 0 ? toneSource(tone, beep) : undefined
  const writer = trackWriter((event) => emit(event.type === 'tracks' ? { ...event, encoded: true } : event), sound !== undefined)
  onKeyframeRequest(() => encoder.requestKeyframe())
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])

  async function paint(): Promise<void> {
    while (!ended.aborted) {
      const wallMs = Date.now()
      const seconds = performance.now() / 1_000
      writer.observe(seconds, wallMs)
      const frame = Frame.fromVideoBuffer(picture.paint(wallMs), { width, height, format: AV_PIX_FMT_YUV420P, timeBase: { num: 1, den: 90_000 }, pts: BigInt(Math.round(seconds * 90_000)) })
      for (const unit of encoder.encode(frame)) writer.video(unit.nals, unit.seconds)
      await sleep(untilNextFrame(fps), undefined, { signal: ended }).catch(() => {})
    }
  }

  /** Sound goes when it is complete, not with the next picture: a browser holds the picture back for sound that comes late or unevenly. */
  async function play(tone: Tone): Promise<void> {
    while (!ended.aborted) {
      for (const { packet, seconds } of tone.until(performance.now() / 1_000)) writer.audio(packet, seconds)
      await sleep(tone.waitMs(performance.now() / 1_000), undefined, { signal: ended }).catch(() => {})
    }
  }

  try {
    const parts = sound === undefined ? [paint()] : [paint(), play(sound)]
    await Promise.all(parts.map((part) => part.finally(() => over.abort())))
  } finally {
    encoder.close()
    sound?.close()
  }
}

/** Milliseconds to the next multiple of the frame time: an even pace, and late frames are left out. */
function untilNextFrame(fps: number): number {
  const now = performance.now()
  const frame = 1_000 / fps
  const next = (Math.floor(now / frame) + 1) * frame
  return Math.max(1, next - now)
}

interface Tone {
  /** The packets that are complete at `seconds` and were not given yet. */
  until(seconds: number): Array<{ packet: Uint8Array; seconds: number }>
  /** Milliseconds from `seconds` until the next packet is complete. */
  waitMs(seconds: number): number
  close(): void
}

function toneSource(hertz: number, beep: boolean): Tone {
  let encoder = audioEncoder()
  let start: number | undefined
  let samples = 0
  return {
    until(seconds) {
      start ??= seconds
      if (seconds - start - samples / SAMPLE_RATE > AUDIO_CATCH_UP) {
        encoder.close()
        encoder = audioEncoder()
        start = seconds
        samples = 0
      }
      const packets = []
      for (; start + (samples + OPUS_FRAME_SAMPLES) / SAMPLE_RATE <= seconds; samples += OPUS_FRAME_SAMPLES) {
        const pts = BigInt(Math.round(start * SAMPLE_RATE) + samples)
        const frame = Frame.fromAudioBuffer(sine(hertz, Number(pts), beep), {
          nbSamples: OPUS_FRAME_SAMPLES, format: AV_SAMPLE_FMT_S16, sampleRate: SAMPLE_RATE, channelLayout: STEREO, timeBase: { num: 1, den: SAMPLE_RATE }, pts
        })
        packets.push(...encoder.encode(frame))
      }
      return packets
    },
    waitMs: (seconds) => Math.max(1, ((start ?? seconds) + (samples + OPUS_FRAME_SAMPLES) / SAMPLE_RATE - seconds) * 1_000),
    close: () => encoder.close()
  }
}

/** Phase from the sample number, so that packets join without a click; a `beep` is heard while the picture flashes. Samples are numbered from this process's beginning. */
function sine(hertz: number, firstSample: number, beep: boolean): Buffer {
  const pcm = Buffer.alloc(OPUS_FRAME_SAMPLES * 4)
  const beganMs = Date.now() - performance.now()
  for (let i = 0; i < OPUS_FRAME_SAMPLES; i++) {
    if (beep && !isFlash(beganMs + (firstSample + i) * 1_000 / SAMPLE_RATE)) continue
    const value = Math.round(6_000 * Math.sin(2 * Math.PI * hertz * (((firstSample + i) % SAMPLE_RATE) / SAMPLE_RATE)))
    pcm.writeInt16LE(value, i * 4)
    pcm.writeInt16LE(value, i * 4 + 2)
  }
  return pcm
}
