import { NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { AssetLeft } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset, AssetChange, AssetPatch, BulkEdit, BulkEditOptions, Catalog, RecordFields } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import { createTurns } from '#ring/base/turns.ts'
import { changesOf, type FieldValue, patchTo, stillAs } from './field-changes.ts'
import { type Entry, grow, headOf, newEntry, newHead, nextStep, type RecordChange, type StepChanges, type StepView, stepOfAssets, type TurnedStep, viewOf, type Way } from './history-entry.ts'
import type { HistoryJournal, HistoryNote } from './history-journal.ts'
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
/** So much is told of what such a field says now, in characters. @default 200 */
export const MAX_SAID = 200

/** A step that takes several edits, undone as one. It is in the history from its first change on. */
export interface GrowingEntry {
  /** Null while nothing was changed. */
  readonly id: string | null
  add(assets: readonly AssetChange[], records?: readonly RecordChange[]): void
}

/** What people did by way of this node, newest hundred each. */
export interface History extends Startable {
  /** Answers the entry's id; null when nothing changed. */
  note(who: Person, title: string, assets: readonly AssetChange[]): string | null
  begin(who: Person, title: string, options?: BulkEditOptions): GrowingEntry
  list(who: Person): StepView[]
  /** `may` says what of it may still be changed so. @throws NotFoundError when there is nothing to undo, RefusedError when it is undone already */
  undo(who: Person, id?: string, may?: MayTurn): Promise<TurnedStep>
  /** @throws NotFoundError when nothing was undone, RefusedError when it is not undone */
  redo(who: Person, id?: string, may?: MayTurn): Promise<TurnedStep>
}

/** What an undo changes: an asset, or a record of this kind. */
export type Turn = { readonly asset: Asset; readonly patch: AssetPatch } | { readonly record: string }
export type MayTurn = (turn: Turn) => boolean

export interface HistoryComponents {
  catalog: Pick<Catalog, 'editAssets' | 'records'>
  /** @default none: it is forgotten when the node stops */
  journal?: HistoryJournal
  /** Unix ms. @default Date.now */
  now?: () => number
}

