import { randomUUID } from 'node:crypto'
import type { HistoryEntry, UndoResult } from '#protocols/http.ts'
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

/** An asset, and what a step made of its fields. */
export interface AssetStep {
  readonly id: AssetId
  readonly name: string
  readonly changes: readonly FieldChange[]
}

/** What a step changed, or changed more. */
export interface StepChanges {
  readonly assets: readonly AssetStep[]
  readonly records: readonly RecordChange[]
}

/** Whose step it is, and what they read of it. */
export interface EntryHead {
  readonly id: string
  readonly atMs: number
  readonly owner: string
  readonly who: string
  readonly title: string
  /** Whether it, and its way back, count as edits of the assets: `Asset.editedAtMs`. */
  readonly byPerson: boolean
}

/** One step of a person, and all that it changed. */
export interface Entry extends EntryHead {
  readonly assets: Map<AssetId, AssetStep>
  /** By kind and id. */
  readonly records: Map<string, RecordChange>
  /** Changes of fields, and one for itself. */
  size: number
  state: 'done' | 'undone'
  /** When it was last undone or done again, Unix ms; 0 for never. */
  turnedMs: number
}

/** A step as its person reads it, on the node that keeps it. */
export type StepView = Omit<HistoryEntry, 'node'>
/** What undoing a step, or doing it again, came to. */
export type TurnedStep = Omit<UndoResult, 'entry' | 'silent'> & { readonly entry: StepView }
export type Way = 'undo' | 'redo'

export const newHead = (who: Person, title: string, byPerson: boolean, atMs: number): EntryHead => ({ id: randomUUID(), atMs, owner: personKey(who), who: who.name, title, byPerson })
export const newEntry = (head: EntryHead): Entry => ({ ...head, assets: new Map(), records: new Map(), size: 1, state: 'done', turnedMs: 0 })

export const headOf = ({ id, atMs, owner, who, title, byPerson }: Entry): EntryHead => ({ id, atMs, owner, who, title, byPerson })
export const stepOf = ({ assets, records }: Entry): StepChanges => ({ assets: [...assets.values()], records: [...records.values()] })
export const stepOfAssets = (changes: readonly AssetChange[]): AssetStep[] => changes.map((change) => ({ id: change.after.facts.id, name: change.after.title || change.after.facts.name, changes: changesOf(change) }))

export const viewOf = ({ id, atMs, who, title, assets, state, turnedMs }: Entry): StepView => ({ id, atMs, who, title, assets: assets.size, state, turnedMs })

/** Of steps, oldest first, the one that is undone next: the newest; or done again: the one that was undone last, if nothing was done since. */
export function nextStep<Step extends Pick<Entry, 'atMs' | 'state' | 'turnedMs'>>(steps: readonly Step[], way: Way): Step | undefined {
  const newest = steps.findLast(({ state }) => state === 'done')
  if (way === 'undo') return newest
  return steps.filter(({ state, turnedMs }) => state === 'undone' && turnedMs >= (newest?.atMs ?? 0)).toSorted((a, b) => b.turnedMs - a.turnedMs)[0]
}

/** More that the same step changed: a field that it had changed before keeps its first value. */
export function grow(entry: Entry, { assets, records }: StepChanges): void {
  for (const { id, name, changes: more } of assets) {
    const known = entry.assets.get(id)?.changes ?? []
    const changes = merged(known, more)
    entry.assets.set(id, { id, name, changes })
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
