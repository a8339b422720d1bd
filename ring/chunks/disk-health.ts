import { StorageFullError } from '#protocols/errors.ts'
import { type Signal, emitter } from '../base/emitter.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { limiter } from '../base/tasks.ts'
import { CHUNK_BYTES } from './chunk-store.ts'
import type { DiskProbe } from './disk-probe.ts'
import { DiskJudge, type DiskState, HUNG_WRITE_MS, isWell, refusalOf } from './disk-state.ts'

/** How often free space and writes under way are looked at, in ms. @default 1000 */
export const LOOK_MS = 1_000
/** How often a disk that is well is written to as a test, in ms: an fsync of 4 KiB. @default 10000 */
export const PROBE_MS = 10_000
/** How often one that is not, in ms. @default 2000 */
export const SICK_PROBE_MS = 2_000
/** Size of the test, in bytes; a disk that has refused something is tried with a whole chunk. @default 4096 */
export const PROBE_BYTES = 4_096
/** Writes given to the disk at once; a hung disk keeps that many threads of this process and no more. @default 8 */
export const MAX_DISK_WRITES = 8
/** What passes between two looks beyond this, in ms, this process stood still: the machine slept, or others had its processors. @default 3000 */
export const STOOD_STILL_MS = 3_000

/** A disk as it is now. */
export interface DiskView {
  readonly state: DiskState
  /** New chunks should come here: the state is `ok` or `low`. */
  readonly acceptsWrites: boolean
  readonly freeBytes: number
  readonly reserveBytes: number
}

export interface DiskHealthComponents {
  readonly probe: DiskProbe
  readonly log: Logger
  readonly metrics?: Metrics | undefined
}

export interface DiskHealthInit {
  /** What people know the disk by: the folder on it. */
  readonly dir: string
  readonly reserveBytes: number
  readonly lowBytes: number
  /** Milliseconds that never go back. @default performance.now */
  readonly nowMs?: () => number
}

/** Watches one disk: by testing it now and then, and by what becomes of the writes and reads of others. */
export interface DiskHealth extends Startable {
  view(): DiskView
  readonly changed: Signal<DiskView>
  /** @throws StorageFullError when the disk is not to be given another write now */
  check(): void
  /** Give the disk a write, a few at once; errors are the disk's own, as StorageFullError. */
  write<T>(run: () => Promise<T>): Promise<T>
  /** What `work` answers, or StorageFullError when the disk hangs and has not answered this for LOOK_MS either; the work itself goes on. */
  bounded<T>(work: () => Promise<T>): Promise<T>
  /** The same for a read; what the disk itself fails with counts as a damaged chunk. */
  reading<T>(work: () => Promise<T>): Promise<T>
  /** Bytes that were written since free space was last looked at. */
  spent(bytes: number): void
  /** A chunk was read, and was whole or damaged. */
  read(isWhole: boolean): void
  /** Look once now. */
  look(): Promise<void>
}

export function createDiskHealth(components: DiskHealthComponents, init: DiskHealthInit): DiskHealth {
  return new WatchedDisk(components, init)
}

class WatchedDisk implements DiskHealth {
  readonly changed = emitter<DiskView>()
  readonly #parts: DiskHealthComponents
  readonly #init: DiskHealthInit
  readonly #judge: DiskJudge
  readonly #nowMs: () => number
  readonly #inTurn = limiter(MAX_DISK_WRITES)
  readonly #underWay = new Map<symbol, number>()
  readonly #bounded = new Map<(err: StorageFullError) => void, number>()
  #timer: NodeJS.Timeout | undefined
  #freeBytes = 0
  #state: DiskState = 'ok'
  #looking = false
  #probing = false
  #probedAtMs = Number.NEGATIVE_INFINITY
  #probeMs = 0
  #lookedAtMs: number
  #ranBeforeMs = 0

  constructor(components: DiskHealthComponents, init: DiskHealthInit) {
    this.#parts = components
    this.#init = init
    this.#judge = new DiskJudge(init)
    this.#nowMs = init.nowMs ?? (() => performance.now())
    this.#lookedAtMs = this.#nowMs()
  }

