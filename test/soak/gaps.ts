import type { RecordingList } from '#protocols/http.ts'

/** Something that was done to the ring, from the harm until all was recorded again; Unix ms. */
export interface Fault {
  readonly what: string
  readonly fromMs: number
  readonly toMs: number
}

/** What is lost before it is noticed, and the seconds a part may lie back, in ms. */
const SLACK_MS = 3_000

/** Gaps that no fault accounts for, and gaps whose reason nobody can read. */
export function unexplainedGaps({ camera, gaps }: RecordingList, faults: readonly Fault[]): string[] {
  return gaps.flatMap(({ startMs, endMs, reason }) => {
    const text = `${camera}: ${((endMs - startMs) / 1000).toFixed(1)} s from ${new Date(startMs).toISOString()}`
    if (reason === '') return [`${text} has no reason`]
    return faults.some(({ fromMs, toMs }) => startMs >= fromMs - SLACK_MS && endMs <= toMs + SLACK_MS) ? [] : [`${text} (${reason}) belongs to no fault`]
  })
}
