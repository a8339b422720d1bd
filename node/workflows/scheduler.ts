import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowDefinition } from '#protocols/http.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { RecordFields, RingRecord } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { cronOf } from './check.ts'

/** How often schedules are looked at, in ms. @default 1000 */
export const SCHEDULE_LOOK_MS = 1_000
/** A moment that passed while its node was down is made up for within this time, in ms. @default 600000 */
export const SCHEDULE_GRACE_MS = 600_000
/** How long two nodes that claim the same moment have to hear of each other, in ms. @default 2000 */
export const CLAIM_SETTLE_MS = 2_000

export interface SchedulerComponents {
  readonly self: PeerId
  readonly workflows: () => readonly RingRecord[]
  /** Whether this node minds it now: it is the first live owner of its id. */
  readonly isMine: (id: string) => boolean
  readonly isAlone: () => boolean
  readonly claim: (id: string, fields: RecordFields) => Promise<unknown>
  readonly begin: (id: string) => void
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

/**
 * Begins workflows when their time has come, each moment on one node: its first live owner claims the moment in the workflow's record,
 * waits until a rival's claim would have arrived, and begins only when the claim that merged is its own. Nodes that are cut off from each
 * other can not know: then each side begins it.
 */
export function createScheduler(components: SchedulerComponents, { settleMs = CLAIM_SETTLE_MS }: { settleMs?: number } = {}): Startable & { now(): Promise<void> } {
  const { self, workflows, isMine, isAlone, claim, begin, log, nowMs = Date.now } = components
  const startedMs = nowMs()

  async function look(signal: AbortSignal): Promise<void> {
    await Promise.all(workflows().map((record) => lookAt(record, signal).catch((err) => {
      if (!signal.aborted) log.error('schedule of workflow %s - %s', record.id, err)
    })))
  }

  async function lookAt({ id, fields }: RingRecord, signal: AbortSignal): Promise<void> {
    const dueMs = dueOf(fields, nowMs())
    if (dueMs === undefined || dueMs <= Math.max(Number(fields['changedMs'] ?? 0), Number(fields['claimedMs'] ?? 0), startedMs - SCHEDULE_GRACE_MS) || !isMine(id)) return
    await claim(id, { claimedMs: dueMs, claimedBy: self })
    if (!isAlone()) await sleep(settleMs, undefined, { signal })
    const now = workflows().find((each) => each.id === id)
    if (now?.fields['claimedMs'] === dueMs && now.fields['claimedBy'] === self) begin(id)
  }

  return repeating(look, SCHEDULE_LOOK_MS, log)
}

/** The newest moment of its schedule that has come and is not too long ago. */
function dueOf({ definition }: RecordFields, nowMs: number): number | undefined {
  const { schedule, time_zone, enabled } = (definition ?? {}) as WorkflowDefinition
  if (typeof schedule !== 'string' || enabled === false) return undefined
  const dueMs = cronOf(schedule, time_zone).previousRuns(1, new Date(nowMs + 1))[0]?.getTime()
  return dueMs !== undefined && nowMs - dueMs < SCHEDULE_GRACE_MS ? dueMs : undefined
}
