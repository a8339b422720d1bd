/** Histories of folders on a disk: read, created, continued, verified. */
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'
import { type CardContent, type CardFile, readCard } from '../card/card-files.ts'
import type { Digester, Hashes } from '../copy/digester.ts'
import { readBlocks, type Way } from '../copy/read-blocks.ts'
import { writeWhole } from '../targets/whole-file.ts'
import { folderHashes } from './directory-hash.ts'
import { DEFAULT_HASHES, type HashFormat } from './hash-formats.ts'
import { BrokenHistoryError, Histories, type HistoryFiles } from './history.ts'
import { ignoring } from './ignores.ts'
import { CHAIN_FILE, DEFAULT_IGNORES, generationOfName, MHL_FOLDER } from './manifest.ts'
import { MAX_MANIFEST_BYTES } from './read-xml.ts'
import { type HashedFile, isSame, type SealedGeneration, type SealInit, seal } from './seal.ts'

export interface MhlWork {
  readonly digester: Digester
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((file: string, bytes: number) => void) | undefined
}

export interface MhlCreated {
  readonly generations: readonly SealedGeneration[]
  readonly files: number
  readonly bytes: number
  readonly failed: readonly string[]
  readonly missing: readonly string[]
}

export interface MhlVerified {
  readonly files: number
  readonly bytes: number
  readonly failed: readonly string[]
  readonly missing: readonly string[]
  readonly unknown: readonly string[]
  /** Folders that hash otherwise than the newest generation says; asked for only when all files are there. */
  readonly folders: readonly string[]
  /** Generations of the root's history. */
  readonly generations: number
}

/** The `ascmhl` folders of `root` and of these folders within it. @throws InvalidInputError */
export async function readHistoryFiles(root: string, folders: readonly string[]): Promise<HistoryFiles> {
  const found = new Map<string, Map<string, Uint8Array>>()
  const holders = ['', ...folders].filter((folder) => basename(folder) !== MHL_FOLDER)
  for (const folder of holders) {
    const at = join(root, folder, MHL_FOLDER)
    const names = await readdir(at).catch((): string[] => [])
    const own = names.filter((name) => name === CHAIN_FILE || generationOfName(name) !== undefined)
    if (own.length > 0) found.set(folder, new Map(await Promise.all(own.map(async (name) => [name, await readSmall(join(at, name))] as const))))
  }
  return found
}

/** Hash every file below `root` and write the next generation of its history, and of those within it. */
export async function createMhl(root: string, init: Omit<SealInit, 'name' | 'folders' | 'formats'> & { readonly formats?: readonly HashFormat[] }, work: MhlWork): Promise<MhlCreated> {
  const { formats = DEFAULT_HASHES } = init
  const { content, histories } = await openFolder(root, work.signal)
  const files: HashedFile[] = []
  for (const file of content.files) {
    const known = histories.known(file.path)
    const linking = known.length === 0 || known.some(({ format }) => formats.includes(format)) ? [] : known.slice(0, 1).map(({ format }) => format)
    const { hashes } = await hashFile(root, file, [...formats, ...linking], false, work)
    files.push({ path: file.path, size: file.size, modifiedMs: file.mtimeMs, hashedMs: Date.now(), hashes })
  }
  const { generations, failed } = await seal(histories, files, { ...init, formats, name: basename(resolve(root)), folders: content.folders })
  await writeGenerations(root, generations)
  return { generations, files: files.length, bytes: sizeOf(content.files), failed, missing: missingOf(histories, content.files) }
}

