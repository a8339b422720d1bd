import type { BackupContents } from '#protocols/backup.ts'
import type { DocumentName } from '#ring'
import { atOnce } from './at-once.ts'
import { encodeGeneration, encodeIndex, FORMAT, FORMAT_VERSION, type Generation, type GenerationDocument, generationName, generationPath, hashOf, type IndexEntry, indexPath, objectsOf, README_PATH, timeOfGeneration } from './backup-format.ts'
import { README } from './backup-readme.ts'
import type { BackupSource } from './backup-source.ts'
import { BackupDamagedError, type BackupTarget } from './backup-target.ts'
import { COPIES_AT_ONCE, copyDocument } from './document-index.ts'
import { claimTarget, listGenerations, readGeneration, readIndex } from './generations.ts'
import { type CopyCounts, ObjectWriter } from './object-writer.ts'

export interface BackupProgress extends CopyCounts {
  /** Documents of the catalog. */
  readonly done: number
  readonly total: number
}

export interface BackupInit {
  onProgress?: (progress: BackupProgress) => void
  /** Unix ms. @default Date.now */
  clock?: () => number
}

/** What one run of `thatdam backup` did. */
export interface BackupResult {
  /** Name of the new generation; its end is the hash of everything. */
  readonly generation: string
  readonly manifest: Generation
  readonly counts: CopyCounts
  /** What the ring does not have any more, or not now. */
  readonly missing: ReadonlyArray<{ name: string; chunks: number }>
  /** Files that are in the catalog, and whose bytes stay elsewhere: they are not in the backup. */
  readonly outside: ReadonlyArray<{ name: string; paths: readonly string[] }>
  /** Originals whose bytes were only in the cloud whenever a backup was made: they are not in it either. */
  readonly away: readonly string[]
  /** Older generations that can not be read. */
  readonly damaged: readonly string[]
}

/**
 * Copy the ring into the target. The manifest is written last: a run that is cut off leaves nothing but objects, which the next one finds.
 * @throws BackupTargetError, BackupDamagedError, and what the source throws
 */
export async function backUp({ source, target }: { source: BackupSource; target: BackupTarget }, { onProgress, clock = Date.now }: BackupInit = {}): Promise<BackupResult> {
  const startedMs = clock()
  const contents = await source.contents()
  await claimTarget(target, contents.ringId)
  await writeReadme(target)
  const { previous, damaged } = await newestReadable(target)
  const writer = new ObjectWriter(target, source)
  await writer.survey()

  const missing: Array<{ name: string; chunks: number }> = []
  const outside: Array<{ name: string; paths: readonly string[] }> = []
  const away: string[] = []
  const documents: GenerationDocument[] = []
  const tell = (): void => onProgress?.({ ...writer.counts, done: documents.length, total: contents.documents.length })
  for (const { name, digest } of contents.documents) {
    const before = previous?.manifest.documents.find((document) => document.name === name)
    const { document, entries } = await documentOf({ source, target, writer, tell }, name as DocumentName, digest, before)
    for (const entry of entries) {
      if (entry.missing.length > 0) missing.push({ name: entry.name, chunks: entry.missing.length })
      if (entry.outside === undefined) continue
      if (entry.lists.length > 0) away.push(entry.name)
      else outside.push({ name: entry.name, paths: entry.outside })
    }
    documents.push(document)
    tell()
  }

  const cameras = await writer.put(encodeCameras(contents.cameras))
  const records = await writer.put(encodeRecords(contents.records ?? {})) // a node of an earlier version has none
  const finishedMs = Math.max(clock(), previous === undefined ? 0 : timeOfGeneration(previous.name) + 1)
  const manifest: Generation = {
    format: FORMAT, version: FORMAT_VERSION, ringId: contents.ringId, node: contents.node,
    startedAt: new Date(startedMs).toISOString(), finishedAt: new Date(finishedMs).toISOString(), previous: previous?.name ?? null,
    cameras, records, documents, totals: { ...totalsOf(documents), cameras: contents.cameras.length }
  }
  const generation = await publish(target, manifest, finishedMs)
  return { generation, manifest, counts: writer.counts, missing, outside, away, damaged }
}

