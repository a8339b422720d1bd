/** What is said, in passages that are long enough to mean something and short enough to say when. Pure. */
import type { Passage } from '../analysis/sentences/texts.ts'
import type { Line } from './transcript.ts'

/** Characters of a passage; a line that has more is one by itself. Models of sentences read about 128 tokens. @default 400 */
export const PASSAGE_CHARACTERS = 400
/** From the beginning of a passage's first line to the end of its last, in ms; a line that is longer is one by itself. @default 30000 */
export const PASSAGE_MS = 30_000

/** Whole lines, one after the other; those without a letter say nothing. The picture is that of the middle. */
export function passagesOf(lines: readonly Line[]): Passage[] {
  const passages: Line[][] = []
  for (const line of lines.filter(({ text }) => /\p{L}/u.test(text))) {
    const last = passages.at(-1)
    if (last !== undefined && fits([...last, line])) last.push(line)
    else passages.push([line])
  }
  return passages.map((all) => {
    const { fromMs, toMs } = spanOf(all)
    return { text: textOf(all), level: 2, fromMs, toMs, pictureMs: Math.round((fromMs + toMs) / 2) }
  })
}

function fits(lines: readonly Line[]): boolean {
  const { fromMs, toMs } = spanOf(lines)
  return textOf(lines).length <= PASSAGE_CHARACTERS && toMs - fromMs <= PASSAGE_MS
}

const textOf = (lines: readonly Line[]): string => lines.map(({ text }) => text.trim()).join(' ')
const spanOf = (lines: readonly Line[]) => ({ fromMs: lines[0]!.fromMs, toMs: Math.max(...lines.map(({ toMs }) => toMs)) })
