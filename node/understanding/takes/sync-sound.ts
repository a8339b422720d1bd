import { readSound, type SoundSource } from '../../library/sound-stretches.ts'
import { coarseLine, COARSE_HERTZ } from './coarse.ts'
import { type Fine, FINE_HERTZ, fineLine, firstSecondsOf, type Heard, planWindows, type Sounding, type Window } from './fine.ts'
import type { SoundSync } from './take-orders.ts'

/** Longest recording whose sound is compared, in seconds: of each it takes 8 kB of memory a second. @default 21600 */
export const MOST_SYNC_SECONDS = 21_600
/** Share of windows that have to agree, and how many of them at least. @default 0.4 */
export const LEAST_AGREEMENT = 0.4
export const LEAST_AGREEING = 3
/** Less than the least step of 16 bits: nothing was recorded. */
const NO_SOUND = 2e-5

export interface SyncSource extends SoundSource {
  readonly seconds: number
}

/** Shares of the work until the coarse places are known, and until the windows are read. */
const [READ, PLACED] = [0.3, 0.8]

/** Where the second recording lies on the clock of the first, by what both heard. */
export async function syncSound(first: SyncSource, second: SyncSource, onProgress: (share: number) => void): Promise<SoundSync> {
  const [a, b] = [first, second].map((source, i) => whole(source, (share) => onProgress((i + share) * READ / 2))) as [Float32Array, Float32Array]
  const guess = await coarseLine(a, b, (share) => onProgress(READ + share * (PLACED - READ)))
  if (guess === undefined) return { found: false, reason: 'nothing of the one is heard in the other' }
  const heard = listen(first, second, planWindows(guess, soundingOf(a), soundingOf(b)))
  onProgress(0.9)
  const fine = await fineLine(heard, guess)
  return fine === undefined || !agrees(fine) ? { found: false, reason: reasonOf(heard.length, fine) } : { found: true, ...placeOf(fine) }
}

const whole = (source: SyncSource, onProgress: (share: number) => void): Float32Array => readSound(source, COARSE_HERTZ, [{ from: 0, seconds: Math.min(MOST_SYNC_SECONDS, source.seconds) }], onProgress)[0]!

/** From the first sample that is not silent to the last. */
function soundingOf(samples: Float32Array): Sounding {
  const isHeard = (sample: number): boolean => Math.abs(sample) > NO_SOUND
  return { from: Math.max(0, samples.findIndex(isHeard)) / COARSE_HERTZ, to: (samples.findLastIndex(isHeard) + 1) / COARSE_HERTZ }
}

function listen(first: SyncSource, second: SyncSource, windows: readonly Window[]): Heard[] {
  const ofFirst = readSound(first, FINE_HERTZ, windows.map((window) => ({ from: window.firstAt, seconds: firstSecondsOf(window) })))
  const ofSecond = readSound(second, FINE_HERTZ, windows.map(({ at, seconds }) => ({ from: at, seconds })))
  return windows.map((window, i) => ({ window, first: ofFirst[i]!, second: ofSecond[i]! }))
}

const agrees = ({ agree, windows }: Fine): boolean => agree >= LEAST_AGREEING && agree >= windows * LEAST_AGREEMENT

/** How sure: all windows agree, and nothing else comes near. 0 to 1. */
const confidenceOf = ({ agree, windows, ratio }: Fine): number => agree / windows * Math.min(1, Math.max(0, (ratio - 1) / 2))

function placeOf(fine: Fine): { offsetMs: number; driftPpm: number; confidence: number; agree: number; windows: number } {
  const { line: { offset, slope }, agree, windows } = fine
  return { offsetMs: offset * 1000, driftPpm: slope * 1e6, confidence: confidenceOf(fine), agree, windows }
}

function reasonOf(windows: number, fine: Fine | undefined): string {
  if (windows === 0) return 'what both may have heard is too short to say'
  return `only ${fine?.agree ?? 0} of ${windows} windows agree on where it lies`
}
