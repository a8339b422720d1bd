import { MAX_VERIFY_CHUNKS, type VerifyOutcome } from '#protocols/chunk.ts'
import { OverloadedError } from '#protocols/errors.ts'
import { type ChunkId, type Partition, digestOf, partitionOfChunk } from '#protocols/ids.ts'
import { type Clock, wallClock } from '../base/clock.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { type Logger, silentLog } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { limiter } from '../base/tasks.ts'
import { CHUNK_BYTES } from '../chunks/chunk-store.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import type { Placement } from '../placement/placement.ts'
import type { ChunkClient } from './chunk-client.ts'
import { ChunkMender } from './chunk-mender.ts'
import { type Pace, createPace } from './pace.ts'
import { type PartitionContent, contentOf } from './partition-content.ts'
import { createScrubCounts, type ScrubCounts } from './scrub-counts.ts'
import { nextDue, overdueMs } from './scrub-plan.ts'
import { ScrubRecord, readScrubRecord, writeScrubRecord } from './scrub-record.ts'

/** Every chunk on this disk is read once in this time, in ms. @default 2592000000 */
export const DEFAULT_SCRUB_PERIOD_MS = 30 * 86_400_000
/** What scrubbing by itself reads at most, in bytes per second: 20 TB in thirty days. @default 8388608 */
export const DEFAULT_SCRUB_BYTES_PER_SECOND = 8 * 1024 * 1024
/** What verifying on demand reads at most on one node, in bytes per second. @default 134217728 */
export const DEFAULT_VERIFY_BYTES_PER_SECOND = 128 * 1024 * 1024
/** How often chunks that could not be mended are tried again, in ms. @default 60000 */
export const DEFAULT_MEND_INTERVAL_MS = 60_000
/** Chunks that are tried again at one time. @default 256 */
export const MEND_BATCH = 256
/** How often the position within a partition is written down, in ms: what a crash makes read again. @default 30000 */
export const SAVE_INTERVAL_MS = 30_000
/** Longest rest, in ms: a clock that was set is noticed by then. @default 3600000 */
export const MAX_REST_MS = 3_600_000
/** After a failure of the disk or the record, scrubbing rests, in ms. @default 60000 */
export const FAILURE_REST_MS = 60_000
/** An answer is given after this long, in ms, with what was read by then. @default 10000 */
export const VERIFY_BUDGET_MS = 10_000
/** Requests to verify that may wait for those under way. @default 16 */
export const MAX_WAITING_VERIFIES = 16
/** Partitions of which a reading on demand may be under way. @default 32 */
export const MAX_PASSES = 32

export interface ScrubComponents {
  readonly network: Pick<Network, 'self'>
  readonly membership: Pick<Membership, 'alive' | 'isAlive'>
  readonly placement: Pick<Placement, 'ranking' | 'owners'>
  readonly local: Pick<FileChunkStore, 'has' | 'get' | 'put' | 'list' | 'summary' | 'recount' | 'writtenMs' | 'damaged'>
  readonly exchange: Pick<ChunkClient, 'get' | 'digest' | 'buckets' | 'list'>
  readonly log?: Logger
  readonly metrics?: Metrics
  /** Unix time. @default the machine's */
  readonly clock?: Clock
}

export interface ScrubInit {
  /** Where the record is kept. */
  readonly folder: string
  /** @default DEFAULT_SCRUB_PERIOD_MS */
  readonly periodMs?: number | undefined
  /** @default DEFAULT_SCRUB_BYTES_PER_SECOND */
  readonly bytesPerSecond?: number | undefined
  /** @default DEFAULT_VERIFY_BYTES_PER_SECOND */
  readonly verifyBytesPerSecond?: number | undefined
  /** @default DEFAULT_MEND_INTERVAL_MS */
  readonly mendIntervalMs?: number | undefined
}

/** What was read, chunk by chunk. */
export interface Reading {
  readonly checked: ReadonlyArray<{ readonly id: ChunkId; readonly outcome: VerifyOutcome }>
  /** Read and good. */
  readonly bytes: number
}

/** How scrubbing goes; counts are since the start. */
export interface ScrubStatus {
  readonly checked: number
  readonly damaged: number
  readonly missing: number
  readonly healed: number
  /** Chunks of which no live node has a good copy right now; they are tried again and again. */
  readonly lost: number
  /** How late the latest partition is, in ms; 0 when the period is kept. */
  readonly overdueMs: number
}

