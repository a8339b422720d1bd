/** Groups of assets that are about the same. Pure, and the same for the same assets in any order. */
import type { AssetId } from '#protocols/ids.ts'
import type { Neighbours } from './neighbours.ts'
import type { Summary } from './summary.ts'
import { topicName } from './topic-names.ts'
import { dot, unit } from '../vectors.ts'

/** Least likeness of the middles of two groups that become one, -1 to 1; models differ, so a library may ask for more (`topicLikeness`). @default 0.7 */
export const TOPIC_LIKENESS = 0.7
/** Fewer assets are no topic. @default 3 */
export const LEAST_ASSETS = 3
/** Topics that are told, the largest. @default 60 */
export const MAX_TOPICS = 60
/** What is no topic lies this many deviations from the mean likeness of the library's assets. @default 1.5 */
export const DEVIATIONS = 1.5
/** Pairs that tell how alike a library's assets are anyway. @default 2000 */
export const SAMPLE_PAIRS = 2_000
/** Fewer assets tell nothing about that. @default 20 */
export const LEAST_SAMPLE = 20

export interface Topic {
  readonly id: string
  readonly name: string
  /** The most typical first. */
  readonly assets: readonly AssetId[]
}

interface Group { members: Summary[]; sum: Float64Array; middle: Float32Array }

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => a.id < b.id ? -1 : 1

/** How alike two groups must be here: some models find everything alike. */
export function topicLikeness(sorted: readonly Summary[]): number {
  if (sorted.length < LEAST_SAMPLE) return TOPIC_LIKENESS
  const likenesses = Array.from({ length: SAMPLE_PAIRS }, (_, i) => dot(sorted[i % sorted.length]!.mean, sorted[(i * 7 + 1 + Math.floor(i / sorted.length)) % sorted.length]!.mean)).filter((likeness) => likeness < 0.9999)
  const mean = likenesses.reduce((sum, likeness) => sum + likeness, 0) / Math.max(1, likenesses.length)
  const deviation = Math.sqrt(likenesses.reduce((sum, likeness) => sum + (likeness - mean) ** 2, 0) / Math.max(1, likenesses.length))
  return Math.min(0.97, Math.max(TOPIC_LIKENESS, mean + DEVIATIONS * deviation))
}

/** Mutual neighbours are joined, the most alike first, as long as the middles of their groups are alike: chains of neighbours do not run together. */
export function topicsOf(summaries: Iterable<Summary>, neighbours: Pick<Neighbours, 'of'>): Topic[] {
  const sorted = [...summaries].sort(byId)
  const least = topicLikeness(sorted)
  const groups = new Map<AssetId, Group>(sorted.map((one) => [one.id, { members: [one], sum: Float64Array.from(one.mean), middle: one.mean }]))
  for (const { a, b } of mutual(sorted, neighbours, least)) {
    const [first, second] = [groups.get(a)!, groups.get(b)!]
    if (first !== second && dot(first.middle, second.middle) >= least) join(groups, first, second)
  }
  const found = [...new Set(groups.values())].filter(({ members }) => members.length >= LEAST_ASSETS)
  found.sort((a, b) => b.members.length - a.members.length || byId(a.members[0]!, b.members[0]!))
  return found.slice(0, MAX_TOPICS).map((group) => topicOf(group, sorted))
}

function mutual(sorted: readonly Summary[], neighbours: Pick<Neighbours, 'of'>, least: number): Array<{ readonly a: AssetId; readonly b: AssetId; readonly likeness: number }> {
  const pairs = sorted.flatMap(({ id: a }) => neighbours.of(a).filter(({ id: b, likeness }) => a < b && likeness >= least && neighbours.of(b).some(({ id }) => id === a)).map(({ id: b, likeness }) => ({ a, b, likeness })))
  return pairs.sort((x, y) => y.likeness - x.likeness || (x.a < y.a || (x.a === y.a && x.b < y.b) ? -1 : 1))
}

function join(groups: Map<AssetId, Group>, first: Group, second: Group): void {
  const [into, from] = first.members.length >= second.members.length ? [first, second] : [second, first]
  into.members.push(...from.members)
  for (let i = 0; i < into.sum.length; i++) into.sum[i]! += from.sum[i]!
  into.middle = unit(into.sum) ?? into.middle
  for (const { id } of from.members) groups.set(id, into)
}

/** By the most typical of its assets. */
export const topicIdOf = (typical: AssetId): string => `topic-${typical.slice(0, 12)}`

function topicOf({ members, middle }: Group, all: readonly Summary[]): Topic {
  const typical = members.map((one) => ({ one, likeness: dot(one.mean, middle) })).sort((a, b) => b.likeness - a.likeness || byId(a.one, b.one)).map(({ one }) => one)
  return { id: topicIdOf(typical[0]!.id), name: topicName(members, all), assets: typical.map(({ id }) => id) }
}
