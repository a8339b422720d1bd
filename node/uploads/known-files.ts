import type { ImportResult } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, Catalog, Ring } from '#ring'
import type { LibraryImporter } from '../library/importer.ts'

export interface KnownFilesComponents {
  readonly ring: Pick<Ring, 'blobs' | 'writing'> & { readonly catalog: Pick<Catalog, 'asset'>; readonly verification: Pick<Ring['verification'], 'unheld'> }
  readonly importer: Pick<LibraryImporter, 'importKnown'>
}

/** A file whose bytes the ring may have. */
export interface KnownFile {
  /** Hex. */
  readonly sha256: string
  /** What its sender calls it, folders and all. */
  readonly path: string
  /** Who sends it, as people are named. */
  readonly by: string
}

/** Files that need not be sent. */
export interface KnownFiles {
  /** The asset of these bytes, when live nodes hold all of them or they were taken off to the cloud; in doubt they are to be sent, which makes whole what is not. */
  find(sha256: string): Promise<AssetId | undefined>
  /** Such a file, into the import of its sender: where it lay is one more place of its asset. undefined when its bytes are to be sent. */
  take(file: KnownFile): Promise<ImportResult | undefined>
}

export function createKnownFiles({ ring, importer }: KnownFilesComponents): KnownFiles {
  async function isHeld({ facts: { blob }, deletedAtMs, away }: Asset): Promise<boolean> {
    if (blob === undefined || deletedAtMs !== undefined) return false
    if (away) return true
    const whole = await ring.blobs.stat(blob).catch(() => undefined)
    return whole !== undefined && (await ring.verification.unheld([blob, ...whole.chunks])).length === 0
  }

  async function find(sha256: string): Promise<AssetId | undefined> {
    const asset = await ring.catalog.asset(parseAssetId(sha256))
    return asset !== undefined && await isHeld(asset) ? asset.facts.id : undefined
  }

  return {
    find,
    async take({ sha256, path, by }) {
      const written = ring.writing() // what is whole now must not become garbage before it is named again
      try {
        const id = await find(sha256)
        return id === undefined ? undefined : await importer.importKnown(id, { shownPath: path, batch: { source: 'upload', by } })
      } finally {
        written()
      }
    }
  }
}
