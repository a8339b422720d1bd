/** Remembers what the ring acknowledged, and judges what it answers later. */

export const KINDS = ['upload', 'edit', 'delete', 'read', 'recording'] as const
export type Kind = typeof KINDS[number]

/** A value whose last writer may be unknown: what it may be now. */
export class Register<T> {
  #acknowledged: T
  readonly #unknown = new Map<T, number>()
  constructor(first: T) { this.#acknowledged = first }

  /** A write is sent: until it is answered, and forever if it never is, the value may be either. */
  attempt(value: T): void { this.#unknown.set(value, (this.#unknown.get(value) ?? 0) + 1) }
  acknowledge(value: T): void {
    this.refuse(value)
    this.#acknowledged = value
  }
  /** Known not to have happened. */
  refuse(value: T): void { this.#unknown.set(value, (this.#unknown.get(value) ?? 0) - 1) }
  allows(value: T): boolean { return value === this.#acknowledged || (this.#unknown.get(value) ?? 0) > 0 }
  toString(): string { return [this.#acknowledged, ...[...this.#unknown].filter(([, count]) => count > 0).map(([value]) => value)].map((value) => JSON.stringify(value)).join(' or ') }
}

/** One uploaded file as the clients know it. */
export class ModelAsset {
  /** SHA-256 of its bytes, hex: the asset's id. */
  readonly id: string
  readonly size: number
  /** Title and rating are written through this node only, one write at a time: then "the last one" means something. */
  readonly editor: string
  readonly title = new Register('')
  readonly rating = new Register(0)
  /** Every tag is added once: true when that was acknowledged. */
  readonly tags = new Map<string, boolean>()
  upload: 'unknown' | 'acknowledged' = 'unknown'
  deleted: 'no' | 'maybe' | 'yes' = 'no'
  /** Deleted for good, acknowledged. */
  purged = false
  /** SHA-256 of its chunks, hex: what its bytes are called on a disk. */
  readonly chunks: readonly string[]
  /** A write of title or rating is under way. */
  busy = false

  constructor(id: string, size: number, editor: string, chunks: readonly string[] = []) {
    this.id = id
    this.size = size
    this.editor = editor
    this.chunks = chunks
  }

  /** Must be there, in full. */
  get isPromised(): boolean { return this.upload === 'acknowledged' && this.deleted === 'no' }

  /** What of an answer contradicts what was acknowledged. */
  contradictions({ title, rating, tags }: { title: string; rating: number; tags: readonly string[] }): string[] {
    const wrong: string[] = []
    if (!this.title.allows(title)) wrong.push(`title is ${JSON.stringify(title)}, not ${this.title}`)
    if (!this.rating.allows(rating)) wrong.push(`rating is ${rating}, not ${this.rating}`)
    for (const [tag, acknowledged] of this.tags) if (acknowledged && !tags.includes(tag)) wrong.push(`tag ${tag} is missing`)
    for (const tag of tags) if (!this.tags.has(tag)) wrong.push(`tag ${tag} was never given`)
    return wrong
  }
}

export class Model {
  readonly assets = new Map<string, ModelAsset>()
  readonly counts = new Map<Kind, { operations: number; acknowledged: number; lost: number }>(KINDS.map((kind) => [kind, { operations: 0, acknowledged: 0, lost: 0 }]))
  /** Unix ms up to which a camera was said to be durable. */
  readonly durableMs: number[] = []
  /** Promises seen broken, each once. */
  readonly broken = new Set<string>()

  begin(kind: Kind): void { this.#count(kind).operations++ }
  acknowledge(kind: Kind): void { this.#count(kind).acknowledged++ }

  /** `what` was promised and is not so. */
  lose(kind: Kind, what: string): void {
    if (this.broken.has(what)) return
    this.broken.add(what)
    this.#count(kind).lost++
  }

  recorded(lastDurableMs: number): void {
    if (lastDurableMs <= 0 || this.durableMs.at(-1) === lastDurableMs) return
    this.begin('recording')
    this.acknowledge('recording')
    this.durableMs.push(lastDurableMs)
  }

  promised(): ModelAsset[] { return [...this.assets.values()].filter((asset) => asset.isPromised) }

  #count(kind: Kind): { operations: number; acknowledged: number; lost: number } {
    return this.counts.get(kind) as { operations: number; acknowledged: number; lost: number }
  }
}
