/** Moments by their words: BM25 finds them, and what a moment's words weigh of all that was asked decides whether it is shown. */
import type { DatabaseSync } from 'node:sqlite'
import type { Level, Sense } from '../moments/moments.ts'

/** Words of a question that are looked for; the rest is ignored. @default 24 */
export const MAX_WORDS = 24
/** Best matches that are looked at. @default 5000 */
export const MAX_MATCHES = 5_000
/** A word that more moments have is not looked for beside rarer ones. @default 50000 */
export const COMMON_MOMENTS = 50_000
/** A moment has to have words that weigh at least this share of all that was asked. @default 0.3 */
export const LEAST_SHARE = 0.3
/** Letters from which on a word is also the beginning of longer ones. @default 3 */
export const BEGINS_LETTERS = 3
/** Characters of a moment's text that are answered. @default 240 */
export const SHOWN_CHARACTERS = 240

export interface WordsRow {
  readonly subject: number
  readonly level: Level
  readonly sense: Sense
  readonly fromMs: number
  readonly toMs: number
  readonly pictureMs: number
  readonly text: string
}

export interface WordsMatch extends WordsRow {
  /** 0 to 1: the share of the question's weight that its words have. */
  readonly share: number
}

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
/** Letters and digits are words; everything else only separates them, so no input is ever read as syntax. */
export const wordsOf = (text: string): string[] => folded(text).match(/[\p{L}\p{N}\p{Co}]+/gu) ?? []

const begins = (word: string): boolean => word.length >= BEGINS_LETTERS
const has = (texts: readonly string[], word: string): boolean => texts.some((text) => begins(word) ? text.startsWith(word) : text === word)

export class WordsSearch {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** The best first, those only that are accepted. */
  *matches(question: string, accepts: (row: WordsRow) => boolean): Generator<WordsMatch> {
    const words = [...new Set(wordsOf(question))].slice(0, MAX_WORDS)
    if (words.length === 0) return
    const weights = this.#weights(words)
    const rare = words.filter((word) => (weights.get(word)?.moments ?? 0) <= COMMON_MOMENTS)
    const total = words.reduce((sum, word) => sum + weights.get(word)!.weight, 0)
    const found: WordsMatch[] = []
    for (const row of this.#rows(rare.length === 0 ? words : rare)) {
      if (!accepts(row)) continue
      const texts = wordsOf(row.text)
      const share = words.reduce((sum, word) => sum + (has(texts, word) ? weights.get(word)!.weight : 0), 0) / total
      if (share >= LEAST_SHARE) found.push({ ...row, share, text: excerpt(row.text, words) })
    }
    yield* found.sort((one, other) => other.share - one.share) // of equal ones the first by BM25
  }

  #rows(words: readonly string[]): WordsRow[] {
    const match = words.map((word) => begins(word) ? `"${word}"*` : `"${word}"`).join(' OR ')
    return this.#database.prepare(`
      SELECT subject, level, sense, from_ms AS fromMs, to_ms AS toMs, picture_ms AS pictureMs, words.text AS text
      FROM (SELECT rowid, rank FROM words_text WHERE words_text MATCH ? ORDER BY rank LIMIT ${MAX_MATCHES}) AS best JOIN words ON words.id = best.rowid ORDER BY best.rank`).all(match) as unknown as WordsRow[]
  }

  /** As in BM25: what few moments have weighs most. A word that none has weighs as one that a single moment has. */
  #weights(words: readonly string[]): Map<string, { weight: number; moments: number }> {
    const { all } = this.#database.prepare('SELECT count(*) AS "all" FROM words').get() as { all: number }
    const count = this.#database.prepare('SELECT coalesce(sum(doc), 0) AS moments FROM words_vocabulary WHERE term = ?')
    return new Map(words.map((word) => {
      const { moments } = count.get(word) as { moments: number }
      const some = Math.max(1, moments)
      return [word, { moments, weight: Math.log(1 + (Math.max(all, some) - some + 0.5) / (some + 0.5)) }]
    }))
  }
}

/** Of a long text what is around the first word that was asked for. */
function excerpt(text: string, words: readonly string[]): string {
  if (text.length <= SHOWN_CHARACTERS) return text
  const plain = folded(text)
  const first = Math.min(...words.map((word) => plain.indexOf(word)).filter((at) => at !== -1), plain.length)
  const from = Math.max(0, Math.min(first - SHOWN_CHARACTERS / 4, text.length - SHOWN_CHARACTERS))
  return `${from > 0 ? '…' : ''}${text.slice(from, from + SHOWN_CHARACTERS)}${from + SHOWN_CHARACTERS < text.length ? '…' : ''}`.toWellFormed()
}
