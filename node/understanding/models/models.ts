/** Models of the ring: what they are, which are here, which is used for what. */
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Task } from '../inference/inference.ts'
import type { SpaceId } from '../space.ts'

/** Models of one family share a child process. */
export type Family = 'vision' | 'sentences' | 'text' | 'objects' | 'faces' | 'captions' | 'speech' | 'transcription'

export interface ModelFile {
  /** Below the model's folder. */
  readonly path: string
  readonly size?: number
  /** Hex. Where it is not known beforehand, the first download settles it for the whole ring. */
  readonly sha256?: string
  /** It comes inside an npm package that is installed. */
  readonly package?: { readonly name: string; readonly path: string }
}

export interface ModelManifest {
  /** `clip-vit-base-patch32`: letters, digits, `-`, `.`. */
  readonly id: string
  readonly title: string
  readonly tasks: readonly Task[]
  readonly family: Family
  /** Organisation and name on the hub, for what is fetched. */
  readonly repository?: string
  readonly revision: string
  /** SPDX id. */
  readonly licence: string
  readonly files: readonly ModelFile[]
  /** Of the numbers in its files: fp32, q8… */
  readonly dtype: string
  /** Numbers of a vector, for `embed-` tasks. */
  readonly dimensions?: number
  /** How input is prepared, in words and numbers: part of the space's name. */
  readonly preprocessing: string
  /** What `verify` asks, and what the answer has to be near. */
  readonly golden?: readonly GoldenCase[]
}

export interface GoldenCase {
  readonly task: Task
  /** Text, or `picture:NAME` or `sound:NAME` of `golden.ts`. */
  readonly input: string
  /** The first numbers of a vector; or text: words, labels, spans as `FROM-TO` in ms, with spaces. */
  readonly expected: readonly number[] | string
  readonly tolerance: number
}

export type ModelState =
  | { readonly state: 'absent' }
  | { readonly state: 'fetching'; readonly bytesDone: number; readonly bytesTotal: number | undefined; readonly from: string }
  | { readonly state: 'ready'; readonly folder: string; readonly bytes: number; readonly revision: string }
  | { readonly state: 'corrupt'; readonly reason: string }

export interface KnownModel {
  readonly manifest: ModelManifest
  readonly here: ModelState
  /** Tasks it is used for, in the whole ring. */
  readonly usedFor: readonly Task[]
  /** Other nodes that have it. */
  readonly nodes: readonly string[]
}

export interface PullOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (bytesDone: number, bytesTotal: number | undefined, from: string) => void
  /** Nobody asked for it: nothing outside of the ring is asked. @default false */
  readonly isOwnAccord?: boolean
}

export interface Models extends Startable {
  readonly changed: Signal<void>
  all(): KnownModel[]
  /** The model of a task, wherever it is. */
  usedFor(task: Task): KnownModel | undefined
  /** Of the pictures' models: the space that searches use now, and the one that is being filled when the model was changed. */
  spaces(): { readonly searched: SpaceId | undefined; readonly filling: SpaceId | undefined }
  /** Of one that makes vectors, when it is known what its files are. */
  spaceOf(id: string): SpaceId | undefined
  inSpace(space: SpaceId): KnownModel | undefined
  /** Why this node can not do a task, and what to do; undefined when it can. */
  whyNot(task: Task): string | undefined
  /** Why this node makes no vectors of pictures and sentences, neither in the space that is searched nor by the model that is chosen; undefined when it does. */
  whyNoVectors(): string | undefined
  /** Whether it is known by somebody's manifest alone. */
  isOwn(id: string): boolean
  /** Whether any node can take its files from the ring. */
  inRing(id: string): boolean
  /** How much a space covers, in any unit: while the pictures' model is changed, searches use the old space until the new one covers more. */
  coverBy(cover: (space: SpaceId) => number): void
  /** Folder → ring → mirror → hub; goes on where it stopped. @throws NotFoundError, ModelMissingError with every source that was tried and why it had nothing */
  pull(id: string, options: PullOptions): Promise<void>
  /** Hashes of all files, then the golden cases. @throws NotFoundError */
  verify(id: string, signal: AbortSignal): Promise<{ readonly ok: boolean; readonly findings: readonly string[] }>
  /** @throws NotFoundError, InvalidInputError when it can not do that */
  use(task: Task, id: string | undefined): Promise<void>
}

/** In the place of ONNX Runtime's execution provider: this node runs no models; others may. */
export const NO_PROVIDER = 'none'
