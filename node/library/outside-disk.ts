/**
 * Disks that are not the node's own. A share whose server is gone answers nothing: on a mount of the kernel's, whoever asks waits for minutes
 * or for ever, and with him a thread of this process, of which there are few.
 */
import { RefusedError } from '#protocols/errors.ts'

/** Longest a disk may take for one answer, in ms: a sleeping one has to spin up. Until it has given it, nothing more is asked of it. @default 15000 */
export const ANSWER_MS = 15_000
/** Questions a disk is given at once: so many threads wait for it if it never answers. @default 4 */
export const MAX_QUESTIONS = 4
/** The same for all of them together, half of the threads there are for files. @default 16 */
export const MAX_ALL_QUESTIONS = 16

interface Question {
  begin(): void
  refuse(why: RefusedError): void
}

const disks = new Map<string, OutsideDisk>()
const all = { asked: 0, overdue: 0 }

/** What `work` answers, which looks at files of the disk that this folder lies on; an answer that comes too late is given to `drop`. @throws RefusedError when the disk does not answer */
export function askDisk<T>(folder: string, work: () => Promise<T>, drop: (late: T) => unknown = () => {}): Promise<T> {
  return diskOf(folder).ask(work, drop)
}

/** Do what must be done once the disk answers, closing a file say: nobody waits for that of a disk that does not. */
export function leaveDisk(folder: string, work: () => Promise<void>): Promise<void> {
  return diskOf(folder).leave(work)
}

/** How many threads of this process wait for an answer now. */
export const questionsUnderWay = (): number => all.asked

function diskOf(folder: string): OutsideDisk {
  let disk = disks.get(folder)
  if (disk === undefined) disks.set(folder, disk = new OutsideDisk(folder))
  return disk
}

/** Whoever is next, from each disk in turn. */
function beginNext(): void {
  for (const [folder, disk] of disks) {
    while (all.asked < MAX_ALL_QUESTIONS && disk.begins());
    if (disk.isIdle) disks.delete(folder)
  }
}

class OutsideDisk {
  readonly #folder: string
  readonly #waiting = new Set<Question>()
  readonly #leaving: Array<() => Promise<void>> = []
  #asked = 0
  #overdue = 0

  constructor(folder: string) { this.#folder = folder }

  get isIdle(): boolean { return this.#asked === 0 && this.#waiting.size === 0 && this.#leaving.length === 0 }

  ask<T>(work: () => Promise<T>, drop: (late: T) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#overdue > 0 || all.overdue >= MAX_ALL_QUESTIONS) return reject(this.#silence())
      this.#waiting.add({ begin: () => void this.#begin(work, drop).then(resolve, reject), refuse: reject })
      beginNext()
    })
  }

  async leave(work: () => Promise<void>): Promise<void> {
    let isBegun = false
    try {
      await this.ask(() => { isBegun = true; return work() }, () => {})
    } catch (err) {
      if (!(err instanceof RefusedError)) throw err
      if (!isBegun) this.#leaving.push(work)
    }
  }

  /** Begin with one that waits; false when there is none, or the disk has enough to do. */
  begins(): boolean {
    const [next] = this.#waiting
    if (next === undefined || this.#asked >= MAX_QUESTIONS) return false
    this.#waiting.delete(next)
    next.begin()
    return true
  }

  #begin<T>(work: () => Promise<T>, drop: (late: T) => unknown): Promise<T> {
    this.#asked++
    all.asked++
    return new Promise((resolve, reject) => {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        reject(this.#silence())
        this.#isLate()
      }, ANSWER_MS).unref()
      const ended = (): void => {
        clearTimeout(timer)
        this.#ended(isLate)
      }
      const answered = async (value: T): Promise<void> => { if (isLate) await drop(value); else resolve(value) }
      work().then(answered).catch(reject).finally(ended)
    })
  }

  #isLate(): void {
    this.#overdue++
    all.overdue++
    const refused = all.overdue < MAX_ALL_QUESTIONS ? [this as OutsideDisk] : disks.values()
    for (const disk of refused) disk.#refuseAll()
  }

  #refuseAll(): void {
    for (const { refuse } of this.#waiting) refuse(this.#silence())
    this.#waiting.clear()
  }

  #ended(wasLate: boolean): void {
    this.#asked--
    all.asked--
    if (wasLate) {
      this.#overdue--
      all.overdue--
    }
    if (this.#overdue === 0) for (const work of this.#leaving.splice(0)) void this.leave(work).catch(() => {})
    beginNext()
  }

  #silence(): RefusedError {
    return new RefusedError(this.#overdue > 0 || all.overdue < MAX_ALL_QUESTIONS
      ? `the disk or share of ${this.#folder} does not answer: is its server running, and the network well?`
      : `${this.#folder} is not looked at: too many other disks and shares do not answer`)
  }
}
