/** Nearest vectors by a graph (hnswlib): for so many that comparing each takes too long. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import hnswlib from 'hnswlib-node'
import { writeDurably } from '#ring/base/durable-file.ts'

/** Neighbours of a vector in the graph. @default 16 */
export const GRAPH_NEIGHBOURS = 16
/** Vectors looked at when one is added. @default 100 */
export const GRAPH_CONSTRUCTION = 100
/** Least vectors looked at by a search. @default 64 */
export const GRAPH_SEARCH = 64
/** Room at first, in vectors; it doubles. @default 4096 */
export const GRAPH_ROOM = 4_096

export interface Neighbour { readonly label: number; readonly score: number }

/** What a saved graph has to be of to be read again. */
export interface GraphName {
  /** Of the store: `MomentStore.id`. */
  readonly store: string
  readonly space: string
  readonly group: number
}

export class Graph {
  readonly #dimensions: number
  readonly #dead = new Set<number>()
  readonly #labels = new Set<number>()
  #graph: hnswlib.HierarchicalNSW
  #isSaved = false

  constructor(dimensions: number) {
    this.#dimensions = dimensions
    this.#graph = new hnswlib.HierarchicalNSW('ip', dimensions)
    this.#graph.initIndex({ maxElements: GRAPH_ROOM, m: GRAPH_NEIGHBOURS, efConstruction: GRAPH_CONSTRUCTION })
  }

  get size(): number { return this.#labels.size - this.#dead.size }
  /** Share of what is in it that is found no more. */
  get deadShare(): number { return this.#labels.size === 0 ? 0 : this.#dead.size / this.#labels.size }

  has(label: number): boolean { return this.#labels.has(label) }
  labels(): Iterable<number> { return this.#labels }

  add(label: number, vector: Float32Array): void {
    if (this.#graph.getCurrentCount() === this.#graph.getMaxElements()) this.#graph.resizeIndex(this.#graph.getMaxElements() * 2)
    this.#graph.addPoint(Array.from(vector), label)
    this.#labels.add(label)
    this.#isSaved = false
  }

  remove(label: number): void {
    if (!this.#labels.has(label) || this.#dead.has(label)) return
    this.#graph.markDelete(label)
    this.#dead.add(label)
    this.#isSaved = false
  }

  /** The nearest of those that are accepted, the nearest first. */
  search(vector: Float32Array, wanted: number, accepts: (label: number) => boolean): Neighbour[] {
    const most = Math.min(wanted, this.#graph.getCurrentCount())
    if (most === 0) return []
    this.#graph.setEf(Math.max(GRAPH_SEARCH, most))
    const { neighbors, distances } = this.#graph.searchKnn(Array.from(vector), most, accepts)
    return neighbors.map((label, at) => ({ label, score: 1 - distances[at]! }))
  }

  /** Nothing may be added or removed until it is over. */
  async save(file: string, name: GraphName): Promise<void> {
    if (this.#isSaved) return
    const temporary = `${file}.tmp`
    await this.#graph.writeIndex(temporary)
    const seal = { ...name, dimensions: this.#dimensions, sha256: await digestOf(temporary), dead: [...this.#dead] }
    await rm(`${file}.json`, { force: true }) // a crash in between leaves a graph without its seal, which is none
    await rename(temporary, file)
    await writeDurably(dirname(file), `${basename(file)}.json`, JSON.stringify(seal))
    this.#isSaved = true
  }

  /** Undefined when there is none, or it is another's or damaged. */
  static async load(file: string, name: GraphName, dimensions: number): Promise<Graph | undefined> {
    try {
      const seal = JSON.parse(await readFile(`${file}.json`, 'utf8')) as GraphName & { dimensions: number; sha256: string; dead: number[] }
      const isOurs = seal.store === name.store && seal.space === name.space && seal.group === name.group && seal.dimensions === dimensions
      if (!isOurs || seal.sha256 !== await digestOf(file)) return undefined // hnswlib reads whatever it is given
      const graph = new Graph(dimensions)
      graph.#graph = new hnswlib.HierarchicalNSW('ip', dimensions)
      await graph.#graph.readIndex(file)
      for (const label of graph.#graph.getIdsList()) graph.#labels.add(label)
      for (const label of seal.dead) graph.#dead.add(label)
      graph.#isSaved = true
      return graph
    } catch {
      return undefined
    }
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
