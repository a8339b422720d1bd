/** What a person does to the lines of a transcript. Pure. */
import type { TranscriptView } from '#protocols/http.ts'

export type Line = TranscriptView['lines'][number]

/** A name for a line that nobody else gives. */
export const newId = (): string => `p${crypto.getRandomValues(new Uint32Array(2)).join('-')}`

const wordsIn = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')
const tidied = (text: string): string => wordsIn(text).join(' ')

export const replaceLine = (lines: readonly Line[], id: string, change: Partial<Line>): Line[] => lines.map((line) => line.id === id ? { ...line, ...change } : line)
export const removeLine = (lines: readonly Line[], id: string): Line[] => lines.filter((line) => line.id !== id)

/** The text as it was typed; a line that says nothing any more goes. */
export const writeLine = (lines: readonly Line[], id: string, text: string): Line[] => tidied(text) === '' ? removeLine(lines, id) : replaceLine(lines, id, { text: tidied(text) })

/** One line becomes two, at a place of its text as it is typed now; `second` names the new one. Nothing on either side: nothing is split. */
export function splitLine(lines: readonly Line[], id: string, text: string, at: number, second: string): Line[] {
  return lines.flatMap((line) => {
    const [before, after] = [tidied(text.slice(0, at)), tidied(text.slice(at))]
    if (line.id !== id) return [line]
    if (before === '' || after === '') return [{ ...line, text: tidied(text) || line.text }]
    const count = wordsIn(before).length
    const isTimed = line.words.length === count + wordsIn(after).length
    const atMs = isTimed ? line.words[count]!.fromMs : Math.round(line.fromMs + (line.toMs - line.fromMs) * before.length / (before.length + after.length))
    return [
      { ...line, text: before, toMs: isTimed ? Math.max(line.fromMs, line.words[count - 1]!.toMs) : atMs, words: isTimed ? line.words.slice(0, count) : [] },
      { ...line, id: second, text: after, fromMs: atMs, words: isTimed ? line.words.slice(count) : [] }
    ]
  })
}

/** A line and the one above it become one, under the name of the upper. */
export function joinUp(lines: readonly Line[], id: string, text: string): Line[] {
  const at = lines.findIndex((line) => line.id === id)
  const [above, line] = [lines[at - 1], lines[at]]
  if (above === undefined || line === undefined) return [...lines]
  const words = above.words.length > 0 && line.words.length > 0 ? [...above.words, ...line.words] : []
  const joined = { ...above, text: `${above.text} ${tidied(text)}`.trim().slice(0, 2_000), toMs: Math.max(above.toMs, line.toMs), words: words.slice(0, 1_000) }
  return lines.flatMap((one, i) => i === at - 1 ? [joined] : i === at ? [] : [one])
}

export const renameSpeaker = (lines: readonly Line[], from: string, to: string): Line[] => lines.map((line) => line.speaker === from ? { ...line, speaker: to } : line)

/** Names in order of their first line. */
export const speakersOf = (lines: readonly Line[]): string[] => [...new Set(lines.map(({ speaker }) => speaker))].filter((name) => name !== '')

const isSame = (a: Line | undefined, b: Line | undefined): boolean => a === b || (a !== undefined && b !== undefined && a.text === b.text && a.speaker === b.speaker && a.fromMs === b.fromMs && a.toMs === b.toMs)

export interface Merged {
  readonly lines: Line[]
  /** Lines both sides changed, as the other side has them; mine stand. Undefined: the other side took the line away. */
  readonly contested: ReadonlyArray<{ readonly id: string; readonly theirs: Line | undefined }>
}

/** What I made of a transcript, on top of what somebody else made of it meanwhile: line by line. */
export function mergeLines(base: readonly Line[], mine: readonly Line[], theirs: readonly Line[]): Merged {
  const [was, my, their] = [base, mine, theirs].map((lines) => new Map(lines.map((line) => [line.id, line]))) as [Map<string, Line>, Map<string, Line>, Map<string, Line>]
  const contested: Array<{ id: string; theirs: Line | undefined }> = []
  const lines: Line[] = []
  for (const id of new Set([...their.keys(), ...my.keys()])) {
    const [old, one, other] = [was.get(id), my.get(id), their.get(id)]
    const isMine = !isSame(old, one)
    if (isMine && !isSame(old, other) && !isSame(one, other)) contested.push({ id, theirs: other })
    const stands = isMine ? one : other
    if (stands !== undefined) lines.push(stands)
  }
  return { lines: lines.sort((a, b) => a.fromMs - b.fromMs), contested }
}
