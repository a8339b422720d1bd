import { NotFoundError } from '#protocols/errors.ts'
import type { BulkEditResult } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset, AssetPatch, BulkEdit, BulkEditOptions, Catalog, PatchOf, RecordFields } from '#ring'
import { countOf, describeEdit } from './describe-edit.ts'
import type { History } from './history.ts'
import type { Person } from './person.ts'

export interface EditsComponents {
  catalog: Pick<Catalog, 'asset' | 'editAssets' | 'records'>
  history: Pick<History, 'begin' | 'note'>
  /** Refuses values that the definitions of people's own fields do not allow. @throws InvalidInputError */
  check?: (patch: AssetPatch) => void
}

/** Edits that are one step of a person: what was done of it, also when one of them fails, is undone as one. */
export interface Series {
  /** Of the entry in the history; null while nothing was changed. */
  readonly undo: string | null
  /** @throws InvalidInputError */
  assets(ids: readonly AssetId[], patch: PatchOf): Promise<BulkEdit>
  /** Makes a record or changes it. @throws as `Records.put` */
  record(kind: string, id: string, fields: RecordFields): Promise<void>
}

/** Edits of people, each remembered so that it can be undone. */
export interface Edits {
  /** @throws NotFoundError, InvalidInputError */
  one(who: Person, id: AssetId, patch: AssetPatch): Promise<Asset>
  /** As one step. `title` is what the person reads in the history. @throws InvalidInputError */
  many(who: Person, ids: readonly AssetId[], patch: PatchOf, title?: string): Promise<BulkEditResult>
  /** Makes a record or changes it. @throws as `Records.put` */
  put(who: Person, kind: string, id: string, fields: RecordFields, title: string): Promise<void>
  /** @throws NotFoundError */
  remove(who: Person, kind: string, id: string, title: string): Promise<void>
  series(who: Person, title: string, options?: BulkEditOptions): Series
}

export function createEdits({ catalog, history, check = () => {} }: EditsComponents): Edits {
  function series(who: Person, title: string, options?: BulkEditOptions): Series {
    const entry = history.begin(who, title, options)
    return {
      get undo() { return entry.id },
      async assets(ids, patch) {
        if (typeof patch !== 'function') check(patch)
        const edit = await catalog.editAssets(ids, patch, options)
        entry.add(edit.changed)
        return edit
      },
      async record(kind, id, fields) {
        const before = catalog.records.find(kind, id)?.fields ?? {}
        await catalog.records.put(kind, id, fields)
        const changes = Object.entries(fields).map(([field, value]) => ({ field, before: before[field] ?? null, after: value ?? null }))
        entry.add([], [{ kind, id, fields: changes.filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after)) }])
      }
    }
  }

  const put: Edits['put'] = (who, kind, id, fields, title) => series(who, title).record(kind, id, fields)

  return {
    async one(who, id, patch) {
      check(patch)
      const { changed: [change], missing } = await catalog.editAssets([id], patch)
      const asset = change?.after ?? (missing.length === 0 ? await catalog.asset(id) : undefined)
      if (asset === undefined) throw new NotFoundError(`there is no asset ${id}`)
      if (change !== undefined) history.note(who, `${describeEdit(patch)}: ${asset.title || asset.facts.name}`, [change])
      return asset
    },
    async many(who, ids, patch, title) {
      if (typeof patch !== 'function') check(patch)
      const { changed, missing, failed } = await catalog.editAssets(ids, patch)
      const what = title ?? (typeof patch === 'function' ? 'edit' : describeEdit(patch))
      return {
        matched: ids.length - missing.length, changed: changed.length, missing: [...missing], failed: failed.map(({ ids: some, reason }) => ({ ids: [...some], reason })),
        undo: history.note(who, `${what}: ${countOf(changed)}`, changed)
      }
    },
    put,
    async remove(who, kind, id, title) {
      const known = catalog.records.find(kind, id)
      if (known === undefined) throw new NotFoundError(`there is no ${kind.replace(/s$/, '')} ${id}: it was removed, or never there`)
      await put(who, kind, id, Object.fromEntries(Object.keys(known.fields).map((field) => [field, null])), title)
    },
    series
  }
}
