import { InvalidMessageError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { type Ring, smallBlob } from '#ring'
import type { VectorEntry } from '../../index/entries.ts'
import { vectorAt, type Vectors } from '../../space.ts'
import type { EntrySource } from '../index-keeper.ts'
import { decodeSentences, MAX_SENTENCES_BYTES } from './sentences-reading.ts'
import { digestOf, type Passage, type Texts } from './texts.ts'

export interface SentencesSourceComponents {
  readonly blobs: Pick<Ring['blobs'], 'read' | 'stat'>
  readonly texts: Texts
}

/** Texts of assets, by what they mean, for the index. What was read of other texts than there are now is to be made anew. */
export function createSentencesSource({ blobs, texts }: SentencesSourceComponents): EntrySource {
  /** undefined: it is of other texts, or none. */
  async function entriesIn(name: string, blob: ChunkId, current: ReadonlyArray<readonly Passage[]>): Promise<VectorEntry[] | undefined> {
    const bytes = await smallBlob(blobs, blob, MAX_SENTENCES_BYTES)
    try {
      const { written, vectors } = decodeSentences(bytes ?? new Uint8Array())
      const passages = current.find((each) => digestOf(each.map(({ text }) => text)) === written)
      return passages?.length === countOf(vectors) && texts.nameIn(vectors.space) === name ? passages.map((passage, place) => entryOf(passage, vectors, place)) : undefined
    } catch (err) {
      if (!(err instanceof InvalidMessageError)) throw err
      return undefined
    }
  }

  return {
    reads: texts.reads, stateOf: texts.stateOf,
    async entriesOf(asset) {
      const readings = Object.entries(asset.made).filter(([name]) => texts.reads(name))
      if (readings.length === 0) return undefined
      const current = await texts.of(asset)
      const found = await Promise.all(readings.map(async ([name, blob]) => ({ name, entries: await entriesIn(name, blob, current) })))
      const isFresh = ({ entries }: (typeof found)[number]): boolean => entries !== undefined
      return { vectors: found.flatMap(({ entries = [] }) => entries), readings: found.filter(isFresh).map(({ name }) => name), stale: found.filter((each) => !isFresh(each)).map(({ name }) => name) }
    }
  }
}

const countOf = ({ values, dimensions }: Vectors): number => values.length / dimensions
const entryOf = ({ level, fromMs, toMs, pictureMs }: Passage, vectors: Vectors, place: number): VectorEntry => ({ space: vectors.space, level, fromMs, toMs, pictureMs, vector: vectorAt(vectors, place) })
