/** A transcript as people read it. Pure. */
import type { Line } from '../transcript.ts'

/** A pause so long begins a paragraph, in ms. @default 2500 */
export const PARAGRAPH_MS = 2_500

/** Paragraphs: a new one where somebody else speaks, or after a pause. */
export function writePlain(lines: readonly Line[]): string {
  const paragraphs: string[] = []
  let before: Line | undefined
  for (const line of lines) {
    const isNew = before === undefined || line.speaker !== before.speaker || line.fromMs - before.toMs >= PARAGRAPH_MS
    if (isNew) paragraphs.push(line.speaker === '' ? line.text : `${line.speaker}: ${line.text}`)
    else paragraphs.push(`${paragraphs.pop()} ${line.text}`)
    before = line
  }
  return paragraphs.map((paragraph) => `${paragraph}\n`).join('\n')
}
