/** All vectors of one space, in groups of partitions, and how the nearest of them are found: one by one where few are meant, by a graph where many are. */
import { join } from 'node:path'
import { PARTITIONS } from '#protocols/ids.ts'
import { Best } from './best.ts'
import { Graph, type GraphName } from './graph.ts'
import { type Row, Rows } from './rows.ts'
import { SCAN_ROWS } from './vector-memory.ts'

/** Groups of partitions: each has its memory and its graph, so that one can be made anew without the others. @default 4 */
export const GROUPS = 4
/** Vectors of a group from which on it has a graph. @default 20000 */
export const GRAPH_FROM = 20_000
/** So many vectors are always compared one by one, for that is faster than a graph. @default 20000 */
export const EXACT_ROWS = 20_000
/** The more a filter leaves out, the more of a graph is walked in vain: up to the root of so many times all vectors they are compared one by one. @default 4000 */
export const EXACT_FACTOR = 4_000
/** Share of dead vectors from which on a group, or its graph, is made anew. @default 0.3 */
export const DEAD_SHARE = 0.3

/** Which rows are meant, beside their being alive. */
export interface RowFilter {
  /** By partition, 1 for those that are asked. */
  readonly partitions: Uint8Array
  /** By level. */
  readonly levels: Uint8Array
  /** Numbers of the subjects that may be; all when left out. */
  readonly subjects?: ReadonlySet<number>
  /** Whether the time of a row is right. */
  readonly inTime?: (subject: number, fromMs: number, toMs: number) => boolean
}

export interface NearRow { readonly row: Omit<Row, 'vector'>; readonly score: number }

interface Group { rows: Rows; graph: Graph | undefined; /** Places below it are in the graph. */ graphed: number }

export const groupOf = (partition: number): number => Math.floor(partition / (PARTITIONS / GROUPS))

export interface SpaceRowsInit {
  /** Where vectors go that are too many for the memory, in files that begin with its name. @default all stay in memory */
  readonly path?: string
  /** @default MOVED_ROWS */
  readonly movedRows?: number
  /** @default GRAPH_FROM */
  readonly graphFrom?: number
  /** @default EXACT_ROWS */
  readonly exactRows?: number
}

export class SpaceRows {
  readonly dimensions: number
  readonly #graphFrom: number
  readonly #exactRows: number
  readonly #groups: Group[]

  constructor(dimensions: number, { graphFrom = GRAPH_FROM, exactRows = EXACT_ROWS, path, movedRows }: SpaceRowsInit = {}) {
    this.dimensions = dimensions
    this.#graphFrom = graphFrom
    this.#exactRows = exactRows
    this.#groups = Array.from({ length: GROUPS }, (_, at) => ({ rows: new Rows(dimensions, { path: path === undefined ? undefined : `${path}.${at}.rows`, movedRows }), graph: undefined, graphed: 0 }))
  }

