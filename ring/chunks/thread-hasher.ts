import { availableParallelism } from 'node:os'
import { HashThread, SLOT_BYTES } from './hash-thread.ts'
import { type HashStream, type Hasher, plainHasher } from './hasher.ts'

/** Fewer bytes than this are hashed by the thread that calls: handing them over would take as long. @default 65536 */
export const MIN_THREADED_BYTES = 65_536
/** Threads that hash; never more than the machine has processors. @default 4 */
export const DEFAULT_HASH_THREADS = 4

export interface ThreadHasherInit {
  /** @default DEFAULT_HASH_THREADS */
  threads?: number
  /** How a thread is made. */
  start?: () => HashThread
}

/** Hashes on threads of its own, which begin when they are needed; what a dead thread leaves is hashed by the one that calls. */
export function createThreadHasher({ threads = Math.min(DEFAULT_HASH_THREADS, availableParallelism()), start = () => new HashThread() }: ThreadHasherInit = {}): Hasher {
  const started: HashThread[] = []
  let streams = 0

  /** An idle one, a new one, or the one with the least to do. */
  function leastBusy(): HashThread | undefined {
    const [best] = started.filter(({ isAlive }) => isAlive).sort((a, b) => a.load - b.load)
    if (best?.load === 0 || started.length >= threads) return best // what died is not replaced: it would die again
    const thread = start()
    started.push(thread)
    return thread
  }

  return {
    async digest(bytes) {
      const thread = isThreaded(bytes) ? leastBusy() : undefined
      if (thread === undefined) return plainHasher.digest(bytes)
      return thread.digest(bytes).catch(() => plainHasher.digest(bytes))
    },
    stream: () => new ThreadStream((piece) => (isThreaded(piece) ? leastBusy() : undefined), streams++)
  }
}

const isThreaded = ({ byteLength }: Uint8Array): boolean => byteLength >= MIN_THREADED_BYTES && byteLength <= SLOT_BYTES

/** Its first piece says where it is hashed: short blobs are not worth a thread. */
class ThreadStream implements HashStream {
  readonly #choose: (first: Uint8Array) => HashThread | undefined
  readonly #id: number
  #stream: HashStream | undefined

  constructor(choose: (first: Uint8Array) => HashThread | undefined, id: number) {
    this.#choose = choose
    this.#id = id
  }

  update(piece: Uint8Array): Promise<void> {
    this.#stream ??= this.#begin(piece)
    return this.#stream.update(piece)
  }

  digest(): Promise<Uint8Array> {
    this.#stream ??= plainHasher.stream()
    return this.#stream.digest()
  }

  discard(): void {
    this.#stream?.discard()
  }

  #begin(first: Uint8Array): HashStream {
    const thread = this.#choose(first)
    return thread === undefined ? plainHasher.stream() : streamOn(thread, this.#id)
  }
}

function streamOn(thread: HashThread, id: number): HashStream {
  let taken: Promise<void> = Promise.resolve()
  let hasEnded = false
  return {
    update(piece) {
      taken = Promise.all([taken, ...cut(piece).map((part) => thread.update(id, part))]).then(() => {})
      taken.catch(() => {}) // `digest` says so, if nobody listens
      return taken
    },
    async digest() {
      hasEnded = true
      await taken
      return thread.end(id)
    },
    discard() {
      if (!hasEnded) void taken.then(() => thread.drop(id), () => {})
      hasEnded = true
    }
  }
}

const cut = (piece: Uint8Array): Uint8Array[] => Array.from({ length: Math.ceil(piece.byteLength / SLOT_BYTES) }, (_, i) => piece.subarray(i * SLOT_BYTES, (i + 1) * SLOT_BYTES))

let shared: Hasher | undefined

/** The one of this process: its threads serve all its stores. */
export function sharedHasher(): Hasher {
  shared ??= createThreadHasher()
  return shared
}
