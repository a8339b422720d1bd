/** Arithmetic of vectors of length 1. Pure. */

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** The same direction, of length 1; undefined for one that has none, or is not made of numbers. */
export function unit(vector: Float32Array | Float64Array): Float32Array | undefined {
  let square = 0
  for (const value of vector) square += value * value
  return square > 0 && Number.isFinite(square) ? Float32Array.from(vector, (value) => value / Math.sqrt(square)) : undefined
}

/** The mean of several by their weights, of length 1. */
export function meanOf(vectors: ReadonlyArray<readonly [vector: Float32Array, weight: number]>): Float32Array | undefined {
  const sum = new Float64Array(vectors[0]?.[0].length ?? 0)
  for (const [vector, weight] of vectors) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]! * weight
  return unit(sum)
}
