/** Which packets of one sender came, by their index without wraps (RFC 3711 section 3.3.2): the newest so many are told apart, what is older counts as come. */
export class ReplayWindow {
  /** The newest packet in each place. */
  readonly #came: Float64Array
  #highest: number | undefined

  constructor(packets: number) {
    this.#came = new Float64Array(packets).fill(-1)
  }

  /** Index of the newest; undefined before the first. */
  get highest(): number | undefined { return this.#highest }

  isNew(index: number): boolean {
    return this.#highest === undefined || (index > this.#highest - this.#came.length && this.#came[index % this.#came.length] !== index)
  }

  /** It was authentic. */
  took(index: number): void {
    this.#came[index % this.#came.length] = index
    this.#highest = Math.max(this.#highest ?? index, index)
  }
}
