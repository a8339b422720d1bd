/** Scripts that are written without spaces: nothing says where a word begins, so what is looked for may be any piece of such a run. By their Unicode names. */
export const UNSPACED: readonly string[] = ['Han', 'Hira', 'Kana', 'Thai', 'Laoo', 'Khmr', 'Mymr']

/** A piece of a word. */
export interface Part {
  readonly text: string
  /** Whether it is of scripts without spaces. */
  readonly isRun: boolean
}

/** One letter, digit or mark of some scripts, as the source of an expression with the flag `v`. The accents of all scripts are of none. */
export function letterOf(scripts: readonly string[]): string {
  return String.raw`[[[\p{L}\p{N}\p{M}\p{Co}]--[\u0300-\u036f]]&&[${scripts.map((script) => String.raw`\p{scx=${script}}`).join('')}]]`
}

/** Cuts a text into its runs of these scripts and what is between them. */
export function cutterOf(scripts: readonly string[]): (text: string) => Part[] {
  const runs = new RegExp(`(${letterOf(scripts)}+)`, 'v')
  return (text) => text.split(runs).map((part, at) => ({ text: part, isRun: at % 2 === 1 })).filter((part) => part.text !== '')
}

/** A run as all pairs of neighbours, and its last letter: any two letters or more of it are a row of pairs, and any one letter begins a pair or stands alone. */
export function pairsOf(run: string): string[] {
  const letters = [...run]
  return letters.map((letter, at) => letter + (letters[at + 1] ?? ''))
}
