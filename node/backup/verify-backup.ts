import { InvalidMessageError } from '#protocols/errors.ts'
import { hashOfChunk } from '#protocols/ids.ts'
import { CHUNK_BYTES, chunksUnder, type DocumentName, type Reference, type Referrer, referencesOf, referrersInUpdate } from '#ring'
import { atOnce } from './at-once.ts'
import { type Generation, type GenerationDocument, generationPath, type Hash, hashOfObject, type IndexEntry, indexPath, listsOf, MAX_DOCUMENT_BYTES, objectPath, objectsOf, README_PATH } from './backup-format.ts'
import { README } from './backup-readme.ts'
import { BackupDamagedError, type BackupTarget } from './backup-target.ts'
import { nameOf } from './document-index.ts'
import { chooseGeneration, listGenerations, readGeneration, readIndex, readMarker, readObject } from './generations.ts'
import { ObjectSet } from './object-set.ts'

/** Objects read at once. @default 8 */
export const READS_AT_ONCE = 8

export interface VerifyBackupInit {
  /** Its name or the beginning of it. @default the newest */
  generation?: string | undefined
  /** Share of the chunks whose bytes are read and hashed, 0 to 100; of the others it is seen that they are there, with their size. @default 100 */
  samplePercent?: number
  onProgress?: (progress: { objects: number; bytes: number; objectsTotal: number }) => void
  /** 0 up to 1. @default Math.random */
  random?: () => number
}

/** Something that is not as the backup says. */
export interface Finding {
  /** The asset or recording it belongs to; undefined for what belongs to none. */
  readonly name: string | undefined
  readonly problem: string
}

export interface BackupFindings {
  readonly generation: string
  readonly manifest: Generation
  /** Objects that were read and hashed, or only seen. */
  readonly read: number
  readonly seen: number
  readonly bytes: number
  readonly findings: readonly Finding[]
  /** Harmless: what a person may want to know. */
  readonly notes: readonly string[]
}

/** Prove a generation without restoring it: every object, every index, and that all the catalog refers to is there. @throws BackupTargetError, BackupDamagedError when not even its manifest can be read */
export async function verifyBackup(target: BackupTarget, init: VerifyBackupInit = {}): Promise<BackupFindings> {
  const { name, generation } = await chooseGeneration(target, init.generation)
  const check = new Check(target, init, generation.totals.objects)
  if (generation.ringId !== await readMarker(target)) check.note(undefined, `${generationPath(name)} is of another ring than the rest`)
  await check.history(name)
  await check.object(generation.cameras, undefined, MAX_DOCUMENT_BYTES)
  if (check.samplePercent < 100) await check.survey()
  for (const document of generation.documents) await check.document(document)
  const readme = await target.get(README_PATH, 64 * 1024).catch(() => undefined)
  const notes = readme !== undefined && Buffer.from(readme).toString() === README ? [] : [`${README_PATH} is not as this version writes it: the next backup writes it anew`]
  return { generation: name, manifest: generation, read: check.read, seen: check.seen, bytes: check.bytes, findings: check.findings, notes }
}

class Check {
  readonly findings: Finding[] = []
  readonly samplePercent: number
  read = 0
  seen = 0
  bytes = 0
  readonly #target: BackupTarget
  readonly #init: VerifyBackupInit
  readonly #total: number
  readonly #good = new ObjectSet()
  readonly #bad = new Map<Hash, string>()
  readonly #there = new ObjectSet()

  constructor(target: BackupTarget, init: VerifyBackupInit, total: number) {
    this.#target = target
    this.#init = init
    this.#total = total
    this.samplePercent = init.samplePercent ?? 100
  }

  note(name: string | undefined, problem: string): void {
    this.findings.push({ name, problem })
  }

  /** What is there, without reading it. */
  async survey(): Promise<void> {
    for await (const { path, size } of this.#target.list('objects/')) {
      const hash = hashOfObject(path)
      if (hash !== undefined) this.#there.add(hash, size)
    }
  }

