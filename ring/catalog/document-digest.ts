import { createHash } from 'node:crypto'
import * as Y from 'yjs'

/** SHA-256 over delete set and state vector, both in Yjs's sorted encoding: equal exactly when two documents hold the same changes. */
export function digestOfDocument(doc: Y.Doc): Uint8Array {
  return createHash('sha256').update(Y.encodeSnapshot(Y.snapshot(doc))).digest()
}
