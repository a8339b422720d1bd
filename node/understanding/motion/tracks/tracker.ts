/** Boxes of pictures that follow one another, to things with paths. */
import type { Box } from '../../analysis/analysis.ts'
import type { TrackPoint } from '../motion.ts'
import { assign, NEVER } from './assign.ts'
import { areaOf, around, grown, middleOf, overlap, sharedArea } from './boxes.ts'
import { Follower } from './follower.ts'

/** A thing that is hidden is waited for, in seconds. @default 1.2 */
export const WAIT_SECONDS = 1.2
/** Two that meet are one blob for so long at most, in seconds. @default 3 */
export const MEETING_SECONDS = 3
/** Pictures further apart than this say nothing of where a thing went between them, in ms. @default 10000 */
export const GAP_MS = 10_000
/** A box belongs to a thing within so many of its sizes of where it should be. @default 1.2 */
const REACH_SIZES = 1.2
/** Things at once, at most: more is rain. @default 40 */
export const MAX_THINGS = 40
/** Things of one film, at most. @default 2000 */
export const MAX_TRACKS = 2_000
/** Places of all of them, at most: written down some thirty megabytes, which can be read again. @default 400000 */
export const MAX_POINTS = 400_000

export class Tracker {
  readonly #maxPoints: number
  readonly #ended: TrackPoint[][] = []
  #points = 0
  #things: Follower[] = []
  #isFull = false
  #lastMs = 0

  constructor({ maxPoints = MAX_POINTS }: { maxPoints?: number } = {}) {
    this.#maxPoints = maxPoints
  }

  /** There were more than are kept. */
  get isFull(): boolean { return this.#isFull }

  /** What is seen at a moment. Moments only rise. */
  look(atMs: number, boxes: readonly Box[]): void {
    if (atMs - this.#lastMs > GAP_MS) this.cut()
    this.#lastMs = atMs
    for (const thing of this.#things) thing.predict(atMs)
    const parts = joinParts(boxes.slice(0, MAX_THINGS), this.#things)
    const columns = assign(this.#things.map((thing) => parts.map((box) => costOf(thing, box))))
    const taken = new Set(columns)
    for (const [row, thing] of this.#things.entries()) {
      const box = parts[columns[row]!]
      const meeting = box ?? parts.find((one) => covers(one, thing.box))
      if (meeting !== undefined && this.#meets(thing, meeting)) thing.hide(atMs, MEETING_SECONDS)
      else if (box !== undefined) thing.see(atMs, box)
      else thing.hide(atMs, WAIT_SECONDS)
    }
    this.#end((thing) => thing.isLost)
    for (const [column, box] of parts.entries()) if (!taken.has(column) && this.#isNews(box)) this.#things.push(new Follower(atMs, box))
  }

  /** Everything is another picture: what was there is not there any more. */
  cut(): void {
    this.#end(() => true)
  }

  /** Paths of all things, in the order of their beginning. */
  finish(): TrackPoint[][] {
    this.cut()
    return this.#ended.sort((a, b) => a[0]!.atMs - b[0]!.atMs)
  }

  /** A blob that also holds another thing, and is much larger than this one: where in it this one is can not be said. */
  #meets(thing: Follower, blob: Box): boolean {
    return thing.isBorn && areaOf(blob) > 1.35 * areaOf(thing.box) && this.#things.some((other) => other !== thing && other.isBorn && covers(grown(blob, 0.1), other.box))
  }

  /** Not a part of a known thing, nor several of them as one. */
  #isNews(box: Box): boolean {
    return this.#things.length < MAX_THINGS && !this.#things.some((thing) => thing.isBorn && (covers(thing.box, box) || covers(grown(box, 0.1), thing.box)))
  }

  #end(isOver: (thing: Follower) => boolean): void {
    for (const thing of this.#things) {
      if (!isOver(thing) || !thing.isBorn || !thing.hasMoved) continue
      const path = thing.path()
      if (this.#ended.length >= MAX_TRACKS || this.#points + path.length > this.#maxPoints) this.#isFull = true
      else {
        this.#ended.push(path)
        this.#points += path.length
      }
    }
    this.#things = this.#things.filter((thing) => !isOver(thing))
  }
}

/** Most of `inner` lies in `outer`. */
const covers = (outer: Box, inner: Box): boolean => sharedArea(outer, inner) > 0.6 * areaOf(inner)

function costOf(thing: Follower, box: Box): number {
  const [[x, y], [px, py]] = [middleOf(box), middleOf(thing.box)]
  const [width, height] = [Math.max(thing.box[2], box[2]), Math.max(thing.box[3], box[3])]
  const distance = Math.hypot((x - px) / (width + thing.doubt), (y - py) / (height + thing.doubt))
  if (distance > REACH_SIZES) return NEVER
  const size = Math.abs(Math.log(areaOf(box) / areaOf(thing.box)))
  return size > 2.5 && distance > 0.5 ? NEVER : distance + 0.3 * size + 0.5 * (1 - overlap(thing.box, box)) + (thing.isBorn ? 0 : 0.3)
}

/** Parts of one thing, where a thing is known to be, are one box. */
function joinParts(boxes: readonly Box[], things: readonly Follower[]): Box[] {
  let left = [...boxes]
  for (const { box, isBorn } of things) {
    if (!isBorn) continue
    const parts = left.filter((part) => covers(grown(box, 0.1), part))
    if (parts.length < 2) continue
    left = [...left.filter((part) => !parts.includes(part)), around(parts)]
  }
  return left
}
