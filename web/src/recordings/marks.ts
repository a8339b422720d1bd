import type { Range } from './timeline-math.ts'

/** What a person marked on the timeline: either end may be missing. */
export interface Marks {
  readonly inMs: number | null
  readonly outMs: number | null
}

export const NO_MARKS: Marks = { inMs: null, outMs: null }

/** Set an end; a mark that would turn the range around takes the other end away. */
export function marked(marks: Marks, end: 'in' | 'out', ms: number): Marks {
  const at = Math.round(ms)
  if (end === 'in') return { inMs: at, outMs: marks.outMs !== null && marks.outMs > at ? marks.outMs : null }
  return { outMs: at, inMs: marks.inMs !== null && marks.inMs < at ? marks.inMs : null }
}

/** The range once both ends are there. */
export function chosenRange({ inMs, outMs }: Marks): Range | undefined {
  return inMs === null || outMs === null ? undefined : { fromMs: inMs, toMs: outMs }
}
