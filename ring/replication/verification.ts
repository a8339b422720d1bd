import { MAX_VERIFY_CHUNKS } from '#protocols/chunk.ts'
import { type ChunkId, PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { ChunkStore } from '../chunks/chunk-store.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import type { ChunkClient } from './chunk-client.ts'
import type { Reading, Verifier } from './scrub.ts'

/** What one node found on its disk. */
export interface NodeFindings {
  readonly peerId: PeerId
  /** False when it was silent, or stopped answering; then the numbers are of what it said before. */
  readonly answered: boolean
  /** Why it did not answer to the end. */
  readonly reason: string | undefined
  /** Chunks that were read, or should have been there to be read. */
  readonly chunks: number
  /** Read and good. */
  readonly bytes: number
  readonly good: number
  readonly damaged: number
  readonly missing: number
  /** Of the damaged and missing ones: replaced by copies of other nodes. */
  readonly healed: number
}

/** What all of them found. */
export interface RingFindings {
  readonly nodes: readonly NodeFindings[]
  /** Chunks of which no node that answered has a good copy. */
  readonly lost: readonly ChunkId[]
}

export interface VerifyOptions extends AbortOptions {
  /** Called with what has been read since the last call. */
  onProgress?: (read: { chunks: number; bytes: number }) => void
  /** Awaited before every page of chunks that a node is asked to read: what holds it back holds the reading back. */
  turn?: () => Promise<void>
  /** Told which chunks a node read from its disk now and found good; of questions about certain chunks only. */
  onGood?: (peer: PeerId, ids: readonly ChunkId[]) => void
}

export interface VerificationComponents {
  readonly network: Pick<Network, 'self'>
  readonly membership: Pick<Membership, 'members'>
  readonly exchange: Pick<ChunkClient, 'verify' | 'verifyPartition' | 'has'>
  /** This node's own. */
  readonly local: Verifier
  readonly store: Pick<ChunkStore, 'has'>
}

/** Asks every live node of the ring to read its disk now, and to mend what is not whole. */
export interface Verification {
  /** These chunks, wherever they are held. @throws the signal's reason */
  chunks(ids: readonly ChunkId[], options?: VerifyOptions): Promise<RingFindings>
  /** Everything that every live node holds. @throws the signal's reason */
  everything(options?: VerifyOptions): Promise<RingFindings>
  /** Those of these chunks that no live node says it holds; nothing is read. @throws the signal's reason */
  unheld(ids: readonly ChunkId[], options?: AbortOptions): Promise<ChunkId[]>
}

export function createVerification(components: VerificationComponents): Verification {
  const { network, membership, exchange, local, store } = components

  const verifierOf = (peer: PeerId): Verifier => peer === network.self ? local : {
    check: (ids, options) => exchange.verify(peer, ids, options),
    checkPartition: (partition, after, limit, options) => exchange.verifyPartition(peer, partition, after, limit, options)
  }

  /** Every member at once; `read` is one node's share. */
  async function askAll(read: (verifier: Verifier, tally: Tally) => Promise<void>, { signal, onProgress }: VerifyOptions): Promise<Tally[]> {
    return Promise.all(membership.members().filter(({ state }) => state !== 'gone').map(async ({ peerId, alive }) => {
      const tally = new Tally(peerId, onProgress)
      if (!alive) return tally.fail('it is silent')
      try {
        await read(verifierOf(peerId), tally)
      } catch (err) {
        signal?.throwIfAborted()
        tally.fail(err instanceof Error ? err.message : String(err))
      }
      return tally
    }))
  }

  return {
    async chunks(ids, options = {}) {
      const unique = [...new Set(ids)]
      const tallies = await askAll(async (verifier, tally) => {
        for (let at = 0; at < unique.length;) {
          await options.turn?.()
          const reading = await verifier.check(unique.slice(at, at + MAX_VERIFY_CHUNKS), options)
          const good = tally.add(reading)
          options.onGood?.(tally.peerId, good)
          at += Math.max(1, reading.checked.length)
        }
      }, options)
      const whole = new Set(tallies.flatMap(({ whole }) => [...whole]))
      return { nodes: tallies.map((tally) => tally.findings()), lost: unique.filter((id) => !whole.has(id)) }
    },
    async everything(options = {}) {
      const tallies = await askAll(async (verifier, tally) => {
        for (let partition = 0 as Partition; partition < PARTITIONS; partition++) {
          for (let after: ChunkId | undefined, more = true; more;) {
            await options.turn?.()
            const page = await verifier.checkPartition(partition, after, MAX_VERIFY_CHUNKS, options)
            tally.add(page, false)
            ;({ after, more } = page)
          }
        }
      }, options)
      return { nodes: tallies.map((tally) => tally.findings()), lost: [...new Set(tallies.flatMap(({ lost }) => [...lost]))] }
    },
    async unheld(ids, { signal }: AbortOptions = {}) {
      const rest = new Set(ids)
      for (const id of ids) if (await store.has(id, { signal })) rest.delete(id)
      for (const { peerId, alive } of membership.members()) {
        const asked = [...rest]
        if (!alive || peerId === network.self || asked.length === 0) continue
        const held = await exchange.has(peerId, asked, { signal }).catch((): boolean[] => [])
        signal?.throwIfAborted()
        for (const [i, id] of asked.entries()) if (held[i] === true) rest.delete(id)
      }
      return [...rest]
    }
  }
}

class Tally {
  readonly whole = new Set<ChunkId>()
  readonly lost = new Set<ChunkId>()
  readonly peerId: PeerId
  readonly #onProgress: VerifyOptions['onProgress']
  #reason: string | undefined
  #bytes = 0
  #counts = { chunks: 0, good: 0, damaged: 0, missing: 0, healed: 0 }

  constructor(peerId: PeerId, onProgress: VerifyOptions['onProgress']) {
    this.peerId = peerId
    this.#onProgress = onProgress
  }

  /** Answers those that were read and good; what was made good is not read back yet. */
  add({ checked, bytes }: Reading, rememberWhole = true): ChunkId[] {
    const good: ChunkId[] = []
    for (const { id, outcome } of checked) {
      if (outcome === 'ELSEWHERE') continue
      const [found, mended] = outcome.split('_') as ['GOOD' | 'DAMAGED' | 'MISSING', 'HEALED' | 'WAITING' | 'LOST' | undefined]
      this.#counts.chunks++
      this.#counts[found === 'GOOD' ? 'good' : found === 'DAMAGED' ? 'damaged' : 'missing']++
      if (mended === 'HEALED') this.#counts.healed++
      if (mended === 'LOST') this.lost.add(id)
      if (found === 'GOOD') good.push(id)
      if (rememberWhole && (found === 'GOOD' || mended === 'HEALED')) this.whole.add(id)
    }
    this.#bytes += bytes
    this.#onProgress?.({ chunks: checked.length, bytes })
    return good
  }

  fail(reason: string): this {
    this.#reason = reason
    return this
  }

  findings(): NodeFindings {
    return { peerId: this.peerId, answered: this.#reason === undefined, reason: this.#reason, bytes: this.#bytes, ...this.#counts }
  }
}
