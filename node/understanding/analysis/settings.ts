import { InvalidInputError } from '#protocols/errors.ts'
import type { UnderstandingChange } from '#protocols/http.ts'
import type { Records } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import { DEFAULT_VOCABULARY } from './default-vocabulary.ts'

/** Kind of the record, and its id: one for the ring. */
export const SETTINGS_KIND = 'understanding'
const SETTINGS_ID = 'ring'
/** Words of the vocabulary, at most, and the longest of them. */
export const MAX_VOCABULARY = 1_000
export const MAX_WORD = 80
/** A field of a record holds so much; the vocabulary is kept in pieces. */
const PIECE_WORDS = 80
const PIECES = Math.ceil(MAX_VOCABULARY / PIECE_WORDS)

/** What the ring's people decided about understanding, the same on every node. */
export interface UnderstandingSettings {
  /** undefined: nobody ever said. */
  faces(): boolean | undefined
  vocabulary(): readonly string[]
  /** @throws InvalidInputError */
  change(change: UnderstandingChange): Promise<void>
  readonly changed: Signal<string>
}

export function createUnderstandingSettings({ records }: { records: Records }): UnderstandingSettings {
  const fields = (): Readonly<Record<string, unknown>> => records.find(SETTINGS_KIND, SETTINGS_ID)?.fields ?? {}
  return {
    changed: records.changed,
    faces() {
      const { faces } = fields()
      return typeof faces === 'boolean' ? faces : undefined
    },
    vocabulary() {
      const told = fields()
      const pieces = Array.from({ length: PIECES }, (_, i) => told[`words${i}`]).filter((piece) => Array.isArray(piece))
      return pieces.length === 0 ? DEFAULT_VOCABULARY : wordsOf(pieces.flat())
    },
    async change({ faces, vocabulary }) {
      await records.put(SETTINGS_KIND, SETTINGS_ID, { ...(faces !== undefined && { faces }), ...(vocabulary !== undefined && piecesOf(vocabulary)) })
    }
  }
}

/** Each word once, without what is none. */
function wordsOf(words: readonly unknown[]): string[] {
  const good = words.filter((word) => typeof word === 'string').map((word) => word.trim().normalize('NFC')).filter((word) => word !== '' && word.length <= MAX_WORD)
  return [...new Set(good)].slice(0, MAX_VOCABULARY)
}

function piecesOf(vocabulary: readonly string[]): Record<string, readonly string[] | null> {
  if (vocabulary.length > MAX_VOCABULARY) throw new InvalidInputError(`the vocabulary has ${vocabulary.length} words; at most ${MAX_VOCABULARY} fit`)
  const words = wordsOf(vocabulary)
  return Object.fromEntries(Array.from({ length: PIECES }, (_, i) => {
    const piece = words.slice(i * PIECE_WORDS, (i + 1) * PIECE_WORDS)
    return [`words${i}`, i === 0 || piece.length > 0 ? piece : null]
  }))
}
