import { MAX_LINE_TEXT, MAX_LINE_WORDS, MAX_LINES, MAX_SPEAKER, MAX_TIME_MS, type Line, type Word } from './transcript.ts'

const ID = /^[A-Za-z0-9_-]{1,40}$/

/** Refuses what no transcript may hold, with a sentence that names the line. `refuse` throws. */
export function checkLines(lines: readonly Line[], refuse: (why: string) => never): void {
  if (lines.length > MAX_LINES) refuse(`it has ${lines.length} lines; at most ${MAX_LINES} fit`)
  const seen = new Set<string>()
  for (const [i, line] of lines.entries()) {
    const bad = (why: string): never => refuse(`line ${i + 1} ${why}`)
    if (!ID.test(line.id)) bad('has no id of 1 to 40 letters, digits, - or _')
    if (seen.has(line.id)) bad(`has the id of another line: ${line.id}`)
    seen.add(line.id)
    checkTime(line, bad)
    if (line.text.trim() === '' || line.text.length > MAX_LINE_TEXT) bad(`has ${line.text.length} characters; 1 to ${MAX_LINE_TEXT} fit`)
    if (line.speaker.length > MAX_SPEAKER) bad(`names a speaker in more than ${MAX_SPEAKER} characters`)
    if (line.words.length > MAX_LINE_WORDS) bad(`has more than ${MAX_LINE_WORDS} words`)
    for (const word of line.words) checkWord(word, bad)
    if (i > 0 && line.fromMs < (lines[i - 1]?.fromMs ?? 0)) bad('begins before the one above it')
  }
}

function checkWord(word: Word, bad: (why: string) => never): void {
  checkTime(word, bad)
  if (word.text === '' || word.text.length > MAX_LINE_TEXT) bad('has a word without letters, or one that is too long')
  const { confidence } = word
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1)) bad('has a confidence that is not between 0 and 1')
}

function checkTime({ fromMs, toMs }: { fromMs: number; toMs: number }, bad: (why: string) => never): void {
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs) || fromMs < 0 || toMs < fromMs || toMs > MAX_TIME_MS) bad(`has no times that go forwards in whole ms: ${fromMs} to ${toMs}`)
}

/** By when they begin; what begins together stays in order. */
export const inOrder = (lines: readonly Line[]): Line[] => lines.toSorted((a, b) => a.fromMs - b.fromMs)
