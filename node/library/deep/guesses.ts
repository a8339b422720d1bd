import type { AssetId } from '#protocols/ids.ts'

/** How long after a sidecar its own footage may come, when it was put beside what lay at the same path before, in ms (a day). @default 86400000 */
export const OWN_FOOTAGE_MS = 86_400_000
/** Guesses that are remembered; of more the oldest is forgotten. @default 500 */
export const MAX_GUESSES = 500

/** A sidecar went to this footage, and may belong to some that has not come yet. */
export interface Guess {
  readonly sidecar: string
  /** The import that brought the sidecar. */
  readonly batch: string | undefined
  readonly id: AssetId
}

/** What may have to be taken back, the newest first. */
export interface Guesses<Made extends Guess> {
  add(...made: readonly Made[]): void
  /** Those whose sidecars this footage of the same import may be the own one of. */
  about(footage: Pick<Guess, 'id' | 'batch'>, isPartner: (sidecar: string) => boolean): Made[]
  forget(made: Made): void
}

export function createGuesses<Made extends Guess>(): Guesses<Made> {
  const known = new Map<Made, number>()
  return {
    add(...made) {
      for (const one of made.toReversed()) known.set(one, Date.now())
      for (const oldest of known.keys()) {
        if (known.size <= MAX_GUESSES) break
        known.delete(oldest)
      }
    },
    about: ({ id, batch }, isPartner) => [...known].reverse().flatMap(([one, atMs]) => one.batch === batch && one.id !== id && isPartner(one.sidecar) && Date.now() - atMs < OWN_FOOTAGE_MS ? one : []),
    forget(made) { known.delete(made) }
  }
}
