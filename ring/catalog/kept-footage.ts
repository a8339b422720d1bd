import type { KeptRange, RecordedHour } from './camera-policy.ts'

/** What is kept begins this much earlier, and ends this much later, in ms: the keyframe before it is needed, and clocks differ. @default 60000 */
export const KEPT_MARGIN_MS = 60_000

/** Whether nothing of this footage is kept for good. */
export function isFree({ startMs, endMs }: Pick<RecordedHour, 'startMs' | 'endMs'>, kept: readonly KeptRange[]): boolean {
  return kept.every(({ fromMs, toMs }) => endMs <= fromMs - KEPT_MARGIN_MS || startMs >= toMs + KEPT_MARGIN_MS)
}
