/** A neural network at work. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { ModelToOpen } from '../asks.ts'
import { sessionOptions } from '../onnx-options.ts'

export interface Numbers {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

export interface Network {
  /** Names of what goes in. */
  readonly inputs: readonly string[]
  /** What comes out, by name. */
  run(inputs: Readonly<Record<string, Numbers>>): Promise<Record<string, Numbers>>
}

/** `source`: a path, or the bytes. */
export async function openNetwork(source: string | Uint8Array, model: Pick<ModelToOpen, 'threads' | 'provider'>): Promise<Network> {
  const options = sessionOptions(model)
  const session = await (typeof source === 'string' ? InferenceSession.create(source, options) : InferenceSession.create(source, options))
  return {
    inputs: session.inputNames,
    async run(inputs) {
      const fed = Object.fromEntries(Object.entries(inputs).map(([name, { shape, values }]) => [name, new Tensor('float32', values, shape)]))
      const results = await session.run(fed)
      return Object.fromEntries(Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, values: data as Float32Array }]))
    }
  }
}
