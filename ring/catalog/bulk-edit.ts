import type * as Y from 'yjs'
import type { AssetId } from '#protocols/ids.ts'
import { patchAsset, readAsset } from './asset-entry.ts'
import { checkedPatch } from './asset-facts.ts'
import type { Asset, AssetPatch } from './catalog.ts'
import type { DocumentName } from './document-name.ts'

/** Documents changed at once: their writes share an fsync, and so many are indexed in one turn. @default 8 */
export const DOCUMENTS_AT_ONCE = 8

/** One asset before and after an edit that changed it. */
export interface AssetChange {
  readonly before: Asset
  readonly after: Asset
}

/** What came of an edit of many assets. */
export interface BulkEdit {
  /** Those in which something changed. */
  readonly changed: readonly AssetChange[]
  /** Nobody knows these, or they are gone for good. */
  readonly missing: readonly AssetId[]
  /** Their document took no edit. */
  readonly failed: ReadonlyArray<{ readonly ids: readonly AssetId[]; readonly reason: string }>
}

/** The same patch for all, or one for each as it stands in the transaction; undefined leaves it alone. */
export type PatchOf = AssetPatch | ((asset: Asset) => AssetPatch | undefined)

export interface BulkEditOptions {
  /** A person's edit is remembered as the asset's newest. @default true */
  byPerson?: boolean
}

/** Asks for the patch and checks it. @throws InvalidInputError */
export function patcher(patch: PatchOf): (asset: Asset) => AssetPatch | undefined {
  if (typeof patch !== 'function') {
    const checked = checkedPatch(patch)
    return () => checked
  }
  return (asset) => {
    const own = patch(asset)
    return own && checkedPatch(own)
  }
}

/** Inside a transaction. Every patch is known before the first is applied, so that a wrong one changes nothing here. `nowMs`: undefined when no person edits. */
export function editInDocument(doc: Y.Doc, ids: readonly AssetId[], patchOf: (asset: Asset) => AssetPatch | undefined, nowMs: number | undefined): Pick<BulkEdit, 'changed' | 'missing'> {
  const found = ids.map((id) => ({ id, before: readAsset(doc, id) }))
  const edits = found.flatMap(({ before }) => {
    const patch = before && patchOf(before)
    return before !== undefined && patch !== undefined ? [{ before, patch }] : []
  })
  const changed = edits.flatMap(({ before, patch }) => {
    const after = patchAsset(doc, before, patch, nowMs) ? readAsset(doc, before.facts.id) : undefined
    return after === undefined ? [] : [{ before, after }]
  })
  return { changed, missing: found.flatMap(({ id, before }) => (before === undefined ? [id] : [])) }
}

/** The parts of an edit, one per document, as one. @throws the first failure when every document failed */
export function gathered(parts: ReadonlyArray<{ readonly document: DocumentName; readonly ids: readonly AssetId[]; readonly result: PromiseSettledResult<Pick<BulkEdit, 'changed' | 'missing'>> }>): BulkEdit {
  const failures = parts.flatMap(({ ids, result }) => (result.status === 'rejected' ? [{ ids, error: result.reason as unknown }] : []))
  if (parts.length > 0 && failures.length === parts.length) throw failures[0]?.error
  const done = parts.flatMap(({ result }) => (result.status === 'fulfilled' ? [result.value] : []))
  return {
    changed: done.flatMap(({ changed }) => changed),
    missing: done.flatMap(({ missing }) => missing),
    failed: failures.map(({ ids, error }) => ({ ids, reason: error instanceof Error ? error.message : String(error) }))
  }
}
