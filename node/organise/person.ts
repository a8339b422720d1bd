/** Whoever asks, as far as this folder needs it; what HTTP knows of them fits. */
export interface Person {
  readonly kind: string
  readonly id: string
  readonly name: string
}

/** The same for the same person. */
export const personKey = ({ kind, id }: Person): string => `${kind}:${id}`
