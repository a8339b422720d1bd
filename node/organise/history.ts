import { randomUUID } from 'node:crypto'
import { NotFoundError } from '#protocols/errors.ts'
import type { AssetLeft, HistoryEntry, UndoResult } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { AssetChange, BulkEdit, Catalog, RecordFields } from '#ring'
import { changesOf, type FieldChange, type FieldValue, patchTo, stillAs } from './field-changes.ts'
import { type Person, personKey } from './person.ts'

/** Edits remembered of one person. @default 100 */
export const MAX_ENTRIES = 100
/** People whose edits are remembered; who edited longest ago is forgotten. @default 500 */
export const MAX_PEOPLE = 500
/** Changes of fields remembered of all of them: the oldest edits go first. @default 1000000 */
export const MAX_CHANGES = 1_000_000
/** Somebody who goes on typing within this time makes one edit, in ms. @default 10000 */
export const TYPING_MS = 10_000
/** Fields named of those an undo left alone. @default 200 */
export const MAX_LEFT = 200

/** A record of the ring's people, and what an edit made of its fields. */
export interface RecordChange {
  readonly kind: string
  readonly id: string
  readonly fields: ReadonlyArray<{ readonly field: string; readonly before: unknown; readonly after: unknown }>
}

interface Entry {
  readonly view: HistoryEntry
  readonly owner: string
  readonly assets: Map<AssetId, { readonly name: string; changes: readonly FieldChange[] }>
  readonly records: readonly RecordChange[]
  state: 'done' | 'undone'
}

/** What people did by way of this node, newest hundred each, until it stops. */
export interface History {
  /** Answers the entry's id; null when nothing changed. */
  note(who: Person, title: string, assets: readonly AssetChange[], records?: readonly RecordChange[]): string | null
  list(who: Person): HistoryEntry[]
  /** @throws NotFoundError when there is nothing to undo */
  undo(who: Person, id?: string): Promise<UndoResult>
  /** @throws NotFoundError when nothing was undone */
  redo(who: Person, id?: string): Promise<UndoResult>
}

