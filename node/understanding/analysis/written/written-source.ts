import { InvalidMessageError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { type Asset, type Ring, smallBlob } from '#ring'
import type { VectorEntry } from '../../index/entries.ts'
import { lengthOf } from '../../length.ts'
import { vectorAt, type Vectors } from '../../space.ts'
import { isSentences, sentencesOf } from '../analysis.ts'
import type { EntrySource } from '../index-keeper.ts'
import { digestOfWritten } from './written.ts'
import { decodeWritten, MAX_WRITTEN_READING_BYTES } from './written-reading.ts'

/** What is written of an asset, by what it means, for the index. What was read of other texts than it has now is to be made anew. */
export function createWrittenSource({ blobs }: { readonly blobs: Pick<Ring['blobs'], 'read' | 'stat'> }): EntrySource {
  /** undefined: it is of other texts, or none. */
  async function vectorsIn(name: string, blob: ChunkId, asset: Asset): Promise<Vectors | undefined> {
    const bytes = await smallBlob(blobs, blob, MAX_WRITTEN_READING_BYTES)
    try {
      const { written, vectors } = decodeWritten(bytes ?? new Uint8Array())
      return written === digestOfWritten(asset) && sentencesOf(vectors.space) === name ? vectors : undefined
    } catch (err) {
      if (!(err instanceof InvalidMessageError)) throw err
      return undefined
    }
  }

  return {
    reads: isSentences,
    stateOf: digestOfWritten,
    async entriesOf(asset) {
      const found = await Promise.all(Object.entries(asset.made).filter(([name]) => isSentences(name)).map(async ([name, blob]) => ({ name, vectors: await vectorsIn(name, blob, asset) })))
      const fresh = found.flatMap(({ name, vectors }) => vectors === undefined ? [] : [{ name, vectors }])
      return { vectors: fresh.flatMap(({ vectors }) => entriesOf(vectors, asset)), readings: fresh.map(({ name }) => name), stale: found.flatMap(({ name, vectors }) => vectors === undefined ? [name] : []) }
    }
  }
}

/** Of the asset as a whole. */
function entriesOf(vectors: Vectors, { facts }: Asset): VectorEntry[] {
  const toMs = facts.kind === 'image' ? 0 : lengthOf(facts)
  return Array.from({ length: vectors.values.length / vectors.dimensions }, (_, place) => ({ space: vectors.space, level: 0, fromMs: 0, toMs, pictureMs: 0, vector: vectorAt(vectors, place) }))
}
