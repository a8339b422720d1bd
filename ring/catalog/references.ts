/** Which chunks the catalog needs: first what an entry names itself, then, by reading manifests, everything beneath that. */
import * as Y from 'yjs'
import { type ChunkId, chunkIdOfDigest, parseChunkId } from '#protocols/ids.ts'
import { chunkCount, decodeManifest, decodeManifestPart, MANIFEST_CHUNKS } from '../chunks/manifest.ts'
import { assetIdsIn, readAsset } from './asset-entry.ts'
import type { HourNote } from './camera-policy.ts'
import type { Asset, RecordingSession } from './catalog.ts'
import type { DocumentName } from './document-name.ts'
import { type ModelEntry, modelsIn } from './model-entry.ts'
import { noteKeysIn, readNote } from './note-entry.ts'
import { readRecording, recordingKeysIn } from './recording-entry.ts'
import { decodeRecordingManifest } from './recording-manifest.ts'
import { checkUpdate } from './remote-update.ts'
import { type RollRecord, rollsIn } from './roll-entry.ts'
import { blobsOfLine, decodeRoll } from './roll-manifest.ts'

/**
 * What a catalog entry names: a blob by its manifest, only the lists of a blob whose bytes are elsewhere, the older parts of a recording by theirs, a roll by the blob that
 * lists its files, or a chunk as it is.
 */
export interface Reference {
  readonly kind: 'blob' | 'lists' | 'recording' | 'roll' | 'chunk'
  readonly id: ChunkId
}

/** A catalog entry and what it names, in the order in which its bytes are played. `original`: undefined when the bytes are not in the ring; `made`: sidecars, too. */
export type Referrer =
  | { readonly kind: 'asset'; readonly asset: Asset; readonly original: Reference | undefined; readonly poster: Reference | undefined; readonly made: readonly Reference[] }
  | { readonly kind: 'recording'; readonly session: RecordingSession; readonly references: readonly Reference[] }
  | { readonly kind: 'note'; readonly note: HourNote; readonly references: readonly Reference[] }
  | { readonly kind: 'roll'; readonly roll: RollRecord; readonly references: readonly Reference[] }
  | { readonly kind: 'model'; readonly model: ModelEntry; readonly references: readonly Reference[] }

/** A chunk that is needed: bytes of the media, or a list of such chunks. */
export interface NeededChunk {
  readonly id: ChunkId
  readonly role: 'manifest' | 'content'
}

/** Everything in this document that needs chunks and is backed up: assets, deleted ones too, recordings, what was seen and heard in a camera's hour, and rolls. Ids that are none are left out. */
export function* referrersIn(doc: Y.Doc, document: DocumentName): Generator<Referrer> {
  for (const id of assetIdsIn(doc, document)) {
    const asset = readAsset(doc, id)
    const original = reference(asset?.away === true ? 'lists' : 'blob', asset?.facts.blob)
    if (asset === undefined || (original === undefined && asset.facts.blob !== undefined)) continue
    const made = [...Object.values(asset.made), ...Object.values(asset.sidecars)]
    yield { kind: 'asset', asset, original, poster: reference('blob', asset.poster), made: made.map((id): Reference => ({ kind: 'blob', id })) }
  }
  for (const key of recordingKeysIn(doc)) {
    const session = readRecording(doc, key)
    if (session !== undefined) yield { kind: 'recording', session, references: referencesOfSession(session) }
  }
  for (const key of noteKeysIn(doc)) {
    const note = readNote(doc, key)
    const references = [...note?.seen ?? [], ...note?.heard ?? []].flatMap(({ blob }): Reference[] => blob === undefined ? [] : [{ kind: 'blob', id: blob }])
    if (note !== undefined && references.length > 0) yield { kind: 'note', note, references }
  }
  yield* rollReferrers(doc)
}

/** The rolls of the document: its files and their history, and what says which copies were read back. */
export function* rollReferrers(doc: Y.Doc): Generator<Referrer> {
  for (const roll of rollsIn(doc)) {
    const references = [reference('roll', roll.manifest), reference('blob', roll.receipt)].filter((each) => each !== undefined)
    if (references.length > 0) yield { kind: 'roll', roll, references }
  }
}

/** The models of the root document: their files, which any node may fetch again from further away, and which no backup holds. */
export function* modelReferrers(doc: Y.Doc): Generator<Referrer> {
  for (const model of modelsIn(doc)) {
    const references = model.blobs.map((id): Reference => ({ kind: 'blob', id }))
    if (references.length > 0) yield { kind: 'model', model, references }
  }
}

