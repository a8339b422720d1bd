/** Sound in which somebody speaks at known times: a throat that says vowels, made by code. */
import { writeFileSync } from 'node:fs'
import { GOLDEN_SOUNDS } from '../../../../node/understanding/models/golden.ts'

const RATE = 16_000
/** Where the vowels are in the sound that is placed, in ms: it is silent before. */
export const VOWELS = { fromMs: 1_000, toMs: 2_850 } as const

/** Mono, 16 kHz; the vowels' sound begins at each of these seconds. */
export function spokenSound(seconds: number, places: readonly number[]): Float32Array {
  const samples = new Float32Array(seconds * RATE)
  for (const place of places) samples.set(GOLDEN_SOUNDS['vowels']!.subarray(0, Math.max(0, samples.length - place * RATE)), place * RATE)
  return samples
}

export function writeWav(path: string, samples: Float32Array): void {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.length * 2, 4)
  head.write('WAVEfmt ', 8)
  for (const [at, value] of [[16, 16], [24, RATE], [28, RATE * 2]] as const) head.writeUInt32LE(value, at)
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) head.writeUInt16LE(value, at)
  head.write('data', 36)
  head.writeUInt32LE(samples.length * 2, 40)
  const body = Buffer.alloc(samples.length * 2)
  for (const [i, sample] of samples.entries()) body.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), i * 2)
  writeFileSync(path, Buffer.concat([head, body]))
}
