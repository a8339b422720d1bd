/** How two clocks lie to each other: `lag` seconds at a moment of the second one, and how that changes. */
export interface Line {
  /** Seconds at 0 of the second clock. */
  readonly offset: number
  /** Seconds per second. */
  readonly slope: number
}

/** At `at` seconds of the second recording its sound lies at `at + lag` of the first. */
export interface Sighting {
  readonly at: number
  readonly lag: number
}

export const lagAt = ({ offset, slope }: Line, at: number): number => offset + slope * at

/** Points nearer to each other than this say nothing of a slope, in seconds. @default 10 */
export const LEAST_BASE_SECONDS = 10

/** The line most of them lie on: the median of all slopes between two (Theil and Sen), then least squares over those within `tolerance`. */
export function robustLine(points: readonly Sighting[], tolerance: number, mostSlope: number): { readonly line: Line; readonly near: readonly Sighting[] } {
  const slope = Math.max(-mostSlope, Math.min(mostSlope, median(slopes(points)) ?? 0))
  const rough = { offset: median(points.map(({ at, lag }) => lag - slope * at)) ?? 0, slope }
  const near = points.filter((point) => Math.abs(point.lag - lagAt(rough, point.at)) <= tolerance)
  return { line: leastSquares(near) ?? rough, near }
}

function slopes(points: readonly Sighting[]): number[] {
  return points.flatMap((one, i) => points.slice(i + 1).flatMap((other) => Math.abs(other.at - one.at) < LEAST_BASE_SECONDS ? [] : [(other.lag - one.lag) / (other.at - one.at)]))
}

function leastSquares(points: readonly Sighting[]): Line | undefined {
  if (points.length === 0) return undefined
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  const [at, lag] = [mean(points.map((point) => point.at)), mean(points.map((point) => point.lag))]
  const spread = points.reduce((sum, point) => sum + (point.at - at) ** 2, 0)
  const isWide = Math.max(...points.map((point) => point.at)) - Math.min(...points.map((point) => point.at)) >= LEAST_BASE_SECONDS
  const slope = isWide ? points.reduce((sum, point) => sum + (point.at - at) * (point.lag - lag), 0) / spread : 0
  return { offset: lag - slope * at, slope }
}

export function median(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : sorted.length === 0 ? undefined : (sorted[middle - 1]! + sorted[middle]!) / 2
}
