/** What stands before a background that is learned: each pixel is a mixture of up to three colours it usually has (Stauffer and Grimson, with Zivkovic's pruning). */
import { lightShift } from './light.ts'
import type { SmallPicture } from './frame.ts'

/** Colours remembered of each pixel. @default 3 */
const MODES = 3
/** A background has to be seen for so many pictures until it counts. @default 60 */
export const LEARNING_PICTURES = 60
/** Colours that make up this share of the past are background. @default 0.75 */
const BACKGROUND_SHARE = 0.75
/** Least and largest variance of the brightness of a pixel. */
const [LEAST_VARIANCE, MOST_VARIANCE] = [9, 400]
/** Variance of a colour that was just seen first. @default 60 */
const FIRST_VARIANCE = 60
/** Weight below which a colour is forgotten, for each share learned. @default 0.05 */
const PRUNE = 0.05
/** Colour differences count so much more than those of brightness, squared. @default 2 */
const COLOUR_WEIGHT = 2
/** When more than this of the picture changes from one picture to the next, it is another picture, or another light: it is learned anew. @default 0.55 */
const ANOTHER_PICTURE = 0.55
/** A shadow keeps this share of the light, from..to. */
const SHADOW = [0.4, 0.93] as const
/** And its colour, up to so much. @default 9 */
const SHADOW_COLOUR = 9
/** Unsteadiness of a pixel above which it is believed less. @default 0.08 */
const UNSTEADY = 0.08

export const NOTHING = 0
export const SHADE = 1
export const THING = 2

export interface BackgroundInit {
  readonly width: number
  readonly height: number
  /** A brightness has to differ by as much at least. */
  readonly leastDifference: number
  /** 1 where nothing is looked at. */
  readonly ignored: Uint8Array
}

/** Deterministic: the same pictures give the same answers. */
export class Background {
  readonly #init: BackgroundInit
  readonly #weight: Float32Array
  readonly #mean: Float32Array
  readonly #variance: Float32Array
  readonly #level: Float32Array
  readonly #shift = new Float32Array(256)
  readonly #unsteady: Float32Array
  readonly #was: Uint8Array
  readonly #found: Uint8Array
  #pictures = 0
  #share = 0

  constructor(init: BackgroundInit) {
    const pixels = init.width * init.height
    this.#init = init
    this.#weight = new Float32Array(pixels * MODES)
    this.#mean = new Float32Array(pixels * MODES * 3)
    this.#variance = new Float32Array(pixels * MODES)
    this.#level = new Float32Array(pixels)
    this.#unsteady = new Float32Array(pixels)
    this.#was = new Uint8Array(pixels)
    this.#found = new Uint8Array(pixels)
  }

