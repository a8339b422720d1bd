import type { DeriveOptions } from '../../derive/derive-process.ts'
import { clockOffset, timecodeOffset } from './clocks.ts'
import type { Recording } from './recording.ts'
import { hasSound, type Syncs } from './syncs.ts'
import { type Angle, placedIn } from './take.ts'

/** Recordings of a take that a new one is compared with, at most: the ones it fits best with first. @default 4 */
export const MOST_BASES = 4
/** Sound that is so sure needs no second opinion. @default 0.5 */
export const SURE = 0.5
/** What clocks and timecode say is believed so much: they are as good as people set them. */
const [TIMECODE_CONFIDENCE, CLOCK_CONFIDENCE] = [0.5, 0.2]

/** A recording that lies somewhere in a take. */
export interface Base {
  readonly recording: Recording
  readonly angle: Angle
}

export type Placed = { readonly angle: Angle } | { readonly reason: string }

/** Where a recording lies in a take, by what it and those in it heard. @throws what `Syncs` throws */
export async function placeBySound(syncs: Syncs, bases: readonly Base[], recording: Recording, options: DeriveOptions): Promise<Placed> {
  const heard = bases.filter((base) => hasSound(base.recording)).slice(0, MOST_BASES)
  if (!hasSound(recording) || heard.length === 0) return { reason: 'there is no sound to compare' }
  let best: Angle | undefined
  let reason = ''
  for (const [i, { recording: other, angle }] of heard.entries()) {
    const found = await syncs.sync(other, recording, { ...options, onProgress: (share) => options.onProgress?.((i + share) / heard.length) })
    if (!found.found) reason = found.reason
    else if (found.confidence > (best?.confidence ?? 0)) best = { recording: recording.facts.id, by: 'sound', confidence: found.confidence, ...placedIn(angle, found) }
    if ((best?.confidence ?? 0) >= SURE) break
  }
  return best === undefined ? { reason } : { angle: best }
}

/** Where it lies by its timecode, else by its clock: for what can not be heard, when a person asks. */
export function placeByClocks(bases: readonly Base[], recording: Recording): Angle | undefined {
  for (const [by, confidence, offsetOf] of [['timecode', TIMECODE_CONFIDENCE, timecodeOffset], ['clock', CLOCK_CONFIDENCE, clockOffset]] as const) {
    for (const { recording: other, angle } of bases) {
      const offsetMs = offsetOf(other.facts, recording.facts)
      if (offsetMs !== undefined && overlaps(offsetMs, other, recording)) return { recording: recording.facts.id, by, confidence, ...placedIn(angle, { offsetMs, driftPpm: 0 }) }
    }
  }
  return undefined
}

function overlaps(offsetMs: number, first: Recording, second: Recording): boolean {
  return offsetMs < (first.facts.probe.durationMs ?? 0) && offsetMs + (second.facts.probe.durationMs ?? 0) > 0
}
