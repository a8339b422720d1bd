/** Models that nodes have put into the ring, as far as chunks are needed by them: records of kind `model`, whose field `files` names a blob per file. */
import type * as Y from 'yjs'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import { readRecords } from './record-entry.ts'

const MODELS = 'model'
/** The field that lists its files, and what names the blob of each. */
const FILES = 'files'

/** A model and the blobs of its files. */
export interface ModelEntry {
  readonly id: string
  readonly blobs: readonly ChunkId[]
}

/** What is no blob is needed by nothing: whoever reads the model finds it missing, and fetches it again. */
export function modelsIn(doc: Y.Doc): ModelEntry[] {
  return readRecords(doc, MODELS).map(({ id, fields }) => ({ id, blobs: Array.isArray(fields[FILES]) ? fields[FILES].flatMap(blobOf) : [] }))
}

function blobOf(file: unknown): ChunkId[] {
  try {
    return [parseChunkId((file as { blob: string }).blob)]
  } catch {
    return []
  }
}
