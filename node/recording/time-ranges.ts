/** Stretches of time laid over each other. Pure. */

/** `endMs` is not part of it. */
export interface Stretch {
  readonly startMs: number
  readonly endMs: number
}

/** `top` over `base`, where `wins` says so. Both are in order and without overlap; so is the answer, and it covers what `base` covers. */
export function overlay<Base extends Stretch, Top extends Stretch>(base: readonly Base[], top: readonly Top[], wins: (base: Base, top: Top) => Base | undefined): Base[] {
  const out: Base[] = []
  let next = 0
  for (const below of base) {
    let atMs = below.startMs
    while (next < top.length && top[next]!.endMs <= atMs) next++
    for (let i = next; i < top.length && top[i]!.startMs < below.endMs; i++) {
      const above = wins(below, top[i]!)
      if (above === undefined) continue
      const [startMs, endMs] = [Math.max(atMs, top[i]!.startMs), Math.min(below.endMs, top[i]!.endMs)]
      if (startMs >= endMs) continue
      if (startMs > atMs) out.push({ ...below, startMs: atMs, endMs: startMs })
      out.push({ ...above, startMs, endMs })
      atMs = endMs
    }
    if (atMs < below.endMs) out.push({ ...below, startMs: atMs })
  }
  return out
}

/** In order and without overlap: where two meet, the one that begins first stays, and the other has what is left of it. */
export function inOrder<Range extends Stretch>(ranges: readonly Range[]): Range[] {
  const out: Range[] = []
  let reachedMs = -Infinity
  for (const range of [...ranges].sort((a, b) => a.startMs - b.startMs)) {
    const startMs = Math.max(range.startMs, reachedMs)
    if (startMs >= range.endMs) continue
    out.push(startMs === range.startMs ? range : { ...range, startMs })
    reachedMs = range.endMs
  }
  return out
}

/** Neighbours that `alike` finds the same become one. */
export function joined<Range extends Stretch>(ranges: readonly Range[], alike: (one: Range, next: Range) => boolean): Range[] {
  const out: Range[] = []
  for (const range of ranges) {
    const last = out.at(-1)
    if (last !== undefined && last.endMs === range.startMs && alike(last, range)) out[out.length - 1] = { ...last, endMs: range.endMs }
    else out.push(range)
  }
  return out
}
