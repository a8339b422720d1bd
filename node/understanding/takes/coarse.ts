import { createCorrelator, type Correlator, type Peak, type Whitened } from './correlator.ts'
import { lagAt, type Line, type Sighting } from './line.ts'

/** Samples a second that everything is compared at. @default 2000 */
export const COARSE_HERTZ = 2_000
/** Clocks of cameras differ by less than this, seconds per second. @default 0.0003 */
export const MOST_DRIFT = 3e-4
/** Blocks of the second recording that are looked for in the first, at most: they are spread over all of it. @default 256 */
export const MOST_BLOCKS = 256

const BAND = { lowHertz: 120, highHertz: 900, evenness: 0.8 } as const
/** Samples of a block: 2 to 16 seconds. Longer ones would smear when clocks drift, shorter ones drown in noise. */
const [SHORTEST_BLOCK, LONGEST_BLOCK] = [2 ** 12, 2 ** 15]
/** A peak lower than this is noise. */
const LEAST_HEIGHT = 5
/** Sightings this near to a line are on it, in seconds. */
const ON_LINE_SECONDS = 0.006
/** Sightings kept of one block. */
const KEPT_OF_BLOCK = 4

interface Seen extends Sighting {
  readonly block: number
  readonly height: number
}

/** Where all of the second recording may lie on the clock of the first: the line on which the most blocks were found. */
export async function coarseLine(first: Float32Array, second: Float32Array, onProgress: (share: number) => void = () => {}): Promise<Line | undefined> {
  const block = blockOf(Math.min(first.length, second.length))
  const correlator = await createCorrelator(block * 2, COARSE_HERTZ, BAND)
  try {
    return bestLine(lookEverywhere(correlator, block, first, second, onProgress))
  } finally {
    correlator.free()
  }
}

const blockOf = (samples: number): number => Math.min(LONGEST_BLOCK, Math.max(SHORTEST_BLOCK, 2 ** Math.floor(Math.log2(Math.max(1, samples / 4)))))

/** Every block of the second in every window of the first; a window is two blocks long and one further than the last, so that each lag is seen whole once. */
function lookEverywhere(correlator: Correlator, block: number, first: Float32Array, second: Float32Array, onProgress: (share: number) => void): Seen[] {
  const blocks = blocksOf(correlator, block, second)
  const found = blocks.map((): Seen[] => [])
  for (let start = -block + 1; start < first.length; start += block) {
    const window = correlator.whiten(stretch(first, start, block * 2))
    if (window !== undefined) for (const [i, { at, whitened }] of blocks.entries()) keep(found[i]!, seenAt(correlator.peak(window, whitened, 0, block), start, at, i))
    onProgress(Math.min(1, (start + block) / first.length))
  }
  return found.flat()
}

function blocksOf(correlator: Correlator, block: number, second: Float32Array): Array<{ at: number; whitened: Whitened }> {
  const count = Math.max(1, Math.floor(second.length / block))
  const step = block * Math.max(1, count / MOST_BLOCKS)
  return Array.from({ length: Math.min(count, MOST_BLOCKS) }, (_, i) => Math.floor(i * step)).flatMap((at) => {
    const whitened = correlator.whiten(second.subarray(at, at + block))
    return whitened === undefined ? [] : [{ at, whitened }]
  })
}

const seenAt = ({ lag, height }: Peak, start: number, at: number, block: number): Seen => ({ at: at / COARSE_HERTZ, lag: (start + lag - at) / COARSE_HERTZ, height, block })

function keep(seen: Seen[], one: Seen): void {
  if (one.height < LEAST_HEIGHT) return
  seen.push(one)
  if (seen.length > KEPT_OF_BLOCK) seen.splice(seen.indexOf(seen.reduce((low, each) => each.height < low.height ? each : low)), 1)
}

/** Samples from a start that may lie before the first; zeros where there are none. */
export function stretch(samples: Float32Array, start: number, length: number): Float32Array {
  const taken = new Float32Array(length)
  const from = Math.max(0, start)
  if (from < samples.length) taken.set(samples.subarray(from, Math.max(from, start + length)), from - start)
  return taken
}

/** Of all lines through one sighting or two: the one with the most height on it, each block counted once. */
function bestLine(seen: readonly Seen[]): Line | undefined {
  let best: { line: Line; score: number } | undefined
  for (const line of lines(seen)) {
    const score = scoreOf(line, seen)
    if (best === undefined || score > best.score) best = { line, score }
  }
  return best?.line
}

/** The highest sightings are enough to draw lines through. */
const ANCHORS = 48

function* lines(seen: readonly Seen[]): Generator<Line> {
  const anchors = [...seen].sort((a, b) => b.height - a.height).slice(0, ANCHORS)
  for (const one of anchors) {
    yield { offset: one.lag, slope: 0 }
    for (const other of seen) {
      const slope = (other.lag - one.lag) / (other.at - one.at)
      if (Math.abs(slope) <= MOST_DRIFT) yield { offset: one.lag - slope * one.at, slope }
    }
  }
}

function scoreOf(line: Line, seen: readonly Seen[]): number {
  const heights = new Map<number, number>()
  for (const { at, lag, height, block } of seen) if (Math.abs(lag - lagAt(line, at)) < ON_LINE_SECONDS) heights.set(block, Math.max(height, heights.get(block) ?? 0))
  return [...heights.values()].reduce((sum, height) => sum + height * height, 0)
}