  get vectors(): number { return this.#groups.reduce((sum, { rows }) => sum + rows.count - rows.dead, 0) }
  get inGraphs(): number { return this.#groups.reduce((sum, { graph }) => sum + (graph?.size ?? 0), 0) }
  get bytes(): number { return this.#groups.reduce((sum, { rows }) => sum + rows.vectors.bytes, 0) }

  add(row: Row): void {
    this.#groups[groupOf(row.partition)]!.rows.add(row)
  }

  kill(partition: number, labels: readonly number[]): void {
    const { rows, graph } = this.#groups[groupOf(partition)]!
    for (const label of rows.kill(labels)) graph?.remove(label)
  }

  /** Living rows of a subject. */
  *rowsOf(partition: number, subject: number): Generator<Row> {
    const { rows } = this.#groups[groupOf(partition)]!
    for (const place of rows.placesOf(subject)) yield rows.row(place)
  }

  /** The nearest first. */
  search(vector: Float32Array, wanted: number, filter: RowFilter): NearRow[] {
    const found = this.#groups.flatMap((group, at) => filter.partitions.some((asked, partition) => asked === 1 && groupOf(partition) === at) ? this.#searchGroup(group, vector, wanted, filter) : [])
    return found.sort((one, other) => other.score - one.score).slice(0, wanted)
  }

  /** One vector more in a graph; false when all are in that belong there. */
  growGraph(): boolean {
    for (const group of this.#groups) {
      this.#renew(group)
      const { rows, graph } = group
      if (graph === undefined && rows.count - rows.dead < this.#graphFrom) continue
      group.graph ??= new Graph(this.dimensions)
      advance(group)
      if (group.graphed === rows.count) continue
      group.graph.add(rows.columns.label[group.graphed]!, rows.vectors.vector(group.graphed))
      group.graphed++
      return true
    }
    return false
  }

  async save(folder: string, name: Omit<GraphName, 'group'>): Promise<void> {
    for (const [at, { graph }] of this.#groups.entries()) await graph?.save(fileOf(folder, name.space, at), { ...name, group: at })
  }

  /** Graphs that were saved, of the rows that are there already. */
  async load(folder: string, name: Omit<GraphName, 'group'>): Promise<void> {
    for (const [at, group] of this.#groups.entries()) {
      if (group.rows.count < this.#graphFrom) continue
      const graph = await Graph.load(fileOf(folder, name.space, at), { ...name, group: at }, this.dimensions)
      if (graph === undefined) continue
      for (const label of graph.labels()) if (group.rows.placeOf(label) === -1) graph.remove(label)
      group.graph = graph
      advance(group)
    }
  }

  /** Nothing is asked of it any more. */
  close(): void {
    for (const { rows } of this.#groups) rows.vectors.close()
  }

  #renew(group: Group): void {
    if (group.rows.dead > group.rows.count * DEAD_SHARE && group.rows.count > this.#exactRows) {
      const before = group.rows
      group.rows = before.compacted()
      before.vectors.close()
      group.graphed = 0
      advance(group)
    }
    if (group.graph !== undefined && group.graph.deadShare > DEAD_SHARE) {
      group.graph = undefined
      group.graphed = 0
    }
  }

  #searchGroup({ rows, graph, graphed }: Group, vector: Float32Array, wanted: number, filter: RowFilter): NearRow[] {
    const best = new Best(wanted)
    rows.vectors.ask(vector)
    const named = filter.subjects === undefined ? undefined : [...filter.subjects].flatMap((subject) => [...rows.placesOf(subject)]).sort((one, other) => one - other)
    const meant = named?.length ?? this.#meant(rows, filter)
    const accepts = acceptsOf(rows, filter)
    if (graph === undefined || meant <= Math.max(this.#exactRows, Math.sqrt(EXACT_FACTOR * rows.count))) scan(rows, named ?? [0, rows.count], named !== undefined, accepts, best)
    else {
      for (const { label, score } of graph.search(vector, wanted, (label) => accepts(rows.placeOf(label)))) best.offer(rows.placeOf(label), score)
      scan(rows, [graphed, rows.count], false, accepts, best)
    }
    return best.sorted().map(({ place, score }) => ({ row: rows.place(place), score }))
  }

  /** About how many rows a filter leaves, by a look at some of them. */
  #meant(rows: Rows, filter: RowFilter): number {
    const accepts = acceptsOf(rows, filter)
    const step = Math.max(1, Math.floor(rows.count / SCAN_ROWS))
    let [looked, accepted] = [0, 0]
    for (let place = 0; place < rows.count; place += step) {
      looked++
      if (accepts(place)) accepted++
    }
    return looked === 0 ? 0 : rows.count * accepted / looked
  }
}

/** What is in the graph is the beginning of the rows. */
function advance(group: Group): void {
  const { label, dead } = group.rows.columns
  while (group.graphed < group.rows.count && (dead[group.graphed] === 1 || group.graph?.has(label[group.graphed]!) === true)) group.graphed++
}

function acceptsOf(rows: Rows, { partitions, levels, subjects, inTime }: RowFilter): (place: number) => boolean {
  const { dead, partition, level, subject, fromMs, toMs } = rows.columns
  return (place) => place !== -1 && dead[place] === 0 && partitions[partition[place]!] === 1 && levels[level[place]!] === 1 &&
    (subjects === undefined || subjects.has(subject[place]!)) && (inTime === undefined || inTime(subject[place]!, fromMs[place]!, toMs[place]!))
}

/** `places`: single ones by rising number, or from where to where. */
function scan(rows: Rows, places: readonly number[], areSingle: boolean, accepts: (place: number) => boolean, best: Best): void {
  for (const [from, count] of areSingle ? runsOf(places) : [[places[0]!, places[1]! - places[0]!] as const]) {
    for (let at = from; at < from + count;) {
      const end = Math.min(at + SCAN_ROWS, from + count)
      if (rows.vectors.isInFile(at)) at = firstAccepted(accepts, at, end)
      if (at === end) continue
      const scores = rows.vectors.score(at, end - at)
      for (let i = 0; i < scores.length; i++) if (scores[i]! > best.floor && accepts(at + i)) best.offer(at + i, scores[i]!)
      at += scores.length
    }
  }
}

/** What is not meant need not be read; `end` when none is. */
function firstAccepted(accepts: (place: number) => boolean, from: number, end: number): number {
  let at = from
  while (at < end && !accepts(at)) at++
  return at
}

function* runsOf(places: readonly number[]): Generator<readonly [from: number, count: number]> {
  for (let at = 0; at < places.length;) {
    let end = at + 1
    while (end < places.length && places[end] === places[end - 1]! + 1) end++
    yield [places[at]!, end - at]
    at = end
  }
}

/** A space's name is a file's name, too: `isSpaceId`. */
const fileOf = (folder: string, space: string, group: number): string => join(folder, `${space}.${group}.graph`)
