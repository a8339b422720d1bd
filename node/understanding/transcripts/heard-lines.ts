/** What a model heard in a stretch, as lines. Pure. */
import type { Heard, SpokenSpan } from '../inference/inference.ts'
import { withoutRepeats } from './repeats.ts'
import { type Line, MAX_LINE_TEXT, MAX_LINE_WORDS, type Word } from './transcript.ts'

/** A line ends at the next pause between words after so many characters. @default 84 */
export const LINE_CHARACTERS = 84
/** A line ends after so long, in ms. @default 7000 */
export const LINE_MS = 7_000
/** A pause within what a model gave as one: a new line begins, in ms. @default 1000 */
export const LINE_PAUSE_MS = 1_000
/** What begins and ends so far from anybody who speaks was not said, in ms. @default 400 */
export const HEARING_MS = 400

interface Stretch {
  /** Of the asset, in ms: where the samples begin. */
  readonly fromMs: number
  readonly toMs: number
  /** Where somebody speaks in it, in ms of the asset. */
  readonly speech: readonly SpokenSpan[]
}

const ENDS = /[.!?…。！？]["'”’)]?$/u

/** Lines of a stretch, in ms of the asset; nothing where nobody speaks. `name` gives each its id. */
export function linesOf(heard: Heard, stretch: Stretch, name: (i: number) => string): { readonly lines: Line[]; readonly dropped: number } {
  const segments = heard.segments.map((segment) => wordsOf(segment, stretch)).map((words) => words.filter((word) => isHeard(word, stretch.speech)))
  const { words, dropped } = withoutRepeats(segments.flat())
  const starts = new Set(segments.map(([first]) => first))
  const groups: Word[][] = []
  for (const word of words) {
    const last = groups.at(-1)
    if (last === undefined || starts.has(word) || isFull(last, word)) groups.push([word])
    else last.push(word)
  }
  return { lines: groups.map((group, i) => lineOf(group, name(i))), dropped }
}

/** Words of a segment with times; of a model that gives none, spread over it by their letters. */
function wordsOf({ fromMs, toMs, text, words }: Heard['segments'][number], stretch: Stretch): Word[] {
  const given = words.filter((word) => word.text.trim() !== '')
  const timed = given.length > 0 ? given.map((word) => ({ ...word, text: word.text.trim() })) : spread(text, fromMs, toMs)
  const inside = (ms: number): number => Math.round(Math.min(stretch.toMs, Math.max(stretch.fromMs, stretch.fromMs + ms)))
  return timed.map(({ fromMs: from, toMs: to, text: said, confidence }) => ({ fromMs: inside(from), toMs: Math.max(inside(from), inside(to)), text: said.slice(0, MAX_LINE_TEXT), ...(isShare(confidence) && { confidence }) }))
}

const isShare = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 1

/** Each word of a text gets its share of a span, by its length. */
export function spread(text: string, fromMs: number, toMs: number): Word[] {
  const words = text.split(/\s+/).filter((word) => word !== '').slice(0, MAX_LINE_WORDS)
  const all = words.reduce((sum, word) => sum + word.length, 0)
  let before = 0
  const at = (letters: number): number => Math.round(fromMs + (toMs - fromMs) * letters / Math.max(1, all))
  return words.map((word) => {
    const from = at(before)
    before += word.length
    return { fromMs: from, toMs: at(before), text: word }
  })
}

const isHeard = ({ fromMs, toMs }: Word, speech: readonly SpokenSpan[]): boolean => speech.some((span) => fromMs < span.toMs + HEARING_MS && toMs > span.fromMs - HEARING_MS)

function isFull(line: readonly Word[], next: Word): boolean {
  const [first, last] = [line[0]!, line.at(-1)!]
  const letters = line.reduce((sum, { text }) => sum + text.length + 1, 0)
  if (letters + next.text.length > MAX_LINE_TEXT || line.length >= MAX_LINE_WORDS) return true
  if (next.fromMs - last.toMs >= LINE_PAUSE_MS || next.toMs - first.fromMs > LINE_MS) return true
  return letters + next.text.length > LINE_CHARACTERS || (ENDS.test(last.text) && letters > LINE_CHARACTERS / 3)
}

function lineOf(words: readonly Word[], id: string): Line {
  return { id, fromMs: words[0]!.fromMs, toMs: Math.max(...words.map(({ toMs }) => toMs)), text: words.map(({ text }) => text).join(' ').slice(0, MAX_LINE_TEXT), speaker: '', words }
}
