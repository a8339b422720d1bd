/** Fewer numbers that say nearly the same: vectors of one kind lie along far fewer directions than they have numbers, and those are learnt from some of them. */

/** Share of how vectors differ that the axes keep at first; where that turns out to be too little, more. @default 0.9 */
export const KEPT_SHARE = 0.9
/** Of so many vectors the axes are learnt. @default 4096 */
export const LEARNT_ROWS = 4_096
/** Axes that would need a larger share of all numbers are not worth it. @default 0.8 */
export const WORTH_SHARE = 0.8

/** One in so many is not learnt from: what the axes keep is measured of those. */
const HELD_OUT = 4
/** Turns of the power iteration: it need not find the very best axis, for the next ones take what it leaves. */
const ITERATIONS = 6
/** Along every axis they differ at least a little: so there is an axis even where they do not. */
const LEAST_SPREAD = 1e-9
/** Numbers that hnswlib compares at once. */
const LANES = 16

export class Axes {
  /** Numbers of a vector as it is. */
  readonly dimensions: number
  /** Numbers of one that is laid along the axes. */
  readonly count: number
  /** The axes one after the other, each of length 1 and at right angles to the others. */
  readonly values: Float32Array

  constructor(dimensions: number, values: Float32Array) {
    this.dimensions = dimensions
    this.values = values
    this.count = values.length / dimensions + 1
  }

  /** Of a vector of length 1. The last number is the length of what the axes leave of it: so all have length 1 again, as a graph needs it. */
  entry(vector: Float32Array): number[] {
    const along = this.query(vector)
    along[this.count - 1] = Math.sqrt(Math.max(0, 1 - dot(along, along)))
    return along
  }

  /** Its product with an entry is that of the vectors, but for what the axes leave. */
  query(vector: Float32Array): number[] {
    const along: number[] = []
    for (let at = 0; at < this.values.length; at += this.dimensions) along.push(productAt(this.values, at, vector))
    along.push(0)
    return along
  }

  /** Undefined when vectors of this kind need nearly all their numbers. Takes a while, with the turns of others in between. */
  static *learn(vectors: readonly Float32Array[], kept: number): Generator<void, Axes | undefined> {
    const dimensions = vectors[0]?.length ?? 0
    const most = Math.floor(dimensions * WORTH_SHARE / LANES) * LANES - 1
    if (most < 0) return undefined
    const mean = yield* meanOf(vectors, dimensions)
    const apart = vectors.map((vector) => vector.map((value, at) => value - mean[at]!))
    const [known, unknown] = [apart.filter((_, at) => at % HELD_OUT !== 0), apart.filter((_, at) => at % HELD_OUT === 0)]
    const spread = yield* spreadOf(known, dimensions)
    let left = unknown.reduce((sum, vector) => sum + dot(vector, vector), 0)
    const enough = left * (1 - kept)
    const axes: Float32Array[] = []
    while (left > enough || (axes.length + 1) % LANES !== 0) {
      if (axes.length >= most) return undefined
      const axis = yield* axisOf(spread, axes)
      axes.push(axis)
      for (const vector of unknown) left -= dot(vector, axis) ** 2
      yield
    }
    const values = new Float32Array(axes.length * dimensions)
    for (const [at, axis] of axes.entries()) values.set(axis, at * dimensions)
    return new Axes(dimensions, values)
  }
}

function* meanOf(vectors: readonly Float32Array[], dimensions: number): Generator<void, Float32Array> {
  const mean = new Float32Array(dimensions)
  for (const vector of vectors) for (let i = 0; i < dimensions; i++) mean[i] = mean[i]! + vector[i]! / vectors.length
  yield
  return mean
}

/** Their covariance, times how many they are. */
function* spreadOf(vectors: readonly Float32Array[], dimensions: number): Generator<void, Float32Array> {
  const spread = new Float32Array(dimensions * dimensions)
  for (const vector of vectors) {
    for (let i = 0; i < dimensions; i++) {
      const value = vector[i]!
      for (let j = i, at = i * dimensions + i; j < dimensions; j++, at++) spread[at] = spread[at]! + value * vector[j]!
    }
    yield
  }
  for (let i = 0; i < dimensions; i++) for (let j = 0; j < i; j++) spread[i * dimensions + j] = spread[j * dimensions + i]!
  return spread
}

/** One along which they differ nearly as much as along any, at right angles to those there are. */
function* axisOf(spread: Float32Array, axes: readonly Float32Array[]): Generator<void, Float32Array> {
  const dimensions = Math.sqrt(spread.length)
  let axis = upright(Float32Array.from({ length: dimensions }, (_, i) => Math.cos((axes.length + 1) * (i + 1) ** 2)), axes) // any that is none of the others
  for (let turn = 0; turn < ITERATIONS; turn++) {
    const next = axis.map((value, i) => LEAST_SPREAD * value + productAt(spread, i * dimensions, axis))
    axis = upright(next, axes)
    yield
  }
  return axis
}

/** Of length 1, at right angles to all axes: twice, for what is small after the first time is mostly rounding. */
function upright(vector: Float32Array, axes: readonly Float32Array[]): Float32Array {
  const left = vector.slice()
  for (let time = 0; time < 2; time++) {
    for (const axis of axes) {
      const share = dot(left, axis)
      for (let i = 0; i < left.length; i++) left[i] = left[i]! - share * axis[i]!
    }
    const length = Math.sqrt(dot(left, left))
    for (let i = 0; i < left.length; i++) left[i] = left[i]! / length
  }
  return left
}

const dot = (one: ArrayLike<number>, other: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < other.length; i++) sum += one[i]! * other[i]!
  return sum
}

function productAt(values: Float32Array, from: number, vector: Float32Array): number {
  let sum = 0
  for (let i = 0; i < vector.length; i++) sum += values[from + i]! * vector[i]!
  return sum
}
