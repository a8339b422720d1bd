import { createFourier } from './fourier.ts'

/** Which frequencies count, and how evenly: 0 as loud as they are, 1 all alike. */
export interface Band {
  readonly lowHertz: number
  readonly highHertz: number
  readonly evenness: number
}

/** The frequencies of a stretch that count, made even: pairs of real and imaginary parts. */
export type Whitened = Float32Array

export interface Peak {
  /** Samples that the second lies later in the first, with a fraction. */
  readonly lag: number
  /** Height over the noise around it, in its standard deviations. */
  readonly height: number
  /** Height over that of the next best peak elsewhere. */
  readonly ratio: number
}

/** Generalised cross-correlation with phase transform (GCC-PHAT): where the same sound lies in two stretches, whatever the rooms and microphones did to its colour. */
export interface Correlator {
  /** Samples it takes at most, zeros after them included. */
  readonly size: number
  /** Undefined for silence. */
  whiten(samples: Float32Array): Whitened | undefined
  /** The best place of `second` in `first` among lags `from` up to and without `to`. */
  peak(first: Whitened, second: Whitened, from: number, to: number): Peak
  free(): void
}

/** Quieter than this (root of the mean square) is silence: 16 bits hold nothing that quiet. */
const SILENCE = 3e-6
/** Peaks nearer to each other than this are one, in seconds: an echo. */
const ECHO_SECONDS = 0.05

export async function createCorrelator(size: number, rate: number, { lowHertz, highHertz, evenness }: Band): Promise<Correlator> {
  const fourier = await createFourier(size)
  const low = Math.max(1, Math.ceil(lowHertz / rate * size))
  const high = Math.min(size / 2 - 1, Math.floor(highHertz / rate * size))
  const echo = Math.round(ECHO_SECONDS * rate)

  function whiten(samples: Float32Array): Whitened | undefined {
    if (loudness(samples) < SILENCE) return undefined
    const spectrum = fourier.forward((numbers) => numbers.set(samples)).slice(low * 2, (high + 1) * 2)
    for (let i = 0; i < spectrum.length; i += 2) {
      const [real, imaginary] = [spectrum[i]!, spectrum[i + 1]!]
      const weight = (real * real + imaginary * imaginary) ** (-evenness / 2)
      if (!Number.isFinite(weight)) continue
      spectrum[i] = real * weight
      spectrum[i + 1] = imaginary * weight
    }
    return spectrum
  }

  /** First times the conjugate of the second. */
  function product(into: Float32Array, first: Whitened, second: Whitened): void {
    for (let i = 0, at = low * 2; i < first.length; i += 2, at += 2) {
      const [a, b, c, d] = [first[i]!, first[i + 1]!, second[i]!, second[i + 1]!]
      into[at] = a * c + b * d
      into[at + 1] = b * c - a * d
    }
  }

  return {
    size, whiten,
    peak(first, second, from, to) {
      return peakOf(fourier.inverse((spectrum) => product(spectrum, first, second)), from, to, echo)
    },
    free: () => fourier.free()
  }
}

/** Lags are places in a ring of a power of two: those before 0 lie at its end. */
function peakOf(ring: Float32Array, from: number, to: number, echo: number): Peak {
  const last = ring.length - 1
  let [best, next] = [from, 0]
  for (let lag = from + 1; lag < to; lag++) if (ring[lag & last]! > ring[best & last]!) best = lag
  for (let lag = from; lag < to; lag++) if ((lag < best - echo || lag > best + echo) && ring[lag & last]! > next) next = ring[lag & last]!
  const [noise, top] = [loudness(ring), ring[best & last]!]
  return { lag: best + between(ring[(best - 1) & last]!, top, ring[(best + 1) & last]!), height: noise === 0 ? 0 : top / noise, ratio: top / (next || 1e-12) }
}

/** Root of the mean square. */
function loudness(samples: Float32Array): number {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!
  return Math.sqrt(sum / Math.max(1, samples.length))
}

/** Where the top of a parabola through three neighbours lies, from the middle one: -0.5 to 0.5. */
function between(left: number, middle: number, right: number): number {
  const shift = (left - right) / (2 * (left - 2 * middle + right))
  return Math.abs(shift) <= 0.5 ? shift : 0
}
