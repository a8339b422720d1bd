import load, { type Pffft } from '@echogarden/pffft-wasm/simd'

/** The Fourier transform of so many real numbers, a power of two from 32 on. Spectra are pairs of real and imaginary parts, one after the other; the first pair holds the first and the last frequency. */
export interface Fourier {
  readonly size: number
  /** `fill` writes the samples into zeros. What it answers is valid until the next transform. */
  forward(fill: (samples: Float32Array) => void): Float32Array
  /** Back again, times `size`. */
  inverse(fill: (spectrum: Float32Array) => void): Float32Array
  free(): void
}

const REAL = 0
const FORWARD = 0
const BACKWARD = 1

let library: Promise<Pffft> | undefined

export async function createFourier(size: number): Promise<Fourier> {
  const pffft = await (library ??= load())
  const setup = pffft._pffft_new_setup(size, REAL)
  const [input = 0, output = 0, work = 0] = Array.from({ length: 3 }, () => pffft._pffft_aligned_malloc(size * 4))
  if (setup === 0 || input === 0 || output === 0 || work === 0) throw new RangeError(`no Fourier transform of ${size} numbers: not a power of two, or too little memory`)
  const view = (pointer: number): Float32Array => pffft.HEAPF32.subarray(pointer / 4, pointer / 4 + size)
  function transform(fill: (numbers: Float32Array) => void, direction: number): Float32Array {
    const numbers = view(input).fill(0)
    fill(numbers)
    pffft._pffft_transform_ordered(setup, input, output, work, direction)
    return view(output)
  }
  return {
    size,
    forward: (fill) => transform(fill, FORWARD),
    inverse: (fill) => transform(fill, BACKWARD),
    free() {
      for (const pointer of [input, output, work]) pffft._pffft_aligned_free(pointer)
      pffft._pffft_destroy_setup(setup)
    }
  }
}
