/** Times of words when somebody changed the text of their line. Pure. */
import { spread } from './heard-lines.ts'
import type { Line, Word } from './transcript.ts'

const wordsIn = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/** The line with words that say its text: those that stayed at both ends keep their times, the rest share what lies between. */
export function retimed(line: Line): Line {
  const { text, words } = line
  const said = wordsIn(text)
  if (words.length === 0 || (words.length === said.length && words.every((word, i) => word.text === said[i]))) return line
  if (words.length === said.length) return { ...line, words: words.map((word, i) => word.text === said[i] ? word : { fromMs: word.fromMs, toMs: word.toMs, text: said[i]! }) }
  const head = common(words, said, (i) => i, (i) => i)
  const tail = Math.min(common(words, said, (i) => words.length - 1 - i, (i) => said.length - 1 - i), words.length - head, said.length - head)
  const [before, after] = [words.slice(0, head), words.slice(words.length - tail)]
  const from = before.at(-1)?.toMs ?? Math.min(line.fromMs, words[0]!.fromMs)
  const to = Math.max(from, after[0]?.fromMs ?? Math.max(line.toMs, from))
  return { ...line, words: [...before, ...spread(said.slice(head, said.length - tail).join(' '), from, to), ...after] }
}

function common(words: readonly Word[], said: readonly string[], inWords: (i: number) => number, inSaid: (i: number) => number): number {
  let count = 0
  while (count < words.length && count < said.length && words[inWords(count)]?.text === said[inSaid(count)]) count++
  return count
}
