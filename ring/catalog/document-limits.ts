import type * as Y from 'yjs'
import { MAX_CATALOG_UPDATE_BYTES } from '#protocols/catalog.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { assetIdOfType } from './asset-entry.ts'
import { NOTES } from './note-entry.ts'
import { RECORDINGS } from './recording-entry.ts'

/** A document grows no longer than this, in bytes of its snapshot: it must fit one answer to a node that has nothing. @default 6291456 */
export const MAX_DOCUMENT_BYTES = MAX_CATALOG_UPDATE_BYTES - 2 * 1024 * 1024
/** Writers of one document at most; every start of a node and every recording session is one. @default 50000 */
export const MAX_WRITERS = 50_000
/** Bytes of changes that wait for others they build on, per document, at most. @default 1048576 */
export const MAX_WAITING_BYTES = 1024 * 1024
/** Root-level types of one document at most: two per asset. @default 50000 */
export const MAX_TYPES = 50_000
/** Of these at most so many that this version does not know. @default 100 */
export const MAX_UNKNOWN_TYPES = 100

/** To be called before a change is kept. @throws InvalidMessageError naming the limit the document would exceed */
export function checkLimits({ store, share }: Y.Doc): void {
  const waiting = (store.pendingStructs?.update.byteLength ?? 0) + (store.pendingDs?.byteLength ?? 0)
  refuseAbove(waiting, MAX_WAITING_BYTES, 'bytes of changes wait for others that are missing')
  refuseAbove(store.clients.size, MAX_WRITERS, 'writers are in one document')
  refuseAbove(share.size, MAX_TYPES, 'root-level types are in one document')
  if (share.size > MAX_UNKNOWN_TYPES) refuseAbove(unknownIn(share.keys()), MAX_UNKNOWN_TYPES, 'root-level types are of no kind this version knows')
}

function refuseAbove(value: number, limit: number, what: string): void {
  if (value > limit) throw new InvalidMessageError(`${value} ${what}; at most ${limit} may`)
}

function unknownIn(names: Iterable<string>): number {
  let unknown = 0
  for (const name of names) if (name !== RECORDINGS && name !== NOTES && assetIdOfType(name) === undefined) unknown++
  return unknown
}
