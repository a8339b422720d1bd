/** A transcript as the index takes it. Pure. */
import type { WordsEntry } from '../index/entries.ts'
import type { Line } from './transcript.ts'

/** What is said, line by line; the picture is that of the line's middle. */
export function entriesOf(lines: readonly Line[]): WordsEntry[] {
  return lines.map(({ fromMs, toMs, text, speaker }) => ({ level: 1, sense: 'speech', fromMs, toMs, pictureMs: Math.round((fromMs + toMs) / 2), text: speaker === '' ? text : `${speaker}: ${text}` }))
}
