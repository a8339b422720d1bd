/** transformers.js, told to fetch nothing: models are opened of their folders. Only for the processes of models. */
import { basename, dirname, join } from 'node:path'
import { env, LogLevel, RawImage } from '@huggingface/transformers'
import { unit } from '../vectors.ts'
import type { ModelToOpen } from './asks.ts'
import type { Picture } from './inference.ts'
import { sessionOptions } from './onnx-options.ts'

/** What `from_pretrained` is called with for the models of a folder. */
export function hubModel({ folder, dtype, threads, provider }: ModelToOpen) {
  env.allowRemoteModels = false
  env.localModelPath = dirname(folder)
  env.cacheDir = join(folder, '.cache')
  env.useFSCache = false
  env.logLevel = LogLevel.ERROR
  const { executionProviders: _, ...options } = sessionOptions({ threads, provider })
  return { name: basename(folder), options: { dtype: dtype as 'q8', device: provider as 'cpu', local_files_only: true, session_options: options } }
}

/** Shares the bytes. */
export const imageOf = ({ width, height, rgb }: Picture): RawImage => new RawImage(new Uint8ClampedArray(rgb.buffer as ArrayBuffer, rgb.byteOffset, rgb.byteLength), width, height, 3)

/** Rows of a tensor, each of length 1. */
export function unitRows({ data, dims }: { readonly data: ArrayLike<number>; readonly dims: readonly number[] }): Float32Array[] {
  const [rows = 0, size = 0] = dims
  if (dims.length !== 2 || data.length !== rows * size) throw new Error(`vectors were expected of the model, not numbers of shape ${dims.join('×')}`)
  return Array.from({ length: rows }, (_, row) => directionOf(Float32Array.from({ length: size }, (_, at) => data[row * size + at] ?? 0)))
}

function directionOf(vector: Float32Array): Float32Array {
  const direction = unit(vector)
  if (direction === undefined) throw new Error('the model answered a vector without a direction: its files are damaged, or the input is none')
  return direction
}
