/** What a group of assets is called: words that are frequent inside and rare outside. Nothing else is: no word, no name. Pure. */
import type { Summary } from './summary.ts'

/** What a topic is called of which no word can be said. */
export const UNNAMED = 'Without a name'
/** Least share of the members that a word has to be of. @default 0.5 */
export const LEAST_INSIDE = 0.5
/** A word is at most so frequent outside, as a share of how frequent it is inside. @default 0.34 */
export const MOST_OUTSIDE = 0.34
/** A second word is named when it says at least this share of what the first does. @default 0.6 */
export const SECOND_WORD = 0.6
/** Words of a name. @default 2 */
const MOST_WORDS = 2

type Worded = Pick<Summary, 'words'>

function counted(summaries: Iterable<Worded>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { words } of summaries) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

export function topicName(members: readonly Worded[], all: readonly Worded[]): string {
  const everywhere = counted(all)
  const outside = all.length - members.length
  const scored = [...counted(members)].flatMap(([word, count]) => {
    const inside = count / members.length
    const beyond = outside === 0 ? 0 : ((everywhere.get(word) ?? count) - count) / outside
    return count >= 2 && inside >= LEAST_INSIDE && beyond <= inside * MOST_OUTSIDE ? [{ word, score: inside * Math.log2((inside + 0.01) / (beyond + 0.01)) }] : []
  })
  scored.sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
  const named = scored.slice(0, MOST_WORDS).filter(({ score }) => score >= scored[0]!.score * SECOND_WORD)
  return named.length === 0 ? UNNAMED : named.map(({ word }) => word).join(', ')
}
