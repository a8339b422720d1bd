/** Which language it is, by what a Whisper's decoder thinks of its marks (`<|de|>`): the share of the likeliest among all of them. */
export function likeliest(marks: Readonly<Record<string, number>>, logits: ArrayLike<number>): { language: string; confidence: number } {
  const known = Object.entries(marks).map(([mark, token]) => ({ language: mark.replace(/^<\|(.*)\|>$/, '$1'), logit: logits[token] ?? Number.NEGATIVE_INFINITY })).toSorted((a, b) => b.logit - a.logit)
  const [first] = known
  if (first === undefined) throw new RangeError('no languages to choose from')
  return { language: first.language, confidence: 1 / known.reduce((sum, { logit }) => sum + Math.exp(logit - first.logit), 0) }
}