interface Copying {
  readonly source: BackupSource
  readonly target: BackupTarget
  readonly writer: ObjectWriter
  tell(): void
}

async function documentOf(copying: Copying, name: DocumentName, digest: string, before: GenerationDocument | undefined): Promise<{ document: GenerationDocument; entries: IndexEntry[] }> {
  const { source, target, writer, tell } = copying
  const known = before === undefined ? [] : await readIndex(target, before).catch((err) => {
    if (err instanceof BackupDamagedError) return [] // it is written anew
    throw err
  })
  if (before?.digest === digest && before.missing === 0 && known.length > 0 && writer.has(before.snapshot) && await allThere(writer, known)) return { document: before, entries: known }

  const { update, digest: copied } = await source.document(name)
  const snapshot = await writer.put(update)
  const entries = await copyDocument(writer, name, update, known, tell)
  const index = encodeIndex(entries)
  const document: GenerationDocument = { name, digest: copied, snapshot, index: hashOf(index), ...countsOf(entries, update.byteLength) }
  await target.put(indexPath(document), index)
  return { document, entries }
}

/** An unchanged document needs what it needed; what vanished from the target is copied again. */
async function allThere(writer: ObjectWriter, entries: readonly IndexEntry[]): Promise<boolean> {
  let complete = true
  for (const entry of entries) {
    await atOnce(COPIES_AT_ONCE, objectsOf(entry), async ([hash, size]) => {
      if (await writer.ensure(hash, size) === undefined) complete = false
    })
  }
  return complete
}

function countsOf(entries: readonly IndexEntry[], documentBytes: number): Pick<GenerationDocument, 'assets' | 'recordings' | 'objects' | 'bytes' | 'missing'> {
  const objects = new Map(entries.flatMap((entry) => [...objectsOf(entry)]))
  return {
    assets: entries.filter(({ kind }) => kind === 'asset').length,
    recordings: entries.filter(({ kind }) => kind === 'recording').length,
    objects: objects.size + 1,
    bytes: [...objects.values()].reduce((sum, size) => sum + size, documentBytes),
    missing: entries.reduce((sum, { missing }) => sum + missing.length, 0)
  }
}

function totalsOf(documents: readonly GenerationDocument[]): Omit<Generation['totals'], 'cameras'> {
  const total = (count: 'assets' | 'recordings' | 'objects' | 'bytes' | 'missing'): number => documents.reduce((sum, document) => sum + document[count], 0)
  return { assets: total('assets'), recordings: total('recordings'), objects: total('objects'), bytes: total('bytes'), missing: total('missing') }
}

async function publish(target: BackupTarget, manifest: Generation, atMs: number): Promise<string> {
  const bytes = encodeGeneration(manifest)
  const name = generationName(atMs, bytes)
  await target.flush()
  await target.put(generationPath(name), bytes)
  await target.flush()
  return name
}

async function newestReadable(target: BackupTarget): Promise<{ previous: { name: string; manifest: Generation } | undefined; damaged: string[] }> {
  const damaged: string[] = []
  for (const name of (await listGenerations(target)).reverse()) {
    try {
      return { previous: { name, manifest: await readGeneration(target, name) }, damaged }
    } catch (err) {
      if (!(err instanceof BackupDamagedError)) throw err
      damaged.push(name)
    }
  }
  return { previous: undefined, damaged }
}

async function writeReadme(target: BackupTarget): Promise<void> {
  const text = Buffer.from(README)
  const there = await target.get(README_PATH, 64 * 1024).catch(() => undefined)
  if (there === undefined || Buffer.compare(there, text) !== 0) await target.put(README_PATH, text)
}

/** Albums and the like, as people read them. */
export function encodeRecords(records: BackupContents['records']): Uint8Array {
  return Buffer.from(`${JSON.stringify(records, undefined, 1)}\n`)
}

/** The cameras of a ring, as people and `decodeCameras` read them. */
export function encodeCameras(cameras: BackupContents['cameras']): Uint8Array {
  return Buffer.from(`${JSON.stringify([...cameras].sort((a, b) => (a.id < b.id ? -1 : 1)), undefined, 1)}\n`)
}
