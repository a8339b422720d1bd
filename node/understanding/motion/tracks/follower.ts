import type { Box } from '../../analysis/analysis.ts'
import type { Point, TrackPoint } from '../motion.ts'
import { middleOf } from './boxes.ts'
import { correct, type Estimate, firstEstimate, predict } from './kalman.ts'

/** A thing is one when it was seen so often. @default 3 */
export const BIRTH_SIGHTINGS = 3
/** Where the middle of a box is measured, it is off by so much of its size. @default 0.06 */
const NOISE_SIZES = 0.06
/** A thing that was just seen first moves hardly more than so many pictures wide in a second. @default 0.5 */
const LIKELY_SPEED = 0.5
/** Within a second a thing changes its speed by about so much, in pictures and seconds. @default 0.5 */
const PUSH = 0.5
/** What is known of its size gives way to what is seen, by this share. @default 0.35 */
const SIZE_SHARE = 0.35
/** It has moved when its middle left a place by so much of its size, and so much of the picture. */
const [MOVED_SIZES, MOVED_SHARE] = [0.35, 0.015]

/** One thing while it is followed. */
export class Follower {
  #x: Estimate
  #y: Estimate
  #width: number
  #height: number
  #atMs: number
  #hiddenMs = 0
  #sightings = 1
  #misses = 0
  #isLost = false
  /** Where its middle was farthest to each side. */
  #least: Point
  #most: Point
  readonly #points: TrackPoint[]

  constructor(atMs: number, box: Box) {
    const [x, y] = middleOf(box)
    this.#x = firstEstimate(x, NOISE_SIZES * box[2], LIKELY_SPEED)
    this.#y = firstEstimate(y, NOISE_SIZES * box[3], LIKELY_SPEED)
    this.#width = box[2]
    this.#height = box[3]
    this.#atMs = atMs
    this.#least = this.#most = [x, y]
    this.#points = [{ atMs, box, isSeen: true }]
  }

  get box(): Box { return [this.#x.place - this.#width / 2, this.#y.place - this.#height / 2, this.#width, this.#height] }
  get isBorn(): boolean { return this.#sightings >= BIRTH_SIGHTINGS }
  get isLost(): boolean { return this.#isLost }
  /** How unsure its place is, as a share of the picture. */
  get doubt(): number { return Math.sqrt(Math.max(this.#x.placeVariance, this.#y.placeVariance)) }

  get hasMoved(): boolean {
    return Math.hypot(this.#most[0] - this.#least[0], this.#most[1] - this.#least[1]) > Math.max(MOVED_SHARE, MOVED_SIZES * Math.min(this.#width, this.#height))
  }

  predict(atMs: number): void {
    const seconds = Math.min(2, Math.max(0, atMs - this.#atMs) / 1000)
    this.#x = predict(this.#x, seconds, PUSH)
    this.#y = predict(this.#y, seconds, PUSH)
    this.#atMs = atMs
  }

  see(atMs: number, box: Box): void {
    const [x, y] = middleOf(box)
    this.#x = correct(this.#x, x, NOISE_SIZES * box[2])
    this.#y = correct(this.#y, y, NOISE_SIZES * box[3])
    this.#width += SIZE_SHARE * (box[2] - this.#width)
    this.#height += SIZE_SHARE * (box[3] - this.#height)
    this.#sightings++
    this.#misses = 0
    this.#hiddenMs = 0
    this.#least = [Math.min(this.#least[0], x), Math.min(this.#least[1], y)]
    this.#most = [Math.max(this.#most[0], x), Math.max(this.#most[1], y)]
    this.#points.push({ atMs, box, isSeen: true })
  }

  /** It is not seen at this moment, and waited for up to so many seconds; one that is not born yet only once. */
  hide(atMs: number, seconds: number): void {
    this.#hiddenMs ||= atMs
    this.#misses++
    this.#isLost = this.isBorn ? atMs - this.#hiddenMs > seconds * 1000 || this.#isOutside() : this.#misses > 1
    this.#points.push({ atMs, box: this.box, isSeen: false })
  }

  /** Until it was seen last. */
  path(): TrackPoint[] {
    return this.#points.slice(0, this.#points.findLastIndex(({ isSeen }) => isSeen) + 1)
  }

  #isOutside(): boolean {
    const { place: x } = this.#x
    const { place: y } = this.#y
    return x < -this.#width / 2 || x > 1 + this.#width / 2 || y < -this.#height / 2 || y > 1 + this.#height / 2
  }
}
