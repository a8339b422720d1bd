/**
 * An asset in its document. It is the root-level map named by its id, with its notes beside it as the root-level text `<id>/notes`.
 * Root-level types are found by name, never created: the same file imported on two sides of a cut is one entry from the start. (A map
 * set into another map on both sides would keep one side's only.)
 *
 * Keys: `facts` (one JSON value), `title`, `rating`, `poster`, `deletedAtMs` (0: not deleted), `editedAtMs`,
 * `tag:<tag>` (true or false), `at:<node> <path>` (true).
 */
import type * as Y from 'yjs'
import type { AssetId, ChunkId, PeerId } from '#protocols/ids.ts'
import type { Asset, AssetFacts, AssetLocation, AssetPatch } from './catalog.ts'
import { isAssetFacts, MAX_LOCATIONS, MAX_NOTES_LENGTH, MAX_TAG_LENGTH, MAX_TAGS, MAX_TITLE_LENGTH } from './asset-facts.ts'
import { documentOfAsset, type DocumentName } from './document-name.ts'
import { textEdit } from './text-edit.ts'

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

/** The asset, also a deleted one; undefined when it is not there or what is there is no asset. */
export function readAsset(doc: Y.Doc, id: AssetId): Asset | undefined {
  if (!doc.share.has(id)) return undefined
  const fields = doc.getMap<unknown>(id)
  const facts = fields.get('facts')
  if (!isAssetFacts(facts) || facts.id !== id) return undefined
  return {
    facts,
    title: textOf(fields.get('title')).slice(0, MAX_TITLE_LENGTH),
    rating: ratingOf(fields.get('rating')),
    tags: namesUnder(fields, TAG).filter((tag) => tag.length <= MAX_TAG_LENGTH).sort().slice(0, MAX_TAGS),
    notes: readNotes(doc, id),
    locations: namesUnder(fields, AT).sort().slice(0, MAX_LOCATIONS).map(locationOf),
    poster: (textOf(fields.get('poster')) || undefined) as ChunkId | undefined,
    deletedAtMs: numberOf(fields.get('deletedAtMs')) || undefined,
    editedAtMs: numberOf(fields.get('editedAtMs')) || facts.importedAtMs
  }
}

/** Inside a transaction. Answers whether the asset was not there, or was deleted. */
export function writeAsset(doc: Y.Doc, facts: AssetFacts, location: AssetLocation, poster: ChunkId | undefined): boolean {
  const known = readAsset(doc, facts.id)
  const fields = doc.getMap<unknown>(facts.id)
  if (known === undefined) fields.set('facts', structuredClone(facts))
  if (known?.deletedAtMs !== undefined) fields.set('deletedAtMs', 0)
  if (poster !== undefined && known?.poster === undefined) fields.set('poster', poster)
  const at = `${AT}${location.node} ${location.path}`
  if (fields.get(at) !== true) fields.set(at, true)
  return known === undefined || known.deletedAtMs !== undefined
}

/** Inside a transaction. Writes only what differs, so that an edit that changes nothing costs nothing. */
export function patchAsset(doc: Y.Doc, asset: Asset, patch: AssetPatch, nowMs: number): void {
  const fields = doc.getMap<unknown>(asset.facts.id)
  const set = (key: string, value: unknown): boolean => fields.get(key) !== value && fields.set(key, value) !== undefined
  const edits: boolean[] = []
  if (patch.title !== undefined && patch.title !== asset.title) edits.push(set('title', patch.title))
  if (patch.rating !== undefined && patch.rating !== asset.rating) edits.push(set('rating', patch.rating))
  if (patch.notes !== undefined) edits.push(writeNotes(doc, asset, patch.notes))
  for (const tag of patch.addTags ?? []) edits.push(set(TAG + tag, true))
  for (const tag of patch.removeTags ?? []) if (fields.get(TAG + tag) === true) edits.push(set(TAG + tag, false))
  if (patch.deleted === true && asset.deletedAtMs === undefined) edits.push(set('deletedAtMs', nowMs))
  if (patch.deleted === false && asset.deletedAtMs !== undefined) edits.push(set('deletedAtMs', 0))
  if (edits.includes(true)) fields.set('editedAtMs', Math.max(nowMs, asset.editedAtMs))
  if (patch.poster !== undefined) set('poster', patch.poster)
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

function locationOf(text: string): AssetLocation {
  const space = text.indexOf(' ')
  return { node: text.slice(0, space) as PeerId, path: text.slice(space + 1) }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
const ratingOf = (value: unknown): number => Math.min(5, Math.max(0, Math.trunc(numberOf(value))))
