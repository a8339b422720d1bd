/** What is said between a node and the processes that run models. A process opens one model, and then answers about it. */
import type { Family } from '../models/models.ts'
import type { FoundFace, FoundObject, Heard, Picture, ReadLine, Samples, SpokenSpan } from './inference.ts'

/** What is to be written down, and in which language if that is known. */
export interface Speech {
  readonly samples: Samples
  /** ISO 639-1. */
  readonly language?: string
}

/** What goes in and what comes out, of one input. Vectors are of length 1. */
export interface Asks {
  'embed-pictures': { readonly input: Picture; readonly output: Float32Array }
  'embed-queries': { readonly input: string; readonly output: Float32Array }
  'embed-sentences': { readonly input: string; readonly output: Float32Array }
  'read-text': { readonly input: Picture; readonly output: readonly ReadLine[] }
  'find-objects': { readonly input: Picture; readonly output: readonly FoundObject[] }
  'find-faces': { readonly input: Picture; readonly output: readonly FoundFace[] }
  'describe-pictures': { readonly input: Picture; readonly output: string }
  'find-speech': { readonly input: Samples; readonly output: readonly SpokenSpan[] }
  'transcribe': { readonly input: Speech; readonly output: Heard }
}
export type Ask = keyof Asks
export type InputOf<A extends Ask> = Asks[A]['input']
export type OutputOf<A extends Ask> = Asks[A]['output']

/** All that a process is told of its model. */
export interface ModelToOpen {
  readonly id: string
  readonly family: Family
  /** Its files, as the manifest lays them out; the process may keep what it makes of them beside them. */
  readonly folder: string
  /** Of the numbers in its files: fp32, q8… */
  readonly dtype: string
  readonly dimensions?: number
  /** Threads of a run. */
  readonly threads: number
  /** ONNX Runtime's execution provider: cpu, cuda, coreml, dml… */
  readonly provider: string
}

export type ToProcess =
  | { readonly open: ModelToOpen }
  | { readonly run: number; readonly ask: Ask; readonly inputs: readonly unknown[] }
  | { readonly cancel: number }

/** `bytes`: resident memory of the process. */
export type FromProcess =
  | { readonly opened: true }
  | { readonly notOpened: string }
  | { readonly run: number; readonly progress: number }
  | { readonly run: number; readonly outputs: readonly unknown[]; readonly bytes: number }
  | { readonly run: number; readonly failed: string; readonly bytes: number }
