/** Moments by their words: BM25 finds them, and what a moment's words weigh of all that was asked decides whether it is shown. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { cutterOf, letterOf, pairsOf, UNSPACED } from '#ring/base/unspaced.ts'
import type { Level, Sense } from '../moments/moments.ts'
import type { Span } from '../subject.ts'

/** Words of a question that are looked for; the rest is ignored. @default 24 */
export const MAX_WORDS = 24
/** Best matches that are looked at. @default 5000 */
export const MAX_MATCHES = 5_000
/** When fewer of those are meant, all matches are looked through for more of them. @default 1500 */
export const ENOUGH_MATCHES = 1_500
/** Where the best are of fewer subjects than are wanted, so many matches of others are looked through. @default 100000 */
export const MAX_LOOKED_THROUGH = 100_000
/** Matches of each subject that is found so. @default 8 */
export const MATCHES_OF_OTHERS = 8
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

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ς', 'σ')
const partsOf = cutterOf(UNSPACED)
const ONE_UNSPACED = new RegExp(`^${letterOf(UNSPACED)}$`, 'v')

/** Letters and digits are words; everything else only separates them, so no input is ever read as syntax. What is written without spaces is cut into all pairs of neighbours, and its last letter. */
export const wordsOf = (text: string): string[] => (folded(text).match(/[\p{L}\p{N}\p{Co}]+/gu) ?? []).flatMap(partsOf).flatMap(({ text, isRun }) => isRun ? pairsOf(text) : [text])

/** A letter of a pair is asked for in that pair. */
const askedWords = (question: string): string[] => {
  const words = wordsOf(question)
  return words.filter((word, at) => !(ONE_UNSPACED.test(word) && words[at - 1] !== word && words[at - 1]?.endsWith(word)))
}

const begins = (word: string): boolean => word.length >= BEGINS_LETTERS || ONE_UNSPACED.test(word)
const has = (texts: readonly string[], word: string): boolean => texts.some((text) => begins(word) ? text.startsWith(word) : text === word)

