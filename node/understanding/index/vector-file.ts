/** Vectors of a group: the newest in memory, where a graph has not got to, the others in a file. What of it is asked for often is in the cache of the system, which gives that room away when it is needed. */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { SCAN_ROWS, VectorMemory } from './vector-memory.ts'

/** Vectors that are moved into the file at once; at least as many stay in memory. @default 20480 */
export const MOVED_ROWS = 20_480

export interface VectorFileInit {
  /** Made when it is needed, and nobody else's: what is in it can be had again. Without one all stay in memory. */
  readonly path?: string | undefined
  /** @default MOVED_ROWS */
  readonly movedRows?: number | undefined
}

/** The same as `VectorMemory`, however many there are. */
export class VectorFile {
  readonly dimensions: number
  readonly #path: string | undefined
  readonly #movedRows: number
  #memory: VectorMemory
  #file: { readonly descriptor: number; readonly window: VectorMemory } | undefined
  /** Places below it are in the file. */
  #moved = 0
  #moveAt: number
  #query: Float32Array | undefined

  constructor(dimensions: number, { path, movedRows = MOVED_ROWS }: VectorFileInit = {}) {
    this.dimensions = dimensions
    this.#path = path
    this.#movedRows = movedRows
    this.#moveAt = path === undefined ? Infinity : 2 * movedRows
    this.#memory = new VectorMemory(dimensions)
  }

  get count(): number { return this.#moved + this.#memory.count }
  /** In memory. */
  get bytes(): number { return this.#memory.bytes + (this.#file?.window.bytes ?? 0) }

  /** @throws RangeError when there is no more memory */
  add(vector: Float32Array): void {
    this.#memory.add(vector)
    if (this.#memory.count >= this.#moveAt) this.#move()
  }

  /** A copy. */
  vector(place: number): Float32Array {
    return place >= this.#moved ? this.#memory.vector(place - this.#moved) : this.#read(place, 1).vector(0)
  }

  /** Whether it has to be read to be compared. */
  isInFile(place: number): boolean { return place < this.#moved }

  /** What `score` compares with from now on. */
  ask(query: Float32Array): void {
    this.#query = query
    this.#memory.ask(query)
    this.#file?.window.ask(query)
  }

  /** Products with the vectors from a place on, at most `SCAN_ROWS` of them and none beyond the last that is in the file too: a list that the next call writes over. */
  score(from: number, count: number): Float32Array {
    if (from >= this.#moved) return this.#memory.score(from - this.#moved, count)
    const read = Math.min(count, this.#moved - from)
    return this.#read(from, read).score(0, read)
  }

  /** Nothing is asked of it any more. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor)
    this.#file = undefined
  }

  #read(from: number, count: number): VectorMemory {
    const { descriptor, window } = this.#file!
    const into = window.replace(count)
    for (let at = 0; at < into.length;) {
      const bytes = readSync(descriptor, into, at, into.length - at, from * window.rowBytes + at)
      if (bytes === 0) throw new RangeError(`vectors ${from} to ${from + count} are not in the file of the index`)
      at += bytes
    }
    return window
  }

  /** What can not be written stays where it is, and is tried again later. */
  #move(): void {
    try {
      this.#file ??= { descriptor: openUnnamed(this.#path!), window: new VectorMemory(this.dimensions) }
      const { descriptor, window } = this.#file
      for (let from = 0; from < this.#movedRows; from += SCAN_ROWS) {
        const bytes = this.#memory.raw(from, Math.min(SCAN_ROWS, this.#movedRows - from))
        for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, (this.#moved + from) * window.rowBytes + at)
      }
      if (this.#query !== undefined) window.ask(this.#query)
    } catch {
      this.#moveAt = this.#memory.count + this.#movedRows
      return
    }
    const left = new VectorMemory(this.dimensions)
    left.replace(this.#memory.count - this.#movedRows).set(this.#memory.raw(this.#movedRows, this.#memory.count - this.#movedRows))
    if (this.#query !== undefined) left.ask(this.#query)
    this.#memory = left
    this.#moved += this.#movedRows
    this.#moveAt = Math.max(2 * this.#movedRows, left.count + 1)
  }
}

/** Gone from its folder at once, and from the disk when it is closed, whatever ends this process. */
function openUnnamed(path: string): number {
  const descriptor = openSync(path, 'w+', 0o600)
  unlinkSync(path)
  return descriptor
}