export function createHistory({ catalog, journal, now = Date.now }: HistoryComponents): History {
  /** By person, each oldest first; the person who edited last is the last. */
  const people = new Map<string, Entry[]>()
  const turns = createTurns()
  let kept = 0

  /** What was undone before a new edit is not done again. */
  function keep(entry: Entry): void {
    const before = people.get(entry.owner) ?? []
    people.delete(entry.owner)
    people.set(entry.owner, [...before.filter(({ state }) => state === 'done'), entry])
    kept += entry.size - before.filter(({ state }) => state === 'undone').reduce((sum, { size }) => sum + size, 0)
  }

  /** Forgets the oldest of whoever edited longest ago, but never what was done just now. */
  function forgetOld(newest: Entry): void {
    for (const [owner, own] of people) {
      while (own.length > 0 && (own.length > MAX_ENTRIES || people.size > MAX_PEOPLE || kept > MAX_CHANGES) && own[0] !== newest) kept -= own.shift()?.size ?? 0
      if (own.length === 0) people.delete(owner)
    }
  }

  function add(entry: Entry, changes: StepChanges): void {
    kept -= entry.size
    grow(entry, changes)
    kept += entry.size
    forgetOld(entry)
    journal?.note({ head: headOf(entry), state: entry.state, turnedMs: entry.turnedMs, ...changes })
  }

  /** Again what was noted once. */
  function replay({ head, state, turnedMs = 0, assets, records }: HistoryNote): void {
    let entry = people.get(head.owner)?.find(({ id }) => id === head.id)
    if (entry === undefined) keep(entry = newEntry(head))
    add(entry, { assets, records })
    Object.assign(entry, { state, turnedMs })
  }

  const isThere = (entry: Entry | undefined): entry is Entry => entry?.state === 'done' && people.get(entry.owner)?.includes(entry) === true

  function begin(who: Person, title: string, { byPerson = true }: BulkEditOptions = {}): GrowingEntry {
    let entry: Entry | undefined
    return {
      get id() { return entry?.id ?? null },
      add(assets, records = []) {
        if (assets.length === 0 && records.every(({ fields }) => fields.length === 0)) return
        if (!isThere(entry)) keep(entry = newEntry(newHead(who, title, byPerson, now()))) // undone while it grew: what follows is another one
        add(entry, { assets: stepOfAssets(assets), records })
        who.noted?.(entry.id)
      }
    }
  }

  /** Typing goes on in the entry it began. */
  function goesOn(owner: string, assets: readonly AssetChange[]): Entry | undefined {
    const last = people.get(owner)?.at(-1)
    const [one, ...more] = assets
    if (last?.state !== 'done' || one === undefined || more.length > 0 || now() - last.atMs > TYPING_MS) return undefined
    const [known, ...others] = last.assets.size === 1 && last.records.size === 0 ? last.assets.get(one.before.facts.id)?.changes ?? [] : []
    const [change, ...too] = changesOf(one)
    const isTyped = known !== undefined && others.length === 0 && too.length === 0 && known.field === change?.field && known.after === change.before && ['notes', 'title'].includes(known.field)
    return isTyped ? last : undefined
  }

  /** Who wrote what a field says now, if it was by way of this node. */
  function writerOf(id: AssetId, field: string, value: FieldValue): string {
    const all = [...people.values()].flat().sort((a, b) => b.atMs - a.atMs)
    const found = all.find(({ assets }) => assets.get(id)?.changes.some((change) => change.field === field && change.after === value))
    return found?.who ?? 'somebody on another node, or a program'
  }

  /** Gives every field the value it had on the other side of the entry, where it still has that of this side. */
  async function turn(entry: Entry, to: Entry['state'], may: MayTurn): Promise<TurnedStep> {
    const left: AssetLeft[] = []
    const edit = await turnAssets(entry, to, may, left)
    const records = await turnRecords(entry, to, may, left)
    Object.assign(entry, { state: to, turnedMs: now() })
    journal?.note({ head: headOf(entry), state: to, turnedMs: entry.turnedMs, assets: [], records: [] })
    for (const { ids, reason } of edit.failed) left.push(...ids.map((id) => ({ id, name: entry.assets.get(id)?.name ?? id, field: 'all', now: reason, by: '' })))
    for (const id of edit.missing) left.push({ id, name: entry.assets.get(id)?.name ?? id, field: 'all', now: 'deleted for good', by: '' })
    return { entry: viewOf(entry), restored: edit.changed.length + records, left: left.slice(0, MAX_LEFT), leftCount: left.length }
  }

  function turnAssets(entry: Entry, to: 'done' | 'undone', may: MayTurn, left: AssetLeft[]): Promise<BulkEdit> {
    return catalog.editAssets([...entry.assets.keys()], (asset) => {
      const { name, changes } = entry.assets.get(asset.facts.id) ?? { name: '', changes: [] }
      const { same, other } = stillAs(asset, to === 'undone' ? changes : changes.map(({ field, before, after }) => ({ field, before: after, after: before })))
      const patch = patchTo(same.map(({ field, before }) => [field, before]))
      if (!may({ asset, patch })) {
        left.push({ id: asset.facts.id, name, field: 'all', now: NOT_ANY_MORE, by: '' })
        return undefined
      }
      left.push(...other.map(({ field, now }) => ({ id: asset.facts.id, name, field, now: String(now ?? '').slice(0, MAX_SAID), by: writerOf(asset.facts.id, field, now) })))
      return same.length === 0 ? undefined : patch
    }, { byPerson: entry.byPerson })
  }

  async function turnRecords(entry: Entry, to: 'done' | 'undone', may: MayTurn, left: AssetLeft[]): Promise<number> {
    let turned = 0
    for (const { kind, id, fields } of entry.records.values()) {
      if (!may({ record: kind })) {
        left.push({ id, name: id, field: kind, now: NOT_ANY_MORE, by: '' })
        continue
      }
      const known = catalog.records.find(kind, id)?.fields ?? {}
      const changes = fields.map(({ field, before, after }) => (to === 'undone' ? { field, from: after, back: before } : { field, from: before, back: after }))
      const [same, other] = [changes.filter(({ field, from }) => isSame(known[field], from)), changes.filter(({ field, from, back }) => !isSame(known[field], from) && !isSame(known[field], back))]
      left.push(...other.map(({ field }) => ({ id, name: String(known['name'] ?? id), field: `${kind}:${field}`, now: JSON.stringify(known[field] ?? null).slice(0, MAX_SAID), by: 'somebody else' })))
      if (same.length === 0) continue
      const back: RecordFields = Object.fromEntries(same.map(({ field, back: value }) => [field, value ?? null]))
      await catalog.records.put(kind, id, back)
      turned++
    }
    return turned
  }

  function find(who: Person, way: Way, id: string | undefined): Entry {
    const own = people.get(personKey(who)) ?? []
    const entry = id === undefined ? nextStep(own, way) : own.find((one) => one.id === id)
    if (entry === undefined) throw new NotFoundError(id === undefined ? `there is nothing of yours to ${way === 'undo' ? 'undo' : 'do again'} on this node: it keeps your newest ${MAX_ENTRIES} edits` : 'there is no such edit of yours on this node: it was made on another one, or is too old')
    if (entry.state !== (way === 'undo' ? 'done' : 'undone')) throw new RefusedError(way === 'undo' ? `${entry.title} is undone already` : `${entry.title} is not undone: there is nothing to do again`)
    return entry
  }

  /** One step of a person after the other: whoever asks twice at once takes two back. */
  const turnNext = (who: Person, way: Way, id: string | undefined, may: MayTurn = () => true): Promise<TurnedStep> => (
    turns(personKey(who), () => turn(find(who, way, id), way === 'undo' ? 'undone' : 'done', may))
  )

  return {
    start: () => journal?.load(replay, () => [...people.values()].flat()),
    stop: () => journal?.close(),
    note(who, title, assets) {
      const typed = goesOn(personKey(who), assets)
      if (typed !== undefined) {
        add(typed, { assets: stepOfAssets(assets), records: [] })
        who.noted?.(typed.id)
        return typed.id
      }
      const entry = begin(who, title)
      entry.add(assets)
      return entry.id
    },
    begin,
    list: (who) => (people.get(personKey(who)) ?? []).map(viewOf).reverse(),
    undo: (who, id, may) => turnNext(who, 'undo', id, may),
    redo: (who, id, may) => turnNext(who, 'redo', id, may)
  }
}

const NOT_ANY_MORE = 'not yours to change any more'
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
