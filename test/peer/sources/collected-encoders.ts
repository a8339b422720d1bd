/** Encoders that are used, closed and collected, again and again: a process that frees something twice ends here. Run with `--expose-gc`. */
import { Frame, Log } from 'node-av/lib'
import { AV_CHANNEL_ORDER_NATIVE, AV_LOG_ERROR, AV_PIX_FMT_YUV420P, AV_SAMPLE_FMT_S16 } from 'node-av/constants'
import { audioEncoder, OPUS_FRAME_SAMPLES, videoEncoder } from '../../../peer/sources/encoders.ts'

const ROUNDS = 30
const STEREO = { nbChannels: 2, order: AV_CHANNEL_ORDER_NATIVE, mask: 3n }

Log.setLevel(AV_LOG_ERROR)
let coded = 0
for (let round = 0; round < ROUNDS; round++) {
  const [pictures, sounds] = [videoEncoder({ bitsPerSecond: 400_000, gop: 30, fps: 30 }), audioEncoder()]
  for (let i = 0; i < 10; i++) {
    if (i % 3 === 0) pictures.requestKeyframe()
    coded += pictures.encode(Frame.fromVideoBuffer(Buffer.alloc(160 * 90 * 1.5, i), { width: 160, height: 90, format: AV_PIX_FMT_YUV420P, timeBase: { num: 1, den: 90_000 }, pts: BigInt(i * 3_000) })).length
    coded += sounds.encode(Frame.fromAudioBuffer(Buffer.alloc(OPUS_FRAME_SAMPLES * 4, i), { nbSamples: OPUS_FRAME_SAMPLES, format: AV_SAMPLE_FMT_S16, sampleRate: 48_000, channelLayout: STEREO, timeBase: { num: 1, den: 48_000 }, pts: BigInt(i * OPUS_FRAME_SAMPLES) })).length
  }
  pictures.close()
  sounds.close()
  globalThis.gc?.()
  await new Promise(setImmediate)
}
process.stdout.write(`${coded} packets\n`)
