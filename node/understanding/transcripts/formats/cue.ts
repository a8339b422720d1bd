/** What SubRip and WebVTT have in common. Pure, and strict: what is read here came from anybody. */
import { InvalidInputError } from '#protocols/errors.ts'
import { checkLines, inOrder } from '../checked-lines.ts'
import { type Line, MAX_LINES, MAX_TIME_MS, type Word } from '../transcript.ts'

/** One caption as it stands in a file. */
export interface Cue {
  readonly fromMs: number
  readonly toMs: number
  readonly text: string
  readonly speaker: string
  readonly words: readonly Word[]
}

/** Largest file of captions that is read, in bytes. @default 16777216 */
export const MAX_CAPTION_BYTES = 16 * 1024 ** 2

const ARROW = /^((?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3})[ \t]+-->[ \t]+((?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3})(?:[ \t].*)?$/

/** Whether a line of a file says when a cue is shown. */
export const isTiming = (line: string): boolean => ARROW.test(line)

/** `row` counts from 1. @throws InvalidInputError */
export function timingOf(line: string, row: number): { readonly fromMs: number; readonly toMs: number } {
  const [, from = '', to = ''] = ARROW.exec(line) ?? []
  if (from === '') throw wrong(row, `a caption's times are missing: ${JSON.stringify(line.slice(0, 60))} is not \`00:01:02.000 --> 00:01:04.000\``)
  const [fromMs, toMs] = [timeOf(from), timeOf(to)]
  if (fromMs === undefined || toMs === undefined) throw wrong(row, 'minutes and seconds go to 59, and nothing is longer than a hundred days')
  if (toMs < fromMs) throw wrong(row, 'a caption ends before it begins')
  return { fromMs, toMs }
}

/** ms of `1:02:03.004`, `02:03,004`; undefined for what is no time. */
export function timeOf(text: string): number | undefined {
  const [, hours = '0', minutes = '', seconds = '', fraction = ''] = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})$/.exec(text) ?? []
  if (minutes === '' || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'))
  return ms <= MAX_TIME_MS ? ms : undefined
}

/** `00:01:02.345`; `mark` stands before the ms. */
export function clockOf(ms: number, mark: '.' | ','): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  return `${two(ms / 3_600_000)}:${two(ms / 60_000 % 60)}:${two(ms / 1000 % 60)}${mark}${String(ms % 1000).padStart(3, '0')}`
}

export const wrong = (row: number, why: string): InvalidInputError => new InvalidInputError(`line ${row}: ${why}`)

/** One line without anything that is not seen. */
export const tidied = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()

/** Rows of a file, whoever ended them. @throws InvalidInputError when it is too long */
export function rowsOf(text: string): string[] {
  if (text.length > MAX_CAPTION_BYTES) throw new InvalidInputError(`captions of more than ${MAX_CAPTION_BYTES} bytes are not read`)
  return text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
}

/** Runs of rows between empty ones, each with the number of its first. @throws InvalidInputError when there are too many */
export function blocksOf(rows: readonly string[]): Array<{ readonly row: number; readonly rows: readonly string[] }> {
  const blocks: Array<{ row: number; rows: string[] }> = []
  let isOpen = false
  for (const [i, row] of rows.entries()) {
    if (row.trim() === '') isOpen = false
    else if (isOpen) blocks.at(-1)!.rows.push(row)
    else {
      if (blocks.length >= 2 * MAX_LINES) throw new InvalidInputError(`more than ${MAX_LINES} captions are not read`)
      blocks.push({ row: i + 1, rows: [row] })
      isOpen = true
    }
  }
  return blocks
}

/** Cues as lines of a transcript; what says nothing is left out. @throws InvalidInputError */
export function linesOfCues(cues: readonly Cue[]): Line[] {
  const lines = inOrder(cues.filter(({ text }) => text !== '').map(({ fromMs, toMs, text, speaker, words }, i) => ({ id: `c${(i + 1).toString(36)}`, fromMs, toMs, text, speaker, words })))
  checkLines(lines, (why) => { throw new InvalidInputError(why) })
  return lines
}
