/** Changed, missing and extra letters a mistyped name may have. @default 2 */
export const MAX_TYPING_MISTAKES = 2

/** The name that was most probably meant; undefined when none is near. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    if (Math.abs(name.length - typed.length) > MAX_TYPING_MISTAKES) continue
    const distance = distanceOf(typed, name.toLowerCase())
    if (distance <= Math.min(MAX_TYPING_MISTAKES, name.length - 2) && distance < (best?.distance ?? Infinity)) best = { name, distance }
  }
  return best?.name
}

/** Levenshtein's. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length] ?? 0
}
