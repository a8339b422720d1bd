import { createHash } from 'node:crypto'
import { type AssetId, type CameraId, PARTITIONS, type PeerId } from '#protocols/ids.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import type { CatalogOrigin } from './catalog.ts'

/** `root`, or the two hex digits of a partition. */
export type DocumentName = string & { readonly __documentName: true }

export const ROOT_DOCUMENT = 'root' as DocumentName

const hexOf = (partition: number): DocumentName => partition.toString(16).padStart(2, '0') as DocumentName

/** The 256 documents of assets and recordings, `00` to `ff`. */
export const PARTITION_DOCUMENTS: readonly DocumentName[] = Array.from({ length: PARTITIONS }, (_, i) => hexOf(i))

/** Every document of a catalog. */
export const ALL_DOCUMENTS: readonly DocumentName[] = [ROOT_DOCUMENT, ...PARTITION_DOCUMENTS]

const known = new Set<string>(ALL_DOCUMENTS)

/** Check a name someone sent. @throws InvalidMessageError */
export function parseDocumentName(text: string): DocumentName {
  if (!known.has(text)) throw new InvalidMessageError(`the catalog has no document called ${JSON.stringify(text.slice(0, 40))}`)
  return text as DocumentName
}

export function isDocumentName(text: string): text is DocumentName {
  return known.has(text)
}

/** The document that holds this asset. */
export function documentOfAsset(id: AssetId): DocumentName {
  return id.slice(0, 2) as DocumentName
}

/** The document that holds what this camera recorded in this UTC hour. */
export function documentOfHour(camera: CameraId, hour: string): DocumentName {
  return hexOf(createHash('sha256').update(`${camera}/${hour}`).digest()[0] ?? 0)
}

/** The origin of changes made on this node. */
export const LOCAL: CatalogOrigin = { source: 'local' }
/** The origin of what is read back from this node's disk. */
export const DISK: CatalogOrigin = { source: 'disk' }

/** The origin of what a member sent. */
export function received(source: 'gossip' | 'sync', from: PeerId): CatalogOrigin {
  return { source, from }
}
