/** Answers that cost reading: the same is given again for a while, to whoever asks for the same. */
export type KeptAnswers<T> = (name: string, key: string, ask: () => Promise<T>) => Promise<T>

/** An answer holds until its key changes, for `leastMs`, or for ten times as long as answering took; one that failed does not hold. */
export function keptAnswers<T>(leastMs: number): KeptAnswers<T> {
  const kept = new Map<string, { readonly key: string; readonly answer: Promise<T>; untilMs: number }>()
  return (name, key, ask) => {
    const known = kept.get(name)
    if (known?.key === key && known.untilMs > performance.now()) return known.answer
    const beganMs = performance.now()
    const entry = { key, answer: ask(), untilMs: Number.POSITIVE_INFINITY }
    kept.set(name, entry)
    entry.answer.then(
      () => { entry.untilMs = performance.now() + Math.max(leastMs, 10 * (performance.now() - beganMs)) },
      () => { if (kept.get(name) === entry) kept.delete(name) }
    )
    return entry.answer
  }
}
