/** Reading what any member may have written: everything has its type and its limits, or nothing is read. */
import { decode } from '@ipld/dag-cbor'
import { InvalidMessageError } from '#protocols/errors.ts'

/** A value as it came, and what it is called in the message when it is wrong. */
export class Untrusted {
  readonly #value: unknown
  readonly #name: string

  constructor(value: unknown, name: string) {
    this.#value = value
    this.#name = name
  }

  /** @throws InvalidMessageError when it is longer, or no dag-cbor */
  static of(bytes: Uint8Array, name: string, maxBytes: number): Untrusted {
    if (bytes.byteLength > maxBytes) throw new InvalidMessageError(`${name} has ${bytes.byteLength} bytes: no more than ${maxBytes} are read`)
    try {
      return new Untrusted(decode(bytes), name)
    } catch (err) {
      throw new InvalidMessageError(`${name} can not be read: ${err instanceof Error ? err.message : String(err)}`)
    }
  }

  refuse(why: string): never {
    throw new InvalidMessageError(`${this.#name} ${why}`)
  }

  /** A map with these keys and no others. */
  map<K extends string>(...keys: readonly K[]): Readonly<Record<K, Untrusted>> {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) this.refuse('is no map')
    const fields = value as Record<string, unknown>
    if (Object.keys(fields).length !== keys.length || !keys.every((key) => Object.hasOwn(fields, key))) this.refuse(`has not exactly the keys ${keys.join(', ')}`)
    return Object.fromEntries(keys.map((key) => [key, new Untrusted(fields[key], `${this.#name}.${key}`)])) as Record<K, Untrusted>
  }

  list(most: number): Untrusted[] {
    if (!Array.isArray(this.#value) || this.#value.length > most) this.refuse(`is no list of at most ${most}`)
    return this.#value.map((item, i) => new Untrusted(item, `${this.#name}[${i}]`))
  }

  /** A list of just so many. */
  tuple<N extends number>(count: N): Untrusted[] {
    const items = this.list(count)
    return items.length === count ? items : this.refuse(`has not ${count} items`)
  }

  integer(least: number, most: number): number {
    const value = this.number(least, most)
    return Number.isSafeInteger(value) ? value : this.refuse('is no whole number')
  }

  number(least: number, most: number): number {
    const value = this.#value
    if (typeof value !== 'number' || !(value >= least && value <= most)) this.refuse(`is no number from ${least} to ${most}`)
    return value
  }

  share(): number {
    return this.number(0, 1)
  }

  text(longest: number): string {
    if (typeof this.#value !== 'string' || this.#value.length > longest) this.refuse(`is no text of at most ${longest} characters`)
    return this.#value
  }

  matching(pattern: RegExp, longest = 200): string {
    const text = this.text(longest)
    return pattern.test(text) ? text : this.refuse('is not written as it should be')
  }

  one<T extends string>(of: readonly T[]): T {
    return of.find((each) => each === this.#value) ?? this.refuse(`is none of ${of.join(', ')}`)
  }

  /** 32-bit floats, little-endian, every one a number. */
  floats(count: number): Float32Array {
    const bytes = this.#value
    if (!(bytes instanceof Uint8Array) || bytes.byteLength !== count * 4) this.refuse(`has not ${count} numbers of four bytes`)
    const floats = new Float32Array(bytes.slice().buffer)
    return floats.every(Number.isFinite) ? floats : this.refuse('has a number that is none')
  }

  /** As many of them as there are, from `least` on. */
  anyFloats(most: number, least = 1): Float32Array {
    const bytes = this.#value
    const count = bytes instanceof Uint8Array ? bytes.byteLength / 4 : 0
    return Number.isSafeInteger(count) && count >= least && count <= most ? this.floats(count) : this.refuse(`has not ${least} to ${most} numbers`)
  }

  get isNull(): boolean { return this.#value === null }
}

/** As `Untrusted.floats` reads them; this program runs on little-endian machines only. */
export const bytesOfFloats = (floats: Float32Array): Uint8Array => new Uint8Array(floats.buffer.slice(floats.byteOffset, floats.byteOffset + floats.byteLength))
