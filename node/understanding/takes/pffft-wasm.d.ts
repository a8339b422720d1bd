declare module '@echogarden/pffft-wasm/simd' {
  /** Pointers are bytes in its memory, which may move whenever some of it is asked for. */
  export interface Pffft {
    readonly HEAPF32: Float32Array
    _pffft_new_setup(size: number, kind: number): number
    _pffft_destroy_setup(setup: number): void
    _pffft_aligned_malloc(bytes: number): number
    _pffft_aligned_free(pointer: number): void
    _pffft_transform_ordered(setup: number, input: number, output: number, work: number, direction: number): void
  }
  const load: () => Promise<Pffft>
  export default load
}
