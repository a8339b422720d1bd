/** A card to its targets, phase by phase: copy, read the card again, read the copies back, seal. */
import { lstat } from 'node:fs/promises'
import { InvalidInputError, RefusedError } from '#protocols/errors.ts'
import { type CardContent, type CardFile, readCard } from './card-files.ts'
import { CardReadError, copyFile, type CopyWork, readAgain } from './copy-file.ts'
import type { Digester } from './digester.ts'
import type { HashFormat } from './mhl/hash-formats.ts'
import { isHistoryPath, isSameFile } from './same-card.ts'
import type { CopiedFile, Target } from './target.ts'

/** Files copied at once: while one is hashed, another is read. @default 2 */
export const FILES_AT_ONCE = 2
/** How far it is is written down this often, in ms. @default 30000 */
export const CHECKPOINT_MS = 30_000

export type Phase = 'copy' | 'source' | 'readback' | 'replicate'
export interface PhaseProgress { readonly filesDone: number; readonly filesTotal: number; readonly bytesDone: number; readonly bytesTotal: number }

export interface OffloadInit {
  readonly card: string
  readonly targets: readonly Target[]
  readonly formats: readonly HashFormat[]
  /** Read the card a second time, and compare. */
  readonly readTwice: boolean
}

export interface OffloadWork {
  readonly digester: Digester
  readonly signal: AbortSignal
  turn(): Promise<void>
  onProgress(phase: Phase, progress: PhaseProgress): void
  onCopied?(file: CopiedFile): Promise<void>
}

export interface Failure { readonly path: string; readonly reason: string }

export interface OffloadOutcome {
  readonly copied: number
  /** There already, and verified by an earlier run. */
  readonly skipped: number
  /** Files of the card that were not, or not rightly, copied. */
  readonly failures: readonly Failure[]
  /** How the second reading of the card went past the page cache, in files. */
  readonly sourceReads: Readonly<Record<'direct' | 'cached', number>>
  readonly sourceVerified: ReadonlySet<string>
  readonly generations: ReadonlyArray<{ readonly target: string; readonly names: readonly string[] }>
}

/** The card is gone: whoever puts it back goes on where it stopped. */
export class CardGoneError extends RefusedError {}

/** What is verified already is not read again. @throws CardGoneError; what a target throws */
export async function offload(content: CardContent, init: OffloadInit, work: OffloadWork): Promise<OffloadOutcome> {
  return new Offload(content, init, work, (await lstat(init.card)).dev).run()
}

class Offload {
  readonly #content: CardContent
  readonly #init: OffloadInit
  readonly #work: OffloadWork
  readonly #device: number
  readonly #failures: Failure[] = []
  readonly #copied = new Map<string, CopiedFile>()
  readonly #sourceVerified = new Set<string>()
  readonly #sourceReads = { direct: 0, cached: 0 }
  #savedMs = Date.now()

  constructor(content: CardContent, init: OffloadInit, work: OffloadWork, device: number) {
    this.#content = content
    this.#init = init
    this.#work = work
    this.#device = device
    this.#failures.push(...content.refused)
  }

  async run(): Promise<OffloadOutcome> {
    try {
      return await this.#run()
    } catch (err) {
      throw await this.#goneOr(err)
    }
  }

