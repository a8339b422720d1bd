/** Nearest vectors by a graph (hnswlib): for so many that comparing each takes too long. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import hnswlib from 'hnswlib-node'
import { writeDurably } from '#ring/base/durable-file.ts'
import { Axes } from './axes.ts'

/** Neighbours of a vector in the graph. @default 16 */
export const GRAPH_NEIGHBOURS = 16
/** Vectors looked at when one is added. @default 100 */
export const GRAPH_CONSTRUCTION = 100
/** Least vectors looked at by a search, at first. @default 64 */
export const GRAPH_SEARCH = 64
/** And at most, where a graph did not find enough. @default 1024 */
export const MOST_GRAPH_SEARCH = 1_024
/** Room at first, and least room more, in vectors. @default 4096 */
export const GRAPH_ROOM = 4_096
/** Room more, as a share of what there is: what is not used yet costs some memory, too. @default 0.25 */
export const GRAPH_GROWTH = 0.25

export interface Neighbour { readonly label: number; readonly score: number }

/** What a saved graph has to be of to be read again. */
export interface GraphName {
  /** Of the store: `MomentStore.id`. */
  readonly store: string
  readonly space: string
  readonly group: number
}

export interface GraphInit {
  /** What it compares vectors by, so that it is smaller and faster. @default all their numbers */
  readonly axes?: Axes | undefined
  /** The share that its axes were to keep. @default 1 */
  readonly kept?: number
}

export class Graph {
  readonly axes: Axes | undefined
  readonly kept: number
  readonly #dimensions: number
  readonly #dead = new Set<number>()
  /** Labels come in rising order: what is in it needs no list. */
  #lastLabel = -1
  #breadth = GRAPH_SEARCH
  #triedAt = 0
  #graph: hnswlib.HierarchicalNSW
  #isSaved = false

  constructor(dimensions: number, { axes, kept = 1 }: GraphInit = {}) {
    this.axes = axes
    this.kept = kept
    this.#dimensions = dimensions
    this.#graph = new hnswlib.HierarchicalNSW('ip', axes?.count ?? dimensions)
    this.#graph.initIndex({ maxElements: GRAPH_ROOM, m: GRAPH_NEIGHBOURS, efConstruction: GRAPH_CONSTRUCTION })
  }

  /** How many it had when it was last found good. */
  get triedAt(): number { return this.#triedAt }
  get size(): number { return this.#count - this.#dead.size }
  /** Share of what is in it that is found no more. */
  get deadShare(): number { return this.#count === 0 ? 0 : this.#dead.size / this.#count }
  get #count(): number { return this.#graph.getCurrentCount() }

  /** Whether its turn is over: it is in it, or was dead already. */
  has(label: number): boolean { return label <= this.#lastLabel }
  labels(): Iterable<number> { return this.#graph.getIdsList() }

  /** Labels come in rising order. */
  add(label: number, vector: Float32Array): void {
    const room = this.#graph.getMaxElements()
    if (this.#count === room) this.#graph.resizeIndex(room + Math.max(GRAPH_ROOM, Math.ceil(room * GRAPH_GROWTH)))
    this.#graph.addPoint(this.axes?.entry(vector) ?? Array.from(vector), label)
    this.#lastLabel = label
    this.#isSaved = false
  }

  remove(label: number): void {
    if (!this.has(label) || this.#dead.has(label)) return
    this.#graph.markDelete(label)
    this.#dead.add(label)
    this.#isSaved = false
  }

  /** Least vectors looked at by a search. */
  get breadth(): number { return this.#breadth }

  /** A search looks at twice as many from now on. */
  widen(): void {
    this.#breadth *= 2
    this.#isSaved = false
  }

  /** It is good. */
  tried(): void {
    this.#triedAt = this.size
    this.#isSaved = false
  }

  /** The nearest of those that are accepted, the nearest first; by what the axes keep, where there are any. */
  search(vector: Float32Array, wanted: number, accepts?: (label: number) => boolean): Neighbour[] {
    const most = Math.min(wanted, this.#count)
    if (most === 0) return []
    this.#graph.setEf(Math.max(this.#breadth, most))
    const { neighbors, distances } = this.#graph.searchKnn(this.axes?.query(vector) ?? Array.from(vector), most, accepts)
    return neighbors.map((label, at) => ({ label, score: 1 - distances[at]! }))
  }

  /** Nothing may be added or removed until it is over. */
  async save(file: string, name: GraphName): Promise<void> {
    if (this.#isSaved) return
    const temporary = `${file}.tmp`
    await this.#graph.writeIndex(temporary)
    const axes = this.axes === undefined ? '' : Buffer.from(this.axes.values.buffer).toString('base64')
    const seal: Seal = { ...name, dimensions: this.#dimensions, kept: this.kept, breadth: this.#breadth, triedAt: this.#triedAt, axes, sha256: await digestOf(temporary, axes), dead: [...this.#dead] }
    await rm(`${file}.json`, { force: true }) // a crash in between leaves a graph without its seal, which is none
    await rename(temporary, file)
    await writeDurably(dirname(file), `${basename(file)}.json`, JSON.stringify(seal))
    this.#isSaved = true
  }

  /** Undefined when there is none, or it is another's, damaged or of before there were axes. */
  static async load(file: string, name: GraphName, dimensions: number): Promise<Graph | undefined> {
    try {
      const seal = JSON.parse(await readFile(`${file}.json`, 'utf8')) as Seal
      const isOurs = seal.store === name.store && seal.space === name.space && seal.group === name.group && seal.dimensions === dimensions
      if (!isOurs || seal.sha256 !== await digestOf(file, seal.axes)) return undefined // hnswlib reads whatever it is given
      const axes = seal.axes === '' ? undefined : new Axes(dimensions, new Float32Array(Uint8Array.from(Buffer.from(seal.axes, 'base64')).buffer))
      const graph = new Graph(dimensions, { axes, kept: seal.kept })
      graph.#graph = new hnswlib.HierarchicalNSW('ip', axes?.count ?? dimensions)
      await graph.#graph.readIndex(file)
      for (const label of graph.labels()) graph.#lastLabel = Math.max(graph.#lastLabel, label)
      for (const label of seal.dead) graph.#dead.add(label)
      graph.#breadth = seal.breadth
      graph.#triedAt = seal.triedAt
      graph.#isSaved = true
      return graph
    } catch {
      return undefined
    }
  }
}

interface Seal extends GraphName {
  readonly dimensions: number
  readonly kept: number
  readonly breadth: number
  readonly triedAt: number
  /** The values of its axes, in base64; empty where it has none. */
  readonly axes: string
  /** Of the graph and the axes. */
  readonly sha256: string
  readonly dead: readonly number[]
}

async function digestOf(file: string, axes: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { end: false })
  return hash.update(axes).digest('hex')
}
