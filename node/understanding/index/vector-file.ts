/** Vectors of a group: the newest in memory, as long as a graph has not got to them, the others in a file. What of it is asked for often is in the cache of the system, which gives that room away when it is needed. */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { SCAN_ROWS, VectorMemory } from './vector-memory.ts'

/** Vectors that are moved into the file at once; at least as many stay in memory. @default 20480 */
export const MOVED_ROWS = 20_480
/** Vectors that are moved at once when they need not be in memory. @default 4096 */
export const SETTLED_ROWS = 4_096

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
  /** What is read, or picked out, to be compared; made when it is needed. */
  #window: VectorMemory | undefined
  #descriptor: number | undefined
  /** Places below it are in the file. */
  #moved = 0
  /** What could not be written is tried again when there are so many. */
  #retryAt = 0
  #query: Float32Array | undefined

  constructor(dimensions: number, { path, movedRows = MOVED_ROWS }: VectorFileInit = {}) {
    this.dimensions = dimensions
    this.#path = path
    this.#movedRows = movedRows
    this.#memory = new VectorMemory(dimensions)
  }

  get count(): number { return this.#moved + this.#memory.count }
  /** In memory. */
  get bytes(): number { return this.#memory.bytes + (this.#window?.bytes ?? 0) }

  /** @throws RangeError when there is no more memory */
  add(vector: Float32Array): void {
    this.#memory.add(vector)
    if (this.#memory.count >= 2 * this.#movedRows) this.#move(this.#movedRows)
  }

  /** Those below this place are compared only when few are meant: they need not be in memory. */
  settle(place: number): void {
    if (place - this.#moved >= SETTLED_ROWS) this.#move(SETTLED_ROWS)
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
    this.#window?.ask(query)
  }

  /** Products with the vectors from a place on, at most `SCAN_ROWS` of them and none beyond the last that is in the file too: a list that the next call writes over. */
  score(from: number, count: number): Float32Array {
    if (from >= this.#moved) return this.#memory.score(from - this.#moved, count)
    const read = Math.min(count, this.#moved - from)
    return this.#read(from, read).score(0, read)
  }

  /** As `score`, with single vectors by rising place. */
  scoreEach(places: readonly number[]): Float32Array {
    const window = this.#openWindow()
    const into = window.replace(places.length)
    let at = 0
    for (const [from, count] of runsOf(places)) {
      for (let place = from; place < from + count;) {
        const end = place < this.#moved ? Math.min(from + count, this.#moved) : from + count
        const part = into.subarray(at, at += (end - place) * window.rowBytes)
        if (place < this.#moved) this.#readInto(part, place)
        else part.set(this.#memory.raw(place - this.#moved, end - place))
        place = end
      }
    }
    return window.score(0, places.length)
  }

  /** Nothing is asked of it any more. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #read(from: number, count: number): VectorMemory {
    const window = this.#openWindow()
    this.#readInto(window.replace(count), from)
    return window
  }

  #openWindow(): VectorMemory {
    if (this.#window === undefined) {
      this.#window = new VectorMemory(this.dimensions)
      if (this.#query !== undefined) this.#window.ask(this.#query)
    }
    return this.#window
  }

  #readInto(into: Uint8Array, from: number): void {
    for (let at = 0; at < into.length;) {
      const bytes = readSync(this.#descriptor!, into, at, into.length - at, from * this.#memory.rowBytes + at)
      if (bytes === 0) throw new RangeError(`vectors from ${from} on are not in the file of the index`)
      at += bytes
    }
  }

  /** What can not be written stays where it is. */
  #move(rows: number): void {
    if (this.#path === undefined || this.count < this.#retryAt) return
    const { rowBytes } = this.#memory
    try {
      this.#descriptor ??= openUnnamed(this.#path)
      for (let from = 0; from < rows; from += SCAN_ROWS) {
        const bytes = this.#memory.raw(from, Math.min(SCAN_ROWS, rows - from))
        for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at, bytes.length - at, (this.#moved + from) * rowBytes + at)
      }
    } catch {
      this.#retryAt = this.count + this.#movedRows
      return
    }
    const left = new VectorMemory(this.dimensions)
    left.replace(this.#memory.count - rows).set(this.#memory.raw(rows, this.#memory.count - rows))
    if (this.#query !== undefined) left.ask(this.#query)
    this.#memory = left
    this.#moved += rows
  }
}

/** Numbers that follow one another, by rising number. */
export function* runsOf(places: readonly number[]): Generator<readonly [from: number, count: number]> {
  for (let at = 0; at < places.length;) {
    let end = at + 1
    while (end < places.length && places[end] === places[end - 1]! + 1) end++
    yield [places[at]!, end - at]
    at = end
  }
}

/** Gone from its folder at once, and from the disk when it is closed, whatever ends this process. */
function openUnnamed(path: string): number {
  const descriptor = openSync(path, 'w+', 0o600)
  unlinkSync(path)
  return descriptor
}
