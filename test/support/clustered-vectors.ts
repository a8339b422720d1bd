/** Vectors as models make them: of length 1, in clusters, in fewer dimensions than they have numbers. The same for the same seed. */
import { randomOf } from './random.ts'

export interface VectorSource {
  next(): Float32Array
  /** A number from 0 up to, not including, 1. */
  random(): number
}

export function clusteredVectors({ dimensions, clusters = 50, latent = Math.min(32, dimensions), spread = 0.6, seed = 1 }: { dimensions: number; clusters?: number; latent?: number; spread?: number; seed?: number }): VectorSource {
  const random = randomOf(seed)
  const normal = normalOf(random)
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, normal)
  const axes = Array.from({ length: latent }, () => numbers(dimensions))
  const centres = Array.from({ length: clusters }, () => numbers(latent))
  return {
    random,
    next() {
      const centre = centres[Math.floor(random() * clusters)]!
      const vector = new Float32Array(dimensions)
      for (const [i, axis] of axes.entries()) {
        const weight = centre[i]! + spread * normal()
        for (let d = 0; d < dimensions; d++) vector[d] = vector[d]! + weight * axis[d]!
      }
      return unit(vector)
    }
  }
}

/** Vectors that differ along all their numbers, ever less: along the nth `n ** -falls` of what they do along the first. */
export function spreadVectors({ dimensions, falls = 1, seed = 1 }: { dimensions: number; falls?: number; seed?: number }): VectorSource {
  const random = randomOf(seed)
  const normal = normalOf(random)
  const widths = Array.from({ length: dimensions }, (_, at) => (at + 1) ** (-falls / 2))
  return { random, next: () => unit(Float32Array.from(widths, (width) => width * normal())) }
}

const normalOf = (random: () => number) => (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
