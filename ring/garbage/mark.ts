import { CatalogIncompleteError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { chunksUnder, type Referrer, referencesOf } from '../catalog/references.ts'
import { WaitingError } from './everybody.ts'

export interface MarkComponents {
  readonly catalog: Pick<Catalog, 'referrers'>
  /** A chunk of the ring, here or elsewhere. */
  readonly get: (id: ChunkId) => Promise<Uint8Array>
  readonly mark: (id: ChunkId) => Promise<void>
}

/** Mark every chunk that anything in the catalog needs. @throws WaitingError when that can not be told to the end */
export async function markNeeded({ catalog, get, mark }: MarkComponents, signal: AbortSignal): Promise<void> {
  try {
    for await (const referrer of catalog.referrers()) {
      signal.throwIfAborted()
      for (const reference of referencesOf(referrer)) {
        const under = chunksUnder(reference, get)
        try {
          for await (const { id } of under) await mark(id)
        } catch (err) {
          signal.throwIfAborted()
          throw new WaitingError(`waiting for the list of chunks of ${named(referrer)}, which can not be read (${err instanceof Error ? err.message : err}): bring back a node that holds it${HINTS[referrer.kind]}`)
        }
      }
    }
  } catch (err) {
    throw err instanceof CatalogIncompleteError ? new WaitingError(`waiting for the catalog: ${err.message}`) : err
  }
}

const HINTS: Readonly<Record<Referrer['kind'], string>> = { asset: ', or delete the asset for good', recording: '', note: '', roll: ', or remove the roll', model: ', or have a node pull it again' }

function named(referrer: Referrer): string {
  if (referrer.kind === 'asset') return `asset ${referrer.asset.facts.id.slice(0, 16)} (${referrer.asset.facts.name})`
  if (referrer.kind === 'roll') return `roll ${referrer.roll.name.slice(0, 80)} (${referrer.roll.id.slice(0, 64)})`
  if (referrer.kind === 'model') return `model ${referrer.model.id}`
  if (referrer.kind === 'note') return `what was seen by ${referrer.note.camera} at ${referrer.note.hour}`
  return `the recording of ${referrer.session.camera} at ${referrer.session.hour}`
}
