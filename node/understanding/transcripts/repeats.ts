/** Models that hear nothing they know say one thing over and over. Pure. */

/** A phrase of two to eight words said so often in a row is the model, not a person. @default 4 */
export const REPEATS = 4
/** A single word: people do say `no no no no`. @default 8 */
export const WORD_REPEATS = 8
/** Longest phrase that is looked for, in words. @default 8 */
export const PHRASE_WORDS = 8

const plain = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

/** The words with every phrase that runs away said once; answers how many were left out. */
export function withoutRepeats<T extends { readonly text: string }>(words: readonly T[]): { readonly words: T[]; readonly dropped: number } {
  const kept: T[] = []
  const said = words.map(({ text }) => plain(text))
  for (let at = 0; at < words.length;) {
    const [length, times] = runAt(said, at)
    kept.push(...words.slice(at, at + length))
    at += length * times
  }
  return { words: kept, dropped: words.length - kept.length }
}

/** The shortest phrase that begins here and runs away, and how often it is said; a word said once otherwise. */
function runAt(said: readonly string[], at: number): readonly [length: number, times: number] {
  for (let length = 1; length <= PHRASE_WORDS; length++) {
    let times = 1
    while (isSame(said, at, at + length * times, length)) times++
    if (times >= (length === 1 ? WORD_REPEATS : REPEATS) && said.slice(at, at + length).some((word) => word !== '')) return [length, times]
  }
  return [1, 1]
}

function isSame(said: readonly string[], a: number, b: number, length: number): boolean {
  if (b + length > said.length) return false
  for (let i = 0; i < length; i++) if (said[a + i] !== said[b + i]) return false
  return true
}
