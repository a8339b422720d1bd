/** Letters from what a network sees in each column of a line: the surest sign of every column, each run of one sign once, and no sign between two of the same. Pure. */

/** The network's signs, from the file beside it: one a line, number 1 the first. Number 0 is none, the last a space. */
export function signsOf(dictionary: string): string[] {
  return ['', ...dictionary.replace(/\n$/, '').split('\n').map((sign) => sign.replace(/\r$/, '')), ' ']
}

export interface Spelled {
  readonly text: string
  /** Mean of its signs, 0 to 1. */
  readonly confidence: number
}

/** `columns`: for every column how sure each sign is. */
export function spell(columns: Float32Array, signs: readonly string[]): Spelled {
  let [text, sum, count, before] = ['', 0, 0, 0]
  for (let at = 0; at + signs.length <= columns.length; at += signs.length) {
    const sign = surestOf(columns, at, signs.length)
    if (sign !== 0 && sign !== before) {
      text += signs[sign]!
      sum += columns[at + sign]!
      count++
    }
    before = sign
  }
  return { text, confidence: count === 0 ? 0 : sum / count }
}

function surestOf(columns: Float32Array, from: number, count: number): number {
  let best = 0
  for (let i = 1; i < count; i++) if (columns[from + i]! > columns[from + best]!) best = i
  return best
}
