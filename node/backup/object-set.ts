/** Objects remembered at most, at 36 bytes each. @default 30000000 */
export const MAX_OBJECTS = 30_000_000
const SLOT_BYTES = 36
const DIGEST_BYTES = 32

/**
 * Which objects are there and how long they are: a hash table in one buffer, a third of what a Map of strings takes. When it is full it
 * takes no more, so an answer of undefined means "not known", which costs its user work and never a mistake.
 */
export class ObjectSet {
  #slots = Buffer.alloc(1024 * SLOT_BYTES)
  #used = 0
  readonly #max: number

  constructor(max = MAX_OBJECTS) {
    this.#max = max
  }

  get count(): number {
    return this.#used
  }

  /** True when more would not be remembered. */
  get isFull(): boolean {
    return this.#used >= this.#max
  }

  /** Bytes of the object with this hex hash; undefined when it is not known. */
  size(hash: string): number | undefined {
    const digest = Buffer.from(hash, 'hex')
    const at = this.#find(this.#slots, digest)
    const stored = this.#slots.readUInt32LE(at + DIGEST_BYTES)
    return stored === 0 ? undefined : stored - 1
  }

  has(hash: string): boolean {
    return this.size(hash) !== undefined
  }

  /** `size` below 4 GiB. */
  add(hash: string, size: number): void {
    if (this.isFull) return
    if (this.#used * 2 * SLOT_BYTES >= this.#slots.length) this.#grow()
    const digest = Buffer.from(hash, 'hex')
    const at = this.#find(this.#slots, digest)
    if (this.#slots.readUInt32LE(at + DIGEST_BYTES) === 0) this.#used++
    digest.copy(this.#slots, at)
    this.#slots.writeUInt32LE(size + 1, at + DIGEST_BYTES) // 0 marks a free slot
  }

  /** Where this digest is, or would be: the hash is as random as an index can wish. */
  #find(slots: Buffer, digest: Buffer): number {
    const count = slots.length / SLOT_BYTES
    for (let slot = digest.readUInt32LE(8) % count; ; slot = (slot + 1) % count) {
      const at = slot * SLOT_BYTES
      if (slots.readUInt32LE(at + DIGEST_BYTES) === 0 || digest.compare(slots, at, at + DIGEST_BYTES) === 0) return at
    }
  }

  #grow(): void {
    const bigger = Buffer.alloc(this.#slots.length * 2)
    for (let at = 0; at < this.#slots.length; at += SLOT_BYTES) {
      if (this.#slots.readUInt32LE(at + DIGEST_BYTES) !== 0) this.#slots.copy(bigger, this.#find(bigger, this.#slots.subarray(at, at + DIGEST_BYTES)), at, at + SLOT_BYTES)
    }
    this.#slots = bigger
  }
}
