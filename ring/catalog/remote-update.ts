import * as Y from 'yjs'
import { MAX_CATALOG_UPDATE_BYTES } from '#protocols/catalog.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import type { CatalogOrigin } from './catalog.ts'
import { checkLimits } from './document-limits.ts'

/** Read the whole update before any of it is applied: a truncated or over-long one is refused here. @throws InvalidMessageError */
export function checkUpdate(update: Uint8Array): void {
  if (update.byteLength > MAX_CATALOG_UPDATE_BYTES) throw new InvalidMessageError(`a catalog update of ${update.byteLength} bytes exceeds the limit of ${MAX_CATALOG_UPDATE_BYTES}`)
  try {
    Y.decodeUpdate(update)
  } catch (err) {
    throw new InvalidMessageError(`not a Yjs update: ${reasonOf(err)}`)
  }
}

/** @throws InvalidMessageError */
export function checkStateVector(stateVector: Uint8Array): void {
  try {
    Y.decodeStateVector(stateVector)
  } catch (err) {
    throw new InvalidMessageError(`not a Yjs state vector: ${reasonOf(err)}`)
  }
}

/**
 * Apply what passed `checkUpdate`. When it can not be integrated all the same, `onFailure` is called before Yjs reports what it did of it,
 * and the document must be thrown away. Answers whether parts wait for changes this document lacks.
 */
export function applyRemote(doc: Y.Doc, update: Uint8Array, origin: CatalogOrigin, onFailure: () => void): { incomplete: boolean } {
  const waiting = waitingIn(doc)
  let failure: unknown
  doc.transact(() => {
    try {
      Y.applyUpdate(doc, update, origin)
      checkLimits(doc)
    } catch (err) {
      failure = err
      onFailure()
    }
  }, origin)
  if (failure instanceof InvalidMessageError) throw failure
  if (failure !== undefined) throw new InvalidMessageError(`the Yjs update does not fit its document: ${reasonOf(failure)}`)
  const still = waitingIn(doc)
  return { incomplete: still.structs !== waiting.structs && still.structs !== undefined || still.deletes !== waiting.deletes && still.deletes !== undefined }
}

function waitingIn(doc: Y.Doc): { structs: Uint8Array | undefined; deletes: Uint8Array | undefined } {
  return { structs: doc.store.pendingStructs?.update, deletes: doc.store.pendingDs ?? undefined }
}

const reasonOf = (err: unknown): string => (err instanceof Error ? err.message : String(err))
