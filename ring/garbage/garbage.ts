import { join } from 'node:path'
import { type ChunkId, PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import type { Alarms } from '../base/alarms.ts'
import { type Clock, monotonicClock, wallClock } from '../base/clock.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { type Logger, silentLog } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { RingChunkStore } from '../chunks/chunk-store.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import type { Placement } from '../placement/placement.ts'
import { createPace } from '../replication/pace.ts'
import { type Heard, hearEverybody, WaitingError } from './everybody.ts'
import { answerGarbage, createGarbageClient, garbageProtocol } from './garbage-wire.ts'
import { createGarbageCounts, type GarbageCounts } from './garbage-counts.ts'
import { markNeeded } from './mark.ts'
import { MarkFiles } from './mark-files.ts'
import type { SeenTime } from './seen-time.ts'
import { type Amount, type Circumstances, Sweeper, type SweeperComponents } from './sweeper.ts'
import { TrashKeeper } from './trash-keeper.ts'
import { TrashSights } from './trash-sights.ts'
import type { WriteLeases } from './write-leases.ts'

/** How long nothing must have needed a chunk before it is deleted, in ms. @default 86400000 */
export const DEFAULT_GARBAGE_GRACE_MS = 86_400_000
/** How often it is looked for garbage, in ms, at most; four times in a shorter grace. @default 21600000 */
export const DEFAULT_GARBAGE_PERIOD_MS = 6 * 3_600_000
/** How soon after something it had to wait for it is looked again, in ms. @default 60000 */
export const GARBAGE_RETRY_MS = 60_000
/** Manifests read per second, in bytes: looking must not be felt. @default 16777216 */
export const MARK_BYTES_PER_SECOND = 16 * 1024 * 1024
/** Waiting for longer than this raises an alarm, in ms. @default 259200000 */
export const WAITING_ALARM_MS = 3 * 86_400_000
/** The clock was set when it went this much further, or less far, than time itself between two looks, in ms. @default 60000 */
export const CLOCK_STEP_MS = 60_000
const ALARM = 'garbage-waiting'

export interface GarbageComponents {
  readonly network: Pick<Network, 'self' | 'serve' | 'request'>
  readonly membership: Pick<Membership, 'members' | 'isAlive'>
  readonly placement: Pick<Placement, 'ranking'>
  readonly catalog: Pick<Catalog, 'syncWith' | 'copy' | 'referrers' | 'index' | 'trashDays' | 'purgeTrash' | 'unstripped' | 'strip' | 'unindexed'>
  readonly local: Pick<FileChunkStore, 'list' | 'writtenMs' | 'sizeOf' | 'damaged' | 'renew' | 'renewed' | 'deleteUnlessWritten'>
  readonly chunks: Pick<RingChunkStore, 'get'>
  readonly leases: Pick<WriteLeases, 'oldestMs'>
  readonly mending: SweeperComponents['mending']
  readonly seen: SeenTime
  readonly alarms?: Pick<Alarms, 'raise' | 'clear'>
  readonly log?: Logger
  readonly metrics?: Metrics | undefined
  /** Unix time. @default the machine's */
  readonly clock?: Clock
  /** @default time since the process began */
  readonly monotonic?: Pick<Clock, 'nowMs'>
}

export interface GarbageInit {
  /** A folder of its own; made when missing. */
  readonly folder: string
  /** @default DEFAULT_GARBAGE_GRACE_MS */
  readonly graceMs?: number | undefined
  /** @default a quarter of the grace, at most DEFAULT_GARBAGE_PERIOD_MS */
  readonly periodMs?: number | undefined
}

/** What one look found on this disk, and did. */
export interface GarbageFindings {
  /** Why it could not be looked to the end, and what would help; null when it was. */
  readonly waiting: string | null
  /** References in the catalog; a chunk counts as often as it is named. */
  readonly references: number
  /** Held here and needed by nothing. */
  readonly unneeded: Amount
  /** Of these: for the whole grace. */
  readonly ripe: Amount
  /** Deleted here by this look. */
  readonly freed: Amount
  /** Assets whose time in the trash was over. */
  readonly purged: number
}

/** How it goes; `freed` is since the start. */
export interface GarbageStatus {
  readonly state: 'resting' | 'looking' | 'waiting'
  readonly waiting: string | null
  /** End of the last look that was not kept waiting, Unix ms; 0: none since the start. */
  readonly lastLookMs: number
  readonly graceMs: number
  readonly unneeded: Amount
  readonly freed: Amount
}

/** Finds what nothing in the catalog needs any more, and deletes it when every node agrees and the grace is over. */
export interface Garbage extends Startable {
  /** Look now. `dryRun`: only say what would be found; nothing is purged, deleted or remembered. */
  run(options?: AbortOptions & { dryRun?: boolean }): Promise<GarbageFindings>
  status(): GarbageStatus
  /** `Sweeper.relied` */
  relied(ids: readonly ChunkId[]): Promise<void>
  /** `Sweeper.wasSwept` */
  wasSwept(id: ChunkId): boolean
}

export function createGarbage(components: GarbageComponents, init: GarbageInit): Garbage {
  return new DefaultGarbage(components, init)
}

const NOTHING: GarbageFindings = { waiting: null, references: 0, unneeded: { chunks: 0, bytes: 0 }, ripe: { chunks: 0, bytes: 0 }, freed: { chunks: 0, bytes: 0 }, purged: 0 }

class DefaultGarbage implements Garbage {
  readonly #parts: GarbageComponents
  readonly #graceMs: number
  readonly #periodMs: number
  readonly #folder: string
  readonly #log: Logger
  readonly #clock: Clock
  readonly #monotonic: Pick<Clock, 'nowMs'>
  readonly #client
  readonly #sweeper: Sweeper
  readonly #trash: TrashKeeper
  readonly #counts: GarbageCounts
  readonly #stopping = new AbortController()
  #looking: Promise<unknown> = Promise.resolve()
  #isLooking = false
  /** How long the last look took, in ms. */
  #tookMs = 0
  #loop: Promise<void> | undefined
  #last = NOTHING
  #lastLookMs = 0
  #waitingSinceMs: number
  #ticks: { wallMs: number; monotonicMs: number }
  /** When the clock was last found to be set, on the monotonic clock. */
  #steppedMs = Number.NEGATIVE_INFINITY

  constructor(components: GarbageComponents, { folder, graceMs = DEFAULT_GARBAGE_GRACE_MS, periodMs }: GarbageInit) {
    const { network, membership, placement, catalog, local, mending, metrics } = components
    this.#parts = components
    this.#folder = folder
    this.#graceMs = graceMs
    this.#periodMs = periodMs ?? Math.min(DEFAULT_GARBAGE_PERIOD_MS, Math.max(1_000, graceMs / 4))
    this.#log = (components.log ?? silentLog).scope('ring:garbage')
    this.#clock = components.clock ?? wallClock
    this.#monotonic = components.monotonic ?? monotonicClock
    this.#client = createGarbageClient(network)
    this.#counts = createGarbageCounts(metrics, () => this.status())
    this.#trash = new TrashKeeper({ self: network.self, membership, placement, catalog, sights: new TrashSights(folder, this.#log) })
    this.#sweeper = new Sweeper({ local, client: this.#client, mending, clock: this.#clock, log: this.#log, onFreed: (chunks, bytes) => this.#counts.add(chunks, bytes) }, { folder, graceMs })
    this.#ticks = this.#now()
    this.#waitingSinceMs = this.#ticks.monotonicMs
  }

  async start(): Promise<void> {
    if (this.#loop !== undefined) return
    await this.#sweeper.open()
    const { leases, network } = this.#parts
    network.serve(garbageProtocol, (request) => answerGarbage(request, {
      writes: () => ({ oldestMs: leases.oldestMs(), nowMs: this.#clock.nowMs() }),
      agree: (ids) => this.#sweeper.agree(ids),
      sweep: async (ids) => (await this.#sweeper.sweep(ids)).chunks
    }))
    this.#loop = this.#repeat(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the node is stopping'))
    this.#sweeper.close()
    await Promise.allSettled([this.#loop, this.#looking])
  }

  run({ signal, dryRun = false }: AbortOptions & { dryRun?: boolean } = {}): Promise<GarbageFindings> {
    const until = signal === undefined ? this.#stopping.signal : AbortSignal.any([signal, this.#stopping.signal])
    const look = this.#looking.then(() => this.#look(dryRun, until))
    this.#looking = look.catch(() => {})
    return look
  }

  status(): GarbageStatus {
    const { waiting, unneeded } = this.#last
    return { state: this.#isLooking ? 'looking' : waiting === null ? 'resting' : 'waiting', waiting, lastLookMs: this.#lastLookMs, graceMs: this.#graceMs, unneeded, freed: this.#counts.freed() }
  }

  relied(ids: readonly ChunkId[]): Promise<void> {
    return this.#sweeper.relied(ids)
  }

  wasSwept(id: ChunkId): boolean {
    return this.#sweeper.wasSwept(id)
  }

  async #repeat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isDone = this.#lastLookMs > 0 && this.#last.waiting === null
      const restMs = isDone ? this.#periodMs : Math.min(this.#periodMs, Math.max(GARBAGE_RETRY_MS, 10 * this.#tookMs))
      await this.#clock.sleep(restMs, { signal }).catch(() => {})
      if (!signal.aborted) await this.run().catch((err) => { if (!signal.aborted) this.#log.error('looking for garbage failed - %s', err) })
    }
  }

  async #look(dryRun: boolean, signal: AbortSignal): Promise<GarbageFindings> {
    signal.throwIfAborted()
    this.#isLooking = true
    const { monotonicMs } = this.#now()
    try {
      const found = await this.#findings(dryRun, signal)
      if (!dryRun) this.#note(found)
      return found
    } finally {
      this.#isLooking = false
      this.#tookMs = this.#now().monotonicMs - monotonicMs
    }
  }

  async #findings(dryRun: boolean, signal: AbortSignal): Promise<GarbageFindings> {
    const { catalog, leases, membership, seen } = this.#parts
    const marks = new MarkFiles(join(this.#folder, dryRun ? 'marks-dry' : 'marks'))
    try {
      const shiftMs = this.#clockShift(dryRun)
      const heard = await hearEverybody({ membership, catalog, client: this.#client }, { oldestMs: leases.oldestMs(), nowMs: this.#clock.nowMs() }, () => this.#clock.nowMs(), signal)
      await seen.look(this.#clock.nowMs(), heard.isConfirmed)
      const purged = dryRun ? 0 : await this.#trash.tidy({ nowMs: seen.sureMs(heard.earliestMs), passedMs: seen.passedMs() }, signal)
      await marks.open()
      await markNeeded({ catalog, get: this.#getter(signal), mark: (id) => marks.mark(id) }, signal)
      const others = membership.members().filter(({ self }) => !self).map(({ peerId }) => peerId)
      const found = await this.#lookAtAll(marks, { quietUntilMs: this.#quietUntilMs(heard), shiftMs, others, dryRun, signal })
      return { ...found, references: marks.marks, purged }
    } catch (err) {
      if (!(err instanceof WaitingError)) throw err
      if (!dryRun && seen.hasLooked()) await this.#trash.see(seen.passedMs())
      return { ...NOTHING, unneeded: this.#last.unneeded, waiting: err.message }
    } finally {
      await marks.clear()
    }
  }

  async #lookAtAll(marks: MarkFiles, circumstances: Circumstances): Promise<Pick<GarbageFindings, 'waiting' | 'unneeded' | 'ripe' | 'freed'>> {
    const sum = { unneeded: { chunks: 0, bytes: 0 }, ripe: { chunks: 0, bytes: 0 }, freed: { chunks: 0, bytes: 0 } }
    const refused = new Map<PeerId, number>()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      circumstances.signal.throwIfAborted()
      const found = await this.#sweeper.look(partition as Partition, await marks.needed(partition as Partition), circumstances)
      for (const kind of ['unneeded', 'ripe', 'freed'] as const) {
        sum[kind].chunks += found[kind].chunks
        sum[kind].bytes += found[kind].bytes
      }
      for (const [peer, chunks] of found.refused) refused.set(peer, (refused.get(peer) ?? 0) + chunks)
    }
    return { ...sum, waiting: this.#refusal(refused) }
  }

  #refusal(refused: ReadonlyMap<PeerId, number>): string | null {
    const [first] = refused
    if (first === undefined) return null
    const name = this.#parts.membership.members().find(({ peerId }) => peerId === first[0])?.name ?? first[0]
    return `waiting for ${name}, which does not agree yet that nothing needs ${first[1]} chunks: it looks for itself, and has a grace of its own`
  }

  #note(found: GarbageFindings): void {
    const { alarms } = this.#parts
    const { monotonicMs } = this.#now()
    this.#last = found
    if (found.waiting !== null) this.#log('%s', found.waiting)
    if (found.freed.chunks > 0) this.#log('deleted %d chunks (%d bytes) that nothing needs', found.freed.chunks, found.freed.bytes)
    if (found.waiting === null) {
      this.#lastLookMs = this.#clock.nowMs()
      this.#waitingSinceMs = monotonicMs
      alarms?.clear(ALARM)
    } else if (monotonicMs - this.#waitingSinceMs > WAITING_ALARM_MS) {
      alarms?.raise({ key: ALARM, severity: 'warning', message: `deleted footage still takes up its space: ${found.waiting}` })
    }
  }

  /** A write that was under way when the clock was set can not be told by its time: then nothing is. */
  #quietUntilMs({ quietUntilMs, oldestWriteMs }: Heard): number {
    return oldestWriteMs > this.#now().monotonicMs - this.#steppedMs ? 0 : quietUntilMs
  }

  /** How much further the clock went than time did since the last look: it was set, or the machine slept. */
  #clockShift(dryRun: boolean): number {
    const now = this.#now()
    const shiftMs = (now.wallMs - this.#ticks.wallMs) - (now.monotonicMs - this.#ticks.monotonicMs)
    const isStep = Math.abs(shiftMs) >= CLOCK_STEP_MS
    if (isStep) this.#steppedMs = now.monotonicMs
    if (!dryRun) this.#ticks = now
    return isStep ? shiftMs : 0
  }

  #now(): { wallMs: number; monotonicMs: number } {
    return { wallMs: this.#clock.nowMs(), monotonicMs: this.#monotonic.nowMs() }
  }

  #getter(signal: AbortSignal): (id: ChunkId) => Promise<Uint8Array> {
    const pace = createPace(MARK_BYTES_PER_SECOND)
    return async (id) => {
      const bytes = await this.#parts.chunks.get(id, { signal })
      await pace(bytes.byteLength, { signal })
      return bytes
    }
  }
}