  async start(): Promise<void> {
    const { metrics } = this.#parts
    metrics?.gauge('ring_disk_free_bytes', 'Free bytes of the disk of this node', () => this.#freeBytes)
    metrics?.gauge('ring_disk_accepts_writes', '1 when new chunks should come here, 0 when the disk is full, read-only, slow or failing', () => Number(this.view().acceptsWrites))
    metrics?.gauge('ring_disk_probe_seconds', 'How long the last test of the disk took: write, fsync, read back', () => this.#probeMs / 1_000)
    await this.#space()
    this.#settle()
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  view(): DiskView {
    const state = this.#judge.state()
    return { state, acceptsWrites: isWell(state), freeBytes: this.#freeBytes, reserveBytes: this.#init.reserveBytes }
  }

  check(): void {
    if (!this.#judge.worthTrying()) throw this.#refusal()
  }

  async write<T>(run: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const id = Symbol('write')
      this.#underWay.set(id, this.#ranMs())
      try {
        return await run()
      } catch (err) {
        throw this.#named(err)
      } finally {
        this.#underWay.delete(id)
        this.#judge.waiting(this.#waitingMs())
        this.#settle()
      }
    })
  }

  async bounded<T>(work: () => Promise<T>): Promise<T> {
    const hung = Promise.withResolvers<never>()
    this.#bounded.set(hung.reject, this.#ranMs())
    const working = work()
    working.catch(() => {}) // it may lose the race
    try {
      return await Promise.race([working, hung.promise])
    } finally {
      this.#bounded.delete(hung.reject)
    }
  }

  async reading<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.bounded(work)
    } catch (err) {
      if (refusalOf(err) === 'failing') this.read(false)
      throw err
    }
  }

  spent(bytes: number): void {
    this.#freeBytes = Math.max(0, this.#freeBytes - bytes)
    if (this.#freeBytes <= this.#init.reserveBytes) void this.#space()
  }

  read(isWhole: boolean): void {
    this.#judge.read(isWhole)
    this.#settle()
  }

  async look(): Promise<void> {
    this.#ranBeforeMs = this.#ranMs()
    this.#lookedAtMs = this.#nowMs()
    this.#judge.waiting(this.#waitingMs())
    this.#settle()
    if (this.#judge.state() === 'slow' && !this.#judge.worthTrying()) this.#giveUp()
    await Promise.all([this.#space(), this.#probe()])
  }

  async #space(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const space = await this.#parts.probe.space()
      this.#freeBytes = space.freeBytes
      this.#judge.space(space)
    } catch (err) {
      this.#blame(err)
    } finally {
      this.#looking = false
      this.#settle()
    }
  }

  /** A test counts as a write under way: one that never ends is a disk that hangs. */
  async #probe(): Promise<void> {
    const state = this.#judge.state()
    if (this.#probing || this.#judge.outOfSpace() || this.#nowMs() - this.#probedAtMs < (isWell(state) ? PROBE_MS : SICK_PROBE_MS)) return
    const id = Symbol('probe')
    const startedMs = this.#probedAtMs = this.#nowMs()
    this.#probing = true
    this.#underWay.set(id, this.#ranMs())
    try {
      await this.#parts.probe.roundTrip(isWell(state) || state === 'slow' ? PROBE_BYTES : CHUNK_BYTES)
      this.#probeMs = this.#nowMs() - startedMs
      this.#judge.probed(this.#probeMs)
    } catch (err) {
      this.#blame(err)
    } finally {
      this.#probing = false
      this.#underWay.delete(id)
      this.#judge.waiting(this.#waitingMs())
      this.#settle()
    }
  }

  #waitingMs(): number {
    const oldest = Math.min(...this.#underWay.values())
    return Number.isFinite(oldest) ? this.#ranMs() - oldest : 0
  }

  /** For how long this process ran: while it stood still no disk can be blamed for its silence, and what it answered is yet to be heard. */
  #ranMs(): number {
    return this.#ranBeforeMs + Math.min(this.#nowMs() - this.#lookedAtMs, STOOD_STILL_MS)
  }

  /** A disk that syncs for seconds still reads what lies in memory: who has just begun is not told yet. */
  #giveUp(): void {
    for (const [reject, sinceMs] of this.#bounded) if (this.#ranBeforeMs - sinceMs >= LOOK_MS) reject(this.#refusal())
  }

  #blame(err: unknown): boolean {
    const refusal = refusalOf(err)
    if (refusal !== undefined) this.#judge.refused(refusal)
    return refusal !== undefined
  }

  #named(err: unknown): unknown {
    if (!this.#blame(err)) return err
    return new StorageFullError(`the disk of ${this.#init.dir} refused a write (${(err as NodeJS.ErrnoException).code}): free some space, or check the disk`, { cause: err })
  }

  #refusal(): StorageFullError {
    const { dir, reserveBytes } = this.#init
    const { state, freeBytes } = this.view()
    if (this.#judge.outOfSpace()) return new StorageFullError(`${dir} takes no more chunks: ${freeBytes} bytes free, ${reserveBytes} are kept in reserve; free some space or add a node`)
    if (state === 'slow') return new StorageFullError(`the disk of ${dir} has not answered a write for ${HUNG_WRITE_MS / 1_000} s: check the disk`)
    return new StorageFullError(`the disk of ${dir} is ${state}: it is tried again every ${SICK_PROBE_MS / 1_000} s`)
  }

  /** Tell when the state is another one. */
  #settle(): void {
    const view = this.view()
    if (view.state === this.#state) return
    this.#parts.log('the disk of %s was %s and is %s now', this.#init.dir, this.#state, view.state)
    this.#state = view.state
    this.changed.emit(view)
  }
}
