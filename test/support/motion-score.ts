/** How well boxes and paths meet what is true. */
import { assign, NEVER } from '../../node/understanding/motion/tracks/assign.ts'
import { middleOf, overlap } from '../../node/understanding/motion/tracks/boxes.ts'
import type { ObjectTrack } from '../../node/understanding/motion/motion.ts'
import { HEIGHT, type Truth, WIDTH } from './moving-scene.ts'

export interface MotionScore {
  readonly truths: number
  readonly boxes: number
  /** Boxes and truths that share at least half. */
  readonly hits: number
  /** Sum of the distances of their middles, in pixels of a picture 320 wide. */
  readonly pixels: number
  /** A thing went on as another track. */
  readonly switches: number
  readonly things: number
  readonly tracks: number
}

export const NO_SCORE: MotionScore = { truths: 0, boxes: 0, hits: 0, pixels: 0, switches: 0, things: 0, tracks: 0 }

export function scoreOf(truths: ReadonlyMap<number, readonly Truth[]>, tracks: readonly ObjectTrack[], leastOverlap = 0.5): MotionScore {
  const before = new Map<number, number>()
  let [all, boxes, hits, pixels, switches] = [0, 0, 0, 0, 0]
  for (const [atMs, truth] of truths) {
    const found = tracks.flatMap(({ id, points }) => points.filter((point) => point.atMs === atMs).map(({ box }) => ({ id, box })))
    all += truth.length
    boxes += found.length
    const pairs = assign(truth.map(({ box }) => found.map((one) => overlap(box, one.box) >= leastOverlap ? 1 - overlap(box, one.box) : NEVER)))
    for (const [i, column] of pairs.entries()) {
      const one = found[column]
      if (one === undefined) continue
      hits++
      const [[x, y], [tx, ty]] = [middleOf(one.box), middleOf(truth[i]!.box)]
      pixels += Math.hypot((x - tx) * WIDTH, (y - ty) * HEIGHT)
      const { thing } = truth[i]!
      if ((before.get(thing) ?? one.id) !== one.id) switches++
      before.set(thing, one.id)
    }
  }
  return { truths: all, boxes, hits, pixels, switches, things: new Set([...truths.values()].flat().map(({ thing }) => thing)).size, tracks: tracks.length }
}

export const added = (a: MotionScore, b: MotionScore): MotionScore => Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value + b[key as keyof MotionScore]])) as unknown as MotionScore
