/**
 * An asset in its document. It is the root-level map named by its id, with its notes beside it as the root-level text `<id>/notes`.
 * Root-level types are found by name, never created: the same file imported on two sides of a cut is one entry from the start. (A map
 * set into another map on both sides would keep one side's only.)
 *
 * Keys: `facts` (one JSON value), `reference` (the same of bytes that are not in the ring: `facts`, once there, stands before it, whoever
 * wrote either on which side of a cut), `title`, `rating`, `poster`, `deletedAtMs` (0: not deleted; else it is in the trash), `editedAtMs`,
 * `tag:<tag>` (true or false), `at:<node> <path>` (true, or what the node knows of a file that stays there), those of `asset-marks.ts`, `purged` (the `deletedAtMs` that was made final).
 *
 * A purge names the deletion it completes and takes every location known to it. So it does not hold against what it did not know: a
 * restore or an import on the other side of a cut, which leave another `deletedAtMs` or a location behind. What was purged everywhere
 * is stripped to a tombstone of two numbers, and an old copy of the document that comes back changes nothing about that.
 */
import type * as Y from 'yjs'
import type { AssetId, ChunkId, PeerId } from '#protocols/ids.ts'
import type { Asset, AssetFacts, AssetLocation, AssetPatch, PlacedFile } from './catalog.ts'
import { isAssetFacts, MAX_LOCATIONS, MAX_NOTES_LENGTH, MAX_TAG_LENGTH, MAX_TAGS, MAX_TITLE_LENGTH } from './asset-facts.ts'
import { isMarkKey, patchMarks, readMarks } from './asset-marks.ts'
import { documentOfAsset, type DocumentName } from './document-name.ts'
import { textEdit } from './text-edit.ts'
import { mergeText } from './text-merge.ts'

/** What a tombstone keeps. */
const TOMBSTONE = new Set(['deletedAtMs', 'purged'])
const TAG = 'tag:'
const AT = 'at:'
const ASSET_TYPE = /^([0-9a-f]{64})(?:\/notes)?$/

/** The asset a root-level type of this name belongs to. */
export function assetIdOfType(name: string): AssetId | undefined {
  return ASSET_TYPE.exec(name)?.[1] as AssetId | undefined
}

/** Ids of all assets of the document, deleted ones included. */
export function assetIdsIn(doc: Y.Doc, document: DocumentName): AssetId[] {
  const ids = [...doc.share.keys()].filter((name) => name.length === 64).map(assetIdOfType)
  return ids.filter((id) => id !== undefined && documentOfAsset(id) === document) as AssetId[]
}

/** The asset, also one in the trash; undefined when it is not there, was purged, or what is there is no asset. */
export function readAsset(doc: Y.Doc, id: AssetId): Asset | undefined {
  if (!doc.share.has(id) || isPurged(doc, id)) return undefined
  const fields = doc.getMap<unknown>(id)
  const facts = [fields.get('facts'), fields.get('reference')].find((value) => isAssetFacts(value) && value.id === id) as AssetFacts | undefined
  if (facts === undefined) return undefined
  return {
    facts,
    title: textOf(fields.get('title')).slice(0, MAX_TITLE_LENGTH),
    rating: ratingOf(fields.get('rating')),
    tags: namesUnder(fields, TAG).filter((tag) => tag.length <= MAX_TAG_LENGTH).sort().slice(0, MAX_TAGS),
    notes: readNotes(doc, id),
    ...readMarks(fields),
    locations: locationsIn(fields).slice(0, MAX_LOCATIONS),
    poster: (textOf(fields.get('poster')) || undefined) as ChunkId | undefined,
    deletedAtMs: numberOf(fields.get('deletedAtMs')) || undefined,
    editedAtMs: numberOf(fields.get('editedAtMs')) || facts.importedAtMs
  }
}

/** Whether the deletion that stands was made final by somebody who knew of every import. */
export function isPurged(doc: Y.Doc, id: AssetId): boolean {
  if (!doc.share.has(id)) return false
  const fields = doc.getMap<unknown>(id)
  const deletedAtMs = numberOf(fields.get('deletedAtMs'))
  return deletedAtMs > 0 && fields.get('purged') === deletedAtMs && locationsIn(fields).length === 0
}