export function createHistory({ catalog, now = Date.now }: { catalog: Pick<Catalog, 'editAssets' | 'records'>; now?: () => number }): History {
  /** By person, each oldest first; the person who edited last is the last. */
  const people = new Map<string, Entry[]>()
  let kept = 0

  const sizeOf = ({ assets }: Entry): number => [...assets.values()].reduce((sum, { changes }) => sum + changes.length, 1)

  function forget(entries: Entry[]): void {
    const oldest = entries.shift()
    if (oldest !== undefined) kept -= sizeOf(oldest)
  }

  function keep(entry: Entry): void {
    const entries = people.get(entry.owner) ?? []
    people.delete(entry.owner)
    people.set(entry.owner, [...entries.filter(({ state }) => state === 'done'), entry]) // what was undone before a new edit is not done again
    kept += sizeOf(entry)
    for (const owner of people.keys()) {
      const own = people.get(owner) ?? []
      while (own.length > 0 && (own.length > MAX_ENTRIES || people.size > MAX_PEOPLE || kept > MAX_CHANGES) && own.at(-1) !== entry) forget(own)
      if (own.length === 0) people.delete(owner)
    }
  }

  /** Typing goes on in the entry it began. */
  function goesOn(owner: string, assets: readonly AssetChange[]): Entry | undefined {
    const last = people.get(owner)?.at(-1)
    const [one, ...more] = assets
    if (last?.state !== 'done' || one === undefined || more.length > 0 || now() - last.view.atMs > TYPING_MS) return undefined
    const known = last.assets.get(one.before.facts.id)
    const [change, ...others] = changesOf(one)
    const typed = known?.changes.length === 1 && last.assets.size === 1 && others.length === 0 && known.changes[0]?.field === change?.field && (change?.field === 'notes' || change?.field === 'title')
    if (!typed || known.changes[0]?.after !== change?.before) return undefined
    known.changes = [{ ...known.changes[0] as FieldChange, after: change?.after }]
    return last
  }

  function note(who: Person, title: string, assets: readonly AssetChange[], records: readonly RecordChange[] = []): string | null {
    if (assets.length === 0 && records.every(({ fields }) => fields.length === 0)) return null
    const owner = personKey(who)
    const typing = records.length === 0 ? goesOn(owner, assets) : undefined
    if (typing !== undefined) return typing.view.id
    const view: HistoryEntry = { id: randomUUID(), atMs: now(), who: who.name, title, assets: assets.length, state: 'done' }
    keep({
      view, owner, state: 'done', records,
      assets: new Map(assets.map((change) => [change.before.facts.id, { name: change.after.title || change.after.facts.name, changes: changesOf(change) }]))
    })
    return view.id
  }

  /** Who wrote what a field says now, if it was by way of this node. */
  function writerOf(id: AssetId, field: string, value: FieldValue): string {
    const all = [...people.values()].flat().sort((a, b) => b.view.atMs - a.view.atMs)
    const found = all.find(({ assets }) => assets.get(id)?.changes.some((change) => change.field === field && change.after === value))
    return found?.view.who ?? 'somebody on another node, or a program'
  }

  /** Gives every field the value it had on the other side of the entry, where it still has that of this side. */
  async function turn(entry: Entry, to: 'done' | 'undone'): Promise<UndoResult> {
    const left: AssetLeft[] = []
    const edit = await turnAssets(entry, to, left)
    const records = await turnRecords(entry, to, left)
    entry.state = to
    for (const { ids, reason } of edit.failed) left.push(...ids.map((id) => ({ id, name: entry.assets.get(id)?.name ?? id, field: 'all', now: reason, by: '' })))
    for (const id of edit.missing) left.push({ id, name: entry.assets.get(id)?.name ?? id, field: 'all', now: 'deleted for good', by: '' })
    return { entry: { ...entry.view, state: to }, restored: edit.changed.length + records, left: left.slice(0, MAX_LEFT), leftCount: left.length }
  }

  function turnAssets(entry: Entry, to: 'done' | 'undone', left: AssetLeft[]): Promise<BulkEdit> {
    return catalog.editAssets([...entry.assets.keys()], (asset) => {
      const { name, changes } = entry.assets.get(asset.facts.id) ?? { name: '', changes: [] }
      const { same, other } = stillAs(asset, to === 'undone' ? changes : changes.map(({ field, before, after }) => ({ field, before: after, after: before })))
      left.push(...other.map(({ field, now }) => ({ id: asset.facts.id, name, field, now: String(now ?? ''), by: writerOf(asset.facts.id, field, now) })))
      return same.length === 0 ? undefined : patchTo(same.map(({ field, before }) => [field, before]))
    })
  }

  async function turnRecords(entry: Entry, to: 'done' | 'undone', left: AssetLeft[]): Promise<number> {
    let turned = 0
    for (const { kind, id, fields } of entry.records) {
      const known = catalog.records.find(kind, id)?.fields ?? {}
      const changes = fields.map(({ field, before, after }) => (to === 'undone' ? { field, from: after, back: before } : { field, from: before, back: after }))
      const [same, other] = [changes.filter(({ field, from }) => isSame(known[field], from)), changes.filter(({ field, from, back }) => !isSame(known[field], from) && !isSame(known[field], back))]
      left.push(...other.map(({ field }) => ({ id, name: String(known['name'] ?? id), field: `${kind}:${field}`, now: JSON.stringify(known[field] ?? null).slice(0, 200), by: 'somebody else' })))
      if (same.length === 0) continue
      const back: RecordFields = Object.fromEntries(same.map(({ field, back: value }) => [field, value ?? null]))
      await catalog.records.put(kind, id, back)
      turned++
    }
    return turned
  }

  function find(who: Person, state: 'done' | 'undone', id: string | undefined): Entry {
    const own = people.get(personKey(who)) ?? []
    const entry = id === undefined ? (state === 'done' ? own.findLast((one) => one.state === 'done') : own.find((one) => one.state === 'undone')) : own.find((one) => one.view.id === id)
    if (entry === undefined) throw new NotFoundError(id === undefined ? `there is nothing of yours to ${state === 'done' ? 'undo' : 'do again'} on this node: it keeps your newest ${MAX_ENTRIES} edits, until it stops` : 'there is no such edit of yours on this node: it was made on another one, or is too old')
    if (entry.state !== state) throw new NotFoundError(state === 'done' ? 'that edit is undone already' : 'that edit is not undone')
    return entry
  }

  return {
    note,
    list: (who) => (people.get(personKey(who)) ?? []).map(({ view, state }) => ({ ...view, state })).reverse(),
    undo: async (who, id) => turn(find(who, 'done', id), 'undone'),
    redo: async (who, id) => turn(find(who, 'undone', id), 'done')
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
