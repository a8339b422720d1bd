/** What models say of pictures, words and sound. Models run in processes of their own, one per family, at low priority: what one does there ends that process, and nothing else. */
import { availableParallelism } from 'node:os'
import { InvalidInputError, ModelMissingError, RemoteError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import type { Box } from '../analysis/analysis.ts'
import { type KnownModel, type Models, NO_PROVIDER } from '../models/models.ts'
import type { SpaceId, Vectors } from '../space.ts'
import type { Ask, InputOf, OutputOf } from './asks.ts'
import { checkPicture, checkSamples, checkText, MAX_LISTENED_SECONDS, MAX_TRANSCRIBED_SECONDS } from './checks.ts'
import { FAMILIES, type FamilyRow } from './families.ts'
import { openModelProcess } from './model-process.ts'
import { createModelQueue, type ModelQueue, type ModelQueueInit } from './model-queue.ts'

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

/** While the pictures' model is changed there are two spaces. */
export interface InSpace {
  /** Of pictures: the one that is being filled, else the one that is searched. */
  readonly space?: SpaceId
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

/** ONNX Runtime's execution provider, unless said otherwise. @default cpu */
export const DEFAULT_INFERENCE_PROVIDER = 'cpu'
/** Threads of each run unless THATDAM_INFERENCE_THREADS says otherwise: one core is left to everything else. */
export const defaultInferenceThreads = (): number => Number(process.env['THATDAM_INFERENCE_THREADS']) || Math.max(1, availableParallelism() - 1)

export interface InferenceComponents {
  readonly models: Pick<Models, 'usedFor' | 'spaces' | 'spaceOf' | 'inSpace' | 'whyNot' | 'whyNoVectors' | 'changed'>
  readonly metrics: Metrics
  readonly log: Logger
}

export interface InferenceInit {
  /** @default defaultInferenceThreads() */
  readonly threads?: number
  /** @default DEFAULT_INFERENCE_PROVIDER */
  readonly provider?: string
  /** @default FAMILIES */
  readonly families?: Readonly<Record<KnownModel['manifest']['family'], FamilyRow>>
  /** Bounds of each model's queue. */
  readonly queue?: Partial<Omit<ModelQueueInit, 'open' | 'batch'>>
}

export interface Inference extends Startable {
  /** The model that is there for it; undefined: see `whyNot`. */
  model(task: Task): ModelAtWork | undefined
  /** The model that is there for a space of pictures. */
  modelIn(space: SpaceId): ModelAtWork | undefined
  /** Why this node can not do it, and what to do; undefined when it can. */
  whyNot(task: Task): string | undefined
  /** Why it makes no vectors of pictures and sentences, neither in the space that is searched nor by the model that is chosen; undefined when it does. */
  whyNoVectors(): string | undefined
  /** @default in the space that is searched, where its model is here. @throws ModelMissingError, RemoteError, the signal's reason; so do all below */
  embedPictures(pictures: readonly Picture[], options?: AskOptions & InSpace): Promise<Vectors>
  /** In a space of pictures, so that a sentence finds them. @default the one that is searched */
  embedQueries(texts: readonly string[], options?: AskOptions & InSpace): Promise<Vectors>
  /** In a space of sentences, for texts that are compared with texts. */
  embedSentences(texts: readonly string[], options?: AskOptions): Promise<Vectors>
  readText(picture: Picture, options?: AskOptions): Promise<ReadLine[]>
  findObjects(picture: Picture, options?: AskOptions): Promise<FoundObject[]>
  findFaces(picture: Picture, options?: AskOptions): Promise<FoundFace[]>
  describePictures(pictures: readonly Picture[], options?: AskOptions): Promise<string[]>
  findSpeech(samples: Samples, options?: AskOptions): Promise<SpokenSpan[]>
  transcribe(samples: Samples, options?: AskOptions & { readonly language?: string }): Promise<Heard>
}

export function createInference({ models, metrics, log }: InferenceComponents, { threads = defaultInferenceThreads(), provider = DEFAULT_INFERENCE_PROVIDER, families = FAMILIES, queue: bounds = {} }: InferenceInit = {}): Inference {
  const queues = new Map<string, ModelQueue>()
  const inputs = metrics.counter('inference_inputs_total', 'Inputs that models answered about.')
  const failures = metrics.counter('inference_failures_total', 'Questions to models that failed.')
  const processes = metrics.counter('inference_processes_total', 'Processes of models that were started.')
  metrics.gauge('inference_waiting_inputs', 'Inputs that wait for a model.', () => [...queues.values()].reduce((sum, { waiting }) => sum + waiting, 0))
  let stop = (): void => {}

  function queueOf({ manifest: { id, family, dtype, dimensions }, here }: KnownModel): ModelQueue {
    if (here.state !== 'ready') throw new ModelMissingError(`${id} is not ready on this node`)
    const key = `${id} ${here.folder}`
    const { folder } = here
    const { program, batch } = families[family]
    const queue = queues.get(key) ?? createModelQueue({ ...bounds, batch, open(signal) {
      processes.increment()
      log('opening %s', id)
      return openModelProcess({ program, signal, model: { id, family, folder, dtype, threads, provider, ...(dimensions !== undefined && { dimensions }) } })
    } })
    queues.set(key, queue)
    return queue
  }

  async function ask<A extends Ask>(model: KnownModel, what: A, given: ReadonlyArray<InputOf<A>>, options: AskOptions = {}): Promise<ReadonlyArray<OutputOf<A>>> {
    try {
      const outputs = await queueOf(model).ask(what, given, options)
      inputs.increment(outputs.length)
      return outputs
    } catch (err) {
      failures.increment()
      throw err
    }
  }

  /** @throws ModelMissingError */
  function modelFor(task: Task): KnownModel {
    const why = models.whyNot(task)
    const model = models.usedFor(task)
    if (why !== undefined || model === undefined) throw new ModelMissingError(why ?? `no model is chosen for ${task}`)
    return model
  }

  /** @throws ModelMissingError */
  function modelOf(space: SpaceId | undefined): KnownModel {
    if (space === undefined || provider === NO_PROVIDER) return modelFor('embed-pictures')
    const model = models.inSpace(space)
    if (model?.here.state !== 'ready') throw new ModelMissingError(model === undefined ? `no model is known that makes vectors of ${space}` : `${model.manifest.title} is not on this node: thatdam models pull ${model.manifest.id}`)
    return model
  }

  function searchedHere(): SpaceId | undefined {
    const { searched } = models.spaces()
    return searched !== undefined && models.inSpace(searched)?.here.state === 'ready' ? searched : undefined
  }

  async function vectors(model: KnownModel, what: 'embed-pictures' | 'embed-queries' | 'embed-sentences', given: ReadonlyArray<InputOf<typeof what>>, options?: AskOptions): Promise<Vectors> {
    const space = models.spaceOf(model.manifest.id)
    if (space === undefined) throw new ModelMissingError(`the files of ${model.manifest.title} are not known yet: thatdam models pull ${model.manifest.id}`)
    const rows = await ask(model, what, given as never, options)
    return joined(rows, space, model)
  }

  /** Of models that are not there any more. */
  function prune(): void {
    const there = new Set(TASKS.flatMap((task) => models.usedFor(task) ?? []).concat(Object.values(models.spaces()).flatMap((space) => (space === undefined ? [] : models.inSpace(space) ?? []))).flatMap(({ manifest: { id }, here }) => (here.state === 'ready' ? [`${id} ${here.folder}`] : [])))
    for (const [key, queue] of queues) {
      if (there.has(key)) continue
      queues.delete(key)
      void queue.stop(new ModelMissingError('the model was taken away, or changed, while it was asked: ask again'))
    }
  }

  const one = async <A extends Ask>(task: A & Task, given: InputOf<A>, options?: AskOptions): Promise<OutputOf<A>> => (await ask<A>(modelFor(task), task, [given], options))[0]!

  return {
    start() {
      stop = models.changed.on(prune)
    },
    async stop() {
      stop()
      await Promise.all([...queues.values()].map((queue) => queue.stop(new Error('the node is stopping'))))
      queues.clear()
    },
    model(task) {
      const model = models.usedFor(task)
      return model?.here.state === 'ready' && models.whyNot(task) === undefined ? atWork(model, task.startsWith('embed-') ? models.spaceOf(model.manifest.id) : undefined) : undefined
    },
    modelIn(space) {
      const model = models.inSpace(space)
      return model?.here.state === 'ready' && provider !== NO_PROVIDER ? atWork(model, space) : undefined
    },
    whyNot: (task) => models.whyNot(task),
    whyNoVectors: () => models.whyNoVectors(),
    embedPictures: async (pictures, { space = searchedHere(), ...options } = {}) => vectors(modelOf(space), 'embed-pictures', pictures.map(checkPicture), options),
    embedQueries: async (texts, { space = models.spaces().searched, ...options } = {}) => vectors(modelOf(space), 'embed-queries', texts.map(checkText), options),
    embedSentences: async (texts, options) => vectors(modelFor('embed-sentences'), 'embed-sentences', texts.map(checkText), options),
    readText: async (picture, options) => [...await one('read-text', checkPicture(picture), options)],
    findObjects: async (picture, options) => [...await one('find-objects', checkPicture(picture), options)],
    findFaces: async (picture, options) => [...await one('find-faces', checkPicture(picture), options)],
    describePictures: async (pictures, options) => [...await ask(modelFor('describe-pictures'), 'describe-pictures', pictures.map(checkPicture), options)],
    findSpeech: async (samples, options) => [...await one('find-speech', checkSamples(samples, MAX_LISTENED_SECONDS), options)],
    async transcribe(samples, { language, ...options } = {}) {
      if (language !== undefined && !/^[a-z]{2,3}$/.test(language)) throw new InvalidInputError('a language is a code of ISO 639-1: en, de, zh…')
      return one('transcribe', { samples: checkSamples(samples, MAX_TRANSCRIBED_SECONDS), ...(language !== undefined && { language }) }, options)
    }
  }
}

const atWork = ({ manifest: { id, revision, dimensions } }: KnownModel, space: SpaceId | undefined): ModelAtWork => ({ id, name: `${id}@${revision}`, ...(space !== undefined && { space }), ...(dimensions !== undefined && { dimensions }) })

function joined(rows: readonly Float32Array[], space: SpaceId, { manifest }: KnownModel): Vectors {
  const dimensions = manifest.dimensions ?? rows[0]?.length ?? 0
  const values = new Float32Array(rows.length * dimensions)
  for (const [place, row] of rows.entries()) {
    if (row.length !== dimensions) throw new RemoteError(`${manifest.title} answers vectors of ${row.length} numbers where its manifest says ${dimensions}`)
    values.set(row, place * dimensions)
  }
  return { space, dimensions, values }
}
