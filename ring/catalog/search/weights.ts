import type { TextMatch } from './text-match.ts'

/** Words that more assets than this have tell nothing of one: they rank nothing, and where there are no others the assets come by date. @default 20000 */
export const RANKED_MATCHES = 20_000

/** Words of a query, and how many assets have them. */
export interface Sought {
  readonly match: string
  readonly count: number
}

/** What the telling words of a query say of its assets. */
export class Weights {
  readonly #text: Pick<TextMatch, 'scores'>
  readonly #telling: string | undefined
  #scores: Map<number, number> | undefined

  constructor(text: Pick<TextMatch, 'scores'>, sought: readonly Sought[]) {
    this.#text = text
    this.#telling = tellingOf(sought)
  }

  /** Whether a word tells anything. */
  get tells(): boolean {
    return this.#telling !== undefined
  }

  /** By number, higher is better; weighed when somebody first asks. */
  all(): ReadonlyMap<number, number> {
    return this.#scores ??= this.#telling === undefined ? new Map() : this.#text.scores(this.#telling)
  }

  /** Weighs these anew, if anything was weighed yet. */
  renew(changed: ReadonlySet<number>): void {
    if (this.#scores === undefined || this.#telling === undefined) return
    for (const number of changed) this.#scores.delete(number)
    for (const [number, score] of this.#text.scores(this.#telling, [...changed])) this.#scores.set(number, score)
  }
}

/** The words that tell most: what nearly every asset has says nothing about one, and takes long to weigh. */
function tellingOf(sought: readonly Sought[]): string | undefined {
  const telling = sought.filter(({ count }) => count <= RANKED_MATCHES)
  return telling.length === 0 ? undefined : telling.map(({ match }) => match).join(' AND ')
}
