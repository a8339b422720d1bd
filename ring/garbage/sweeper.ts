import { join } from 'node:path'
import { MAX_GARBAGE_IDS } from '#protocols/garbage.ts'
import { type ChunkId, chunkOfHash, hashOfChunk, type Partition, partitionOfChunk, type PeerId } from '#protocols/ids.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import { keyedLock } from '../chunks/keyed-lock.ts'
import type { GarbageClient } from './garbage-wire.ts'
import { FILE_CLOCK_LAG_MS, isUntouched, judge } from './judge.ts'
import { SuspectFiles } from './suspect-files.ts'

/** What was swept is not fetched again from a node that has not swept it yet for this long, in ms. @default 600000 */
export const SWEPT_MEMORY_MS = 600_000

export interface SweeperComponents {
  readonly local: Pick<FileChunkStore, 'list' | 'writtenMs' | 'sizeOf' | 'damaged' | 'renew' | 'renewed' | 'deleteUnlessWritten'>
  readonly client: Pick<GarbageClient, 'agree' | 'sweep'>
  /** What is to be mended on this disk, and a way to say that it need not be any more. */
  readonly mending: { unmended(): ChunkId[]; forget(ids: readonly ChunkId[]): void }
  readonly clock: Clock
  readonly log: Logger
  /** Chunks that were deleted, and their bytes. */
  onFreed(chunks: number, bytes: number): void
}

export interface Amount { chunks: number; bytes: number }

/** What was found in a partition. */
export interface PartitionFindings {
  /** Needed by nothing. */
  readonly unneeded: Amount
  /** Of these: for the whole grace. */
  readonly ripe: Amount
  /** Deleted here. */
  readonly freed: Amount
  /** Nodes to which some of the ripe ones are no garbage (yet), and how many. */
  readonly refused: ReadonlyMap<PeerId, number>
}

export interface Circumstances {
  readonly quietUntilMs: number
  /** How far the clock was set since the last look, in ms; that time does not count as waited. */
  readonly shiftMs: number
  readonly others: readonly PeerId[]
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

/** Remembers what this disk holds that nothing needs, and deletes it when every node says the same. */
export class Sweeper {
  readonly #parts: SweeperComponents
  readonly #graceMs: number
  readonly #suspects: SuspectFiles
  readonly #lock = keyedLock()
  readonly #renewed = new Set<string>()
  readonly #swept = new Map<ChunkId, number>()
  #leave: (() => void) | undefined

  constructor(components: SweeperComponents, init: { folder: string; graceMs: number }) {
    this.#parts = components
    this.#graceMs = init.graceMs
    this.#suspects = new SuspectFiles(join(init.folder, 'suspects'))
  }

  async open(): Promise<void> {
    await this.#suspects.open()
    this.#leave = this.#parts.local.renewed.on((id) => {
      this.#swept.delete(id)
      if (this.#suspects.has(partitionOfChunk(id))) this.#renewed.add(hashOfChunk(id))
    })
  }

  close(): void {
    this.#leave?.()
  }

