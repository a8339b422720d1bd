/** Vectors of some partitions of a space, and how the nearest of them are found: one by one where few are meant, by a graph where many are. */
import { Axes, KEPT_SHARE, LEARNT_ROWS } from './axes.ts'
import { Best } from './best.ts'
import { Graph, type GraphName, MOST_GRAPH_SEARCH } from './graph.ts'
import { Rows } from './rows.ts'
import { acceptsOf, isEverything, meantOf, type RowFilter, scan, scanEach } from './scan.ts'
import { findsEnough } from './trial.ts'
import type { VectorFileInit } from './vector-file.ts'
import { SCAN_ROWS } from './vector-memory.ts'

/** Vectors of a group from which on it has a graph. @default 20000 */
export const GRAPH_FROM = 20_000
/** So many vectors are always compared one by one, for that is faster than a graph. @default 20000 */
export const EXACT_ROWS = 20_000
/** The more a filter leaves out, the more of a graph is walked in vain: up to the root of so many times all vectors they are compared one by one. @default 4000 */
export const EXACT_FACTOR = 4_000
/** Share of dead vectors from which on a group, or its graph, is made anew. @default 0.3 */
export const DEAD_SHARE = 0.3
/** A graph that compares by axes is asked for so many more than are wanted, and all of them are compared by all numbers. @default 64 */
export const CANDIDATES_MORE = 64
/** Vectors in a graph from which on it is tried, then whenever they are twice as many. @default 4096 */
export const TRIED_FROM = 4_096
/** A graph that compares by axes looks at up to so many, at least, before others are learnt that keep more. @default 256 */
export const MOST_BREADTH_OF_AXES = 256
/** Where axes are to keep more than this it is better to compare by all numbers. @default 0.97 */
export const MOST_KEPT = 0.97

export interface GroupInit extends VectorFileInit {
  /** @default GRAPH_FROM */
  readonly graphFrom?: number | undefined
  /** @default EXACT_ROWS */
  readonly exactRows?: number | undefined
}

export interface Candidate { readonly place: number; readonly score: number }

/** What a group knows of a question at first: those that were compared, and those that a graph guesses at. */
export interface Found { readonly best: Best; readonly candidates: readonly Candidate[] }

export class Group {
  readonly #dimensions: number
  readonly #graphFrom: number
  readonly #exactRows: number
  #rows: Rows
  #graph: Graph | undefined
  /** Places below it are in the graph: what is in it is the beginning of the rows. */
  #graphed = 0
  /** Share that axes are to keep. */
  #kept = KEPT_SHARE
  /** What takes longer than a step. */
  #task: Generator<void, void> | undefined

  constructor(dimensions: number, init: GroupInit = {}) {
    this.#dimensions = dimensions
    this.#graphFrom = init.graphFrom ?? GRAPH_FROM
    this.#exactRows = init.exactRows ?? EXACT_ROWS
    this.#rows = new Rows(dimensions, init)
  }

