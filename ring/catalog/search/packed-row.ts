/** The numbers and word ids of an asset as bytes: a million of them are read in a second or two, where columns of SQLite take many times that. Little-endian. */
import { NUMBER_NAMES, WIDE } from './asset-words.ts'

const OFFSETS: readonly number[] = NUMBER_NAMES.map((_, at) => NUMBER_NAMES.slice(0, at).reduce((sum, name) => sum + (WIDE.has(name) ? 8 : 4), 0))
const NUMBERS_BYTES = NUMBER_NAMES.reduce((sum, name) => sum + (WIDE.has(name) ? 8 : 4), 0)

export function packRow(numbers: readonly number[], words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(NUMBERS_BYTES + 4 * words.length)
  const view = new DataView(bytes.buffer)
  for (const [at, name] of NUMBER_NAMES.entries()) {
    if (WIDE.has(name)) view.setFloat64(OFFSETS[at] ?? 0, numbers[at] ?? Number.NaN, true)
    else view.setFloat32(OFFSETS[at] ?? 0, numbers[at] ?? Number.NaN, true)
  }
  for (const [at, word] of words.entries()) view.setUint32(NUMBERS_BYTES + 4 * at, word, true)
  return bytes
}

/** Hands the row's numbers to `number` by their place in `NUMBER_NAMES`, and its words to `word`. */
export function readRow(bytes: Uint8Array, number: (at: number, value: number) => void, word: (id: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < NUMBER_NAMES.length; at++) number(at, IS_WIDE[at] === true ? view.getFloat64(OFFSETS[at] ?? 0, true) : view.getFloat32(OFFSETS[at] ?? 0, true))
  for (let at = NUMBERS_BYTES; at + 4 <= bytes.byteLength; at += 4) word(view.getUint32(at, true))
}

const IS_WIDE = NUMBER_NAMES.map((name) => WIDE.has(name))