/**
 * Inside a transaction. Answers whether the asset was not there, or was deleted. `again`: note this import of a known asset even where
 * nothing changes, so that a purge which knows nothing of it does not hold.
 */
export function writeAsset(doc: Y.Doc, facts: AssetFacts, location: AssetLocation, poster: ChunkId | undefined, again = false): boolean {
  const known = readAsset(doc, facts.id)
  const isBack = known?.deletedAtMs !== undefined
  const fields = doc.getMap<unknown>(facts.id)
  if (known === undefined && fields.has('purged')) clearEntry(doc, facts.id) // nothing of it comes back
  if (facts.blob === undefined) {
    if (known === undefined) fields.set('reference', structuredClone(facts))
  } else if (known === undefined) fields.set('facts', structuredClone(facts))
  else if (isBack || known.facts.blob === undefined) fields.set('facts', { ...known.facts, blob: facts.blob }) // written anew: these bytes were stored just now
  if (isBack) fields.set('deletedAtMs', 0)
  if (poster !== undefined && (isBack || known?.poster === undefined)) fields.set('poster', poster)
  writeLocation(fields, location, isBack || again)
  return known === undefined || isBack
}

/** Inside a transaction: how a file that stays where it is is now; without `file` the location goes. */
export function placeFile(doc: Y.Doc, id: AssetId, location: AssetLocation): void {
  const fields = doc.getMap<unknown>(id)
  if (location.file === undefined) fields.delete(AT + nameOfLocation(location))
  else writeLocation(fields, location, false)
}

/** A copy that was made of a file says nothing new about the file. */
function writeLocation(fields: Y.Map<unknown>, location: AssetLocation, again: boolean): void {
  const key = AT + nameOfLocation(location)
  const value = location.file === undefined ? placedFile(fields.get(key)) ?? true : structuredClone(location.file)
  if (again || JSON.stringify(fields.get(key)) !== JSON.stringify(value)) fields.set(key, value)
}

/** Inside a transaction: nobody can restore it any more. */
export function purgeAsset(doc: Y.Doc, { facts: { id }, deletedAtMs }: Asset, nowMs: number): void {
  const fields = doc.getMap<unknown>(id)
  if (deletedAtMs === undefined) fields.set('deletedAtMs', nowMs)
  fields.set('purged', deletedAtMs ?? nowMs)
  for (const location of locationsIn(fields)) fields.delete(AT + nameOfLocation(location))
}

/** Inside a transaction: purges one that was seen in the trash, unless it was restored, imported again or purged since. Answers whether it did. */
export function purgeIfDeleted(doc: Y.Doc, { facts: { id }, deletedAtMs }: Asset): boolean {
  const asset = readAsset(doc, id)
  if (deletedAtMs === undefined || asset?.deletedAtMs !== deletedAtMs) return false
  purgeAsset(doc, asset, deletedAtMs)
  return true
}

/** Whether nothing but its tombstone is left of a purged asset. */
export function isStripped(doc: Y.Doc, id: AssetId): boolean {
  return [...doc.getMap(id).keys()].every((key) => TOMBSTONE.has(key)) && readNotes(doc, id) === ''
}

/** Inside a transaction: leave of a purged asset the tombstone only. */
export function stripPurged(doc: Y.Doc, id: AssetId): void {
  if (isPurged(doc, id)) clearEntry(doc, id, TOMBSTONE)
}

/** What is no field of an asset as this program knows it. */
export function unknownFields(doc: Y.Doc, id: AssetId): string[] {
  return [...doc.getMap(id).keys()].filter((key) => !FIELDS.has(key) && !key.startsWith(TAG) && !key.startsWith(AT) && !isMarkKey(key))
}

const FIELDS: ReadonlySet<string> = new Set(['facts', 'reference', 'title', 'rating', 'poster', 'editedAtMs', ...TOMBSTONE])

function clearEntry(doc: Y.Doc, id: AssetId, keep: ReadonlySet<string> = new Set()): void {
  const fields = doc.getMap<unknown>(id)
  for (const key of fields.keys()) if (!keep.has(key)) fields.delete(key) // a deleted key stays in the map that is walked
  if (!doc.share.has(notesName(id))) return
  const notes = doc.getText(notesName(id))
  if (notes.length > 0) notes.delete(0, notes.length)
}

