/** Where sound is cut for a model that hears thirty seconds at once: between words, never within. Pure. */
import type { SpokenSpan } from '../inference/inference.ts'
import type { Span } from '../subject.ts'

/** A model hears so much at once, in ms. @default 30000 */
export const STRETCH_MS = 30_000
/** Speech after a longer silence is heard by itself, in ms. @default 3000 */
export const SILENCE_MS = 3_000
/** So much silence is kept around what is heard: first and last sounds are quiet, in ms. @default 200 */
export const EDGE_MS = 200
/** Who speaks longer without a pause is cut where it is quietest, at most so long before the end, in ms. @default 5000 */
export const QUIETEST_MS = 5_000

/** In ms of the sound it was cut from. */
export interface Stretch extends Span {
  readonly speech: readonly SpokenSpan[]
}

export interface CutOptions {
  /** How much sound there is, in ms. */
  readonly lengthMs: number
  /** Nothing follows. */
  readonly isLast: boolean
  /** The quietest moment between two others. */
  readonly quietest: (fromMs: number, toMs: number) => number
}

/** What can be heard now, and from where on it has to be seen again with what follows. */
export function cut(spans: readonly SpokenSpan[], { lengthMs, isLast, quietest }: CutOptions): { readonly stretches: Stretch[]; readonly keepFromMs: number } {
  const groups: SpokenSpan[][] = []
  for (const span of spans.flatMap((one) => [...shortened(one, quietest)])) {
    const last = groups.at(-1)
    const isNear = last !== undefined && span.fromMs - last.at(-1)!.toMs <= SILENCE_MS && span.toMs - last[0]!.fromMs <= STRETCH_MS - 2 * EDGE_MS
    if (isNear) last.push(span)
    else groups.push([span])
  }
  const open = groups.at(-1)
  const mayGrow = !isLast && open !== undefined && lengthMs - open.at(-1)!.toMs < SILENCE_MS && open[0]!.fromMs > EDGE_MS
  const ready = mayGrow ? groups.slice(0, -1) : groups
  const stretches = ready.map((group, i) => {
    const [first, last] = [group[0]!, group.at(-1)!]
    const [before, after] = [ready[i - 1]?.at(-1)?.toMs ?? 0, groups[i + 1]?.[0]?.fromMs ?? lengthMs]
    return { fromMs: Math.max(first.fromMs - EDGE_MS, (before + first.fromMs) / 2, 0), toMs: Math.min(last.toMs + EDGE_MS, (last.toMs + after) / 2, lengthMs), speech: group }
  })
  const heardMs = stretches.at(-1)?.toMs ?? 0
  return { stretches, keepFromMs: isLast ? lengthMs : mayGrow ? Math.max(heardMs, open[0]!.fromMs - EDGE_MS) : Math.max(heardMs, lengthMs - 1_000) }
}

/** Pieces a model can hear at once. */
function* shortened(span: SpokenSpan, quietest: CutOptions['quietest']): Generator<SpokenSpan> {
  let { fromMs } = span
  const most = STRETCH_MS - 2 * EDGE_MS
  while (span.toMs - fromMs > most) {
    const toMs = quietest(fromMs + most - QUIETEST_MS, fromMs + most)
    yield { fromMs, toMs }
    fromMs = toMs
  }
  yield { fromMs, toMs: span.toMs }
}
