import { InvalidMessageError } from '#protocols/errors.ts'

/** A length of 2^32 or more is no length of ours. */
const MAX_PREFIX_BYTES = 5

/** Cuts incoming bytes into frames: unsigned varint length, then that many bytes. */
export class FrameParser {
  readonly #maxFrameBytes: number
  #chunks: Uint8Array[] = []
  #bufferedBytes = 0
  #expected: number | undefined

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** Bytes of frames not taken yet, complete or not. */
  get bufferedBytes(): number {
    return this.#bufferedBytes + (this.#expected === undefined ? 0 : 1)
  }

  push(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return
    this.#chunks.push(bytes)
    this.#bufferedBytes += bytes.byteLength
  }

  /** The next whole frame, when there is one. @throws InvalidMessageError on a length that is malformed or over the limit */
  next(): Uint8Array | undefined {
    this.#expected ??= this.#takeLength()
    if (this.#expected === undefined || this.#bufferedBytes < this.#expected) return undefined
    const frame = this.#take(this.#expected)
    this.#expected = undefined
    return frame
  }

  #takeLength(): number | undefined {
    let length = 0
    for (let index = 0; index < this.#bufferedBytes; index++) {
      if (index === MAX_PREFIX_BYTES) throw new InvalidMessageError('a message length is malformed')
      const byte = this.#byteAt(index)
      length += (byte & 0x7f) * 2 ** (7 * index)
      if (length > this.#maxFrameBytes) throw new InvalidMessageError(`a message of ${length} bytes or more exceeds the limit of ${this.#maxFrameBytes}`)
      if (byte < 0x80) {
        this.#take(index + 1)
        return length
      }
    }
    return undefined
  }

  #byteAt(index: number): number {
    let at = index
    for (const chunk of this.#chunks) {
      if (at < chunk.byteLength) return chunk[at] as number
      at -= chunk.byteLength
    }
    throw new RangeError(`no byte ${index} in ${this.#bufferedBytes}`)
  }

  #take(count: number): Uint8Array {
    this.#bufferedBytes -= count
    const first = this.#chunks[0]
    if (first !== undefined && first.byteLength > count) {
      this.#chunks[0] = first.subarray(count)
      return first.subarray(0, count)
    }
    return this.#gather(count)
  }

  #gather(count: number): Uint8Array {
    const parts: Uint8Array[] = []
    let missing = count
    let used = 0
    while (missing > 0) {
      const chunk = this.#chunks[used] as Uint8Array
      const part = chunk.subarray(0, missing)
      parts.push(part)
      missing -= part.byteLength
      if (part.byteLength < chunk.byteLength) this.#chunks[used] = chunk.subarray(part.byteLength)
      else used++
    }
    this.#chunks.splice(0, used)
    return parts.length === 1 ? parts[0] as Uint8Array : Buffer.concat(parts, count)
  }
}

/** The frame with its length before it. */
export function prefixed(frame: Uint8Array): Uint8Array {
  const prefix: number[] = []
  let rest = frame.byteLength
  while (rest >= 0x80) {
    prefix.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  prefix.push(rest)
  const bytes = Buffer.allocUnsafe(prefix.length + frame.byteLength)
  bytes.set(prefix)
  bytes.set(frame, prefix.length)
  return bytes
}
