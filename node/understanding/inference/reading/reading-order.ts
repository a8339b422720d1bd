/** Lines as people read them: from the top, and in one row from the left. Pure. */
import type { ReadLine } from '../inference.ts'

/** Lines whose middles differ by less than this share of their height stand in one row. @default 0.5 */
export const ONE_ROW = 0.5

export function inReadingOrder(lines: readonly ReadLine[]): ReadLine[] {
  const rows: ReadLine[][] = []
  for (const line of lines.toSorted((a, b) => middleOf(a) - middleOf(b))) {
    const row = rows.at(-1)
    if (row !== undefined && isBeside(row.at(-1)!, line)) row.push(line)
    else rows.push([line])
  }
  return rows.flatMap((row) => row.toSorted((a, b) => a.box[0] - b.box[0]))
}

const middleOf = ({ box: [, y, , height] }: ReadLine): number => y + height / 2
const isBeside = (a: ReadLine, b: ReadLine): boolean => middleOf(b) - middleOf(a) < ONE_ROW * Math.min(a.box[3], b.box[3])
