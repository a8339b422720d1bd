import { randomUUID } from 'node:crypto'
import type { HistoryEntry } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { AssetChange } from '#ring'
import { changesOf, type FieldChange } from './field-changes.ts'
import { type Person, personKey } from './person.ts'

/** A record of the ring's people, and what an edit made of its fields. */
export interface RecordChange {
  readonly kind: string
  readonly id: string
  readonly fields: ReadonlyArray<{ readonly field: string; readonly before: unknown; readonly after: unknown }>
}

/** One step of a person, and all that it changed. */
export interface Entry {
  readonly id: string
  readonly atMs: number
  readonly owner: string
  readonly who: string
  readonly title: string
  /** Whether it, and its way back, count as edits of the assets: `Asset.editedAtMs`. */
  readonly byPerson: boolean
  readonly assets: Map<AssetId, { readonly name: string; readonly changes: readonly FieldChange[] }>
  /** By kind and id. */
  readonly records: Map<string, RecordChange>
  /** Changes of fields, and one for itself. */
  size: number
  state: 'done' | 'undone'
}

export const newEntry = (who: Person, title: string, byPerson: boolean, atMs: number): Entry => ({ id: randomUUID(), atMs, owner: personKey(who), who: who.name, title, byPerson, assets: new Map(), records: new Map(), size: 1, state: 'done' })

export const viewOf = ({ id, atMs, who, title, assets, state }: Entry): HistoryEntry => ({ id, atMs, who, title, assets: assets.size, state })

/** More that the same step changed: a field that it had changed before keeps its first value. */
export function grow(entry: Entry, assets: readonly AssetChange[], records: readonly RecordChange[]): void {
  for (const change of assets) {
    const { facts: { id, name }, title } = change.after
    const known = entry.assets.get(id)?.changes ?? []
    const changes = merged(known, changesOf(change))
    entry.assets.set(id, { name: title || name, changes })
    entry.size += changes.length - known.length
  }
  for (const { kind, id, fields: more } of records) {
    const known = entry.records.get(`${kind} ${id}`)?.fields ?? []
    const fields = merged(known, more)
    entry.records.set(`${kind} ${id}`, { kind, id, fields })
    entry.size += fields.length - known.length
  }
}

/** Each field as it was before the first change of it and after the last. */
function merged<Change extends { readonly field: string; readonly before: unknown; readonly after: unknown }>(known: readonly Change[], more: readonly Change[]): Change[] {
  const fields = new Map(known.map((change) => [change.field, change]))
  for (const change of more) fields.set(change.field, { ...change, before: fields.has(change.field) ? fields.get(change.field)?.before : change.before })
  return [...fields.values()]
}
