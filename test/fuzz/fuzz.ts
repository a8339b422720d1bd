/** Feed a decoder what nobody meant it to read: mutations of valid samples, and noise. The same seed gives the same inputs. */
import { ThatDamError } from '#protocols/errors.ts'
import { Random } from '../faults/random.ts'

/** Longest one input may take, in ms; a quiet machine needs a thousandth. @default 20000 */
export const MAX_INPUT_MS = 20_000
/** What one input may make the process hold, in bytes, beside MEMORY_PER_BYTE for each of its own. @default 67108864 */
export const MAX_INPUT_MEMORY = 64 * 1024 ** 2
/** @default 256 */
export const MEMORY_PER_BYTE = 256
/** Longest input made, in bytes. @default 65536 */
export const MAX_INPUT_BYTES = 65_536

/** One decoder: `decode` throws a ThatDamError for what it does not take; `again` is what must hold for what it takes. */
export interface FuzzTarget {
  readonly name: string
  readonly samples: readonly Uint8Array[]
  decode(bytes: Uint8Array): unknown
  again?(value: unknown, bytes: Uint8Array): void
}

/** What one input did that it should not. */
export class FuzzFailure extends Error {
  constructor(target: string, seed: number, input: Uint8Array, cause: unknown) {
    super(`${target}, seed ${seed}: ${cause instanceof Error ? cause.stack : cause}\ninput ${Buffer.from(input).toString('base64').slice(0, 2_000)}\nreplay: node test/fuzz/run.ts --target ${JSON.stringify(target)} --seed ${seed} --inputs 1`)
    this.name = 'FuzzFailure'
  }
}

/** The input of this seed. */
export function inputOf({ samples }: FuzzTarget, seed: number): Uint8Array {
  const random = new Random(seed)
  const below = (limit: number): number => Math.floor(random.next() * limit)
  if (samples.length === 0 || below(16) === 0) return noise(below(256), below)
  let bytes: Uint8Array = Uint8Array.from(samples[below(samples.length)] as Uint8Array)
  for (let count = below(4); count >= 0; count--) bytes = mutate(bytes, samples, below)
  return bytes.subarray(0, MAX_INPUT_BYTES)
}

/** Feed one input. @throws FuzzFailure */
export function feed(target: FuzzTarget, seed: number): 'taken' | 'refused' {
  const input = inputOf(target, seed)
  const memory = held()
  const startedMs = performance.now()
  const outcome = decodeInput(target, seed, input)
  const tookMs = performance.now() - startedMs
  const grown = held() - memory
  if (tookMs > MAX_INPUT_MS) throw new FuzzFailure(target.name, seed, input, `it took ${tookMs.toFixed(0)} ms`)
  if (grown > MAX_INPUT_MEMORY + input.byteLength * MEMORY_PER_BYTE) throw new FuzzFailure(target.name, seed, input, `it held ${grown} bytes`)
  return outcome
}

function decodeInput(target: FuzzTarget, seed: number, input: Uint8Array): 'taken' | 'refused' {
  try {
    const value = target.decode(Uint8Array.from(input))
    target.again?.(value, input)
    return 'taken'
  } catch (err) {
    if (err instanceof ThatDamError) return 'refused'
    throw new FuzzFailure(target.name, seed, input, err)
  }
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

type Below = (limit: number) => number

const noise = (length: number, below: Below): Uint8Array => Uint8Array.from({ length }, () => below(256))

function mutate(bytes: Uint8Array, samples: readonly Uint8Array[], below: Below): Uint8Array {
  const at = below(bytes.length + 1)
  const length = below(Math.min(64, bytes.length - at) + 1)
  switch (below(8)) {
    case 0: return with_(bytes, at, (byte) => byte ^ (1 << below(8)))
    case 1: return with_(bytes, at, () => EDGES[below(EDGES.length)] as number)
    case 2: return bytes.slice(0, at)
    case 3: return joined(bytes.subarray(0, at), bytes.subarray(at + length))
    case 4: return joined(bytes.subarray(0, at), noise(below(16), below), bytes.subarray(at))
    case 5: return joined(bytes.subarray(0, at), ...Array.from({ length: below(32) }, () => bytes.subarray(at, at + length)), bytes.subarray(at))
    case 6: { // the middle of another sample
      const other = samples[below(samples.length)] as Uint8Array
      const from = below(other.length + 1)
      return joined(bytes.subarray(0, at), other.subarray(from, from + below(64)), bytes.subarray(at))
    }
    default: { // a length that lies, in four bytes
      const copy = Uint8Array.from(bytes)
      if (copy.length >= 4) new DataView(copy.buffer).setUint32(below(copy.length - 3), LENGTHS[below(LENGTHS.length)] as number)
      return copy
    }
  }
}

const EDGES = [0, 1, 0x7f, 0x80, 0xff]
const LENGTHS = [0, 1, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

function with_(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  if (at < copy.length) copy[at] = change(copy[at] as number)
  return copy
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts).subarray(0, MAX_INPUT_BYTES))
}
