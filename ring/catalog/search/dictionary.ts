import { fold, type Word } from './asset-words.ts'

/** The words of the index by id and by kind. It only grows; what no asset has any more counts zero. */
export class Dictionary {
  readonly #words: Array<(Word & { readonly folded: string }) | undefined> = []
  readonly #kinds = new Map<string, number[]>()
  #last = 0

  add(id: number, kind: string, value: string): void {
    if (this.#words[id] !== undefined) return
    this.#words[id] = { kind, value, folded: fold(value) }
    const ids = this.#kinds.get(kind)
    if (ids === undefined) this.#kinds.set(kind, [id])
    else ids.push(id)
    this.#last = Math.max(this.#last, id)
  }

  word(id: number): Word | undefined {
    return this.#words[id]
  }

  /** The newest id. */
  get last(): number {
    return this.#last
  }

  kinds(): string[] {
    return [...this.#kinds.keys()]
  }

  ids(kind: string): readonly number[] {
    return this.#kinds.get(kind) ?? []
  }

  /** Ids of a kind whose folded value the test takes. */
  find(kind: string, test: (folded: string, value: string) => boolean): number[] {
    return this.ids(kind).filter((id) => test(this.#words[id]!.folded, this.#words[id]!.value))
  }
}
