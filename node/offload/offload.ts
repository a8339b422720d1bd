/** A card to its targets, phase by phase: copy, read the card again, read the copies back, seal. */
import { InvalidInputError } from '#protocols/errors.ts'
import { type CardContent, type CardFile, readCard } from './card/card-files.ts'
import { type CardSlot, slotOf } from './card/card-slot.ts'
import { CardReadError, copyFile, type CopyWork, readAgain } from './copy/copy-file.ts'
import type { Digester } from './copy/digester.ts'
import { eachFile, type PassProgress } from './copy/each-file.ts'
import type { HashFormat } from './mhl/hash-formats.ts'
import type { Way } from './copy/read-blocks.ts'
import type { CopiedFile, Target } from './targets/target.ts'
import { isOther, type LostTarget, Targets } from './targets/targets.ts'

/** How far it is is written down this often, in ms. @default 30000 */
export const CHECKPOINT_MS = 30_000

export type Phase = 'copy' | 'source' | 'readback' | 'replicate'

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
  onProgress(phase: Phase, progress: PassProgress): void
  onCopied?(file: CopiedFile): Promise<void>
  /** The second reading of one more file said the same. */
  onSourceVerified?(way: Way): void
}

export interface Failure { readonly path: string; readonly reason: string }

export interface OffloadOutcome {
  readonly copied: number
  /** There already, and verified by an earlier run. */
  readonly skipped: number
  /** Files of the card that were not, or not rightly, copied. */
  readonly failures: readonly Failure[]
  /** Targets that failed: not all of the card is there. */
  readonly lost: readonly LostTarget[]
  /** How the second reading of the card went past the page cache, in files. */
  readonly sourceReads: Readonly<Record<Way, number>>
  readonly sourceVerified: ReadonlySet<string>
  readonly generations: ReadonlyArray<{ readonly target: string; readonly names: readonly string[] }>
}

/** What is verified already is not read again. @throws CardGoneError; StorageFullError before anything is read; RefusedError when no target is left */
export async function offload(content: CardContent, init: OffloadInit, work: OffloadWork): Promise<OffloadOutcome> {
  return new Offload(content, init, work, await slotOf(init.card)).run()
}

class Offload {
  readonly #content: CardContent
  readonly #init: OffloadInit
  readonly #work: OffloadWork
  readonly #slot: CardSlot
  readonly #targets: Targets
  readonly #failures: Failure[] = []
  readonly #sourceVerified = new Set<string>()
  readonly #sourceReads = { direct: 0, cached: 0 }
  /** Doubted before: they are read twice, whoever asks. */
  readonly #doubted = new Set<string>()
  #copied = 0
  #savedMs = Date.now()

  constructor(content: CardContent, init: OffloadInit, work: OffloadWork, slot: CardSlot) {
    this.#content = content
    this.#init = init
    this.#work = work
    this.#slot = slot
    this.#targets = new Targets(init.targets, (err) => this.#excuse(err))
    this.#failures.push(...content.refused)
  }

