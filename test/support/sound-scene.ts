/** Sound that a test makes up: something like speech and something like music, and what microphones in other places make of it. All of it follows from a seed. */
import { writeFile } from 'node:fs/promises'
import type { Random } from './random.ts'

export const SCENE_HERTZ = 48_000

const between = (random: Random, least: number, most: number): number => least + random() * (most - least)
const noise = (random: Random): number => random() + random() + random() + random() - 2

/** A resonance: two poles. */
function resonator(hertz: number, width: number, rate = SCENE_HERTZ): (sample: number) => number {
  const r = Math.exp(-Math.PI * width / rate)
  const [a, b] = [2 * r * Math.cos(2 * Math.PI * hertz / rate), -r * r]
  let [y1, y2] = [0, 0]
  return (x) => {
    const y = (1 - r) * x + a * y1 + b * y2
    ;[y2, y1] = [y1, y]
    return y
  }
}

/** Somebody who talks: syllables of a voice through three formants and of hisses, pauses between sentences. */
export function speech(random: Random, seconds: number): Float32Array {
  const samples = new Float32Array(Math.round(seconds * SCENE_HERTZ))
  const voice = between(random, 90, 220)
  for (let at = between(random, 0, 0.3); at < seconds;) {
    const length = between(random, 0.08, 0.3)
    if (random() < 0.25) hiss(samples, random, at, length * 0.6)
    else vowel(samples, random, at, length, voice * between(random, 0.8, 1.3))
    at += length + (random() < 0.12 ? between(random, 0.3, 1.5) : between(random, 0, 0.06))
  }
  return samples
}

function vowel(samples: Float32Array, random: Random, at: number, length: number, pitch: number): void {
  const formants = [between(random, 280, 850), between(random, 850, 2_300), between(random, 2_300, 3_400)].map((hertz) => resonator(hertz, 80))
  const level = between(random, 2, 6)
  let phase = 0
  eachOf(samples, at, length, (i, share) => {
    phase += pitch * (1 + 0.1 * Math.sin(share * 5)) / SCENE_HERTZ
    const pulse = phase >= 1 ? 1 : 0.02 * noise(random)
    if (phase >= 1) phase -= 1
    samples[i]! += level * Math.sin(Math.PI * share) * formants.reduce((sum, formant) => sum + formant(pulse), 0)
  })
}

function hiss(samples: Float32Array, random: Random, at: number, length: number): void {
  const filter = resonator(between(random, 3_000, 7_000), 1_500)
  eachOf(samples, at, length, (i, share) => { samples[i]! += 0.6 * Math.sin(Math.PI * share) * filter(noise(random)) })
}

/** Something that is played: notes with overtones, a beat, the same bars again and again with other notes. */
export function music(random: Random, seconds: number): Float32Array {
  const samples = new Float32Array(Math.round(seconds * SCENE_HERTZ))
  const beat = between(random, 0.3, 0.6)
  for (let at = 0; at < seconds; at += beat / 2) {
    const pitch = 110 * 2 ** (Math.floor(random() * 30) / 12)
    if (random() < 0.7) note(samples, at, between(random, 0.2, 0.8), pitch, between(random, 0.05, 0.15))
    if (random() < 0.5) eachOf(samples, at, 0.05, (i, share) => { samples[i]! += 0.3 * (1 - share) ** 4 * noise(random) })
  }
  return samples
}

function note(samples: Float32Array, at: number, length: number, pitch: number, level: number): void {
  eachOf(samples, at, length, (i, share) => {
    const t = 2 * Math.PI * pitch * (i / SCENE_HERTZ - at)
    samples[i]! += level * Math.exp(-4 * share) * Math.min(1, share * 40) * (Math.sin(t) + 0.5 * Math.sin(2 * t) + 0.3 * Math.sin(3 * t) + 0.2 * Math.sin(5 * t))
  })
}

function eachOf(samples: Float32Array, at: number, length: number, act: (i: number, share: number) => void): void {
  const [from, count] = [Math.round(at * SCENE_HERTZ), Math.round(length * SCENE_HERTZ)]
  for (let i = 0; i < count && from + i < samples.length; i++) act(from + i, i / count)
}

