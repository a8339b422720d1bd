/** The process of Silero's voice activity detector: a probability for every 32 ms, and the spans they make. */
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Samples } from './inference.ts'
import { sessionOptions } from './onnx-options.ts'
import { serveModel } from './serve-model.ts'
import { SPEECH_WINDOW, speechSpans } from './speech-spans.ts'

/** Samples of the window before, which the model is given once more. */
const CONTEXT = 64
const RATE = new Tensor('int64', BigInt64Array.of(16_000n), [])
/** A minute of sound, after which is told that it goes on. */
const TELL_EVERY = 60 * 16_000 / SPEECH_WINDOW

serveModel(async (model) => {
  const session = await InferenceSession.create(join(model.folder, 'silero_vad_v5.onnx'), sessionOptions(model))

  async function* probabilities(samples: Samples): AsyncGenerator<number> {
    let state: Tensor = new Tensor('float32', new Float32Array(2 * 128), [2, 1, 128])
    for (let at = 0; at < samples.length; at += SPEECH_WINDOW) {
      const input = new Tensor('float32', windowAt(samples, at), [1, CONTEXT + SPEECH_WINDOW])
      const { output, stateN } = await session.run({ input, state, sr: RATE })
      state = stateN ?? state
      yield Number(output?.data[0] ?? 0)
    }
  }

  return {
    async 'find-speech'(inputs, { signal, onProgress }) {
      return Promise.all(inputs.map(async (samples) => {
        const heard: number[] = []
        for await (const probability of probabilities(samples)) {
          signal.throwIfAborted()
          heard.push(probability)
          if (heard.length % TELL_EVERY === 0) onProgress(heard.length * SPEECH_WINDOW / samples.length)
        }
        return speechSpans(heard, samples.length)
      }))
    }
  }
})

/** With what came before it; silence before the beginning and after the end. */
function windowAt(samples: Samples, at: number): Float32Array {
  const window = new Float32Array(CONTEXT + SPEECH_WINDOW)
  window.set(samples.subarray(Math.max(0, at - CONTEXT), at + SPEECH_WINDOW), Math.max(0, CONTEXT - at))
  return window
}
