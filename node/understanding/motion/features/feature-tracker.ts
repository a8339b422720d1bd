/** Follows points of a film from picture to picture, as match-moving needs them. */
import type { FeatureTrack, Point } from '../motion.ts'
import { findCorners } from './corners.ts'
import { flowTo, likeness, type Patch, patchAt, type Place, REACH, settle } from './flow.ts'
import { type Plane, pyramidOf } from './plane.ts'

/** Points followed at once. @default 120 */
export const FEATURES = 120
/** Followed there and back again, a point has to come out where it began, in pixels. @default 0.5 */
export const THERE_AND_BACK = 0.5
/** What is around a point has to stay as like what was around it at first. @default 0.75 */
export const LEAST_LIKENESS = 0.75
/** Below this, what it looks like is learned anew. @default 0.9 */
const LEARN_BELOW = 0.9
/** Points that are followed for fewer pictures are left out. @default 10 */
export const LEAST_PICTURES = 10
/** Places kept of one film, at most: 3000 pictures of 100 points. @default 300000 */
export const MAX_PLACES = 300_000
/** New points are looked for when fewer than this share are left. @default 0.8 */
const REFILL = 0.8

interface Followed {
  readonly first: number
  readonly places: Point[]
  /** What it looks like. */
  patch: Patch
  place: Place
}

export class FeatureTracker {
  readonly #kept: Followed[] = []
  #followed: Followed[] = []
  #before: Plane[] | undefined
  #picture = -1
  #places = 0

  /** No more is kept. */
  get isFull(): boolean { return this.#places >= MAX_PLACES }

  look(luma: Uint8Array, width: number, height: number): void {
    this.#picture++
    if (this.isFull) return
    const levels = pyramidOf(luma, width, height)
    if (this.#before !== undefined) this.#follow(this.#before, levels)
    if (this.#followed.length < FEATURES * REFILL) this.#find(levels[0]!)
    this.#before = levels
  }

  /** Another scene: no point goes on. */
  cut(): void {
    for (const one of this.#followed) this.#keep(one)
    this.#followed = []
    this.#before = undefined
  }

  finish(): FeatureTrack[] {
    this.cut()
    return this.#kept.sort((a, b) => a.first - b.first || b.places.length - a.places.length).map(({ first, places }, i) => ({ id: i + 1, first, places }))
  }

  #follow(before: readonly Plane[], now: readonly Plane[]): void {
    const [plane] = now
    const on: Followed[] = []
    for (const one of this.#followed) {
      const place = nextPlace(one, before, now)
      if (place === undefined) this.#keep(one)
      else on.push(this.#went(one, place, plane!))
    }
    this.#followed = on
  }

  #went(one: Followed, place: Place, plane: Plane): Followed {
    one.place = place
    one.places.push([(place.x + 0.5) / plane.width, (place.y + 0.5) / plane.height])
    if (likeness(one.patch, plane, place) < LEARN_BELOW) one.patch = patchAt(plane, place.x, place.y)
    this.#places++
    return one
  }

  #find(plane: Plane): void {
    const distance = Math.max(REACH, Math.round(Math.sqrt((plane.width * plane.height) / FEATURES) / 2))
    const corners = findCorners(plane, { count: FEATURES - this.#followed.length, distance, known: this.#followed.map(({ place }) => place) })
    for (const { x, y } of corners) this.#followed.push({ first: this.#picture, place: { x, y }, patch: patchAt(plane, x, y), places: [[(x + 0.5) / plane.width, (y + 0.5) / plane.height]] })
  }

  #keep(one: Followed): void {
    if (one.places.length >= LEAST_PICTURES) this.#kept.push(one)
  }
}

/** Where it is now, if it is followed back to where it was and still looks as it did. What it looked like at first corrects the drift of many small steps. */
function nextPlace({ place, patch }: Followed, before: readonly Plane[], now: readonly Plane[]): Place | undefined {
  const stepped = flowTo(before, now, place)
  const back = stepped === undefined ? undefined : flowTo(now, before, stepped)
  if (stepped === undefined || back === undefined || Math.hypot(back.x - place.x, back.y - place.y) > THERE_AND_BACK) return undefined
  const settled = settle(patch, now[0]!, stepped)
  const exact = settled !== undefined && Math.hypot(settled.x - stepped.x, settled.y - stepped.y) < 1 ? settled : stepped
  return likeness(patch, now[0]!, exact) < LEAST_LIKENESS || isAtEdge(exact, now[0]!) ? undefined : exact
}

const isAtEdge = ({ x, y }: Place, { width, height }: Plane): boolean => x < REACH || y < REACH || x > width - 1 - REACH || y > height - 1 - REACH