/** As `referrersIn`, of a document that is an update from nothing. @throws InvalidMessageError */
export function referrersInUpdate(update: Uint8Array, document: DocumentName): Referrer[] {
  checkUpdate(update)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return [...referrersIn(doc, document)]
}

/** What an entry names itself. */
export function referencesOf(referrer: Referrer): readonly Reference[] {
  if (referrer.kind !== 'asset') return referrer.references
  return [...referrer.original === undefined ? [] : [referrer.original], ...referrer.poster === undefined ? [] : [referrer.poster], ...referrer.made]
}

/** What a recording names itself. */
export function referencesOfSession(session: RecordingSession): readonly Reference[] {
  return [...namedBy(session)]
}

/**
 * The chunk a reference names and all beneath it, in playing order. Every manifest is answered before it is read, so that one which can
 * not be read is known to be needed. @throws what `get` throws, and InvalidMessageError for a manifest that is none
 */
export async function* chunksUnder({ kind, id }: Reference, get: (id: ChunkId) => Promise<Uint8Array>): AsyncGenerator<NeededChunk> {
  if (kind === 'chunk') yield { id, role: 'content' }
  else if (kind === 'blob' || kind === 'lists') yield* chunksOfBlob(id, get, kind === 'lists')
  else if (kind === 'roll') yield* chunksOfRoll(id, get)
  else yield* chunksOfRecording(id, get)
}

async function* chunksOfBlob(id: ChunkId, get: (id: ChunkId) => Promise<Uint8Array>, listsOnly = false): AsyncGenerator<NeededChunk> {
  yield { id, role: 'manifest' }
  const manifest = decodeManifest(await get(id))
  if (!listsOnly) yield* contents(manifest.chunks)
  let left = chunkCount(manifest)
  for (const digest of manifest.parts) {
    const part = chunkIdOfDigest(digest)
    yield { id: part, role: 'manifest' }
    if (listsOnly) continue
    yield* contents(decodeManifestPart(await get(part), Math.min(MANIFEST_CHUNKS, left)))
    left -= MANIFEST_CHUNKS
  }
}

/** The list of its files is read here, so its chunks are lists, too; then each blob that it names. */
async function* chunksOfRoll(id: ChunkId, get: (id: ChunkId) => Promise<Uint8Array>): AsyncGenerator<NeededChunk> {
  const list: ChunkId[] = []
  for await (const chunk of chunksOfBlob(id, get)) {
    if (chunk.role === 'content') list.push(chunk.id)
    yield { id: chunk.id, role: 'manifest' }
  }
  const pieces = async function* (): AsyncGenerator<Uint8Array> { for (const each of list) yield await get(each) }
  for await (const line of decodeRoll(pieces())) for (const blob of blobsOfLine(line)) yield* chunksOfBlob(blob, get)
}

async function* chunksOfRecording(id: ChunkId, get: (id: ChunkId) => Promise<Uint8Array>): AsyncGenerator<NeededChunk> {
  yield { id, role: 'manifest' }
  const { pages, parts } = decodeRecordingManifest(await get(id))
  for (const page of pages) {
    yield { id: page, role: 'manifest' }
    for (const part of decodeRecordingManifest(await get(page)).parts) yield* part.chunks.map(content)
  }
  for (const part of parts) yield* part.chunks.map(content)
}

const content = (id: ChunkId): NeededChunk => ({ id, role: 'content' })

function* contents(digests: readonly Uint8Array[]): Generator<NeededChunk> {
  for (const digest of digests) yield content(chunkIdOfDigest(digest))
}

function* namedBy({ init, manifest, spare, tail }: RecordingSession): Generator<Reference> {
  const spares: readonly unknown[] = Array.isArray(spare) ? spare : []
  const named = [reference('chunk', init), reference('recording', manifest), ...spares.map((id) => reference('chunk', id)), ...tail.flatMap((part) => chunksOf(part).map((id) => reference('chunk', id)))]
  for (const each of named) if (each !== undefined) yield each
}

/** A member may have written anything as a part. */
const chunksOf = (part: unknown): readonly unknown[] => {
  const chunks = (part as { chunks?: unknown } | null)?.chunks
  return Array.isArray(chunks) ? chunks : []
}

/** undefined for what is no id of a chunk. */
function reference(kind: Reference['kind'], id: unknown): Reference | undefined {
  try {
    return { kind, id: parseChunkId(id as string) }
  } catch {
    return undefined
  }
}
