import { ChunkCorruptError, StorageFullError } from '#protocols/errors.ts'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import { limiter } from '../base/tasks.ts'
import type { LocalChunkStore } from '../chunks/chunk-store.ts'
import type { Membership } from '../network/membership.ts'
import { isWell } from '../chunks/disk-state.ts'
import type { ChunkClient } from './chunk-client.ts'
import type { Pace } from './pace.ts'
import type { RepairPlan } from './plan-repair.ts'

export interface RepairTransferComponents {
  local: Pick<LocalChunkStore, 'has' | 'get' | 'put' | 'delete' | 'usage'>
  membership: Pick<Membership, 'diskOf'>
  exchange: Pick<ChunkClient, 'get' | 'put' | 'has'>
  /** Whether a chunk was deleted here as garbage a moment ago: the others are about to do the same. */
  wasSwept?: ((id: ChunkId) => boolean) | undefined
  log: Logger
}

export interface RepairTransferInit {
  /** Chunks moved at once. */
  parallel: number
  pace: Pace
}

/** What a plan came to, in chunks. */
export interface Moved {
  pulled: number
  pushed: number
  dropped: number
  failed: number
}

/** Carries out repair plans: every chunk is checked again right before it is moved or dropped. */
export class RepairTransfer {
  readonly #parts: RepairTransferComponents
  readonly #pace: Pace
  readonly #limit: ReturnType<typeof limiter>

  constructor(components: RepairTransferComponents, init: RepairTransferInit) {
    this.#parts = components
    this.#pace = init.pace
    this.#limit = limiter(init.parallel)
  }

  async carryOut(plan: RepairPlan, owners: readonly PeerId[], signal: AbortSignal): Promise<Moved> {
    const moved: Moved = { pulled: 0, pushed: 0, dropped: 0, failed: 0 }
    const count = (kind: keyof Moved, done: boolean | undefined): void => { if (done !== undefined) moved[done ? kind : 'failed']++ }
    await each(plan.pull, this.#limit, signal, async ({ id, from }) => count('pulled', await this.#pull(id, from, signal)))
    await each(plan.push, this.#limit, signal, async ({ id, to }) => {
      for (const peer of to) count('pushed', await this.#push(id, peer, signal))
    })
    moved.dropped = await this.#drop(plan.drop, owners, signal)
    return moved
  }

  /** undefined when there was nothing to do. @throws StorageFullError when this disk takes no more */
  async #pull(id: ChunkId, from: readonly PeerId[], signal: AbortSignal): Promise<boolean | undefined> {
    const { local, exchange, wasSwept, log } = this.#parts
    if (wasSwept?.(id) === true) return undefined
    if (await local.has(id)) return undefined // a write brought it meanwhile
    if (!local.usage().acceptsWrites) return false // nothing is fetched only to be refused
    for (const peer of from) {
      try {
        const bytes = await exchange.get(peer, id, { signal })
        if (bytes === undefined) continue
        await this.#pace(bytes.byteLength, { signal })
        if (wasSwept?.(id) === true) return undefined
        await local.put(id, bytes, { signal, isHashed: true })
        return true
      } catch (err) {
        if (signal.aborted || isOwnDisk(err)) throw err
        log('could not fetch chunk %s from %s - %s', id, peer, err)
      }
    }
    return false
  }

  async #push(id: ChunkId, peer: PeerId, signal: AbortSignal): Promise<boolean | undefined> {
    const { local, exchange, membership, log } = this.#parts
    try {
      const [held] = await exchange.has(peer, [id], { signal })
      if (held === true) return undefined
      if (!isWell(membership.diskOf(peer))) return false
      const bytes = await local.get(id, { signal })
      if (bytes === undefined) return undefined
      await this.#pace(bytes.byteLength, { signal })
      await exchange.put(peer, id, bytes, { signal })
      return true
    } catch (err) {
      if (signal.aborted) throw err
      log('could not bring chunk %s to %s - %s', id, peer, err instanceof ChunkCorruptError ? 'damaged here' : err)
      return false
    }
  }

  /** Only what every owner says, now, that it has. */
  async #drop(ids: readonly ChunkId[], owners: readonly PeerId[], signal: AbortSignal): Promise<number> {
    if (ids.length === 0) return 0
    const { local, exchange, log } = this.#parts
    try {
      const answers = await Promise.all(owners.map((owner) => exchange.has(owner, ids, { signal })))
      const safe = ids.filter((_, i) => answers.every((held) => held[i] === true))
      for (const id of safe) await local.delete(id, { signal })
      return safe.length
    } catch (err) {
      if (signal.aborted) throw err
      log('kept %d chunks that belong elsewhere: their owners could not be asked - %s', ids.length, err)
      return 0
    }
  }
}

const isOwnDisk = (err: unknown): boolean => err instanceof StorageFullError

/** A few at a time in order; the first rejection ends it, and what is under way is waited for. */
async function each<T>(items: readonly T[], limit: ReturnType<typeof limiter>, signal: AbortSignal, work: (item: T) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const results = await Promise.allSettled(items.map((item) => limit(async () => {
    if (stop.signal.aborted) return
    try {
      signal.throwIfAborted()
      await work(item)
    } catch (err) {
      stop.abort()
      throw err
    }
  })))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