  /** One byte per pixel: NOTHING, SHADE or THING; the array is used again by the next call. `isNew`: all of it is another picture than before. */
  look(picture: SmallPicture): { found: Uint8Array; isNew: boolean } {
    const pixels = this.#found.length
    if (this.#pictures === 0) this.#begin(picture)
    this.#pictures++
    lightShift(picture.y, this.#level, this.#init.ignored, this.#init.width, this.#shift)
    const rate = 1 / Math.min(LEARNING_PICTURES * 4, this.#pictures + 1)
    let count = 0
    for (let at = 0; at < pixels; at++) {
      const what = this.#init.ignored[at] === 1 ? NOTHING : this.#pixel(at, picture, rate)
      this.#found[at] = what
      if (what === THING) count++
    }
    const was = this.#share
    this.#share = count / pixels
    if (this.#share <= ANOTHER_PICTURE || was > ANOTHER_PICTURE) return { found: this.#found, isNew: false }
    this.#begin(picture)
    return { found: this.#found.fill(NOTHING), isNew: true }
  }

  #begin({ y, u, v }: SmallPicture): void {
    this.#pictures = 0
    this.#share = 0
    this.#weight.fill(0)
    this.#unsteady.fill(0)
    this.#was.fill(0)
    for (let at = 0; at < y.length; at++) {
      const first = at * MODES
      this.#weight[first] = 1
      this.#variance[first] = FIRST_VARIANCE
      this.#mean.set([y[at]!, u[at]!, v[at]!], first * 3)
      this.#level[at] = y[at]!
    }
  }

  #pixel(at: number, { y, u, v }: SmallPicture, rate: number): number {
    const [weight, mean, variance] = [this.#weight, this.#mean, this.#variance]
    const first = at * MODES
    const [py, pu, pv] = [y[at]!, u[at]!, v[at]!]
    const doubt = 1 + 6 * Math.max(0, this.#unsteady[at]! - UNSTEADY)
    const least = this.#init.leastDifference * doubt
    let what = THING
    let matched = -1
    let share = 0
    for (let mode = first; mode < first + MODES && weight[mode]! > 0; mode++) {
      const dy = py - mean[mode * 3]! - this.#shift[Math.round(mean[mode * 3]!)]!
      const [du, dv] = [pu - mean[mode * 3 + 1]!, pv - mean[mode * 3 + 2]!]
      const squared = dy * dy + COLOUR_WEIGHT * (du * du + dv * dv)
      if (matched < 0 && squared < Math.max(16 * variance[mode]!, least * least)) {
        matched = mode
        if (share < BACKGROUND_SHARE) what = NOTHING
        learn(mean, mode * 3, py, pu, pv, Math.min(1, rate / weight[mode]!))
        variance[mode] = learned(variance[mode]!, squared, Math.min(1, rate / weight[mode]!))
      } else if (what === THING && share < BACKGROUND_SHARE && isShade(py, mean[mode * 3]! + this.#shift[Math.round(mean[mode * 3]!)]!, du, dv)) what = SHADE
      share += weight[mode]!
    }
    this.#weigh(first, matched, rate, py, pu, pv)
    this.#level[at] = mean[first * 3]!
    this.#unsteady[at]! += 0.02 * (Number(this.#was[at] !== Number(what === NOTHING)) - this.#unsteady[at]!)
    this.#was[at] = Number(what === NOTHING)
    return what
  }

  /** The colour that was seen gains, the others lose; a new one takes the place of the rarest. In order of weight. */
  #weigh(first: number, matched: number, rate: number, y: number, u: number, v: number): void {
    const [weight, mean, variance] = [this.#weight, this.#mean, this.#variance]
    let sum = 0
    for (let mode = first; mode < first + MODES; mode++) {
      if (weight[mode] === 0) continue
      weight[mode] = Math.max(0, weight[mode]! + rate * (Number(mode === matched) - weight[mode]! - PRUNE))
      sum += weight[mode]!
    }
    if (matched < 0) {
      let place = first + MODES - 1
      for (let mode = first; mode < first + MODES; mode++) if (weight[mode] === 0) { place = mode; break }
      sum += rate - weight[place]!
      weight[place] = rate
      variance[place] = FIRST_VARIANCE
      learn(mean, place * 3, y, u, v, 1)
    }
    for (let mode = first; mode < first + MODES; mode++) weight[mode]! /= sum || 1
    for (let pass = 1; pass < MODES; pass++) for (let mode = first + MODES - 1; mode >= first + pass; mode--) if (weight[mode]! > weight[mode - 1]!) swap(weight, mean, variance, mode)
  }
}

function isShade(now: number, before: number, du: number, dv: number): boolean {
  const kept = now / Math.max(1, before)
  return kept > SHADOW[0] && kept < SHADOW[1] && Math.abs(du) < SHADOW_COLOUR && Math.abs(dv) < SHADOW_COLOUR
}

function learn(mean: Float32Array, at: number, y: number, u: number, v: number, share: number): void {
  mean[at]! += share * (y - mean[at]!)
  mean[at + 1]! += share * (u - mean[at + 1]!)
  mean[at + 2]! += share * (v - mean[at + 2]!)
}

const learned = (variance: number, squared: number, share: number): number => Math.min(MOST_VARIANCE, Math.max(LEAST_VARIANCE, variance + share * (squared - variance)))

function swap(weight: Float32Array, mean: Float32Array, variance: Float32Array, mode: number): void {
  ;[weight[mode], weight[mode - 1]] = [weight[mode - 1]!, weight[mode]!]
  ;[variance[mode], variance[mode - 1]] = [variance[mode - 1]!, variance[mode]!]
  for (let plane = 0; plane < 3; plane++) {
    const [here, before] = [mode * 3 + plane, (mode - 1) * 3 + plane]
    ;[mean[here], mean[before]] = [mean[before]!, mean[here]!]
  }
}