export interface Microphone {
  /** When it begins and how long it runs, in seconds of the scene. */
  readonly from: number
  readonly seconds: number
  /** Its clock runs so much faster than the scene's. @default 0 */
  readonly driftPpm?: number
  /** Of what is heard over the microphone's own noise, in dB. @default 40 */
  readonly snr?: number
  /** How long the room rings (60 dB), in seconds. @default 0 */
  readonly reverb?: number
  /** Whether it colours what it hears. @default false */
  readonly colour?: boolean
}

/** What a microphone makes of a scene: begun somewhere, by its own clock, in its own room, with its own noise. */
export function recorded(scene: Float32Array, random: Random, { from, seconds, driftPpm = 0, snr = 40, reverb = 0, colour = false }: Microphone): Float32Array {
  const step = 1 / (1 + driftPpm / 1e6)
  const heard = Float32Array.from({ length: Math.round(seconds * SCENE_HERTZ) }, (_, i) => valueAt(scene, from * SCENE_HERTZ + i * step))
  if (reverb > 0) ring(heard, random, reverb)
  if (colour) tint(heard, random)
  return withNoise(heard, random, snr)
}

/** Between samples, by a windowed sinc: the tests' own, so that what is tested is not tested against itself. */
function valueAt(samples: Float32Array, place: number): number {
  const [middle, whole] = [Math.floor(place), Math.round(place)]
  if (Math.abs(place - whole) < 1e-6) return samples[whole] ?? 0
  let sum = 0
  for (let i = middle - 7; i <= middle + 8; i++) {
    const x = Math.PI * (place - i)
    sum += (samples[i] ?? 0) * Math.sin(x) / x * (0.5 + 0.5 * Math.cos(x / 8.5))
  }
  return sum
}

/** Echoes by combs that feed back, after what comes straight. */
function ring(samples: Float32Array, random: Random, seconds: number): void {
  const combs = [0.0297, 0.0371, 0.0411, 0.0437].map((delay) => ({ line: new Float32Array(Math.round(delay * between(random, 0.8, 1.2) * SCENE_HERTZ)), at: 0 }))
  for (let i = 0; i < samples.length; i++) {
    const straight = samples[i]!
    let echo = 0
    for (const comb of combs) {
      const out = comb.line[comb.at]!
      echo += out
      comb.line[comb.at] = straight + out * 10 ** (-3 * comb.line.length / SCENE_HERTZ / seconds)
      comb.at = (comb.at + 1) % comb.line.length
    }
    samples[i] = straight + 0.2 * echo
  }
}

/** A few resonances, and not much below 150 Hz or above 9 kHz. */
function tint(samples: Float32Array, random: Random): void {
  const filters = Array.from({ length: 3 }, () => resonator(between(random, 300, 6_000), between(random, 200, 800)))
  const [gain, low] = [between(random, 0.5, 2), resonator(150, 400)]
  let smooth = 0
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i]!
    smooth += 0.6 * (x - low(x) - smooth)
    samples[i] = smooth + gain * filters.reduce((sum, filter) => sum + filter(x), 0)
  }
}

function withNoise(samples: Float32Array, random: Random, snr: number): Float32Array {
  const power = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length) || 1e-3
  const level = power * 10 ** (-snr / 20) * Math.sqrt(3)
  let peak = 0
  for (let i = 0; i < samples.length; i++) {
    samples[i]! += level * noise(random)
    peak = Math.max(peak, Math.abs(samples[i]!))
  }
  return samples.map((each) => each / peak * 0.8)
}

/** 16 bits, mono. */
export async function writeWav(path: string, samples: Float32Array, rate = SCENE_HERTZ): Promise<void> {
  const bytes = Buffer.alloc(44 + samples.length * 2)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8)
  for (const [value, at] of [[16, 16], [rate, 24], [rate * 2, 28]] as const) bytes.writeUInt32LE(value, at)
  for (const [value, at] of [[1, 20], [1, 22], [2, 32], [16, 34]] as const) bytes.writeUInt16LE(value, at)
  bytes.write('data', 36)
  bytes.writeUInt32LE(samples.length * 2, 40)
  samples.forEach((each, i) => bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(each * 32_767))), 44 + i * 2))
  await writeFile(path, bytes)
}
