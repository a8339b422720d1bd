/** What is known of a folder from the generations beside it, and from those of folders within it. */
import { ThatDamError } from '#protocols/errors.ts'
import { c4Of } from './c4.ts'
import { CHAIN_FILE, type ChainEntry, generationOfName, type HashEntry, type MhlFile, type MhlManifest } from './manifest.ts'
import { readChain, readManifest } from './read-xml.ts'

/** The files of `ascmhl` folders by name, by the folder each lies in; empty for the root. */
export type HistoryFiles = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>

/** A history that is not what its chain says. `exitCode` is that of the reference tool. */
export class BrokenHistoryError extends ThatDamError {
  readonly code = 'ERR_BROKEN_HISTORY'
  override readonly status = 409
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

export interface Generation {
  readonly generation: number
  readonly name: string
  readonly c4: string
  readonly manifest: MhlManifest
}

/** One `ascmhl` folder. */
export class History {
  /** Path within the root; empty for the root. */
  readonly folder: string
  readonly generations: readonly Generation[]
  readonly #first = new Map<string, HashEntry[]>()

  constructor(folder: string, generations: readonly Generation[]) {
    this.folder = folder
    this.generations = generations
    for (const { manifest } of generations) for (const { path, hashes } of manifest.files) this.#note(path, hashes)
  }

  /** Every file that is known, by its path in this history; renamed ones by their newest. */
  paths(): string[] {
    const renamed = new Set(this.generations.flatMap(({ manifest }) => manifest.files.flatMap(({ previousPath }) => previousPath ?? [])))
    return [...this.#first.keys()].filter((path) => !renamed.has(path))
  }

  /** The first hash of each format; what was found wrong is no knowledge. */
  known(path: string): readonly HashEntry[] {
    return this.#first.get(path) ?? []
  }

  get ignores(): readonly string[] | undefined {
    return this.generations.at(-1)?.manifest.ignores
  }

  get latest(): number {
    return this.generations.at(-1)?.generation ?? 0
  }

  get chain(): ChainEntry[] {
    return this.generations.map(({ generation, name, c4 }) => ({ generation, name, c4 }))
  }

  #note(path: string, hashes: MhlFile['hashes']): void {
    const known = this.#first.get(path) ?? []
    for (const entry of hashes) if (entry.action !== 'failed' && !known.some(({ format }) => format === entry.format)) known.push(entry)
    this.#first.set(path, known)
  }
}

/** The root's history, also when there is none yet, and those within it. */
export class Histories {
  /** The deepest first; the root last. */
  readonly all: readonly History[]

  /** @throws BrokenHistoryError, InvalidMessageError */
  constructor(files: HistoryFiles) {
    const found = [...files].filter(([folder]) => folder !== '').map(([folder, names]) => new History(folder, generationsOf(folder, names)))
    const root = new History('', generationsOf('', files.get('') ?? new Map()))
    this.all = [...found.sort((a, b) => b.folder.split('/').length - a.folder.split('/').length || (a.folder < b.folder ? -1 : 1)), root]
  }

  get root(): History {
    return this.all.at(-1) as History
  }

  /** The history a path belongs to, and what it is called there. */
  of(path: string): { history: History; path: string } {
    const history = this.all.find(({ folder }) => folder !== '' && path.startsWith(`${folder}/`)) ?? this.root
    return { history, path: history.folder === '' ? path : path.slice(history.folder.length + 1) }
  }

  known(path: string): readonly HashEntry[] {
    const { history, path: within } = this.of(path)
    return history.known(within)
  }

  /** Every known file, by its path from the root. */
  paths(): string[] {
    return this.all.flatMap((history) => history.paths().map((path) => history.folder === '' ? path : `${history.folder}/${path}`))
  }

  /** The history that a nested one belongs to. */
  parentOf({ folder }: History): History | undefined {
    return folder === '' ? undefined : this.of(folder).history
  }
}

function generationsOf(folder: string, files: ReadonlyMap<string, Uint8Array>): Generation[] {
  const where = folder === '' ? 'the ASC MHL history' : `the ASC MHL history of ${folder}`
  const named = [...files.keys()].filter((name) => generationOfName(name) !== undefined)
  const chain = files.get(CHAIN_FILE)
  if (chain === undefined) {
    if (named.length > 0) throw new BrokenHistoryError(`${where} has no ${CHAIN_FILE}: bring it back from another copy`, 32)
    return []
  }
  return readChain(chain).sort((a, b) => a.generation - b.generation).map(({ generation, name, c4 }) => {
    const bytes = files.get(name)
    if (bytes === undefined) throw new BrokenHistoryError(`${where} lacks ${name}, which its chain names: bring it back from another copy`, 33)
    if (c4Of(bytes) !== c4) throw new BrokenHistoryError(`${where}: ${name} was changed after it was written, by what its chain says`, 31)
    return { generation, name, c4, manifest: readManifest(bytes) }
  })
}
