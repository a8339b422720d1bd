/** SubRip. Pure. */
import { blocksOf, clockOf, type Cue, isTiming, linesOfCues, rowsOf, tidied, timingOf, wrong } from './cue.ts'
import type { Line } from '../transcript.ts'

const MARKUP = /<\/?(?:[biu]|font)\b[^<>]{0,200}>|\{\\[^{}]{0,200}\}/gi

/** What SubRip files carry of looks: italics, colours, places. */
export const withoutMarkup = (text: string): string => text.replace(MARKUP, '')

/** Who speaks stands before the words; SubRip has no other place for it. */
export function writeSrt(lines: readonly Line[]): string {
  return lines.map(({ fromMs, toMs, text, speaker }, i) => `${i + 1}\n${clockOf(fromMs, ',')} --> ${clockOf(toMs, ',')}\n${speaker === '' ? text : `${speaker}: ${text}`}\n`).join('\n')
}

/** @throws InvalidInputError naming the line of the file */
export function readSrt(text: string): Line[] {
  return linesOfCues(blocksOf(rowsOf(text)).map(({ row, rows }) => cueOf(rows, row)))
}

function cueOf(rows: readonly string[], row: number): Cue {
  const at = isTiming(rows[0]!.trim()) ? 0 : 1
  if (at === 1 && !/^\d{1,9}$/.test(rows[0]!.trim())) throw wrong(row, `a caption begins with its number, or with its times, not with ${JSON.stringify(rows[0]!.slice(0, 60))}`)
  if (rows[at] === undefined) throw wrong(row, 'a caption has a number, and nothing else')
  const times = timingOf(rows[at].trim(), row + at)
  return { ...times, text: tidied(withoutMarkup(rows.slice(at + 1).join(' '))), speaker: '', words: [] }
}