export class WordsSearch {
  readonly #database: DatabaseSync
  readonly #said: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#said = database.prepare("SELECT text FROM words WHERE subject = ? AND sense = 'speech' AND from_ms BETWEEN ? AND ? AND to_ms <= ? ORDER BY from_ms, id")
  }

  /** The best first, those only that are accepted, and of these subjects; of as many of them as are wanted, where one has more than all others. */
  *matches(question: string, accepts: (row: WordsRow) => boolean, { wanted, subjects }: { readonly wanted: number; readonly subjects?: ReadonlySet<number> | undefined }): Generator<WordsMatch> {
    const words = [...new Set(askedWords(question))].slice(0, MAX_WORDS)
    if (words.length === 0) return
    const weights = this.#weights(words)
    const rare = words.filter((word) => (weights.get(word)?.moments ?? 0) <= COMMON_MOMENTS)
    const total = words.reduce((sum, word) => sum + weights.get(word)!.weight, 0)
    const found = this.#meant(rare.length === 0 ? words : rare, accepts, { wanted, subjects }).flatMap((row): WordsMatch[] => {
      const texts = wordsOf(row.text)
      const share = words.reduce((sum, word) => sum + (has(texts, word) ? weights.get(word)!.weight : 0), 0) / total
      return share >= LEAST_SHARE ? [{ ...row, share, text: excerpt(row.text, words) }] : []
    })
    yield* found.sort((one, other) => other.share - one.share) // of equal ones the first by BM25
  }

  /** Lines that are said in a stretch of a subject, or as much of them as is shown; undefined where there are none. */
  said(subject: number, { fromMs, toMs }: Span): string | undefined {
    const lines = this.#said.all(subject, fromMs, toMs, toMs)
    return lines.length === 0 ? undefined : beginning(lines.map(({ text }) => String(text)).join(' '))
  }

  /** The best by BM25. What a filter leaves out takes no place from what it leaves, nor what one subject has from others. */
  #meant(words: readonly string[], accepts: (row: WordsRow) => boolean, { wanted, subjects }: { readonly wanted: number; readonly subjects: ReadonlySet<number> | undefined }): WordsRow[] {
    const match = words.map((word) => begins(word) ? `"${word}"*` : `"${word}"`).join(' OR ')
    const best = [...this.#rows(`FROM (SELECT rowid, rank FROM words_text WHERE words_text MATCH ? ORDER BY rank LIMIT ${MAX_MATCHES}) AS best JOIN words ON words.id = best.rowid ORDER BY best.rank`, match)]
    const meant = best.filter(accepts)
    if (best.length < MAX_MATCHES) return meant
    if (meant.length >= ENOUGH_MATCHES) return [...meant, ...this.#ofOthers(match, meant, accepts, wanted)]
    const all: WordsRow[] = []
    for (const row of this.#matching(match, subjects)) if (accepts(row) && all.push(row) === MAX_MATCHES) break
    return all.length < MAX_MATCHES ? all : [...all, ...this.#ofOthers(match, all, accepts, wanted)]
  }

  /** Of subjects that have none among these, while those are too few: in no order, since to rank what a common word matches takes longer than to look at it. */
  #ofOthers(match: string, found: readonly WordsRow[], accepts: (row: WordsRow) => boolean, wanted: number): WordsRow[] {
    const known = new Set(found.map(({ subject }) => subject))
    if (known.size >= wanted) return []
    const others: WordsRow[] = []
    const counts = new Map<number, number>()
    let looked = 0
    for (const row of this.#rows('FROM words_text CROSS JOIN words ON words.id = words_text.rowid WHERE words_text MATCH ? AND subject NOT IN (SELECT value FROM json_each(?))', match, JSON.stringify([...known]))) {
      const count = counts.get(row.subject) ?? 0
      if (count < MATCHES_OF_OTHERS && accepts(row)) {
        others.push(row)
        counts.set(row.subject, count + 1)
      }
      if (++looked === MAX_LOOKED_THROUGH || others.length === ENOUGH_MATCHES) break
    }
    return others
  }

  /** All, by BM25; where the subjects that are meant have no more texts than that, all of theirs. */
  #matching(match: string, subjects: ReadonlySet<number> | undefined): Iterable<WordsRow> {
    const all = 'FROM words_text CROSS JOIN words ON words.id = words_text.rowid WHERE words_text MATCH ?'
    if (subjects === undefined) return this.#rows(`${all} ORDER BY words_text.rank`, match)
    const [these, among] = [JSON.stringify([...subjects]), 'subject IN (SELECT value FROM json_each(?))']
    const { texts } = this.#database.prepare(`SELECT count(*) AS texts FROM words WHERE ${among}`).get(these) as { texts: number }
    return texts <= MAX_MATCHES ? this.#rows(`FROM words WHERE ${among}`, these) : this.#rows(`${all} AND ${among} ORDER BY +words_text.rank`, match, these)
  }

  #rows(from: string, ...values: string[]): Iterable<WordsRow> {
    return this.#database.prepare(`SELECT subject, level, sense, from_ms AS fromMs, to_ms AS toMs, picture_ms AS pictureMs, words.text AS text ${from}`).iterate(...values) as Iterable<unknown> as Iterable<WordsRow>
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

const beginning = (text: string): string => text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`.toWellFormed()

/** Of a long text what is around the first word that was asked for. */
function excerpt(text: string, words: readonly string[]): string {
  if (text.length <= SHOWN_CHARACTERS) return text
  const plain = folded(text)
  const first = Math.min(...words.map((word) => plain.indexOf(word)).filter((at) => at !== -1), plain.length)
  const from = Math.max(0, Math.min(first - SHOWN_CHARACTERS / 4, text.length - SHOWN_CHARACTERS))
  return `${from > 0 ? '…' : ''}${text.slice(from, from + SHOWN_CHARACTERS)}${from + SHOWN_CHARACTERS < text.length ? '…' : ''}`.toWellFormed()
}
