/** `low` is a warning; with every other one but `ok` the node asks others to take what is new. */
export const DISK_STATES = ['ok', 'low', 'slow', 'full', 'read-only', 'failing'] as const
export type DiskState = typeof DISK_STATES[number]

/** It takes what is new. */
export const isWell = (state: DiskState): boolean => state === 'ok' || state === 'low'

/** What the file system says of its room. */
export interface DiskSpace {
  readonly freeBytes: number
  readonly freeInodes: number
  /** 0 where files are not counted. */
  readonly totalInodes: number
}

/** A probe slower than this counts as slow, in ms. @default 4000 */
export const SLOW_PROBE_MS = 4_000
/** Slow probes in a row that make a disk slow, and quick ones that make it quick again. @default 3 */
export const PROBES_IN_A_ROW = 3
/** A write that has not ended after this long hangs, in ms; nothing more is given to the disk until it does. @default 8000 */
export const HUNG_WRITE_MS = 8_000
/** Chunks read one after the other and all damaged: that is no longer chance. @default 16 */
export const DAMAGED_IN_A_ROW = 16
/** Whole chunks read one after the other that win trust back. @default 64 */
export const WHOLE_IN_A_ROW = 64
/** Fewer free files than this is full, at most a hundredth of all. @default 4096 */
export const RESERVE_INODES = 4_096
/** What must be free beyond a threshold before it counts as passed again, in bytes. @default 67108864 */
export const MAX_MARGIN_BYTES = 64 * 1024 * 1024

export interface DiskJudgeInit {
  /** Free bytes that chunks never take. */
  readonly reserveBytes: number
  /** From here on down a person is warned, in bytes. */
  readonly lowBytes: number
}

type Refusal = 'full' | 'read-only' | 'failing'

/** Errors of this process, not of the disk. */
const NOT_THE_DISK = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'ABORT_ERR'])
const REFUSALS: Readonly<Record<string, Refusal>> = { ENOSPC: 'full', EDQUOT: 'full', EROFS: 'read-only', EACCES: 'read-only', EPERM: 'read-only' }

/** What an error of a file operation says of the disk; undefined when nothing. */
export function refusalOf(err: unknown): Refusal | undefined {
  const { code, syscall } = err as NodeJS.ErrnoException
  return code === undefined || syscall === undefined || NOT_THE_DISK.has(code) ? undefined : REFUSALS[code] ?? 'failing'
}

/** From what is seen of a disk to one word. It is quick to distrust and slow to trust again, so that the word does not flap. Has no clock and touches no disk. */
export class DiskJudge {
  readonly #init: DiskJudgeInit
  readonly #marginBytes: number
  #full = false
  #low = false
  #slow = false
  #hangs = false
  #untrusted = false
  #refusal: Refusal | undefined
  #good = 0
  #late = 0
  #quick = 0
  #damaged = 0
  #whole = 0

  constructor(init: DiskJudgeInit) {
    this.#init = init
    this.#marginBytes = Math.min(MAX_MARGIN_BYTES, init.reserveBytes / 8)
  }

  state(): DiskState {
    if (this.#refusal === 'failing' || this.#untrusted) return 'failing'
    if (this.#refusal === 'read-only') return 'read-only'
    if (this.#full || this.#refusal === 'full') return 'full'
    if (this.#hangs || this.#slow) return 'slow'
    return this.#low ? 'low' : 'ok'
  }

  /** False when a write would only be refused or lost: the disk is not even to be tried. */
  worthTrying(): boolean {
    return !this.#hangs && !this.#full && (this.#refusal === undefined || this.#refusal === 'failing')
  }

  /** True when the space left is the reason not to write, so that a probe would eat into it. */
  outOfSpace(): boolean {
    return this.#full
  }

  space({ freeBytes, freeInodes, totalInodes }: DiskSpace): void {
    const { reserveBytes, lowBytes } = this.#init
    const inodes = totalInodes === 0 ? 0 : Math.min(RESERVE_INODES, totalInodes / 100)
    const isOver = (before: boolean, bytes: number, files: number): boolean =>
      freeBytes <= bytes + (before ? this.#marginBytes : 0) || (totalInodes > 0 && freeInodes <= files * (before ? 1.25 : 1))
    this.#full = isOver(this.#full, reserveBytes, inodes)
    this.#low = isOver(this.#low, lowBytes, 2 * inodes)
  }

  /** A probe was written, fsynced and read back as it was. */
  probed(tookMs: number): void {
    this.#good++
    if (this.#good >= PROBES_IN_A_ROW) this.#refusal = undefined
    this.#late = tookMs >= SLOW_PROBE_MS ? this.#late + 1 : 0
    this.#quick = tookMs < SLOW_PROBE_MS / 2 ? this.#quick + 1 : 0
    if (this.#late >= PROBES_IN_A_ROW) this.#slow = true
    if (this.#quick >= PROBES_IN_A_ROW) this.#slow = false
  }

  /** The disk refused something. */
  refused(refusal: Refusal): void {
    this.#refusal = refusal
    this.#good = 0
  }

  /** How long the oldest write has been under way; 0 when none is. */
  waiting(ms: number): void {
    if (ms < HUNG_WRITE_MS && !this.#hangs) return
    this.#hangs = ms >= HUNG_WRITE_MS
    this.#slow = true // until probes are quick again
    this.#quick = 0
  }

  /** A chunk was read, and was whole or damaged. */
  read(isWhole: boolean): void {
    this.#damaged = isWhole ? 0 : this.#damaged + 1
    this.#whole = isWhole ? this.#whole + 1 : 0
    if (this.#damaged >= DAMAGED_IN_A_ROW) this.#untrusted = true
    if (this.#whole >= WHOLE_IN_A_ROW) this.#untrusted = false
  }
}
