import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { CameraChange, CameraSettings, RecordView, RetentionView } from '#protocols/http.ts'
import type { CameraId } from '#protocols/ids.ts'
import { checkPlan, checkRetention, DEFAULT_POST_ROLL_SECONDS, DEFAULT_PRE_ROLL_SECONDS, hourOf, type RecordPlan, type RetentionRule, type Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { whyNotNow } from './expectation.ts'
import { planOf } from './ledgers.ts'

/** How often decisions are compared with what was noted of them, in ms. @default 30000 */
export const RECONCILE_MS = 30_000

/** When cameras are recorded and how long their footage is kept, decided on any node. */
export interface CameraSettingsKeeper extends Startable {
  /** @throws NotFoundError */
  read(camera: CameraId): CameraSettings
  /** @throws NotFoundError, InvalidInputError */
  change(camera: CameraId, change: CameraChange): Promise<CameraSettings>
  /** Start or stop a camera that is recorded by hand. @throws NotFoundError, InvalidInputError when it is not */
  turn(camera: CameraId, on: boolean): Promise<CameraSettings>
  /** Note decisions that stand in the catalog and are not in the notes: those of a node that died, and what won when two sides of a cut decided otherwise. */
  reconcile(): Promise<void>
}

interface Components {
  readonly ring: { readonly self: Ring['self']; readonly catalog: Pick<Ring['catalog'], 'cameras' | 'index' | 'policy' | 'unindexed'>; readonly placement: Pick<Ring['placement'], 'homeOf'> }
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

function recordView({ mode, on, schedule, timeZone, away, preRollSeconds = DEFAULT_PRE_ROLL_SECONDS, postRollSeconds = DEFAULT_POST_ROLL_SECONDS, master = 'as-sent', sinceMs }: RecordPlan): RecordView {
  return structuredClone({ mode, on, schedule, timeZone, away, preRollSeconds, postRollSeconds, master, sinceMs }) as RecordView
}

export function createCameraSettings({ ring, log, nowMs = Date.now }: Components): CameraSettingsKeeper {
  const { catalog } = ring
  const { policy, index } = catalog

  function nameOf(camera: CameraId): string {
    const entry = catalog.cameras().find(({ id }) => id === camera)
    if (entry === undefined) throw new NotFoundError(`there is no camera ${camera}`)
    return entry.name
  }

  function read(camera: CameraId): CameraSettings {
    const name = nameOf(camera)
    const plan = planOf(catalog, camera)
    const reason = whyNotNow(plan, nowMs()) ?? null
    const hours = index.hourSizes(camera)
    return {
      id: camera, name, record: recordView(plan), retention: { motionDays: null, ...policy.retention(camera) }, expected: reason === null, reason,
      footage: { hours: hours.length, bytes: hours.reduce((sum, { bytes }) => sum + bytes, 0), oldestMs: hours[0]?.startMs ?? null }
    }
  }

  /** Decided by a node whose clock ran ahead: what is decided later goes before it. */
  const isAhead = (atMs: number): boolean => atMs > nowMs() + RECONCILE_MS

  async function decide(camera: CameraId, next: Partial<RecordPlan>): Promise<void> {
    const was = planOf(catalog, camera)
    const atMs = isAhead(was.sinceMs) ? nowMs() : Math.max(nowMs(), was.sinceMs + 1)
    const plan: RecordPlan = { ...was, ...next, sinceMs: atMs }
    await policy.setPlan(camera, plan)
    await policy.note(camera, hourOf(atMs), (note) => ({ ...note, plans: [...note.plans, { atMs, was, plan }] }))
  }

  async function reconcile(): Promise<void> {
    if (catalog.unindexed() > 0) return
    for (const { id } of catalog.cameras()) {
      const plan = policy.plan(id)
      if (plan === undefined || ring.placement.homeOf(id) !== ring.self) continue
      const newest = index.notes(id, nowMs(), nowMs() + 1).flatMap(({ plans }) => plans).filter(({ atMs }) => !isAhead(atMs)).sort((a, b) => b.atMs - a.atMs)[0]
      if (newest?.plan.sinceMs === plan.sinceMs || nowMs() - plan.sinceMs < RECONCILE_MS) continue // the node that decided is about to note it
      const atMs = newest === undefined || newest.atMs < plan.sinceMs ? plan.sinceMs : nowMs()
      await policy.note(id, hourOf(atMs), (note) => ({ ...note, plans: [...note.plans, { atMs, was: newest?.plan ?? { ...plan, mode: 'continuous', away: false, sinceMs: 0 }, plan }] }))
    }
  }

  const looking = repeating(reconcile, RECONCILE_MS, log)
  return {
    read, reconcile,
    start: () => looking.start(),
    stop: () => looking.stop(),
    async change(camera, { record, retention }) {
      nameOf(camera)
      const was = planOf(catalog, camera)
      const isNewMaster = record?.master !== undefined && record.master !== (was.master ?? 'as-sent')
      const next = record === undefined ? undefined : { ...was, ...record, ...(isNewMaster && { masterSinceMs: nowMs() }), timeZone: record.timeZone ?? (record.schedule === undefined ? was.timeZone : Intl.DateTimeFormat().resolvedOptions().timeZone) }
      const rule: RetentionRule | undefined = retention === undefined ? undefined : { ...policy.retention(camera), ...retention as Partial<RetentionView> }
      if (rule !== undefined) checkRetention(rule) // both, before either is written
      if (next !== undefined) checkPlan(next)
      if (rule !== undefined) await policy.setRetention(camera, rule)
      if (next !== undefined) await decide(camera, next)
      return read(camera)
    },
    async turn(camera, on) {
      const name = nameOf(camera)
      const plan = planOf(catalog, camera)
      if (plan.mode !== 'manual') throw new InvalidInputError(`${name} is not recorded by hand: its mode is ${plan.mode}. Set {"record":{"mode":"manual"}} first`)
      if (plan.on !== on) await decide(camera, { on })
      return read(camera)
    }
  }
}