/** Read every file again and compare it with what its history says first. Nothing is written. @throws BrokenHistoryError, also when there is no history */
export async function verifyMhl(root: string, { folders = false }: { folders?: boolean }, work: MhlWork): Promise<MhlVerified> {
  const { content, histories } = await openFolder(root, work.signal)
  if (histories.all.every(({ generations }) => generations.length === 0)) throw new BrokenHistoryError(`there is no ASC MHL history in ${root}: make one with "thatdam mhl create"`, 30)
  const failed: string[] = []
  const unknown: string[] = []
  for (const file of content.files) {
    const [entry] = histories.known(file.path)
    if (entry === undefined) unknown.push(file.path)
    else if (!isSame(entry.format, (await hashFile(root, file, [entry.format], true, work)).hashes[entry.format] ?? '', [entry])) failed.push(file.path)
  }
  const missing = missingOf(histories, content.files)
  const isWhole = failed.length + missing.length + unknown.length === 0
  return { files: content.files.length, bytes: sizeOf(content.files), failed, missing, unknown, folders: folders && isWhole ? await wrongFolders(histories, content) : [], generations: histories.root.generations.length }
}

export async function writeGenerations(root: string, generations: readonly SealedGeneration[]): Promise<void> {
  for (const { folder, name, bytes, chain } of generations) {
    const at = join(root, folder, MHL_FOLDER)
    await writeWhole(join(at, name), bytes)
    await writeWhole(join(at, CHAIN_FILE), chain)
  }
}

/** One file, hashed. @throws InvalidInputError when it changes meanwhile */
export async function hashFile(root: string, { path, size }: CardFile, formats: ReadonlyArray<HashFormat | 'sha256'>, direct: boolean, { digester, signal, onProgress }: MhlWork): Promise<{ hashes: Hashes; way: Way }> {
  const stream = digester.stream(formats)
  const reader = readBlocks(join(root, path), { direct, ...(signal && { signal }) })
  let read = 0
  try {
    for await (const block of reader.blocks()) {
      await stream.update(block)
      read += block.byteLength
      onProgress?.(path, block.byteLength)
    }
    if (read !== size) throw new InvalidInputError(`${path} changed while it was read: try again when nothing writes to it`)
    return { hashes: await stream.end(), way: reader.way }
  } finally {
    stream.drop()
  }
}

async function openFolder(root: string, signal: AbortSignal | undefined): Promise<{ content: CardContent; histories: Histories }> {
  const all = await readCard(root, { signal })
  const histories = new Histories(await readHistoryFiles(root, all.folders))
  const [unreadable] = all.refused.filter(({ reason }) => !reason.includes('link'))
  if (unreadable !== undefined) throw new InvalidInputError(`${unreadable.path}: ${unreadable.reason}`)
  return { content: without(all, ignoring(histories.root.ignores ?? DEFAULT_IGNORES)), histories }
}

/** What a history does not speak of left out. */
export function without(content: CardContent, ignores: (path: string, isFolder: boolean) => boolean): CardContent {
  const left = (path: string, isFolder: boolean): boolean => path.split('/').every((_, i, parts) => !ignores(parts.slice(0, i + 1).join('/'), isFolder || i < parts.length - 1))
  return { ...content, files: content.files.filter(({ path }) => left(path, false)), folders: content.folders.filter((path) => left(path, true)) }
}

async function wrongFolders(histories: Histories, { files, folders }: CardContent): Promise<string[]> {
  const root = histories.root.generations.findLast(({ manifest }) => manifest.root !== undefined)?.manifest.root
  const [content] = root?.content ?? []
  const structure = root?.structure.find(({ format }) => format === content?.format)
  if (content === undefined || structure === undefined) return []
  const hashes = files.flatMap(({ path }) => histories.known(path).filter(({ format }) => format === content.format).map(({ hash }) => [path, hash] as const))
  const own = hashes.length < files.length ? undefined : (await folderHashes(content.format, hashes, folders)).get('')
  return own === undefined || (isSame(content.format, own.content, [content]) && isSame(content.format, own.structure, [structure])) ? [] : ['.']
}

function missingOf(histories: Histories, files: readonly CardFile[]): string[] {
  const there = new Set(files.map(({ path }) => path))
  return histories.paths().filter((path) => !there.has(path))
}

const sizeOf = (files: readonly CardFile[]): number => files.reduce((sum, { size }) => sum + size, 0)

async function readSmall(path: string): Promise<Uint8Array> {
  if ((await lstat(path)).size > MAX_MANIFEST_BYTES) throw new InvalidInputError(`${path} is larger than a manifest may be`)
  return readFile(path)
}
