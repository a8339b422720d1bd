import type { Samples } from '../../../../node/understanding/inference/inference.ts'

const PER_MS = 16
/** Loudness is looked at in steps of so long, ms. */
const STEP_MS = 10

/** Where sound of 16 kHz is loud: a detector of speech for tests, in which somebody speaks where it is not quiet. */
export function loudSpans(samples: Samples): { fromMs: number; toMs: number }[] {
  const spans: { fromMs: number; toMs: number }[] = []
  for (let ms = 0; (ms + STEP_MS) * PER_MS <= samples.length; ms += STEP_MS) {
    if (!samples.subarray(ms * PER_MS, (ms + STEP_MS) * PER_MS).some((sample) => Math.abs(sample) > 0.1)) continue
    const last = spans.at(-1)
    if (last?.toMs === ms) last.toMs = ms + STEP_MS
    else spans.push({ fromMs: ms, toMs: ms + STEP_MS })
  }
  return spans
}