/** What others may ask of a node about its disk. */
export interface Verifier {
  /** Read these now; at most MAX_VERIFY_CHUNKS, and perhaps only the first of them. @throws OverloadedError */
  check(ids: readonly ChunkId[], options?: AbortOptions): Promise<Reading>
  /** Read the next chunks of a partition now. `after` is that of the last answer, or undefined at the beginning. @throws OverloadedError */
  checkPartition(partition: Partition, after: ChunkId | undefined, limit: number, options?: AbortOptions): Promise<Reading & { after: ChunkId | undefined; more: boolean }>
}

/** Reads every chunk of this disk again and again, slowly, and mends what is not whole. */
export interface Scrub extends Verifier, Startable {
  /** As ScrubRecord.lastVerifiedMs, of this disk. */
  lastVerifiedMs(ids: readonly ChunkId[]): number | null
  /** Chunks that are not whole here and are tried to be mended. */
  unmended(): ChunkId[]
  /** Nobody needs these any more: they are not to be mended. */
  forget(ids: readonly ChunkId[]): void
  status(): ScrubStatus
}

export function createScrub(components: ScrubComponents, init: ScrubInit): Scrub {
  return new DefaultScrub(components, init)
}

interface Pass {
  readonly content: PartitionContent
  readonly startedMs: number
  /** It was begun at the partition's first chunk. */
  readonly whole: boolean
  after: ChunkId | undefined
}

class DefaultScrub implements Scrub {
  readonly #parts: ScrubComponents
  readonly #init: Required<{ [K in keyof ScrubInit]: NonNullable<ScrubInit[K]> }>
  readonly #log: Logger
  readonly #clock: Clock
  readonly #mender: ChunkMender
  readonly #counts: ScrubCounts
  readonly #pace: Pace
  readonly #verifyPace: Pace
  readonly #turn = limiter(2)
  readonly #passes = new Map<Partition, Pass>()
  readonly #stopping = new AbortController()
  #wake = new AbortController()
  #record: ScrubRecord
  #loop: Promise<void> | undefined
  #waiting = 0
  #savedMs = 0
  #mendedMs = 0
  #unsaved = false

