/** The vector of a scene is the mean of its pictures'. Pure. */
import type { Scene, VectorsReading } from '../analysis.ts'

export function pooled(values: Float32Array, dimensions: number, scenes: readonly Scene[]): Pick<VectorsReading, 'scenes' | 'medoids'> {
  const means = new Float32Array(scenes.length * dimensions)
  const medoids = scenes.map(({ pictures: [from, to] }, scene) => {
    const mean = meanOf(values, dimensions, from, to)
    means.set(mean, scene * dimensions)
    return nearest(values, dimensions, from, to, mean)
  })
  return { scenes: means, medoids }
}

/** Of the vectors from..to, of length 1 where they do not cancel out. */
export function meanOf(values: Float32Array, dimensions: number, from: number, to: number): Float32Array {
  const mean = new Float32Array(dimensions)
  for (let place = from; place < to; place++) for (let i = 0; i < dimensions; i++) mean[i]! += values[place * dimensions + i]!
  const length = Math.hypot(...mean)
  if (length > 0) for (let i = 0; i < dimensions; i++) mean[i]! /= length
  return mean
}

export function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, dimensions: number): number {
  let sum = 0
  for (let i = 0; i < dimensions; i++) sum += a[atA + i]! * b[atB + i]!
  return sum
}

function nearest(values: Float32Array, dimensions: number, from: number, to: number, mean: Float32Array): number {
  let [best, likeness] = [from, Number.NEGATIVE_INFINITY]
  for (let place = from; place < to; place++) {
    const likes = dot(values, place * dimensions, mean, 0, dimensions)
    if (likes > likeness) [best, likeness] = [place, likes]
  }
  return best
}
