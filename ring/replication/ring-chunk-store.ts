import { ChunkCorruptError, ChunkNotFoundError } from '#protocols/errors.ts'
import { type ChunkId, type PeerId, chunkIdOfDigest, partitionOfChunk } from '#protocols/ids.ts'
import { type Emitter, type Signal, emitter } from '../base/emitter.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { type Logger, silentLog } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { type Beyond, type ChunkPlace, NOTHING_BEYOND } from '../chunks/beyond.ts'
import { CHUNK_BYTES, type ChunkStore, type RingChunkStore } from '../chunks/chunk-store.ts'
import type { Hasher } from '../chunks/hasher.ts'
import { createLruCache } from '../chunks/lru-cache.ts'
import { sharedHasher } from '../chunks/thread-hasher.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import { DEFAULT_WRITE_QUORUM, type Placement } from '../placement/placement.ts'
import type { ChunkClient } from './chunk-client.ts'
import { firstAnswer } from './first-answer.ts'
import { type ReplicatedWrite, replicatedWrite } from './replicated-write.ts'

/** A peer silent for this long, in ms, is overtaken by the next. @default 2000 */
export const DEFAULT_HEDGE_MS = 2_000
/** Acknowledged writes that may still be on their way to further owners; beyond it, writers wait and then leave the rest to repair. @default 32 */
export const DEFAULT_BACKGROUND_WRITES = 32
/** How long a writer waits for further copies when too many are on their way, in ms. @default 250 */
export const BACKGROUND_WAIT_MS = 250
/** How long the DHT may look for holders, in ms. @default 5000 */
export const FIND_HOLDERS_TIMEOUT_MS = 5_000
/** Chunks fetched from other nodes and kept in memory, in bytes. @default 33554432 */
export const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024

export interface RingChunkStoreComponents {
  network: Pick<Network, 'self' | 'findHolders'>
  membership: Pick<Membership, 'alive' | 'isAlive' | 'changed'>
  placement: Pick<Placement, 'ranking' | 'owners' | 'targets' | 'olderOwners' | 'olderTargets' | 'layouts'>
  local: ChunkStore
  exchange: Pick<ChunkClient, 'get' | 'put'>
  log?: Logger
  metrics?: Metrics
  /** @default NOTHING_BEYOND */
  beyond?: Beyond
  /** @default the one of this process */
  hasher?: Hasher
}

export interface RingChunkStoreInit {
  /** @default DEFAULT_WRITE_QUORUM */
  writeQuorum?: number
  /** @default DEFAULT_HEDGE_MS */
  hedgeMs?: number
  /** @default DEFAULT_BACKGROUND_WRITES */
  backgroundWrites?: number
  /** @default DEFAULT_CACHE_BYTES */
  cacheBytes?: number
}

/** The ring's chunks as one store; `stop` ends what still runs behind acknowledged writes. */
export interface ReplicatingChunkStore extends RingChunkStore, Startable {
  /** A write ended with fewer copies than its partition has targets: repair has work. */
  readonly fellShort: Signal<ChunkId>
}

export function createRingChunkStore(components: RingChunkStoreComponents, init: RingChunkStoreInit = {}): ReplicatingChunkStore {
  return new DefaultRingChunkStore(components, init)
}

class DefaultRingChunkStore implements ReplicatingChunkStore {
  readonly fellShort: Emitter<ChunkId> = emitter()
  readonly #parts: RingChunkStoreComponents
  readonly #init: Required<RingChunkStoreInit>
  readonly #log: Logger
  readonly #hasher: Hasher
  readonly #beyond: Beyond
  readonly #writes = new Set<ReplicatedWrite>()
  readonly #background = new Set<Promise<unknown>>()
  readonly #shutdown = new AbortController()
  readonly #cache
  readonly #fetched
  #leave: (() => void) | undefined

