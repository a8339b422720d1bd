/** Whoever asks, as far as this folder needs it; what HTTP knows of them fits. */
export interface Person {
  readonly kind: string
  readonly id: string
  readonly name: string
  /** Told the id of each entry of the history that this person's edits make or go on with. */
  noted?(entry: string): void
}

/** The same for the same person. */
export const personKey = ({ kind, id }: Person): string => `${kind}:${id}`
