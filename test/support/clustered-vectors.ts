/** Vectors as models make them: of length 1, in clusters, in fewer dimensions than they have numbers. The same for the same seed. */
import { randomOf } from './random.ts'


export interface VectorSource {
  next(): Float32Array
  /** A number from 0 up to, not including, 1. */
  random(): number
}

export function clusteredVectors({ dimensions, clusters = 50, latent = Math.min(32, dimensions), spread = 0.6, seed = 1 }: { dimensions: number; clusters?: number; latent?: number; spread?: number; seed?: number }): VectorSource {
  const random = randomOf(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
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

export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