  constructor(components: RingChunkStoreComponents, init: RingChunkStoreInit) {
    this.#parts = components
    this.#init = {
      writeQuorum: init.writeQuorum ?? DEFAULT_WRITE_QUORUM,
      hedgeMs: init.hedgeMs ?? DEFAULT_HEDGE_MS,
      backgroundWrites: init.backgroundWrites ?? DEFAULT_BACKGROUND_WRITES,
      cacheBytes: init.cacheBytes ?? DEFAULT_CACHE_BYTES
    }
    this.#log = (components.log ?? silentLog).scope('ring:replication')
    this.#hasher = components.hasher ?? sharedHasher()
    this.#beyond = components.beyond ?? NOTHING_BEYOND
    this.#cache = createLruCache<Uint8Array>(this.#init.cacheBytes)
    this.#fetched = components.metrics?.counter('ring_chunks_fetched_total', 'Chunks read from other nodes')
  }

  start(): void {
    this.#leave ??= this.#parts.membership.changed.on(() => this.#giveUpOnTheDead())
  }

  async stop(): Promise<void> {
    this.#leave?.()
    this.#shutdown.abort(new Error('the chunk store is stopping'))
    for (const write of this.#writes) write.giveUp(this.#shutdown.signal.reason)
    await Promise.allSettled(this.#background)
  }

  async put(bytes: Uint8Array, options: AbortOptions = {}): Promise<{ id: ChunkId; copies: number }> {
    const signal = this.#signal(options)
    signal.throwIfAborted()
    if (bytes.byteLength > CHUNK_BYTES) throw new TypeError(`a chunk is at most ${CHUNK_BYTES} bytes, got ${bytes.byteLength}`)
    const id = chunkIdOfDigest(await this.#hasher.digest(bytes))
    signal.throwIfAborted() // nobody is told of a write that begins now
    for (;;) {
      const { current: { id: layout } } = this.#parts.placement.layouts().transition
      const copies = await this.#write(id, bytes, options)
      // Another layout came while it was written: it has to hold by that one, too, before anybody is told.
      if (this.#parts.placement.layouts().transition.current.id === layout) return { id, copies }
    }
  }

  async #write(id: ChunkId, bytes: Uint8Array, options: AbortOptions): Promise<number> {
    const { targets, spares, groups } = this.#candidates(id)
    const write = replicatedWrite({ targets, spares, groups, quorum: this.#init.writeQuorum }, {
      signal: options.signal,
      hedgeMs: this.#init.hedgeMs,
      store: (peer, signal) => (peer === this.#parts.network.self ? this.#parts.local.put(id, bytes, { signal, isHashed: true }) : this.#parts.exchange.put(peer, id, bytes, { signal })),
      onFailure: (peer, error) => this.#log('could not write chunk %s to %s - %s', id, peer, error)
    })
    this.#follow(id, write, targets.length)
    const copies = await write.acknowledged
    if (this.#background.size > this.#init.backgroundWrites) await this.#slowDown(write)
    return copies
  }

  async get(id: ChunkId, options: AbortOptions & { within?: ChunkPlace } = {}): Promise<Uint8Array> {
    const signal = this.#signal(options)
    signal.throwIfAborted()
    const { local, damaged } = await this.#readLocal(id, signal)
    if (local !== undefined) return local
    const cached = this.#cache.get(id)
    if (cached !== undefined) return cached
    const { within } = options
    const far = within === undefined || !this.#beyond.isAway(within.blob) ? undefined : await this.#readBeyond(id, within, signal)
    if (far !== undefined) return far

    const { exchange } = this.#parts
    const onFailure = (peer: PeerId, error: unknown): void => this.#log('could not read chunk %s from %s - %s', id, peer, error)
    const found = await firstAnswer(this.#holders(id, signal), (peer, signal) => exchange.get(peer, id, { signal }), { hedgeMs: this.#init.hedgeMs, signal, onFailure })
    if (found === undefined) throw new ChunkNotFoundError(`no live node of the ring holds chunk ${id}; it may come back with a node that is away`)
    this.#fetched?.increment()
    if (damaged || this.#isOwner(id)) this.#keep(id, found.value)
    else this.#cache.set(id, found.value, found.value.byteLength)
    return found.value
  }

  /** Bytes that were taken off the disks: nobody is asked in vain first. */
  async #readBeyond(id: ChunkId, place: ChunkPlace, signal: AbortSignal): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#beyond.read(place, { signal })
      if (bytes === undefined) return undefined
      if (chunkIdOfDigest(await this.#hasher.digest(bytes)) !== id) throw new ChunkCorruptError(`the bytes of chunk ${id} that lie in the cloud are not what was put there`)
      this.#cache.set(id, bytes, bytes.byteLength)
      return bytes
    } catch (err) {
      signal.throwIfAborted()
      this.#log.error('could not read chunk %s from beyond the ring - %s', id, err)
      return undefined
    }
  }

  #candidates(id: ChunkId): { targets: PeerId[]; spares: PeerId[]; groups: ReadonlyArray<readonly PeerId[]> } {
    const { placement, membership, network: { self } } = this.#parts
    const partition = partitionOfChunk(id)
    const targets = [...placement.targets(partition)]
    const others = [...placement.ranking(partition), self].filter((peer) => !targets.includes(peer) && (peer === self || membership.isAlive(peer)))
    const groups = placement.olderTargets(partition)
    // Without a target (this node is not in the layout yet) the bytes go where they are sure to land: here.
    return targets.length > 0 ? { targets, spares: [...new Set(others)], groups } : { targets: [self], spares: others.filter((peer) => peer !== self), groups }
  }

  /** Live owners, then those by older layouts, then the other live nodes, then whoever the DHT names. */
  async *#holders(id: ChunkId, signal: AbortSignal): AsyncGenerator<PeerId> {
    const { placement, membership, network } = this.#parts
    const partition = partitionOfChunk(id)
    const told = new Set<PeerId>([network.self])
    const known = [...placement.owners(partition), ...placement.olderOwners(partition).flat(), ...placement.ranking(partition), ...membership.alive()]
    const live = known.filter((peer) => membership.isAlive(peer))
    for (const peer of live) {
      if (told.has(peer)) continue
      told.add(peer)
      yield peer
    }
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(FIND_HOLDERS_TIMEOUT_MS)])
    for (const peer of await network.findHolders(partition, { signal: timeout })) {
      if (told.has(peer)) continue
      told.add(peer)
      yield peer
    }
  }

  async #readLocal(id: ChunkId, signal: AbortSignal): Promise<{ local?: Uint8Array; damaged: boolean }> {
    try {
      return { local: await this.#parts.local.get(id, { signal }), damaged: false }
    } catch (err) {
      if (signal.aborted) throw err
      this.#log.error('could not read chunk %s here, asking the ring - %s', id, err)
      return { damaged: err instanceof ChunkCorruptError }
    }
  }

  #isOwner(id: ChunkId): boolean {
    const { placement, network: { self } } = this.#parts
    const partition = partitionOfChunk(id)
    return placement.owners(partition).includes(self) || placement.targets(partition).includes(self)
  }

  /** Read-repair: what this node should hold and did not. */
  #keep(id: ChunkId, bytes: Uint8Array): void {
    const work = this.#parts.local.put(id, bytes, { isHashed: true }).catch((err) => this.#log('could not keep chunk %s - %s', id, err))
    this.#track(work)
  }

  #follow(id: ChunkId, write: ReplicatedWrite, wanted: number): void {
    this.#writes.add(write)
    this.#track(write.settled.then((copies) => {
      this.#writes.delete(write)
      if (copies > 0 && copies < wanted) this.fellShort.emit(id)
    }))
  }

  /** The furthest owners are slower than the writer: wait for them a while, then let repair bring them this chunk. */
  async #slowDown(write: ReplicatedWrite): Promise<void> {
    const late = setTimeout(() => write.giveUp(new Error('too many writes are waiting for their further copies')), BACKGROUND_WAIT_MS)
    await write.settled
    clearTimeout(late)
  }

  #giveUpOnTheDead(): void {
    const { membership, network } = this.#parts
    for (const write of this.#writes) {
      for (const peer of write.pending) if (peer !== network.self && !membership.isAlive(peer)) write.giveUpOn(peer)
    }
  }

  #track(work: Promise<unknown>): void {
    this.#background.add(work)
    void work.finally(() => this.#background.delete(work))
  }

  #signal({ signal }: AbortOptions): AbortSignal {
    return signal === undefined ? this.#shutdown.signal : AbortSignal.any([signal, this.#shutdown.signal])
  }
}