/** Inside a transaction. Writes only what differs, so that an edit that changes nothing costs nothing. Answers whether a field of people's changed; `nowMs` is undefined when no person edits. */
export function patchAsset(doc: Y.Doc, asset: Asset, patch: AssetPatch, nowMs: number | undefined): boolean {
  const fields = doc.getMap<unknown>(asset.facts.id)
  const set = (key: string, value: unknown): boolean => fields.get(key) !== value && fields.set(key, value) !== undefined
  const edits: boolean[] = []
  if (patch.title !== undefined && patch.title !== asset.title) edits.push(set('title', patch.title))
  if (patch.rating !== undefined && patch.rating !== asset.rating) edits.push(set('rating', patch.rating))
  if (patch.notes !== undefined) edits.push(writeNotes(doc, asset, patch.notesBase === undefined ? patch.notes : mergeText(patch.notesBase, patch.notes, asset.notes)))
  for (const tag of patch.addTags ?? []) edits.push(set(TAG + tag, true))
  for (const tag of patch.removeTags ?? []) if (fields.get(TAG + tag) === true) edits.push(set(TAG + tag, false))
  edits.push(patchMarks(fields, patch))
  if (patch.deleted === true && asset.deletedAtMs === undefined) edits.push(set('deletedAtMs', nowMs ?? Date.now()))
  if (patch.deleted === false && asset.deletedAtMs !== undefined) {
    edits.push(set('deletedAtMs', 0))
    for (const location of asset.locations) writeLocation(fields, location, true) // a purge that knows nothing of this takes them
  }
  const hasChanged = edits.includes(true)
  if (hasChanged && nowMs !== undefined) fields.set('editedAtMs', Math.max(nowMs, asset.editedAtMs))
  if (patch.poster !== undefined) set('poster', patch.poster)
  return hasChanged
}

// Both sides of a cut may have filled theirs.
const MAX_MERGED_NOTES = 4 * MAX_NOTES_LENGTH

const notesName = (id: AssetId): string => `${id}/notes`

function readNotes(doc: Y.Doc, id: AssetId): string {
  return doc.share.has(notesName(id)) ? doc.getText(notesName(id)).toString().slice(0, MAX_MERGED_NOTES) : ''
}

function writeNotes(doc: Y.Doc, asset: Asset, notes: string): boolean {
  const edit = textEdit(asset.notes, notes)
  if (edit === undefined) return false
  const text = doc.getText(notesName(asset.facts.id))
  if (edit.remove > 0) text.delete(edit.at, edit.remove)
  if (edit.insert !== '') text.insert(edit.at, edit.insert)
  return true
}

function namesUnder(fields: Y.Map<unknown>, prefix: string): string[] {
  const names: string[] = []
  for (const [key, value] of fields.entries()) if (value === true && key.startsWith(prefix)) names.push(key.slice(prefix.length))
  return names
}

function locationsIn(fields: Y.Map<unknown>): AssetLocation[] {
  const found: Array<[string, unknown]> = []
  for (const [key, value] of fields.entries()) if (key.startsWith(AT) && (value === true || placedFile(value) !== undefined)) found.push([key.slice(AT.length), value])
  return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => locationOf(name, placedFile(value)))
}

function locationOf(name: string, file: PlacedFile | undefined): AssetLocation {
  const space = name.indexOf(' ')
  return { node: name.slice(0, space) as PeerId, path: name.slice(space + 1), ...(file && { file }) }
}

const nameOfLocation = ({ node, path }: AssetLocation): string => `${node} ${path}`

function placedFile(value: unknown): PlacedFile | undefined {
  const { modifiedAtMs, missingSinceMs } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (!Number.isFinite(modifiedAtMs)) return undefined
  return { modifiedAtMs: modifiedAtMs as number, ...(Number.isFinite(missingSinceMs) && { missingSinceMs: missingSinceMs as number }) }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
const ratingOf = (value: unknown): number => Math.min(5, Math.max(0, Math.trunc(numberOf(value))))
