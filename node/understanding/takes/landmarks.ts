import { createFourier, type Fourier } from './fourier.ts'

/** Samples a second that landmarks are looked for at. @default 8000 */
export const LANDMARK_HERTZ = 8_000
/** Samples of a spectrum, and from one to the next. */
const WINDOW = 1_024
export const HOP = 256
/** Seconds from one spectrum to the next. */
export const HOP_SECONDS = HOP / LANDMARK_HERTZ

/** Lines of a spectrum that are looked at: 250 to 3500 Hz. */
const [LOW, HIGH] = [32, 448]
/** A landmark stands out from so many lines and spectra around it. */
const [REACH_LINES, REACH_HOPS] = [10, 8]
/** Landmarks of a second that are kept: the ones that stand out most. @default 5 */
export const LANDMARKS_A_SECOND = 5
/** Pairs that each makes with those after it. @default 3 */
export const FAN_OUT = 3
/** How far the other of a pair may be. */
const [MOST_HOPS, MOST_LINES] = [63, 63]
/** Spectra over which what a room and a microphone always do is averaged away. */
const MEMORY_HOPS = 250

/** A pair of landmarks: two lines and how far apart they are, in 22 bits, and the spectrum of the first. */
export interface Pair {
  readonly hash: number
  readonly hop: number
}

interface Landmark { readonly hop: number; readonly line: number; readonly height: number }

/** What of a sound can be found again when something else heard it, too: pairs of places where it stands out. Its colour and level do not matter. */
export async function landmarkPairs(samples: Float32Array): Promise<Pair[]> {
  const fourier = await createFourier(WINDOW)
  try {
    return pairsOf(strongest(peaksOf(spectra(fourier, samples))))
  } finally {
    fourier.free()
  }
}

/** How much louder each line is than it usually is here, in nepers; one row after the other. */
function spectra(fourier: Fourier, samples: Float32Array): Float32Array[] {
  const usual = new Float32Array(HIGH - LOW)
  return Array.from({ length: Math.max(0, Math.floor((samples.length - WINDOW) / HOP) + 1) }, (_, hop) => {
    const spectrum = fourier.forward((numbers) => { for (let i = 0; i < WINDOW; i++) numbers[i] = samples[hop * HOP + i]! * HANN[i]! })
    const row = new Float32Array(HIGH - LOW)
    for (let i = 0; i < row.length; i++) {
      const [real, imaginary] = [spectrum[(LOW + i) * 2]!, spectrum[(LOW + i) * 2 + 1]!]
      const level = Math.log(real * real + imaginary * imaginary + 1e-9) / 2
      const share = 1 / Math.min(hop + 1, MEMORY_HOPS)
      usual[i]! += share * (level - usual[i]!)
      row[i] = level - usual[i]!
    }
    return row
  })
}

const HANN = Float32Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / WINDOW))

/** Places that are the highest around them. */
function peaksOf(rows: readonly Float32Array[]): Landmark[] {
  const wide = rows.map((row) => slidingMax(row, REACH_LINES))
  return rows.flatMap((row, hop) => {
    const around = wide.slice(Math.max(0, hop - REACH_HOPS), hop + REACH_HOPS + 1)
    const found: Landmark[] = []
    for (let line = 0; line < row.length; line++) {
      const height = row[line]!
      if (height > 0 && height === wide[hop]![line] && around.every((other) => other[line]! <= height)) found.push({ hop, line, height })
    }
    return found
  })
}

function slidingMax(row: Float32Array, reach: number): Float32Array {
  return row.map((_, i) => {
    let most = -Infinity
    for (let k = Math.max(0, i - reach); k <= Math.min(row.length - 1, i + reach); k++) if (row[k]! > most) most = row[k]!
    return most
  })
}

/** The highest of every second. */
function strongest(peaks: readonly Landmark[]): Landmark[] {
  const seconds = Map.groupBy(peaks, ({ hop }) => Math.floor(hop * HOP_SECONDS))
  return [...seconds.values()].flatMap((each) => each.sort((a, b) => b.height - a.height).slice(0, LANDMARKS_A_SECOND)).sort((a, b) => a.hop - b.hop || a.line - b.line)
}

function pairsOf(landmarks: readonly Landmark[]): Pair[] {
  return landmarks.flatMap((one, i) => {
    const pairs: Pair[] = []
    for (let k = i + 1; k < landmarks.length && pairs.length < FAN_OUT; k++) {
      const [hops, lines] = [landmarks[k]!.hop - one.hop, landmarks[k]!.line - one.line]
      if (hops > MOST_HOPS) break
      if (hops > 1 && Math.abs(lines) <= MOST_LINES) pairs.push({ hash: one.line << 13 | (lines + MOST_LINES + 1) << 6 | hops, hop: one.hop })
    }
    return pairs
  })
}
