import { readSound, type SoundSource } from '../../library/sound-stretches.ts'
import { HOP, LANDMARK_HERTZ, landmarkPairs, type Pair } from './landmarks.ts'

/** Longest sound of which landmarks are kept, in seconds: the beginning of what is longer. @default 21600 */
export const MOST_PRINT_SECONDS = 21_600
/** Sound whose landmarks are looked for at once, in seconds: it bounds the memory. */
const PIECE_SECONDS = 300
/** Sound that is in memory at once, in seconds: 32 kB each. */
const READ_SECONDS = 3_600
/** Largest print that is read, in bytes. @default 4194304 */
export const MAX_PRINT_BYTES = 4 * 1024 * 1024

const HASH_BITS = 22
const MOST_STEP = 2 ** (32 - HASH_BITS) - 1
/** No pair has this hash: it only moves on. */
const NOTHING = 2 ** HASH_BITS - 1

/** The landmarks of a file's sound, encoded. */
export async function soundPrint({ seconds, ...source }: SoundSource & { readonly seconds: number }, onProgress: (share: number) => void): Promise<Uint8Array> {
  const total = Math.min(MOST_PRINT_SECONDS, seconds)
  const pairs: Pair[] = []
  for (let from = 0; from < total; from += READ_SECONDS) {
    const length = Math.min(READ_SECONDS, total - from)
    const tell = (share: number): void => onProgress((from + share * length) / total)
    const [samples = new Float32Array()] = readSound(source, LANDMARK_HERTZ, [{ from, seconds: length }], (share) => tell(share * 0.8))
    for (const { hash, hop } of await printOf(samples, (share) => tell(0.8 + share * 0.2))) pairs.push({ hash, hop: hop + Math.round(from * LANDMARK_HERTZ * HOPS_A_SAMPLE) })
  }
  return encodePrint(pairs)
}

/** Piece by piece. */
export async function printOf(samples: Float32Array, onProgress: (share: number) => void = () => {}): Promise<Pair[]> {
  const pairs: Pair[] = []
  const piece = PIECE_SECONDS * LANDMARK_HERTZ
  for (let at = 0; at < samples.length; at += piece) {
    const hops = at * HOPS_A_SAMPLE
    for (const { hash, hop } of await landmarkPairs(samples.subarray(at, at + piece))) pairs.push({ hash, hop: hop + hops })
    onProgress(Math.min(1, (at + piece) / samples.length))
  }
  return pairs
}

const HOPS_A_SAMPLE = 1 / HOP

/** Four bytes a pair: 10 bits how many hops it comes after the one before, 22 bits its hash. */
export function encodePrint(pairs: readonly Pair[]): Uint8Array {
  const words: number[] = []
  let last = 0
  for (const { hash, hop } of pairs) {
    for (; hop - last > MOST_STEP; last += MOST_STEP) words.push(MOST_STEP * 2 ** HASH_BITS + NOTHING)
    words.push((hop - last) * 2 ** HASH_BITS + hash)
    last = hop
  }
  const bytes = Buffer.alloc(words.length * 4)
  words.forEach((word, i) => bytes.writeUInt32LE(word, i * 4))
  return bytes
}

/** Whatever it is given: any member may have written it. */
export function decodePrint(bytes: Uint8Array): Pair[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pairs: Pair[] = []
  for (let at = 0, hop = 0; at + 4 <= bytes.byteLength; at += 4) {
    const word = view.getUint32(at, true)
    hop += word >>> HASH_BITS
    if ((word & NOTHING) !== NOTHING) pairs.push({ hash: word & NOTHING, hop })
  }
  return pairs
}
