/**
 * What a backup looks like. Everything but three small files is named by the SHA-256 of its bytes, and each generation's manifest, whose
 * name holds its own hash, names all the rest: a flipped bit anywhere is noticed.
 *
 *   README.txt                          for people
 *   thatdam-backup.json                 which ring, which format
 *   generations/<time>-<sha256>.json    one per run of `thatdam backup`, written last
 *   index/<document>-<sha256>.jsonl     a line per asset, recording and roll: its name and its chunks in order
 *   objects/<ab>/<sha256>               chunks, documents, and the lists of cameras and of records
 */
import { createHash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { isDocumentName, isRollDocument } from '#ring'
import { BackupDamagedError } from './backup-target.ts'

export const FORMAT = 'thatdam-backup'
/** Raised when a program that knows the older format can not read the newer one. Version 2 has rolls, what was made of assets, and records. */
export const FORMAT_VERSION = 2
export const MARKER_PATH = 'thatdam-backup.json'
export const README_PATH = 'README.txt'
/** Longest marker or manifest of a generation, in bytes. @default 1048576 */
export const MAX_MANIFEST_BYTES = 1024 ** 2
/** Longest index of one document, in bytes: some 3 million chunks. @default 268435456 */
export const MAX_INDEX_BYTES = 256 * 1024 ** 2
/** Longest document or list of cameras, in bytes. @default 67108864 */
export const MAX_DOCUMENT_BYTES = 64 * 1024 ** 2

/** Lower-case hex SHA-256. */
export type Hash = string

const Hex = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Text = Type.String({ maxLength: 10_000 })
const closed = { additionalProperties: false } as const

const Marker = Type.Object({ format: Type.Literal(FORMAT), version: Type.Integer(), ringId: Hex }, closed)
/** Which ring's backup a target holds. */
export type Marker = Static<typeof Marker>

const Counts = { assets: Count, recordings: Count, objects: Count, bytes: Count, missing: Count }
const GenerationDocument = Type.Object({ name: Type.String({ pattern: '^(?:rolls-)?[0-9a-f]{2}$' }), digest: Hex, snapshot: Hex, index: Hex, ...Counts }, closed)
/** One document of a generation: its content's digest, its Yjs update, and its index. */
export type GenerationDocument = Static<typeof GenerationDocument>

const Generation = Type.Object({
  format: Type.Literal(FORMAT), version: Type.Integer(), ringId: Hex, node: Text,
  startedAt: Text, finishedAt: Text,
  previous: Type.Union([Type.String({ pattern: '^[0-9TZ]{19}-[0-9a-f]{64}$' }), Type.Null()]),
  cameras: Hex,
  records: Type.Optional(Hex),
  documents: Type.Array(GenerationDocument, { maxItems: 512 }),
  totals: Type.Object({ ...Counts, cameras: Count }, closed)
}, closed)
/** One run of `thatdam backup`: everything the catalog held then. */
export type Generation = Static<typeof Generation>

/** Chunks in playing order with their sizes, and the lists (manifests) that name them, the first of which the catalog names. */
const Chunks = { content: Type.Array(Hex), sizes: Type.Array(Count), lists: Type.Array(Hex), listSizes: Type.Array(Count) }
const ChunkLists = Type.Object(Chunks, closed)
export type ChunkLists = Static<typeof ChunkLists>

const IndexEntry = Type.Object({
  name: Text, kind: Type.Union([Type.Literal('asset'), Type.Literal('recording'), Type.Literal('note'), Type.Literal('roll')]), id: Text, ...Chunks,
  poster: Type.Optional(ChunkLists),
  made: Type.Optional(Type.Array(ChunkLists)),
  outside: Type.Optional(Type.Array(Text)),
  missing: Type.Array(Hex)
}, closed)
/**
 * A line of an index. `made`: sidecars, and what was made of the original, a list each. `outside`: its bytes are in none of this, but in those files, or with `lists` in the cloud. `missing`: chunks the ring
 * did not have when it was backed up. A recording's `lists` are its manifest and pages.
 */
export type IndexEntry = Static<typeof IndexEntry>

const readers = { Marker: Compile(Marker), Generation: Compile(Generation), IndexEntry: Compile(IndexEntry) }

export const hashOf = (bytes: Uint8Array): Hash => createHash('sha256').update(bytes).digest('hex')
export const objectPath = (hash: Hash): string => `objects/${hash.slice(0, 2)}/${hash}`
export const indexPath = ({ name, index }: Pick<GenerationDocument, 'name' | 'index'>): string => `index/${name}-${index}.jsonl`
export const generationPath = (name: string): string => `generations/${name}.json`

/** The hash in an object's path; undefined when it is no object of ours. */
export function hashOfObject(path: string): Hash | undefined {
  const [, folder, hash] = /^objects\/([0-9a-f]{2})\/([0-9a-f]{64})$/.exec(path) ?? []
  return hash?.slice(0, 2) === folder ? hash : undefined
}

/** The name in a generation's path; undefined when it is none of ours. */
export function nameOfGeneration(path: string): string | undefined {
  return /^generations\/([0-9]{8}T[0-9]{9}Z-[0-9a-f]{64})\.json$/.exec(path)?.[1]
}

/** `20261122T203000123Z-<sha256>`: sorts by time, and carries the hash of the manifest. */
export function generationName(atMs: number, manifest: Uint8Array): string {
  return `${new Date(atMs).toISOString().replace(/[-:.]/g, '')}-${hashOf(manifest)}`
}

/** When a generation was written, Unix ms. */
export function timeOfGeneration(name: string): number {
  const [, y, mo, d, h, mi, s, ms] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z-/.exec(name) ?? []
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`)
}

/** The hash of its manifest that a generation's name carries. */
export const hashOfGeneration = (name: string): Hash => name.slice(-64)

export function encodeMarker(ringId: string): Uint8Array {
  return json({ format: FORMAT, version: 1, ringId } satisfies Marker)
}

/** @throws BackupDamagedError */
export function decodeMarker(bytes: Uint8Array): Marker {
  return checked(readers.Marker, bytes, MARKER_PATH)
}

export function encodeGeneration(generation: Generation): Uint8Array {
  return json(generation)
}

/** @throws BackupDamagedError when the bytes are not what the name's hash says, or no manifest */
export function decodeGeneration(name: string, bytes: Uint8Array): Generation {
  if (hashOf(bytes) !== hashOfGeneration(name)) throw new BackupDamagedError(`${generationPath(name)} is damaged: its bytes do not hash to its name`)
  const generation = checked<Generation>(readers.Generation, bytes, generationPath(name))
  const names = generation.documents.map((document) => document.name)
  if (new Set(names).size < names.length || !names.every((each) => isDocumentName(each) || isRollDocument(each))) throw new BackupDamagedError(`${generationPath(name)} names a document twice`)
  return generation
}

/** A line each: `content` stands first, where a person's `sed` finds it. */
export function encodeIndex(entries: readonly IndexEntry[]): Uint8Array {
  return Buffer.concat(entries.map(({ name, kind, id, content, sizes, lists, listSizes, poster, made, outside, missing }) =>
    Buffer.from(`${JSON.stringify({ name, kind, id, content, sizes, lists, listSizes, ...(poster && { poster }), ...(made && { made }), ...(outside && { outside }), missing })}\n`)))
}

/** @throws BackupDamagedError when the bytes are not what the hash says, or no index */
export function decodeIndex(document: Pick<GenerationDocument, 'name' | 'index'>, bytes: Uint8Array): IndexEntry[] {
  const path = indexPath(document)
  if (hashOf(bytes) !== document.index) throw new BackupDamagedError(`${path} is damaged: its bytes do not hash to its name`)
  const entries: IndexEntry[] = []
  for (let at = 0, end; at < bytes.length; at = end + 1) {
    end = bytes.indexOf(0x0a, at)
    if (end < 0) end = bytes.length
    const entry = checked<IndexEntry>(readers.IndexEntry, bytes.subarray(at, end), path)
    for (const { content, sizes, lists, listSizes } of listsOf(entry)) {
      if (sizes.length !== content.length || listSizes.length !== lists.length) throw new BackupDamagedError(`${path} does not tell the size of every chunk of ${JSON.stringify(entry.name)}`)
    }
    entries.push(entry)
  }
  return entries
}

/** All that an entry tells of: its own chunks, its poster's, and those of what was made of it. */
export const listsOf = (entry: IndexEntry): readonly ChunkLists[] => [entry, ...entry.poster === undefined ? [] : [entry.poster], ...entry.made ?? []]

/** Every object an entry needs that the ring had, with its size; the same one may come twice. */
export function* objectsOf(entry: IndexEntry): Generator<readonly [hash: Hash, size: number]> {
  const missing = new Set(entry.missing)
  for (const { content, sizes, lists, listSizes } of listsOf(entry)) {
    for (const [i, hash] of lists.entries()) if (!missing.has(hash)) yield [hash, listSizes[i] ?? 0]
    for (const [i, hash] of content.entries()) if (!missing.has(hash)) yield [hash, sizes[i] ?? 0]
  }
}

/** Indented: people read it, too. */
const json = (value: object): Uint8Array => Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`)

function checked<T>(reader: { Check(value: unknown): boolean }, bytes: Uint8Array, path: string): T {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    throw new BackupDamagedError(`${path} is damaged: it is no JSON`)
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown }
  if (format === FORMAT && typeof version === 'number' && version > FORMAT_VERSION) throw new BackupDamagedError(`${path} was written by a newer ThatDAM (format ${version}): update this one`)
  if (!reader.Check(value)) throw new BackupDamagedError(`${path} is damaged: it is not what a backup holds there`)
  return value as T
}
