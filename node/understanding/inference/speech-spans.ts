/** From the probability of speech in each window to spans in which somebody speaks, as Silero's own tools make them. */
import type { SpokenSpan } from './inference.ts'

/** Samples of one probability, at 16 kHz. */
export const SPEECH_WINDOW = 512
/** From this probability on it is speech. @default 0.5 */
export const SPEECH_FROM = 0.5
/** Below this one it is no speech any more. @default 0.35 */
export const SPEECH_UNTIL = 0.35
/** Shortest span, in ms. @default 250 */
export const MIN_SPEECH_MS = 250
/** Silence that ends a span, in ms. @default 100 */
export const MIN_SILENCE_MS = 100
/** Added before and after, in ms. @default 30 */
export const SPEECH_PAD_MS = 30

const SAMPLES_PER_MS = 16
const WINDOW_MS = SPEECH_WINDOW / SAMPLES_PER_MS

/** `samples`: how many there were; spans end there at the latest. */
export function speechSpans(probabilities: readonly number[], samples: number): SpokenSpan[] {
  const endMs = samples / SAMPLES_PER_MS
  const padded = rawSpans(probabilities).filter(({ fromMs, toMs }) => toMs - fromMs >= MIN_SPEECH_MS)
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(0, fromMs - SPEECH_PAD_MS), toMs: Math.min(endMs, toMs + SPEECH_PAD_MS) }))
  return padded.reduce<SpokenSpan[]>((spans, span) => {
    const last = spans.at(-1)
    if (last !== undefined && span.fromMs <= last.toMs) return [...spans.slice(0, -1), { fromMs: last.fromMs, toMs: span.toMs }]
    return [...spans, span]
  }, [])
}

function rawSpans(probabilities: readonly number[]): SpokenSpan[] {
  const spans: SpokenSpan[] = []
  let from: number | undefined
  let quietSince: number | undefined
  for (const [place, probability] of probabilities.entries()) {
    const ms = place * WINDOW_MS
    if (probability >= SPEECH_FROM) [from, quietSince] = [from ?? ms, undefined]
    if (from === undefined || probability >= SPEECH_UNTIL) continue
    quietSince ??= ms
    if (ms + WINDOW_MS - quietSince < MIN_SILENCE_MS) continue
    spans.push({ fromMs: from, toMs: quietSince })
    from = quietSince = undefined
  }
  if (from !== undefined) spans.push({ fromMs: from, toMs: quietSince ?? probabilities.length * WINDOW_MS })
  return spans
}
