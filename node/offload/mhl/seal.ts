/** From hashes to the next generation of every history concerned. Pure, but for hashing hashes. */
import { basename } from 'node:path/posix'
import { c4Of } from './c4.ts'
import { type FolderHash, folderHashes } from './directory-hash.ts'
import { HASH_FORMATS, type HashFormat } from './hash-formats.ts'
import type { Histories, History } from './history.ts'
import { type Action, DEFAULT_IGNORES, type HashEntry, manifestName, MHL_FOLDER, type MhlFile, type MhlFolder, type MhlManifest } from './manifest.ts'
import { writeChain, writeManifest } from './write-xml.ts'

/** A file that was hashed now. */
export interface HashedFile {
  /** From the root, with `/`. */
  readonly path: string
  readonly size: number
  /** Unix ms. */
  readonly modifiedMs: number
  readonly hashedMs: number
  readonly hashes: Readonly<Partial<Record<HashFormat, string>>>
}

export interface SealInit extends Pick<MhlManifest, 'createdMs' | 'hostname' | 'tool' | 'author' | 'location' | 'comment' | 'process'> {
  /** What the root is called in the names of its generations. */
  readonly name: string
  /** Every folder below the root; with it, and only when every file was hashed, folders get hashes. */
  readonly folders?: readonly string[]
  readonly formats: readonly HashFormat[]
}

/** A generation to be written into a folder's `ascmhl`, with the chain that then is. */
export interface SealedGeneration {
  readonly folder: string
  readonly generation: number
  readonly name: string
  readonly bytes: Uint8Array
  readonly c4: string
  readonly chain: Uint8Array
}

export interface Sealed {
  readonly generations: readonly SealedGeneration[]
  /** Paths whose bytes are not what an earlier generation says. */
  readonly failed: readonly string[]
}

/** The deepest histories first: each names those within it. */
export async function seal(histories: Histories, files: readonly HashedFile[], init: SealInit): Promise<Sealed> {
  const failed: string[] = []
  const byHistory = Map.groupBy(files, ({ path }) => histories.of(path).history)
  const folders = init.folders === undefined ? undefined : await hashesOfFolders(init.formats, files, init.folders)
  const references = new Map<History, Array<{ path: string; c4: string }>>()
  const generations: SealedGeneration[] = []
  for (const history of histories.all) {
    const own = byHistory.get(history) ?? []
    const nested = references.get(history) ?? []
    if (own.length === 0 && nested.length === 0 && history.folder !== '') continue
    const entries = own.map((file) => entryOf(histories, file, failed))
    const manifest: MhlManifest = {
      ...creatorOf(init), ignores: history.ignores ?? DEFAULT_IGNORES, files: entries.sort(byPath), references: nested,
      ...folders === undefined ? { folders: [] } : foldersOf(histories, history, folders, init.createdMs)
    }
    const sealed = generationOf(history, manifest, init)
    generations.push(sealed)
    const parent = histories.parentOf(history)
    if (parent !== undefined) references.set(parent, [...references.get(parent) ?? [], { path: `${within(parent, history.folder)}/${MHL_FOLDER}/${sealed.name}`, c4: sealed.c4 }])
  }
  return { generations, failed }
}

const creatorOf = ({ createdMs, hostname, tool, author, location, comment, process }: SealInit): Omit<MhlManifest, 'ignores' | 'files' | 'folders' | 'references'> =>
  ({ createdMs, hostname, tool, process, ...(author && { author }), ...(location && { location }), ...(comment && { comment }) })

function generationOf(history: History, manifest: MhlManifest, { name, createdMs }: SealInit): SealedGeneration {
  const generation = history.latest + 1
  const file = manifestName(generation, history.folder === '' ? name : basename(history.folder), createdMs)
  const bytes = writeManifest(manifest)
  const c4 = c4Of(bytes)
  return { folder: history.folder, generation, name: file, bytes, c4, chain: writeChain([...history.chain, { generation, name: file, c4 }]) }
}

/** A format that is new to a file is verified when another of its hashes is. */
function entryOf(histories: Histories, file: HashedFile, failed: string[]): MhlFile {
  const known = histories.known(file.path)
  const pairs = HASH_FORMATS.flatMap((format) => file.hashes[format] === undefined ? [] : [[format, file.hashes[format]] as const])
  const compared = pairs.map(([format, hash]) => known.find((entry) => entry.format === format)?.hash.toLowerCase() === undefined ? undefined : isSame(format, hash, known))
  const isWrong = compared.includes(false)
  if (isWrong) failed.push(file.path)
  const hashes = pairs.map(([format, hash], i): HashEntry => {
    const action: Action = known.length === 0 ? 'original' : compared[i] ?? !isWrong ? 'verified' : 'failed'
    return { format, hash, action, hashedMs: file.hashedMs }
  })
  return { path: histories.of(file.path).path, size: file.size, modifiedMs: file.modifiedMs, hashes }
}

/** Hex digits may be of either case; C4 ids may not. */
export function isSame(format: HashFormat, hash: string, known: readonly HashEntry[]): boolean {
  const before = known.find((entry) => entry.format === format)?.hash ?? ''
  return format === 'c4' ? before === hash : before.toLowerCase() === hash.toLowerCase()
}

type FormatHashes = ReadonlyArray<readonly [HashFormat, FolderHash]>

async function hashesOfFolders(formats: readonly HashFormat[], files: readonly HashedFile[], folders: readonly string[]): Promise<Map<string, FormatHashes>> {
  const all = new Map<string, Array<readonly [HashFormat, FolderHash]>>()
  for (const format of formats) {
    const hashes = files.flatMap(({ path, hashes: { [format]: hash } }) => hash === undefined ? [] : [[path, hash] as const])
    if (hashes.length < files.length) continue
    for (const [path, hash] of await folderHashes(format, hashes, folders)) all.set(path, [...all.get(path) ?? [], [format, hash]])
  }
  return all
}

/** The folders that belong to a history; the root of a nested one belongs to both. */
function foldersOf(histories: Histories, history: History, folders: ReadonlyMap<string, FormatHashes>, hashedMs: number): Pick<MhlManifest, 'folders' | 'root'> {
  const entry = (path: string, hashes: FormatHashes): MhlFolder => ({
    path, content: hashes.map(([format, { content }]) => ({ format, hash: content, hashedMs })), structure: hashes.map(([format, { structure }]) => ({ format, hash: structure, hashedMs }))
  })
  const root = folders.get(history.folder)
  const own = [...folders].filter(([path]) => path !== '' && path !== history.folder && histories.of(path).history === history)
  return { ...(root === undefined ? {} : { root: entry('', root) }), folders: own.map(([path, hashes]) => entry(within(history, path), hashes)).sort(byPath) }
}

const within = ({ folder }: History, path: string): string => folder === '' ? path : path.slice(folder.length + 1)
const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1)
