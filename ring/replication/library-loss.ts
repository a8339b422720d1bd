import type { ChunkId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { CatalogCopy } from '../catalog/catalog-copy.ts'
import { chunksUnder, referencesOf, referrersInUpdate } from '../catalog/references.ts'
import type { RingChunkStore } from '../chunks/chunk-store.ts'
import type { Verification } from './verification.ts'

/** Chunks asked for at once. @default 4096 */
export const LOSS_BATCH = 4_096

export interface LibraryLossComponents {
  readonly copy: Pick<CatalogCopy, 'documents' | 'snapshot'>
  readonly chunks: Pick<RingChunkStore, 'get'>
  readonly verification: Pick<Verification, 'unheld'>
}

/** Chunks the catalog needs and no live node says it holds; nothing but manifests is read. @throws the signal's reason */
export async function unheldChunks({ copy, chunks, verification }: LibraryLossComponents, options: AbortOptions = {}): Promise<ChunkId[]> {
  const missing = new Set<ChunkId>()
  let batch = new Set<ChunkId>()
  const ask = async (): Promise<void> => {
    for (const id of await verification.unheld([...batch], options)) missing.add(id)
    batch = new Set()
  }
  for (const { name } of await copy.documents()) {
    const references = referrersInUpdate((await copy.snapshot(name)).update, name).flatMap(referencesOf)
    for (const { id } of references) batch.add(id)
    await ask()
    for (const reference of references) {
      if (reference.kind === 'chunk' || missing.has(reference.id)) continue // what no node has can not be read
      try {
        for await (const { id } of chunksUnder(reference, (id) => chunks.get(id, options))) {
          batch.add(id)
          if (batch.size >= LOSS_BATCH) await ask()
        }
      } catch {
        options.signal?.throwIfAborted() // a manifest that can not be read: it is asked for with the rest
      }
    }
  }
  await ask()
  return [...missing]
}