  async #run(): Promise<OffloadOutcome> {
    const { targets } = this.#init
    const todo = this.#content.files.filter((file) => targets.some((target) => this.#lacks(target, file)))
    try {
      await this.#each('copy', todo, (file, onBytes) => this.#copy(file, onBytes))
      if (this.#init.readTwice) await this.#each('source', this.#content.files.filter(({ path }) => this.#copied.has(path)), (file, onBytes) => this.#readTwice(file, onBytes))
    } finally {
      for (const target of targets) await target.checkpoint()
    }
    for (const target of targets.filter(({ readBack }) => readBack !== undefined)) {
      await this.#each('readback', this.#content.files.filter(({ path }) => target.known(path) !== undefined), (file, onBytes) => this.#readBack(target, file, onBytes))
    }
    const generations: Array<{ target: string; names: readonly string[] }> = []
    for (const target of targets) {
      const { generations: names, failed } = await target.seal(this.#content)
      generations.push({ target: target.name, names })
      for (const path of failed) this.#fail(path, 'it is not what an earlier generation of its ASC MHL history says')
    }
    return { copied: this.#copied.size, skipped: this.#content.files.length - todo.length, failures: this.#failures, sourceReads: this.#sourceReads, sourceVerified: this.#sourceVerified, generations }
  }

  #lacks(target: Target, file: CardFile): boolean {
    const known = target.known(file.path)
    return known === undefined || (!isHistoryPath(file.path) && !isSameFile(known, file))
  }

  async #copy(file: CardFile, onBytes: (count: number) => void): Promise<void> {
    const { targets, formats, card } = this.#init
    const before = targets.map((target) => target.known(file.path)).find((known) => known !== undefined && isSameFile(known, file))
    const copied = await copyFile(card, file, targets.filter((target) => this.#lacks(target, file)), ['sha256', ...formats], this.#copyWork(onBytes))
    if (before !== undefined && formats.some((format) => before.hashes[format] !== undefined && before.hashes[format] !== copied.hashes[format])) this.#fail(file.path, 'the card reads otherwise than it did at first: the reader, the cable or the card is bad')
    this.#copied.set(file.path, copied)
    await this.#work.onCopied?.(copied)
    if (Date.now() - this.#savedMs < CHECKPOINT_MS) return
    this.#savedMs = Date.now()
    for (const target of targets) await target.checkpoint()
  }

  async #readTwice(file: CardFile, onBytes: (count: number) => void): Promise<void> {
    const [format] = this.#init.formats
    if (format === undefined) return
    const { hashes, way } = await readAgain(this.#init.card, file, format, this.#copyWork(onBytes))
    this.#sourceReads[way]++
    if (hashes[format] === this.#copied.get(file.path)?.hashes[format]) this.#sourceVerified.add(file.path)
    else this.#fail(file.path, 'the second reading of the card was not what the first was: the reader, the cable or the card is bad')
  }

  async #readBack(target: Target, file: CardFile, onBytes: (count: number) => void): Promise<void> {
    const known = target.known(file.path)
    if (known !== undefined && await target.readBack?.(known, this.#work.signal) === false) this.#fail(file.path, `its copy in ${target.name} was not what was written there: the disk is bad. Offload again`)
    onBytes(file.size)
  }

  /** Some at once. A file that can not be read does not stop the others, unless the card is gone. */
  async #each(phase: Phase, files: readonly CardFile[], work: (file: CardFile, onBytes: (count: number) => void) => Promise<void>): Promise<void> {
    const progress = { filesDone: 0, filesTotal: files.length, bytesDone: 0, bytesTotal: files.reduce((sum, { size }) => sum + size, 0) }
    const waiting = [...files]
    const stop = new AbortController()
    const worker = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined && !stop.signal.aborted; file = waiting.shift()) {
        await this.#work.turn()
        await this.#attempt(file, () => work(file as CardFile, (count) => {
          progress.bytesDone += count
          this.#work.onProgress(phase, { ...progress })
        }))
        progress.filesDone++
        this.#work.onProgress(phase, { ...progress })
      }
    }
    this.#work.onProgress(phase, { ...progress })
    const results = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, () => worker().catch((err) => { stop.abort(); throw err })))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async #attempt(file: CardFile, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (err) {
      this.#work.signal.throwIfAborted()
      if (!(err instanceof CardReadError)) throw err
      if (await this.#isGone()) throw this.#cardGone()
      this.#fail(file.path, err.message)
    }
  }

  /** Whatever failed, with the card gone that is the reason: the importer and the histories read it, too. */
  async #goneOr(err: unknown): Promise<unknown> {
    if (this.#work.signal.aborted || err instanceof CardGoneError) return err
    return await this.#isGone() ? this.#cardGone() : err
  }

  #cardGone(): CardGoneError {
    return new CardGoneError(`the card at ${this.#init.card} is gone: put it back and try again, what is copied is not read again`)
  }

  /** The folder is away, or is that of another file system now. */
  async #isGone(): Promise<boolean> {
    return lstat(this.#init.card).then(({ dev }) => dev !== this.#device, () => true)
  }

  #fail(path: string, reason: string): void {
    if (!this.#failures.some((failure) => failure.path === path)) this.#failures.push({ path, reason })
  }

  #copyWork(onBytes: (count: number) => void): CopyWork {
    const { digester, signal } = this.#work
    return { digester, signal, onBytes, turn: () => this.#work.turn() }
  }
}

/** What is on the card, and that there is something. @throws InvalidInputError */
export async function lookAtCard(card: string, signal?: AbortSignal): Promise<CardContent> {
  const content = await readCard(card, { signal })
  if (content.files.length === 0) throw new InvalidInputError(`there are no files at ${card}: is the card mounted there?`)
  return content
}