  /** Every other generation's manifest is whole, and each goes back to the one before it, or to one that was pruned. */
  async history(chosen: string): Promise<void> {
    const names = await listGenerations(this.#target)
    for (const [i, name] of names.entries()) {
      const generation = await this.#attempt(undefined, () => readGeneration(this.#target, name))
      const before = generation?.previous ?? undefined
      if (i > 0 && before !== names[i - 1] && (before === undefined || names.includes(before) || before > name)) {
        this.note(undefined, `${generationPath(name)} does not follow ${names[i - 1]}${name === chosen ? '' : ', an older backup'}`)
      }
    }
  }

  /** A document, its index, everything it needs, and that the index tells all of it. */
  async document(document: GenerationDocument): Promise<void> {
    const update = await this.#attempt(undefined, () => readObject(this.#target, document.snapshot, MAX_DOCUMENT_BYTES))
    if (update !== undefined) this.#count(update.byteLength)
    const entries = await this.#attempt(undefined, () => readIndex(this.#target, document))
    if (entries === undefined) return
    for (const entry of entries) await this.#entry(entry)
    const referrers = update && await this.#attempt(undefined, async () => referrersInUpdate(update, document.name as DocumentName))
    if (referrers !== undefined) await this.#compare(document, referrers, entries)
  }

  /** Read and hash it, once. */
  async object(hash: Hash, name: string | undefined, maxBytes = CHUNK_BYTES, size?: number): Promise<void> {
    const known = this.#bad.get(hash)
    if (known !== undefined) this.note(name, known)
    if (known !== undefined || this.#good.has(hash)) return
    const problem = await this.#problemWith(hash, maxBytes, size)
    if (problem === undefined) return this.#good.add(hash, size ?? 0)
    this.#bad.set(hash, problem)
    this.note(name, problem)
  }

  async #problemWith(hash: Hash, maxBytes: number, size: number | undefined): Promise<string | undefined> {
    if (this.samplePercent < 100 && size !== undefined && (this.#init.random ?? Math.random)() * 100 >= this.samplePercent) {
      const there = this.#there.size(hash)
      this.seen++
      return there === size ? undefined : there === undefined ? `${objectPath(hash)} is missing` : `${objectPath(hash)} has ${there} bytes instead of ${size}`
    }
    try {
      const bytes = await readObject(this.#target, hash, maxBytes)
      this.#count(bytes.byteLength)
      return size === undefined || bytes.byteLength === size ? undefined : `${objectPath(hash)} has ${bytes.byteLength} bytes, and its index says ${size}`
    } catch (err) {
      if (err instanceof BackupDamagedError) return err.message
      throw err
    }
  }

  async #entry(entry: IndexEntry): Promise<void> {
    for (const hash of entry.missing) this.note(entry.name, `${objectPath(hash)} was not to be had from the ring when it was backed up`)
    await atOnce(READS_AT_ONCE, new Map(objectsOf(entry)), ([hash, size]) => this.object(hash, entry.name, CHUNK_BYTES, size))
  }

  /** Walk the catalog as a restored ring would, and find each of its chunks in the index. */
  async #compare(document: GenerationDocument, referrers: readonly Referrer[], entries: readonly IndexEntry[]): Promise<void> {
    const told = new Map(entries.map((entry) => [`${entry.kind} ${entry.id}`, entry]))
    for (const referrer of referrers) {
      const { kind, id, name } = nameOf(referrer)
      const entry = told.get(`${kind} ${id}`)
      if (entry === undefined) {
        this.note(name, `${indexPath(document)} does not tell of it`)
        continue
      }
      const listed = new Set(listsOf(entry).flatMap(({ content, lists }) => [...content, ...lists]))
      for (const reference of referencesOf(referrer)) await this.#resolve(reference, name, listed)
    }
  }

  async #resolve(reference: Reference, name: string, listed: ReadonlySet<Hash>): Promise<void> {
    try {
      for await (const { id } of chunksUnder(reference, (list) => readObject(this.#target, hashOfChunk(list), CHUNK_BYTES))) {
        const hash = hashOfChunk(id)
        if (!listed.has(hash)) return this.note(name, `it needs ${objectPath(hash)}, of which its index does not tell`)
      }
    } catch (err) {
      if (err instanceof InvalidMessageError) this.note(name, `${objectPath(hashOfChunk(reference.id))} is no list of chunks`)
      else if (!(err instanceof BackupDamagedError)) throw err // an object that is damaged was told of when it was read
    }
  }

  #count(bytes: number): void {
    this.read++
    this.bytes += bytes
    this.#init.onProgress?.({ objects: this.read + this.seen, bytes: this.bytes, objectsTotal: this.#total })
  }

  async #attempt<T>(name: string | undefined, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (err) {
      if (!(err instanceof BackupDamagedError) && !(err instanceof InvalidMessageError)) throw err
      this.note(name, err.message)
      return undefined
    }
  }
}
