/** When a camera was expected to be recorded, by all that was ever decided. Pure. */
import type { PlanChange, RecordPlan } from '#ring'
import { NOT_EXPECTED } from './loss-reason.ts'
import { type Stretch, overlay } from './time-ranges.ts'
import { scheduled } from './week-schedule.ts'

/** What is expected in a stretch of time; `reason` says why nothing is, or is undefined. */
export interface Expected extends Stretch {
  readonly reason: string | undefined
}

/** What holds where nobody decided anything. */
export function defaultPlan(record: boolean): RecordPlan {
  return { mode: record ? 'continuous' : 'off', on: false, schedule: [], timeZone: 'UTC', away: false, sinceMs: 0 }
}

/** Why a plan does not ask for recording at this moment; undefined when it does. */
export function whyNotNow(plan: RecordPlan, atMs: number): string | undefined {
  return whyNot(plan, atMs, atMs + 1)[0]?.reason
}

/** Why a plan does not ask for recording, one stretch after the other from `startMs` to `endMs`. */
function whyNot(plan: RecordPlan, startMs: number, endMs: number): Expected[] {
  const all = (reason: string | undefined): Expected[] => [{ startMs, endMs, reason }]
  switch (plan.mode) {
    case 'continuous': return all(undefined)
    case 'off': return all(NOT_EXPECTED.off)
    case 'manual': return all(plan.on ? undefined : NOT_EXPECTED.manual)
    case 'motion': return all(NOT_EXPECTED.motion)
    case 'scheduled': {
      const within = scheduled(plan.schedule, plan.timeZone, startMs, endMs).map((range): Expected => ({ ...range, reason: undefined }))
      return overlay(all(NOT_EXPECTED.schedule), within, (_below, above) => above)
    }
  }
}

/** A camera that is recorded on motion is missed as well while it does not come: nobody can say that nothing moved. */
const isMissed = ({ reason }: Expected): boolean => reason === undefined || reason === NOT_EXPECTED.motion

export interface PlanHistory {
  /** What was noted, in any order. */
  readonly changes: readonly PlanChange[]
  /** What holds now. */
  readonly plan: RecordPlan
  /** When the camera was first attached, Unix ms; undefined: it never was. */
  readonly firstMs: number | undefined
}

/** Covers `[fromMs, toMs)` without gap. */
export function expectation({ changes, plan, firstMs }: PlanHistory, fromMs: number, toMs: number): Expected[] {
  const out: Expected[] = []
  for (const era of eras(changes, plan)) {
    const [startMs, endMs] = [Math.max(fromMs, era.startMs), Math.min(toMs, era.endMs)]
    if (startMs < endMs) out.push(...whyNot(era.plan, startMs, endMs).map((each) => era.plan.away && isMissed(each) ? { ...each, reason: NOT_EXPECTED.away } : each))
  }
  return overlay(out, [{ startMs: -Infinity, endMs: firstMs ?? Infinity }], (below) => ({ ...below, reason: NOT_EXPECTED.before }))
}

/** Every plan with the time it held, from the beginning to the end of time. The newest decision is the one that holds now, even where its note is missing. */
function eras(changes: readonly PlanChange[], plan: RecordPlan): Array<Stretch & { plan: RecordPlan }> {
  const ordered = [...changes].sort((a, b) => a.atMs - b.atMs || (JSON.stringify(a.plan) < JSON.stringify(b.plan) ? -1 : 1))
  const last = ordered.at(-1)
  if (last === undefined || (last.atMs < plan.sinceMs && plan.sinceMs > 0)) ordered.push({ atMs: plan.sinceMs, was: last?.plan ?? plan, plan })
  const out: Array<Stretch & { plan: RecordPlan }> = [{ startMs: -Infinity, endMs: ordered[0]!.atMs, plan: ordered[0]!.was }]
  for (const [i, change] of ordered.entries()) out.push({ startMs: change.atMs, endMs: ordered[i + 1]?.atMs ?? Infinity, plan: change.plan })
  return out.filter(({ startMs, endMs }) => startMs < endMs)
}
