/**
 * How well topics are found, and what neighbours cost: `node test/quality/topics.ts [SEED…]`. Clips are drawn around middles by seeds; as with real models everything may be alike to begin with.
 * Purity: the share of clips of a topic that belong to the planted topic most of them are of. Recall: the share of planted clips that are in the topic of most of theirs. Strays belong to none.
 */
import type { AssetId } from '#protocols/ids.ts'
import { Neighbours } from '../../node/understanding/relations/neighbours.ts'
import type { Summary } from '../../node/understanding/relations/summary.ts'
import { topicsOf } from '../../node/understanding/relations/topics.ts'
import { anyVector, near, SPACE, unitOf } from '../support/relation-clips.ts'
import { printTable } from './table.ts'
import { randomOf } from '../support/random.ts'

const SEEDS = [1_009, 2_003, 3_001]
const DIMENSIONS = 512
const [TOPICS, OF_EACH, STRAYS] = [20, 12, 160]
/** Clips among which one is put. */
const MANY = 20_000

interface Planted { readonly summaries: Summary[]; readonly topicOf: Map<AssetId, number> }

const idOf = (number: number): AssetId => number.toString(16).padStart(64, '0') as AssetId
const summaryOf = (number: number, mean: Float32Array): Summary => ({ id: idOf(number), key: '', space: SPACE, mean, heroMs: 0, words: [], labels: [], labelled: '', scenes: [], isSearched: true })

/** `likeness`: of a clip with the middle of its topic; `common`: of all of them with each other, anyway. */
function planted(seed: number, likeness: number, common: number): Planted {
  const random = randomOf(seed)
  const anyway = anyVector(random, DIMENSIONS)
  const shifted = (vector: Float32Array): Float32Array => unitOf([...vector].map((value, at) => Math.sqrt(1 - common) * value + Math.sqrt(common) * anyway[at]!))
  const middles = Array.from({ length: TOPICS }, () => anyVector(random, DIMENSIONS))
  const own = middles.flatMap((middle, topic) => Array.from({ length: OF_EACH }, () => ({ topic, vector: near(middle, likeness, random) })))
  const all = [...own, ...Array.from({ length: STRAYS }, () => ({ topic: -1, vector: anyVector(random, DIMENSIONS) }))]
  const summaries = all.map(({ vector }, at) => summaryOf(at, shifted(vector)))
  return { summaries, topicOf: new Map(all.map(({ topic }, at) => [idOf(at), topic])) }
}

const mostOf = (topics: readonly number[]): number => Math.max(0, ...topics.map((topic) => topic < 0 ? 0 : topics.filter((one) => one === topic).length))

function score({ summaries, topicOf }: Planted): { readonly found: number; readonly pure: number; readonly recalled: number; readonly strays: number } {
  const neighbours = new Neighbours()
  const known: Summary[] = []
  for (const summary of summaries) {
    neighbours.put(summary, known)
    known.push(summary)
  }
  const groups = topicsOf(summaries, neighbours).map(({ assets }) => assets.map((asset) => topicOf.get(asset)!))
  const recalled = Array.from({ length: TOPICS }, (_, topic) => Math.max(0, ...groups.map((group) => group.filter((one) => one === topic).length))).reduce((sum, count) => sum + count, 0)
  const members = groups.flat()
  return { found: groups.length, pure: groups.reduce((sum, group) => sum + mostOf(group), 0) / Math.max(1, members.length), recalled: recalled / (TOPICS * OF_EACH), strays: members.filter((topic) => topic < 0).length }
}

/** Ms to put one clip among many. */
function cost(): number {
  const random = randomOf(SEEDS[0]!)
  const neighbours = new Neighbours()
  const vectors = Array.from({ length: 200 }, () => anyVector(random, DIMENSIONS))
  const known = Array.from({ length: MANY }, (_, at) => summaryOf(at, vectors[at % vectors.length]!))
  const from = performance.now()
  for (let at = 0; at < 20; at++) neighbours.put(summaryOf(MANY + at, near(vectors[at]!, 0.5, random)), known)
  return (performance.now() - from) / 20
}

const seeds = process.argv.slice(2).map(Number)
process.stdout.write(`${TOPICS} topics of ${OF_EACH} clips and ${STRAYS} strays, ${DIMENSIONS} numbers; seeds ${(seeds.length > 0 ? seeds : SEEDS).join(', ')}\n\n`)
const rows = ([[0.95, 0], [0.9, 0], [0.85, 0], [0.8, 0], [0.95, 0.6], [0.85, 0.6], [0.95, 0.8]] as const).map(([likeness, common]) => {
  const all = (seeds.length > 0 ? seeds : SEEDS).map((seed) => score(planted(seed, likeness, common)))
  const mean = (of: (one: (typeof all)[number]) => number, digits: number): string => (all.reduce((sum, one) => sum + of(one), 0) / all.length).toFixed(digits)
  return [likeness.toFixed(2), common.toFixed(1), mean(({ found }) => found, 1), mean(({ pure }) => pure, 3), mean(({ recalled }) => recalled, 3), mean(({ strays }) => strays, 1)]
})
printTable(['like their middle', 'alike anyway', 'topics', 'purity', 'recall', 'strays taken in'], rows)
process.stdout.write(`one clip among ${MANY.toLocaleString('en')}: ${cost().toFixed(1)} ms\n`)