  /** Somebody asks whether these are here and will rely on the answer: suspects are as good as written now. */
  async relied(ids: readonly ChunkId[]): Promise<void> {
    for (const [partition, some] of Map.groupBy(ids, partitionOfChunk)) {
      if (!this.#suspects.has(partition)) continue
      const suspects = await this.#suspects.read(partition)
      for (const id of some) if (suspects.has(hashOfChunk(id))) await this.#parts.local.renew(id)
    }
  }

  /** Whether a chunk was deleted here a moment ago, so that another node's copy is about to go, too. */
  wasSwept(id: ChunkId): boolean {
    const atMs = this.#swept.get(id)
    if (atMs === undefined) return false
    if (performance.now() - atMs < SWEPT_MEMORY_MS) return true
    this.#swept.delete(id)
    return false
  }

  /** Judge what is held of a partition, and delete what everybody agrees on. */
  async look(partition: Partition, needed: ReadonlySet<string>, now: Circumstances): Promise<PartitionFindings> {
    const { suspects, ripe } = await this.#lock(String(partition), async () => {
      const nowMs = this.#parts.clock.nowMs()
      const known = await this.#suspects.read(partition)
      const renewed = new Set([...this.#renewed].filter((name) => Number.parseInt(name.slice(0, 2), 16) === partition))
      for (const [name, sinceMs] of known) if (now.shiftMs !== 0) known.set(name, Math.min(nowMs, sinceMs + now.shiftMs))
      const verdict = judge({ kept: await this.#kept(partition), needed, suspects: known, renewed, nowMs, quietUntilMs: now.quietUntilMs, graceMs: this.#graceMs })
      if (!now.dryRun && !(known.size === 0 && verdict.suspects.size === 0)) await this.#suspects.write(partition, verdict.suspects)
      if (!now.dryRun) for (const name of renewed) this.#renewed.delete(name)
      return verdict
    })
    const refused = new Map<PeerId, number>()
    const amounts = { unneeded: this.#amountOf([...suspects.keys()]), ripe: this.#amountOf(ripe) }
    const freed = { chunks: 0, bytes: 0 }
    for (let at = 0; at < ripe.length && !now.dryRun; at += MAX_GARBAGE_IDS) {
      const { chunks, bytes } = await this.#sweepAgreed(ripe.slice(at, at + MAX_GARBAGE_IDS).map(chunkOfHash), now, refused)
      freed.chunks += chunks
      freed.bytes += bytes
    }
    return { ...amounts, freed, refused }
  }

  /** Which of these are not here, or garbage to this node as well. */
  async agree(ids: readonly ChunkId[]): Promise<boolean[]> {
    const ripe = await this.#ripeOf(ids)
    return ids.map((id) => ripe.has(id) || this.#parts.local.writtenMs(id) === undefined)
  }

  /** Delete those that are garbage to this node. */
  async sweep(ids: readonly ChunkId[]): Promise<Amount> {
    for (const id of this.#swept.keys()) if (this.wasSwept(id)) break // the oldest come first
    const freed = { chunks: 0, bytes: 0 }
    const gone: ChunkId[] = []
    for (const [id, sinceMs] of await this.#ripeOf(ids)) {
      this.#swept.set(id, performance.now())
      const isHeld = this.#parts.local.writtenMs(id) !== undefined
      const bytes = await this.#parts.local.deleteUnlessWritten(id, sinceMs - FILE_CLOCK_LAG_MS)
      if (isHeld && bytes === undefined) continue // somebody wrote it meanwhile
      gone.push(id)
      freed.chunks += isHeld ? 1 : 0
      freed.bytes += bytes ?? 0
    }
    await this.#drop(gone)
    if (freed.chunks > 0) this.#parts.onFreed(freed.chunks, freed.bytes)
    return freed
  }

  async #sweepAgreed(ids: readonly ChunkId[], { others, signal }: Circumstances, refused: Map<PeerId, number>): Promise<Amount> {
    const { client, log } = this.#parts
    const answers = await Promise.all(others.map(async (peer) => ({ peer, agreed: await client.agree(peer, ids, { signal }) })))
    for (const { peer, agreed } of answers) {
      const against = agreed.filter((each) => !each).length
      if (against > 0) refused.set(peer, (refused.get(peer) ?? 0) + against)
    }
    const all = ids.filter((_, i) => answers.every(({ agreed }) => agreed[i] === true))
    if (all.length === 0) return { chunks: 0, bytes: 0 }
    const there = others.map((peer) => client.sweep(peer, all, { signal }).catch((err) => log('%s did not sweep now and will do so itself - %s', peer, err)))
    const [here] = await Promise.all([this.sweep(all), ...there])
    return here
  }

  /** Of these, the suspects whose grace is over and that nobody wrote since, and since when they are suspects. */
  async #ripeOf(ids: readonly ChunkId[]): Promise<Map<ChunkId, number>> {
    const ripe = new Map<ChunkId, number>()
    const nowMs = this.#parts.clock.nowMs()
    for (const [partition, some] of Map.groupBy(ids, partitionOfChunk)) {
      const suspects = await this.#suspects.read(partition)
      for (const id of some) {
        const sinceMs = suspects.get(hashOfChunk(id))
        if (sinceMs !== undefined && nowMs - sinceMs >= this.#graceMs && !this.#renewed.has(hashOfChunk(id)) && isUntouched(this.#parts.local.writtenMs(id), sinceMs)) ripe.set(id, sinceMs)
      }
    }
    return ripe
  }

  async #drop(gone: readonly ChunkId[]): Promise<void> {
    this.#parts.mending.forget(gone)
    for (const [partition, some] of Map.groupBy(gone, partitionOfChunk)) {
      await this.#lock(String(partition), async () => {
        const suspects = await this.#suspects.read(partition)
        for (const id of some) suspects.delete(hashOfChunk(id))
        await this.#suspects.write(partition, suspects)
      })
    }
  }

  /** Files of chunks, and what is left of chunks whose files are damaged or gone. */
  async #kept(partition: Partition): Promise<Array<readonly [string, number | undefined]>> {
    const { local, mending } = this.#parts
    const remembered = [...local.damaged(), ...mending.unmended()].filter((id) => partitionOfChunk(id) === partition)
    return [...new Set([...await local.list(partition), ...remembered])].map((id) => [hashOfChunk(id), local.writtenMs(id)] as const)
  }

  #amountOf(names: readonly string[]): Amount {
    return { chunks: names.length, bytes: names.reduce((sum, name) => sum + (this.#parts.local.sizeOf(chunkOfHash(name)) ?? 0), 0) }
  }
}

