/** All vectors of one space, in groups of partitions. */
import { join } from 'node:path'
import { PARTITIONS } from '#protocols/ids.ts'
import type { GraphName } from './graph.ts'
import { Group } from './group.ts'
import type { Row } from './rows.ts'
import type { RowFilter } from './scan.ts'

/** Groups of partitions: each has its memory and its graph, so that one can be made anew without the others. @default 4 */
export const GROUPS = 4

export interface NearRow { readonly row: Omit<Row, 'vector'>; readonly score: number }

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
  readonly #groups: readonly Group[]

  constructor(dimensions: number, { path, ...init }: SpaceRowsInit = {}) {
    this.dimensions = dimensions
    this.#groups = Array.from({ length: GROUPS }, (_, at) => new Group(dimensions, { ...init, path: path === undefined ? undefined : `${path}.${at}.rows` }))
  }

  get vectors(): number { return this.#sum(({ rows }) => rows.count - rows.dead) }
  get inGraphs(): number { return this.#sum(({ inGraph }) => inGraph) }
  get bytes(): number { return this.#sum(({ rows }) => rows.vectors.bytes) }
  /** Numbers that graphs compare a vector by, at most. */
  get graphNumbers(): number { return Math.max(...this.#groups.map(({ graphNumbers }) => graphNumbers)) }

  add(row: Row): void {
    this.#groups[groupOf(row.partition)]!.rows.add(row)
  }

  kill(partition: number, labels: readonly number[]): void {
    this.#groups[groupOf(partition)]!.kill(labels)
  }

  /** Living rows of a subject. */
  *rowsOf(partition: number, subject: number): Generator<Row> {
    const { rows } = this.#groups[groupOf(partition)]!
    for (const place of rows.placesOf(subject)) yield rows.row(place)
  }

  /** The nearest first. Of what all graphs guess at only as many are compared as the one that guesses most. */
  search(vector: Float32Array, wanted: number, filter: RowFilter): NearRow[] {
    const asked = this.#groups.filter((_, at) => filter.partitions.some((is, partition) => is === 1 && groupOf(partition) === at))
    const found = asked.map((group) => ({ group, ...group.find(vector, wanted, filter) }))
    const most = Math.max(...found.map(({ candidates }) => candidates.length))
    const least = found.flatMap(({ candidates }) => candidates.map(({ score }) => score)).sort((one, other) => other - one)[most - 1] ?? -Infinity
    for (const { group, candidates, best } of found) group.compare(candidates.filter(({ score }) => score >= least), best)
    return found.flatMap(({ group, best }) => best.sorted().map(({ place, score }) => ({ group, place, score }))).sort((one, other) => other.score - one.score).slice(0, wanted)
      .map(({ group, place, score }) => ({ row: group.rows.place(place), score }))
  }

  /** A step of what graphs lack; false when they lack nothing. */
  growGraph(): boolean {
    return this.#groups.some((group) => group.grow())
  }

  async save(folder: string, name: Omit<GraphName, 'group'>): Promise<void> {
    for (const [at, group] of this.#groups.entries()) await group.save(fileOf(folder, name.space, at), { ...name, group: at })
  }

  /** Graphs that were saved, of the rows that are there already. */
  async load(folder: string, name: Omit<GraphName, 'group'>): Promise<void> {
    for (const [at, group] of this.#groups.entries()) await group.load(fileOf(folder, name.space, at), { ...name, group: at })
  }

  /** Nothing is asked of it any more. */
  close(): void {
    for (const group of this.#groups) group.close()
  }

  #sum(of: (group: Group) => number): number {
    return this.#groups.reduce((sum, group) => sum + of(group), 0)
  }
}

/** A space's name is a file's name, too: `isSpaceId`. */
const fileOf = (folder: string, space: string, group: number): string => join(folder, `${space}.${group}.graph`)