  constructor(components: ScrubComponents, init: ScrubInit) {
    this.#parts = components
    this.#clock = components.clock ?? wallClock
    this.#init = {
      folder: init.folder,
      periodMs: init.periodMs ?? DEFAULT_SCRUB_PERIOD_MS,
      bytesPerSecond: init.bytesPerSecond ?? DEFAULT_SCRUB_BYTES_PER_SECOND,
      verifyBytesPerSecond: init.verifyBytesPerSecond ?? DEFAULT_VERIFY_BYTES_PER_SECOND,
      mendIntervalMs: init.mendIntervalMs ?? DEFAULT_MEND_INTERVAL_MS
    }
    this.#log = (components.log ?? silentLog).scope('ring:replication:scrub')
    this.#mender = new ChunkMender({ ...components, log: this.#log })
    this.#record = new ScrubRecord(this.#clock.nowMs())
    this.#pace = createPace(this.#init.bytesPerSecond, components.clock)
    this.#verifyPace = createPace(this.#init.verifyBytesPerSecond, components.clock)
    this.#counts = createScrubCounts(components.metrics)
    components.metrics?.gauge('ring_chunks_lost', 'Chunks of this disk of which no live node has a good copy right now', () => this.status().lost)
    components.metrics?.gauge('ring_scrub_overdue_seconds', 'How late the latest partition is to be read', () => this.status().overdueMs / 1_000)
  }

  async start(): Promise<void> {
    if (this.#loop !== undefined) return
    try {
      this.#record = await readScrubRecord(this.#init.folder, this.#clock.nowMs())
    } catch (err) {
      this.#log.error('what was verified when is not known any more, all is read anew - %s', err)
    }
    for (const id of this.#parts.local.damaged()) this.#record.setUnmended(id, 'waiting')
    this.#unsaved = true // since when scrubbing goes on is to be known after a crash, too
    this.#loop = this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('scrubbing is stopping'))
    await this.#loop
    await this.#save().catch((err) => this.#log.error('the record of scrubbing could not be written - %s', err))
  }

  async check(ids: readonly ChunkId[], { signal }: AbortOptions = {}): Promise<Reading> {
    return this.#inTurn(signal, async (until) => {
      const { self } = this.#parts.network
      const owned = (id: ChunkId): boolean => this.#parts.placement.owners(partitionOfChunk(id)).includes(self)
      return this.#readSome(ids.slice(0, MAX_VERIFY_CHUNKS), owned, until, true)
    })
  }

  async checkPartition(partition: Partition, after: ChunkId | undefined, limit: number, { signal }: AbortOptions = {}): Promise<Reading & { after: ChunkId | undefined; more: boolean }> {
    return this.#inTurn(signal, async (until) => {
      const pass = await this.#passOf(partition, after, until)
      const rest = restOf(pass.content.ids, after)
      const reading = await this.#readSome(rest.slice(0, Math.min(limit, MAX_VERIFY_CHUNKS)), (id) => pass.content.wanted.has(id), until, false)
      pass.after = reading.checked.at(-1)?.id ?? after
      const more = reading.checked.length < rest.length
      if (!more) this.#endPass(partition, pass)
      return { ...reading, after: pass.after, more }
    })
  }

  lastVerifiedMs(ids: readonly ChunkId[]): number | null {
    return this.#record.lastVerifiedMs(ids, (id) => this.#parts.local.writtenMs(id))
  }

  unmended(): ChunkId[] {
    return [...this.#record.unmended.keys()]
  }

  forget(ids: readonly ChunkId[]): void {
    for (const id of ids) this.#setUnmended(id, undefined)
  }

  status(): ScrubStatus {
    const lost = [...this.#record.unmended.values()].filter((state) => state === 'lost').length
    return { ...this.#counts.read(), lost, overdueMs: overdueMs(this.#record, this.#init.periodMs, this.#clock.nowMs()) }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step(signal)
      } catch (err) {
        if (signal.aborted) return
        this.#log.error('scrubbing failed and goes on soon - %s', err)
        await this.#clock.sleep(FAILURE_REST_MS, { signal }).catch(() => {})
      }
    }
  }

  /** The one thing that is next: try again to mend, read the partition that is due, or rest. */
  async #step(signal: AbortSignal): Promise<void> {
    const { unmended, position } = this.#record
    const nowMs = this.#clock.nowMs()
    const mendAtMs = unmended.size > 0 ? this.#after(this.#mendedMs, this.#init.mendIntervalMs) : Number.POSITIVE_INFINITY
    const saveAtMs = this.#unsaved ? this.#after(this.#savedMs, SAVE_INTERVAL_MS) : Number.POSITIVE_INFINITY
    const due = nextDue(this.#record, this.#init.periodMs)
    if (mendAtMs <= nowMs) await this.#mendAgain(signal)
    else if (saveAtMs <= nowMs) await this.#save()
    else if (position !== undefined) await this.#scrub(signal)
    else if (due.dueMs <= nowMs) this.#record.position = { partition: due.partition, after: undefined, startedMs: nowMs }
    else await this.#rest(Math.max(1, Math.min(due.dueMs, mendAtMs, saveAtMs, nowMs + MAX_REST_MS) - nowMs), signal)
  }

  /** When it is time again for what was done then; at once, when that lies ahead: the clock was set back. */
  #after(doneMs: number, intervalMs: number): number {
    return doneMs > this.#clock.nowMs() ? this.#clock.nowMs() : doneMs + intervalMs
  }

  /** Until there is something to do, which may be sooner than was known. */
  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    this.#wake = new AbortController()
    await this.#clock.sleep(ms, { signal: AbortSignal.any([signal, this.#wake.signal]) }).catch(() => {})
  }

  /** The record has changed while the loop may rest: it is to be written, and what is not whole to be mended. */
  #changed(): void {
    this.#unsaved = true
    this.#wake.abort()
  }

  /** Read the partition of the position from there to its end. */
  async #scrub(signal: AbortSignal): Promise<void> {
    const { position } = this.#record
    if (position === undefined) return
    const { partition, after, startedMs } = position
    const content = await contentOf(partition, this.#parts, { onlyWhenVanished: true, log: this.#log, signal })
    for (const id of restOf(content.ids, after)) {
      const { cost } = await this.#read(id, content.wanted.has(id), signal, false)
      this.#record.position = { partition, after: id, startedMs }
      this.#unsaved = true
      await this.#saveInTime()
      await this.#pace(cost, { signal })
    }
    this.#record.verifiedMs[partition] = startedMs
    this.#record.position = undefined
    this.#unsaved = true
  }

  /** `cost`: bytes that count for the rate. */
  async #read(id: ChunkId, wanted: boolean, signal: AbortSignal, remember: boolean): Promise<{ outcome: VerifyOutcome; bytes: number; cost: number }> {
    const { outcome, bytes } = await this.#mender.check(id, wanted, signal)
    this.#counts.add(outcome, bytes)
    this.#note(id, outcome, remember)
    return { outcome, bytes, cost: outcome.startsWith('DAMAGED') ? CHUNK_BYTES : bytes }
  }

  #note(id: ChunkId, outcome: VerifyOutcome, remember: boolean): void {
    if (outcome === 'ELSEWHERE') return
    if (outcome !== 'GOOD') this.#log.error('chunk %s was %s', id, WORDS[outcome])
    const isWhole = outcome === 'GOOD' || outcome.endsWith('_HEALED')
    if (isWhole && (remember || outcome !== 'GOOD')) this.#record.remember(id, this.#clock.nowMs())
    this.#setUnmended(id, isWhole ? undefined : outcome.endsWith('_LOST') ? 'lost' : 'waiting')
  }

  #setUnmended(id: ChunkId, state: 'lost' | 'waiting' | undefined): void {
    if (this.#record.unmended.get(id) === state) return
    this.#record.setUnmended(id, state)
    this.#changed()
  }

  /** The longest untried first: what is tried goes to the end. */
  async #mendAgain(signal: AbortSignal): Promise<void> {
    const { unmended } = this.#record
    this.#mendedMs = this.#clock.nowMs()
    for (const id of [...unmended.keys()].slice(0, MEND_BATCH)) {
      const { mended } = await this.#parts.local.has(id) ? { mended: 'HEALED' as const } : await this.#mender.mend(id, signal)
      unmended.delete(id)
      if (mended === 'HEALED') this.#counts.healedLater()
      this.#record.setUnmended(id, mended === 'HEALED' ? undefined : mended === 'LOST' ? 'lost' : 'waiting')
      this.#unsaved = true
      await this.#pace(CHUNK_BYTES / 16, { signal })
    }
  }

  async #inTurn<T>(signal: AbortSignal | undefined, run: (until: Until) => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING_VERIFIES) throw new OverloadedError('too much is being verified here: wait for it to end')
    this.#waiting++
    try {
      return await this.#turn(() => run({ atMs: this.#clock.nowMs() + VERIFY_BUDGET_MS, signal: AbortSignal.any([this.#stopping.signal, ...signal === undefined ? [] : [signal]]) }))
    } finally {
      this.#waiting--
    }
  }

  /** At least one, and no more than the time allows. */
  async #readSome(ids: readonly ChunkId[], wanted: (id: ChunkId) => boolean, { signal, atMs }: Until, remember: boolean): Promise<Reading> {
    const checked: Array<{ id: ChunkId; outcome: VerifyOutcome }> = []
    let sum = 0
    for (const id of ids) {
      const { outcome, bytes, cost } = await this.#read(id, wanted(id), signal, remember)
      checked.push({ id, outcome })
      sum += bytes
      await this.#verifyPace(cost, { signal })
      if (this.#clock.nowMs() >= atMs) break
    }
    return { checked, bytes: sum }
  }

  async #passOf(partition: Partition, after: ChunkId | undefined, { signal }: Until): Promise<Pass> {
    const known = this.#passes.get(partition)
    if (known !== undefined && after !== undefined && known.after === after) return known
    const startedMs = this.#clock.nowMs()
    const pass: Pass = { content: await contentOf(partition, this.#parts, { onlyWhenVanished: false, log: this.#log, signal }), startedMs, whole: after === undefined, after }
    this.#passes.set(partition, pass)
    const [oldest] = this.#passes.keys()
    if (this.#passes.size > MAX_PASSES && oldest !== undefined) this.#passes.delete(oldest)
    return pass
  }

  #endPass(partition: Partition, pass: Pass): void {
    if (this.#passes.get(partition) === pass) this.#passes.delete(partition)
    if (!pass.whole) return
    this.#record.verifiedMs[partition] = Math.max(pass.startedMs, this.#record.verifiedMs[partition] ?? 0)
    this.#changed()
  }

  async #saveInTime(): Promise<void> {
    if (this.#clock.nowMs() >= this.#after(this.#savedMs, SAVE_INTERVAL_MS)) await this.#save()
  }

  async #save(): Promise<void> {
    if (!this.#unsaved) return
    this.#savedMs = this.#clock.nowMs()
    this.#unsaved = false
    try {
      await writeScrubRecord(this.#init.folder, this.#record)
    } catch (err) {
      this.#unsaved = true
      throw err
    }
  }
}

interface Until {
  readonly signal: AbortSignal
  readonly atMs: number
}

const WORDS: Readonly<Record<Exclude<VerifyOutcome, 'GOOD' | 'ELSEWHERE'>, string>> = {
  DAMAGED_HEALED: 'damaged and is whole again',
  MISSING_HEALED: 'missing and is here again',
  DAMAGED_WAITING: 'damaged and could not be replaced yet',
  MISSING_WAITING: 'missing and could not be fetched yet',
  DAMAGED_LOST: 'damaged, and no live node has a good copy',
  MISSING_LOST: 'missing, and no live node has a good copy'
}

/** What comes after a chunk in the order of digests. */
function restOf(ids: readonly ChunkId[], after: ChunkId | undefined): readonly ChunkId[] {
  if (after === undefined) return ids
  const last = digestOf(after)
  const at = ids.findIndex((id) => Buffer.compare(digestOf(id), last) > 0)
  return at < 0 ? [] : ids.slice(at)
}
