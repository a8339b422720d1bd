/** Sections of a transcript: where people pause and then speak of something else. Pure; counted anew whenever somebody asks, so that they follow edits. */
import type { Span } from '../subject.ts'
import type { Line } from './transcript.ts'

/** A shorter pause is none between sections, in ms. @default 2000 */
export const CHAPTER_PAUSE_MS = 2_000
/** No section is shorter, in ms. @default 60000 */
export const CHAPTER_MS = 60_000
/** What is said for so long before and after a pause is compared, in ms. @default 90000 */
export const CHAPTER_SIGHT_MS = 90_000
/** A pause and a change of words together have to reach this: 1 is a pause of twenty seconds, or not one word in common. @default 0.75 */
export const CHAPTER_SCORE = 0.75
/** Sections of one transcript. @default 200 */
export const MAX_CHAPTERS = 200
/** Words of a title. @default 8 */
export const TITLE_WORDS = 8
const LONG_PAUSE_MS = 20_000
/** Shorter words say nothing of a topic. */
const LEAST_LETTERS = 4

export interface Chapter extends Span {
  /** The first words that are said in it. */
  readonly title: string
  /** Id of its first line. */
  readonly line: string
}

export function chaptersOf(lines: readonly Line[]): Chapter[] {
  const [first] = lines
  if (first === undefined) return []
  const breaks = [0, ...breaksIn(lines)]
  return breaks.map((at, i) => {
    const [line, next] = [lines[at]!, lines[breaks[i + 1] ?? lines.length]]
    const last = lines[(breaks[i + 1] ?? lines.length) - 1]!
    return { fromMs: line.fromMs, toMs: next?.fromMs ?? last.toMs, title: titleOf(line.text), line: line.id }
  })
}

/** Places of lines that begin a section, the best first kept apart from each other. */
function breaksIn(lines: readonly Line[]): number[] {
  const candidates: Array<{ at: number; score: number }> = []
  let endMs = lines[0]!.toMs
  for (const [at, line] of lines.entries()) {
    const pauseMs = line.fromMs - endMs
    endMs = Math.max(endMs, line.toMs)
    if (at === 0 || pauseMs < CHAPTER_PAUSE_MS) continue
    const score = Math.min(1, pauseMs / LONG_PAUSE_MS) * 0.5 + change(lines, at)
    if (score >= CHAPTER_SCORE) candidates.push({ at, score })
  }
  const chosen: number[] = []
  const isApart = (a: number, b: number): boolean => Math.abs(lines[a]!.fromMs - lines[b]!.fromMs) >= CHAPTER_MS
  for (const { at } of candidates.sort((a, b) => b.score - a.score)) {
    if (chosen.length < MAX_CHAPTERS - 1 && isApart(at, 0) && chosen.every((other) => isApart(at, other)) && lines.at(-1)!.toMs - lines[at]!.fromMs >= CHAPTER_MS / 2) chosen.push(at)
  }
  return chosen.sort((a, b) => a - b)
}

/** 0 when the same words are said before and after, 1 when none is. */
function change(lines: readonly Line[], at: number): number {
  const here = lines[at]!.fromMs
  const [before, after] = [bag(lines, at - 1, -1, here), bag(lines, at, 1, here)]
  const [a, b] = [size(before), size(after)]
  if (a === 0 || b === 0) return 0
  let common = 0
  for (const [word, count] of before) common += count * (after.get(word) ?? 0)
  return 1 - common / (a * b)
}

function bag(lines: readonly Line[], from: number, step: 1 | -1, here: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let i = from; i >= 0 && i < lines.length && Math.abs(lines[i]!.fromMs - here) <= CHAPTER_SIGHT_MS; i += step) {
    for (const word of lines[i]!.text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) if (word.length >= LEAST_LETTERS) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}

const size = (counts: ReadonlyMap<string, number>): number => Math.sqrt([...counts.values()].reduce((sum, count) => sum + count * count, 0))

function titleOf(text: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '')
  return words.slice(0, TITLE_WORDS).join(' ').slice(0, 80) + (words.length > TITLE_WORDS ? '…' : '')
}
