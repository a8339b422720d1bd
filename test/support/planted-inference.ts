/** Models whose answers are known: a picture's vector is its mean colour, a sentence's the colour it names; words, things and faces are told by colour, too. */
import { ModelMissingError } from '#protocols/errors.ts'
import type { Inference, InSpace, ModelAtWork, Picture, Task } from '../../node/understanding/inference/inference.ts'
import type { KnownModel, Models } from '../../node/understanding/models/models.ts'
import type { SpaceId, Vectors } from '../../node/understanding/space.ts'

export const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = { red: [230, 30, 30], green: [30, 200, 40], blue: [30, 50, 220], white: [240, 240, 240], black: [12, 12, 12] }

const refuse = async (): Promise<never> => { throw new ModelMissingError('no model for it') }

export class PlantedInference implements Inference {
  /** What is here; a test takes models away and brings them. */
  readonly models = new Map<Task, ModelAtWork>()
  /** Pictures seen so far, by task. */
  readonly seen = new Map<Task, number>()
  /** Batches that were embedded. */
  batches = 0
  failing: Error | undefined
  /** A model of pictures that was used before and is still here. */
  before: ModelAtWork | undefined
  readonly spaces: Pick<Models, 'spaces' | 'inSpace' | 'usedFor'> = {
    spaces: () => {
      const [now, before] = [this.models.get('embed-pictures')?.space, this.before?.space]
      return { searched: before ?? now, filling: before === undefined ? undefined : now }
    },
    inSpace: (space) => this.#known(this.modelIn(space)),
    usedFor: (task) => this.#known(this.models.get(task))
  }

  start(): void {}
  stop(): void {}
  whyNot = (task: Task): string | undefined => this.models.has(task) ? undefined : `no model for ${task}`
  whyNoVectors = (): string | undefined => this.before === undefined ? this.whyNot('embed-pictures') : undefined
  model = (task: Task): ModelAtWork | undefined => this.models.get(task)
  modelIn = (space: SpaceId): ModelAtWork | undefined => [this.models.get('embed-pictures'), this.before].find((model) => model?.space === space)

  with(task: Task, name = 'planted@1', space = 'planted-1'): this {
    this.models.set(task, { id: name.split('@')[0] ?? name, name, ...(task.startsWith('embed-') && { space: space as SpaceId, dimensions: 4 }) })
    return this
  }

  async embedPictures(pictures: readonly Picture[], { space }: InSpace = {}): Promise<Vectors> {
    if (this.failing !== undefined) throw this.failing
    this.#count('embed-pictures', pictures.length)
    this.batches++
    return this.#vectors(pictures.map((picture) => vectorOf(meanColour(picture))), space)
  }

  async embedQueries(texts: readonly string[], { space }: InSpace = {}): Promise<Vectors> {
    return this.#vectors(texts.map((text) => vectorOf(COLOURS[Object.keys(COLOURS).find((name) => text.includes(name)) ?? ''] ?? [128, 128, 128])), space)
  }

  async embedSentences(texts: readonly string[]): Promise<Vectors> {
    const space = this.models.get('embed-sentences')?.space
    if (space === undefined) return refuse()
    this.#count('embed-sentences', texts.length)
    return { space, dimensions: 4, values: Float32Array.from(texts.flatMap((text) => [...vectorOf(COLOURS[Object.keys(COLOURS).find((name) => text.includes(name)) ?? ''] ?? [128, 128, 128])])) }
  }

  async readText(picture: Picture): ReturnType<Inference['readText']> {
    this.#count('read-text', 1)
    return [{ text: `${nameOf(picture)} SIGN`, box: [0.1, 0.1, 0.5, 0.2], confidence: 0.9 }]
  }

  async findObjects(picture: Picture): ReturnType<Inference['findObjects']> {
    this.#count('find-objects', 1)
    return [{ label: `${nameOf(picture)} thing`, box: [0, 0, 1, 1], confidence: 0.8 }, { label: 'perhaps', box: [0, 0, 1, 1], confidence: 0.2 }]
  }

  async findFaces(): ReturnType<Inference['findFaces']> {
    this.#count('find-faces', 1)
    return [{ box: [0.2, 0.2, 0.1, 0.1], confidence: 0.9, vector: Float32Array.of(0.6, 0.8) }]
  }

  async describePictures(pictures: readonly Picture[]): Promise<string[]> {
    this.#count('describe-pictures', pictures.length)
    return pictures.map((picture) => `a ${nameOf(picture)} scene`)
  }

  findSpeech = refuse
  transcribe = refuse

  #count(task: Task, pictures: number): void {
    this.seen.set(task, (this.seen.get(task) ?? 0) + pictures)
  }

  #known(model: ModelAtWork | undefined): KnownModel | undefined {
    if (model === undefined) return undefined
    const [id = '', revision = ''] = model.name.split('@')
    return { manifest: { id, title: id, tasks: [], family: 'vision', revision, licence: 'MIT', files: [], dtype: 'fp32', preprocessing: '', dimensions: 4 }, here: { state: 'ready', folder: '', bytes: 0, revision }, usedFor: [], nodes: [] }
  }

  #vectors(all: readonly Float32Array[], space = this.models.get('embed-pictures')?.space): Vectors {
    if (space === undefined || this.spaces.inSpace(space) === undefined) throw new ModelMissingError('no model for pictures')
    const values = new Float32Array(all.length * 4)
    for (const [i, vector] of all.entries()) values.set(vector, i * 4)
    return { space, dimensions: 4, values }
  }
}

export function meanColour({ rgb }: Picture): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0]
  for (let at = 0; at < rgb.length; at++) sums[at % 3]! += rgb[at]!
  return sums.map((sum) => sum / (rgb.length / 3)) as [number, number, number]
}

export function vectorOf([r, g, b]: readonly [number, number, number]): Float32Array {
  const mean = (r + g + b) / 3
  const vector = Float32Array.of(r - mean, g - mean, b - mean, mean / 3)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

function nameOf(picture: Picture): string {
  const [r, g, b] = meanColour(picture)
  const distance = ([x, y, z]: readonly [number, number, number]): number => Math.hypot(x - r, y - g, z - b)
  return Object.entries(COLOURS).sort(([, one], [, other]) => distance(one) - distance(other))[0]![0]
}
