/** Words as the text index has them and is asked for them. Whoever changes how they are cut raises `INDEX_VERSION`. */
import { cutterOf, letterOf, pairsOf, type Part, UNSPACED } from '../../base/unspaced.ts'

/** Letters of one text, in UTF-16 units, whose runs can be found by any piece; what comes after them is found by its beginning. @default 20000 */
export const MAX_CUT_LENGTH = 20_000
/** Words of one term that are looked for; the rest is ignored. @default 16 */
export const MAX_TERM_WORDS = 16
/** Words and pairs of letters of one phrase that are looked for; the rest is ignored. @default 100 */
export const MAX_PHRASE_PIECES = 100

/** Letters and digits are words; everything else only separates them, so no input is ever read as syntax of the text index. */
export const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/** Korean has spaces, but what is looked for often stands inside of a longer word. */
const SCRIPTS = [...UNSPACED, 'Hang']
const LETTER = letterOf(SCRIPTS)
const SOME_LETTER = new RegExp(LETTER, 'v')
/** Some write these between words that they do not space. */
const UNSEEN_SPACES = new RegExp(`(${LETTER})[\\u200b\\u2060]{1,3}(?=${LETTER})`, 'gv')
const BEGINNING = new RegExp(String.raw`(?<![\p{L}\p{N}])|(?<=${LETTER})|(?=${LETTER})`, 'vy')

const everyCharacter = (): string => Buffer.from(new Uint16Array(0x10000).map((_, code) => code).buffer).toString('utf16le')
/** Marks are letters to the text index where they are vowels; accents it knows itself. Looked for in one go: every start does it. */
export const VOWEL_MARKS = (everyCharacter().match(new RegExp(String.raw`[${LETTER}&&\p{M}]+`, 'gv')) ?? []).join('')

/** The same text however it was typed. */
export const plain = (text: string): string => text.normalize('NFC').replace(UNSEEN_SPACES, '$1')

/** Whether a piece of the text can be found that is no beginning. */
export const hasRun = (text: string): boolean => SOME_LETTER.test(text)

export const wordsIn = (text: string): string[] => plain(text).match(WORD) ?? []

/** Pieces of a word or a text: runs that are found by any piece of them, and the rest. */
export const partsOf: (text: string) => Part[] = cutterOf(SCRIPTS)

/** A text as it is put into the text index. */
export function indexedText(text: string): string {
  const whole = plain(text)
  if (!hasRun(whole)) return whole
  return partsOf(whole.slice(0, MAX_CUT_LENGTH)).flatMap(piecesOf).join(' ') + whole.slice(MAX_CUT_LENGTH)
}

const piecesOf = ({ text, isRun }: Part): string[] => isRun ? pairsOf(text) : [text]

/** What the text index is asked for where each of these words is to be somewhere; undefined when there are none. */
export function anywhere(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : words.slice(0, MAX_TERM_WORDS).map((word) => inOrder([word], true)).join(' AND ')
}

/** The same for words that follow each other. `begins`: the last may be the beginning of a longer one, as the last letter of a run always may. */
export function inOrder(words: readonly string[], begins = false): string | undefined {
  const parts = words.slice(0, MAX_TERM_WORDS).flatMap(partsOf)
  const last = parts.at(-1)
  if (last === undefined) return undefined
  const pieces = parts.flatMap(piecesOf)
  const endsInPair = last.isRun && pairsOf(last.text).length > 1 // its last letter need not be the last of the run that is found
  const sought = (endsInPair ? pieces.slice(0, -1) : pieces).slice(0, MAX_PHRASE_PIECES)
  return `"${sought.join(' ')}"${!endsInPair && (begins || last.isRun) ? '*' : ''}`
}

/** Whether a word of a text begins like this; in a run one may begin at every letter. Both are folded. */
export function hasBeginning(text: string, beginning: string): boolean {
  for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, at + 1)) {
    BEGINNING.lastIndex = at
    if (BEGINNING.test(text)) return true
  }
  return false
}
