import type * as Y from 'yjs'
import type { AssetId } from '#protocols/ids.ts'
import type { CatalogOrigin } from './catalog.ts'
import { assetIdOfType } from './asset-entry.ts'
import type { DocumentName } from './document-name.ts'

/** One transaction of one document, already handed to the log. */
export interface DocumentChange {
  readonly document: DocumentName
  readonly doc: Y.Doc
  readonly origin: CatalogOrigin
  readonly sequence: number
  readonly assets: ReadonlySet<AssetId>
  /** Keys of the root-level maps that changed, by the map's name. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>
  /** Resolves when it is on disk. */
  readonly durable: Promise<void>
}

/** Which assets and which keys of the shared maps a transaction touched. */
export function touchedBy(doc: Y.Doc, transaction: Y.Transaction): Pick<DocumentChange, 'assets' | 'keys'> {
  const assets = new Set<AssetId>()
  const keys = new Map<string, Set<string>>()
  for (const [name, type] of doc.share) {
    const changed = transaction.changed.get(type)
    if (changed === undefined) continue
    const asset = assetIdOfType(name)
    if (asset !== undefined) assets.add(asset)
    else keys.set(name, new Set([...changed].filter((key) => key !== null)))
  }
  return { assets, keys }
}
