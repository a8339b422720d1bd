import { MOST_DRIFT } from './coarse.ts'
import { createCorrelator, type Correlator } from './correlator.ts'
import { lagAt, type Line, median, robustLine, type Sighting } from './line.ts'

/** Samples a second that windows are compared at. @default 16000 */
export const FINE_HERTZ = 16_000
/** A window of the second recording, and how far beyond it the first is looked at, in seconds. @default 20 */
export const WINDOW_SECONDS = 20
export const MARGIN_SECONDS = 0.25
/** Recordings that overlap for less are not compared, in seconds. @default 3 */
export const LEAST_OVERLAP_SECONDS = 3
/** Windows agree when they lie this near to one line, in seconds. @default 0.004 */
export const AGREE_SECONDS = 0.004

const BAND = { lowHertz: 200, highHertz: 7_000, evenness: 0.9 } as const
const [LEAST_WINDOWS, MOST_WINDOWS] = [5, 12]
/** A peak lower than this, or with another nearly as high, is no sighting. */
const LEAST_HEIGHT = 8
const LEAST_RATIO = 1.25

/** A window of both: `at` seconds of the second, `around` seconds where the first begins. */
export interface Window {
  readonly at: number
  readonly seconds: number
  readonly firstAt: number
}

export interface Heard {
  readonly window: Window
  readonly first: Float32Array
  readonly second: Float32Array
}

export interface Fine {
  readonly line: Line
  /** Windows that lie on the line, of all that were compared. */
  readonly agree: number
  readonly windows: number
  /** Median height of a peak over the next. */
  readonly ratio: number
}

/** Where in a recording there is sound, in seconds: it may begin later and end sooner than the picture. */
export interface Sounding {
  readonly from: number
  readonly to: number
}

/** Windows spread over what overlaps; none when it is too short. */
export function planWindows(line: Line, first: Sounding, second: Sounding): Window[] {
  const from = Math.max(second.from, first.from - lagAt(line, first.from))
  const to = Math.min(second.to, first.to - lagAt(line, first.to))
  const overlap = to - from
  if (overlap < LEAST_OVERLAP_SECONDS) return []
  const seconds = Math.min(WINDOW_SECONDS, Math.max(2, overlap / 4))
  const count = Math.max(LEAST_WINDOWS, Math.min(MOST_WINDOWS, Math.floor(overlap / 60)))
  return Array.from({ length: count }, (_, i) => {
    const at = from + (overlap - seconds) * i / (count - 1)
    return { at, seconds, firstAt: Math.max(0, at + lagAt(line, at) - MARGIN_SECONDS) }
  })
}

export const firstSecondsOf = ({ seconds }: Window): number => seconds + 2 * MARGIN_SECONDS

/** The line through all windows; looked at a second time with the drift the first look found, which smears long windows. */
export async function fineLine(heard: readonly Heard[], guess: Line): Promise<Fine | undefined> {
  const [{ window } = { window: undefined }] = heard
  if (window === undefined) return undefined
  const samples = (window.seconds + firstSecondsOf(window)) * FINE_HERTZ
  const correlator = await createCorrelator(2 ** Math.ceil(Math.log2(samples)), FINE_HERTZ, BAND)
  try {
    const once = lookAt(correlator, heard, guess)
    return once === undefined ? undefined : lookAt(correlator, heard, once.line) ?? once
  } finally {
    correlator.free()
  }
}

function lookAt(correlator: Correlator, heard: readonly Heard[], guess: Line): Fine | undefined {
  const points = heard.flatMap((each) => sighting(correlator, each, guess) ?? [])
  if (points.length === 0) return undefined
  const { line, near } = robustLine(points, AGREE_SECONDS, MOST_DRIFT)
  return { line, agree: near.length, windows: heard.length, ratio: median(points.map(({ ratio }) => ratio)) ?? 0 }
}

function sighting(correlator: Correlator, { window, first, second }: Heard, guess: Line): (Sighting & { readonly ratio: number }) | undefined {
  const middle = window.at + window.seconds / 2
  const [a, b] = [correlator.whiten(first), correlator.whiten(stretched(second, guess.slope))]
  if (a === undefined || b === undefined) return undefined
  // the middle of the window stays where it is when it is stretched
  const expected = (window.at + lagAt(guess, middle) - window.firstAt) * FINE_HERTZ
  const reach = MARGIN_SECONDS * FINE_HERTZ
  const { lag, height, ratio } = correlator.peak(a, b, Math.floor(expected - reach), Math.ceil(expected + reach))
  if (height < LEAST_HEIGHT || ratio < LEAST_RATIO) return undefined
  return { at: middle, lag: lag / FINE_HERTZ + window.firstAt - window.at, ratio }
}

/** As if it had been recorded by the other clock, around its middle. */
function stretched(samples: Float32Array, slope: number): Float32Array {
  if (Math.abs(slope) < 1e-6) return samples
  const middle = samples.length / 2
  return Float32Array.from(samples, (_, i) => valueAt(samples, middle + (i - middle) / (1 + slope)))
}

/** Between samples, by a cubic through four of them. */
export function valueAt(samples: Float32Array, place: number): number {
  const i = Math.floor(place)
  const t = place - i
  const [a, b, c, d] = [samples[i - 1] ?? 0, samples[i] ?? 0, samples[i + 1] ?? 0, samples[i + 2] ?? 0]
  return b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2
}
