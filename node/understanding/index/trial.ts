/** Whether a graph that compares by fewer numbers finds what comparing each by all numbers finds: tried with some of its own vectors, for nobody knows what a model makes. */
import { Best } from './best.ts'
import type { Rows } from './rows.ts'
import { scan } from './scan.ts'
import { SCAN_ROWS } from './vector-memory.ts'

/** Questions of a trial. @default 24 */
export const TRIAL_QUESTIONS = 24
/** Share of the nearest that has to be found. @default 0.97 */
export const TRIAL_RECALL = 0.97
/** So many nearest are looked for. @default 10 */
export const TRIAL_NEAREST = 10
/** What words are about is that little of their vector: the rest is none of a picture's directions. @default 0.3 */
export const WORDS_SHARE = 0.3

/** Of the rows before `count`. `nearest` is asked after `rows.vectors.ask`. */
export function* findsEnough(rows: Rows, count: number, nearest: (vector: Float32Array, wanted: number) => Best): Generator<void, boolean> {
  let [found, all] = [0, 0]
  const isAlive = (place: number): boolean => rows.columns.dead[place] === 0
  for (let question = 0; question < TRIAL_QUESTIONS; question++) {
    const own = rows.vectors.vector(Math.floor(count * (question + 0.5) / TRIAL_QUESTIONS))
    const vector = question % 2 === 0 ? own : asWords(own)
    const exact = new Best(TRIAL_NEAREST)
    for (let from = 0; from < count; from += SCAN_ROWS) {
      rows.vectors.ask(vector) // others have asked in between
      scan(rows, from, Math.min(SCAN_ROWS, count - from), isAlive, exact)
      yield
    }
    rows.vectors.ask(vector)
    const places = new Set(nearest(vector, TRIAL_NEAREST).sorted().map(({ place }) => place))
    for (const { place } of exact.sorted()) {
      all++
      if (places.has(place)) found++
    }
    yield
  }
  return found >= all * TRIAL_RECALL
}

function asWords(vector: Float32Array): Float32Array {
  const chance = vector.map(() => Math.random() - 0.5)
  const [share, rest] = [WORDS_SHARE / Math.hypot(...vector), Math.sqrt(1 - WORDS_SHARE ** 2) / Math.hypot(...chance)]
  return vector.map((value, at) => value * share + chance[at]! * rest)
}
