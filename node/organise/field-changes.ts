import type { ChunkId } from '#protocols/ids.ts'
import type { Asset, AssetChange, AssetMarks, AssetPatch } from '#ring'
import { APART } from '../library/duplicates.ts'

/** A field's value; undefined where a tag, an album or a person's own field is not there. */
export type FieldValue = string | number | boolean | undefined

/** One field of one asset, and what an edit made of it. */
export interface FieldChange {
  /** `title`, `rating`, `notes`, `deleted`, `tag:…`, `mark:…`, `album:…`, `field:…`, `written:transcript`, `decided:apart …` */
  readonly field: string
  readonly before: FieldValue
  readonly after: FieldValue
}

/** What of the things made of an asset people write themselves. */
const WRITTEN: ReadonlySet<string> = new Set(['transcript'])

/** All that people may change of an asset, one value a field, as they merge. */
export function fieldsOf(asset: Asset): Map<string, FieldValue> {
  return new Map<string, FieldValue>([
    ['title', asset.title], ['rating', asset.rating], ['notes', asset.notes], ['deleted', asset.deletedAtMs !== undefined],
    ...asset.tags.map((tag) => [`tag:${tag}`, true] as const),
    ...Object.entries(asset.marks).map(([mark, value]) => [`mark:${mark}`, value as string] as const),
    ...asset.albums.map((id) => [`album:${id}`, true] as const),
    ...Object.entries(asset.fields).map(([name, value]) => [`field:${name}`, value] as const),
    ...Object.entries(asset.made).filter(([name]) => WRITTEN.has(name)).map(([name, blob]) => [`written:${name}`, blob as string] as const),
    ...Object.entries(asset.found).filter(([name]) => name.startsWith(APART)).map(([name, value]) => [`decided:${name}`, value] as const)
  ])
}

export function changesOf({ before, after }: AssetChange): FieldChange[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((field) => old.get(field) !== now.get(field))
    .map((field) => ({ field, before: old.get(field), after: now.get(field) }))
}

/** The patch that gives each field this value. */
export function patchTo(values: ReadonlyArray<readonly [field: string, value: FieldValue]>): AssetPatch {
  const marks: Record<string, string> = {}
  const fields: Record<string, string> = {}
  const written: Record<string, ChunkId | ''> = {}
  const decided: Record<string, string> = {}
  const patch = { addTags: [] as string[], removeTags: [] as string[], addAlbums: [] as string[], removeAlbums: [] as string[] }
  const plain: AssetPatch = {}
  for (const [field, value] of values) {
    const [kind = '', name = ''] = split(field)
    if (kind === 'tag') (value === true ? patch.addTags : patch.removeTags).push(name)
    else if (kind === 'album') (value === true ? patch.addAlbums : patch.removeAlbums).push(name)
    else if (kind === 'mark') marks[name] = String(value ?? '')
    else if (kind === 'written') written[name] = (value ?? '') as ChunkId | ''
    else if (kind === 'decided') decided[name] = String(value ?? '')
    else if (kind === 'field') fields[name] = String(value ?? '')
    else Object.assign(plain, { [field]: value })
  }
  return { ...plain, ...patch, marks: marks as Partial<AssetMarks>, fields, written, decided }
}

/** Splits the changes by whether the field still says what the edit wrote. */
export function stillAs(asset: Asset, changes: readonly FieldChange[]): { readonly same: readonly FieldChange[]; readonly other: ReadonlyArray<FieldChange & { readonly now: FieldValue }> } {
  const now = fieldsOf(asset)
  const same = changes.filter(({ field, after }) => now.get(field) === after)
  const other = changes.filter(({ field, after, before }) => now.get(field) !== after && now.get(field) !== before)
  return { same, other: other.map((change) => ({ ...change, now: now.get(change.field) })) }
}

function split(field: string): string[] {
  const colon = field.indexOf(':')
  return colon < 0 ? [field] : [field.slice(0, colon), field.slice(colon + 1)]
}