  async run(): Promise<OffloadOutcome> {
    try {
      return await this.#run()
    } catch (err) {
      if (!this.#work.signal.aborted) await this.#slot.check() // whatever failed, with the card gone that is the reason: the importer and the histories read it, too
      throw err
    }
  }

  async #run(): Promise<OffloadOutcome> {
    const { files } = this.#content
    for (const file of files) await this.#lookForDoubt(file)
    await this.#targets.checkRoom(files)
    const todo = files.filter((file) => this.#targets.lacking(file).length > 0)
    try {
      await this.#each('copy', todo, (file, onBytes) => this.#copy(file, onBytes))
      const again = files.filter((file) => this.#isToBeReadAgain(file))
      if (this.#init.readTwice || again.length > 0) await this.#each('source', again, (file, onBytes) => this.#readTwice(file, onBytes))
    } finally {
      await this.#targets.each((target) => target.checkpoint())
    }
    for (const target of this.#targets.live.filter(({ readBack }) => readBack !== undefined)) {
      await this.#each('readback', files.filter(({ path }) => target.known(path) !== undefined), (file, onBytes) => this.#readBack(target, file, onBytes))
    }
    const generations = await this.#seal()
    return { copied: this.#copied, skipped: files.length - todo.length, failures: this.#failures, lost: this.#targets.lost, sourceReads: this.#sourceReads, sourceVerified: this.#sourceVerified, generations }
  }

  /** Targets that have other readings of one file: a run was cut off between copying and comparing. */
  async #lookForDoubt(file: CardFile): Promise<void> {
    const [first, ...others] = this.#targets.known(file)
    if (first !== undefined && others.some(({ hashes }) => isOther(first.hashes, hashes))) await this.#targets.each((target) => target.doubt(file.path))
    if (this.#targets.isDoubted(file.path)) this.#doubted.add(file.path)
  }

  async #copy(file: CardFile, onBytes: (count: number) => void): Promise<void> {
    const { formats, card } = this.#init
    const lacking = this.#targets.lacking(file)
    if (lacking.length === 0) return // whoever lacked it failed meanwhile
    const before = this.#targets.known(file)
    const copied = await copyFile(card, file, lacking, ['sha256', ...formats], { ...this.#copyWork(onBytes), targets: this.#targets })
    if (copied === undefined) return
    if (before.some(({ hashes }) => isOther(hashes, copied.hashes))) return this.#doubt(file.path, 'the card reads otherwise than it did at first: the reader, the cable or the card is bad')
    this.#copied++
    await this.#work.onCopied?.(copied)
    await this.#checkpointInTime()
  }

  /** Whoever copied it: an earlier run may have been cut off before this. */
  #isToBeReadAgain(file: CardFile): boolean {
    return (this.#init.readTwice || this.#doubted.has(file.path)) && !this.#targets.isSourceVerified(file.path) && this.#targets.known(file).length > 0
  }

  async #readTwice(file: CardFile, onBytes: (count: number) => void): Promise<void> {
    const known = this.#targets.known(file)
    const formats = new Set(known.flatMap(({ hashes }) => this.#init.formats.find((format) => hashes[format] !== undefined) ?? Object.keys(hashes).slice(0, 1) as HashFormat[]))
    const { hashes, way } = await readAgain(this.#init.card, file, [...formats], this.#copyWork(onBytes))
    if (known.some((each) => isOther(each.hashes, hashes))) return this.#doubt(file.path, 'the second reading of the card was not what the first was: the reader, the cable or the card is bad')
    this.#sourceReads[way]++
    this.#sourceVerified.add(file.path)
    await this.#targets.each(async (target) => target.noteSourceVerified?.(file.path))
    this.#work.onSourceVerified?.(way)
    await this.#checkpointInTime()
  }

  async #checkpointInTime(): Promise<void> {
    if (Date.now() - this.#savedMs < CHECKPOINT_MS) return
    this.#savedMs = Date.now()
    await this.#targets.each((target) => target.checkpoint())
  }

  async #readBack(target: Target, file: CardFile, onBytes: (count: number) => void): Promise<void> {
    const known = target.known(file.path)
    const isGood = known === undefined ? undefined : await this.#targets.attempt(target, async () => target.readBack?.(known, this.#work.signal))
    if (isGood === false) this.#fail(file.path, `its copy in ${target.name} was not what was written there: the disk is bad. Offload again`)
    onBytes(file.size)
  }

  async #seal(): Promise<OffloadOutcome['generations']> {
    const generations: Array<{ target: string; names: readonly string[] }> = []
    await this.#targets.each(async (target) => {
      const { generations: names, failed } = await target.seal(this.#content)
      generations.push({ target: target.name, names })
      for (const path of failed) this.#fail(path, 'it is not what an earlier generation of its ASC MHL history says')
    })
    return generations
  }

  /** A file that can not be read does not stop the others, unless the card is gone. */
  async #each(phase: Phase, files: readonly CardFile[], work: (file: CardFile, onBytes: (count: number) => void) => Promise<void>): Promise<void> {
    await eachFile(files, (file, onBytes) => this.#attempt(file, () => work(file, onBytes)), { turn: () => this.#work.turn(), onProgress: (progress) => this.#work.onProgress(phase, progress) })
  }

  async #attempt(file: CardFile, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (err) {
      this.#work.signal.throwIfAborted()
      if (!(err instanceof CardReadError)) throw err
      await this.#slot.check()
      this.#fail(file.path, err.message)
    }
  }

  /** A target is not to blame for an end that was ordered, nor for the card. */
  async #excuse(err: unknown): Promise<void> {
    this.#work.signal.throwIfAborted()
    if (err instanceof CardReadError) throw err
    await this.#slot.check()
  }

  /** Which of the readings is right nobody knows: no generation attests one, and the next run reads anew. */
  async #doubt(path: string, reason: string): Promise<void> {
    this.#fail(path, reason)
    await this.#targets.each((target) => target.doubt(path))
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
