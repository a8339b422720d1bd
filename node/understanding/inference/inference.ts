/** What models say of pictures, words and sound. Models run in processes of their own, one per family, at low priority: what one does there ends that process, and nothing else. */
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Box } from '../analysis/analysis.ts'
import type { Vectors } from '../space.ts'

/** What can be asked of a model. Each has at most one model in use in the ring. */
export const TASKS = ['embed-pictures', 'embed-sentences', 'read-text', 'find-objects', 'find-faces', 'describe-pictures', 'find-speech', 'transcribe'] as const
export type Task = (typeof TASKS)[number]

/** RGB, 8 bits each, line by line without padding. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Mono, 16 kHz, -1 to 1. */
export type Samples = Float32Array

export interface AskOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (share: number) => void
  /** Somebody waits for it: before what runs in the background. @default false */
  readonly urgent?: boolean
}

/** The model that answers for a task on this node. */
export interface ModelAtWork {
  readonly id: string
  /** Id and revision, as in readings. */
  readonly name: string
  /** Of `embed-` tasks. */
  readonly space?: Vectors['space']
  readonly dimensions?: number
}

export interface ReadLine { readonly text: string; readonly box: Box; readonly confidence: number }
export interface FoundObject { readonly label: string; readonly box: Box; readonly confidence: number }
export interface FoundFace { readonly box: Box; readonly confidence: number; readonly vector: Float32Array | undefined }
/** In ms of the samples. */
export interface SpokenSpan { readonly fromMs: number; readonly toMs: number }
export interface HeardWord extends SpokenSpan { readonly text: string; readonly confidence: number | undefined }
export interface Heard {
  /** ISO 639-1, and how sure, 0 to 1. */
  readonly language: string
  readonly languageConfidence: number
  readonly segments: ReadonlyArray<SpokenSpan & { readonly text: string; readonly words: readonly HeardWord[] }>
}

export interface Inference extends Startable {
  /** The model that is there for it; undefined: see `whyNot`. */
  model(task: Task): ModelAtWork | undefined
  /** Why this node can not do it, and what to do; undefined when it can. */
  whyNot(task: Task): string | undefined
  /** @throws ModelMissingError, RemoteError, the signal's reason; so do all below */
  embedPictures(pictures: readonly Picture[], options?: AskOptions): Promise<Vectors>
  /** In the space of `embedPictures`, so that a sentence finds pictures. */
  embedQueries(texts: readonly string[], options?: AskOptions): Promise<Vectors>
  /** In a space of sentences, for texts that are compared with texts. */
  embedSentences(texts: readonly string[], options?: AskOptions): Promise<Vectors>
  readText(picture: Picture, options?: AskOptions): Promise<ReadLine[]>
  findObjects(picture: Picture, options?: AskOptions): Promise<FoundObject[]>
  findFaces(picture: Picture, options?: AskOptions): Promise<FoundFace[]>
  describePictures(pictures: readonly Picture[], options?: AskOptions): Promise<string[]>
  findSpeech(samples: Samples, options?: AskOptions): Promise<SpokenSpan[]>
  transcribe(samples: Samples, options?: AskOptions & { readonly language?: string }): Promise<Heard>
}