  get rows(): Rows { return this.#rows }
  get inGraph(): number { return this.#graph?.size ?? 0 }
  /** Numbers that its graph compares a vector by; 0 without a graph. */
  get graphNumbers(): number { return this.#graph === undefined ? 0 : this.#graph.axes?.count ?? this.#dimensions }

  kill(labels: readonly number[]): void {
    for (const label of this.#rows.kill(labels)) this.#graph?.remove(label)
  }

  find(vector: Float32Array, wanted: number, filter: RowFilter): Found {
    const best = new Best(wanted)
    const [rows, graph, accepts] = [this.#rows, this.#graph, acceptsOf(this.#rows, filter)]
    rows.vectors.ask(vector)
    const isAll = isEverything(rows, filter)
    const named = filter.subjects === undefined ? undefined : [...filter.subjects].flatMap((subject) => [...rows.placesOf(subject)]).sort((one, other) => one - other)
    const meant = named?.length ?? (isAll ? rows.count : meantOf(rows, accepts))
    if (graph === undefined || meant <= Math.max(this.#exactRows, Math.sqrt(EXACT_FACTOR * rows.count))) {
      if (named === undefined) scan(rows, 0, rows.count, accepts, best)
      else scanEach(rows, named, accepts, best)
      return { best, candidates: [] }
    }
    scan(rows, this.#graphed, rows.count - this.#graphed, accepts, best)
    return { best, candidates: this.#guesses(graph, vector, wanted, isAll ? undefined : (label) => accepts(rows.placeOf(label))) }
  }

  /** Compares candidates of `find`, of the same question, by all their numbers. */
  compare(candidates: readonly Candidate[], best: Best): void {
    const places = candidates.map(({ place }) => place).sort((one, other) => one - other)
    for (let from = 0; from < places.length; from += SCAN_ROWS) {
      const some = places.slice(from, from + SCAN_ROWS)
      const scores = this.#rows.vectors.scoreEach(some)
      for (const [at, place] of some.entries()) best.offer(place, scores[at]!)
    }
  }

  /** A step towards all being in the graph that belong there, and the graph being good; false when nothing is left to do. */
  grow(): boolean {
    if (this.#task !== undefined) {
      if (this.#task.next().done === true) this.#task = undefined
      return true
    }
    this.#renew()
    if (this.#graph === undefined) {
      if (this.#rows.count - this.#rows.dead < this.#graphFrom) return false
      this.#task = this.#begin()
      return true
    }
    if (this.#graph.size >= (this.#graph.triedAt === 0 ? Math.min(TRIED_FROM, this.#graphFrom) : 2 * this.#graph.triedAt)) {
      this.#task = this.#try(this.#graph)
      return true
    }
    this.#advance()
    if (this.#graphed === this.#rows.count) return false
    this.#graph.add(this.#rows.columns.label[this.#graphed]!, this.#rows.vectors.vector(this.#graphed))
    this.#graphed++
    return true
  }

  async save(file: string, name: GraphName): Promise<void> {
    await this.#graph?.save(file, name)
  }

  /** A graph that was saved, of the rows that are there already. */
  async load(file: string, name: GraphName): Promise<void> {
    if (this.#rows.count < this.#graphFrom) return
    const graph = await Graph.load(file, name, this.#dimensions)
    if (graph === undefined) return
    for (const label of graph.labels()) if (this.#rows.placeOf(label) === -1) graph.remove(label)
    const { label } = this.#rows.columns
    let inIt = 0
    while (inIt < this.#rows.count && graph.has(label[inIt]!)) inIt++
    if (graph.size !== inIt) return
    this.#graph = graph
    this.#kept = graph.kept
    this.#advance()
  }

  /** Nothing is asked of it any more. */
  close(): void {
    this.#rows.vectors.close()
  }

  #guesses(graph: Graph, vector: Float32Array, wanted: number, accepts?: (label: number) => boolean): Candidate[] {
    const candidates = graph.axes === undefined ? wanted : Math.max(graph.breadth, wanted + CANDIDATES_MORE)
    return graph.search(vector, candidates, accepts).map(({ label, score }) => ({ place: this.#rows.placeOf(label), score }))
  }

  *#begin(): Generator<void, void> {
    const rows = this.#rows
    const step = Math.max(1, Math.floor(rows.count / LEARNT_ROWS))
    const learnt: Float32Array[] = []
    for (let place = 0; place < rows.count; place += step) {
      if (rows.columns.dead[place] === 0) learnt.push(rows.vectors.vector(place))
      yield
    }
    const axes = this.#kept < 1 ? yield* Axes.learn(learnt, this.#kept) : undefined
    this.#graph = new Graph(this.#dimensions, { axes, kept: this.#kept })
    this.#graphed = 0
  }

  /** A graph that does not find enough looks at more; when that does not help, and axes are to blame, others are learnt that keep more. */
  *#try(graph: Graph): Generator<void, void> {
    const nearest = (vector: Float32Array, wanted: number): Best => {
      const best = new Best(wanted)
      this.compare(this.#guesses(graph, vector, wanted), best)
      return best
    }
    for (const most = graph.axes === undefined ? MOST_GRAPH_SEARCH : MOST_BREADTH_OF_AXES; ; graph.widen()) {
      const isGood = yield* findsEnough(this.#rows, this.#graphed, nearest)
      if (isGood || (graph.breadth >= most && graph.axes === undefined)) return graph.tried()
      if (graph.breadth >= most) break
    }
    this.#kept = this.#kept < MOST_KEPT ? (1 + this.#kept) / 2 : 1
    this.#drop()
  }

  #renew(): void {
    if (this.#rows.dead > this.#rows.count * DEAD_SHARE && this.#rows.count > this.#exactRows) {
      const before = this.#rows
      this.#rows = before.compacted()
      before.vectors.close()
      this.#graphed = 0
      this.#advance()
    }
    if (this.#graph !== undefined && this.#graph.deadShare > DEAD_SHARE) this.#drop()
  }

  #drop(): void {
    this.#graph = undefined
    this.#graphed = 0
  }

  #advance(): void {
    const { label, dead } = this.#rows.columns
    while (this.#graphed < this.#rows.count && (dead[this.#graphed] === 1 || this.#graph?.has(label[this.#graphed]!) === true)) this.#graphed++
    this.#rows.vectors.settle(this.#graphed)
  }
}
