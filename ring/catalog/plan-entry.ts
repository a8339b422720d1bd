/**
 * What was decided about cameras, in the root document: the root-level maps `plans` and `retention` (one JSON value per camera), `kept` (one per range),
 * and in `settings` the keys `lowPercent` and `shortened`. Beside `cameras`, whose values a node writes whole when a camera comes.
 */
import type * as Y from 'yjs'
import { InvalidInputError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { KeptRange, RecordPlan, RetentionRule, Shortening, SpaceSetting, WeekRange } from './camera-policy.ts'
import { SETTINGS } from './settings-entry.ts'

export const PLANS = 'plans'
export const RETENTION = 'retention'
export const KEPT = 'kept'

/** Ranges of a weekly schedule, at most. @default 50 */
export const MAX_WEEK_RANGES = 50
/** Kept ranges of the ring, at most. @default 5000 */
export const MAX_KEPT = 5_000
/** Longest name of a kept range, in characters. @default 200 */
export const MAX_KEPT_NAME = 200
/** Longest time footage can be asked to be kept, in days: a hundred years. @default 36500 */
export const MAX_RETENTION_DAYS = 36_500
/** Most footage a rule can ask for, in 10^9 bytes. @default 10000000 */
export const MAX_RETENTION_GB = 10_000_000
/** Share of the ring's disks below which free space is too little, in percent. @default 5 */
export const DEFAULT_LOW_PERCENT = 5
/** Shortenings remembered, at most. @default 200 */
export const MAX_SHORTENINGS = 200

/** Seconds before a motion, when nobody says. @default 5 */
export const DEFAULT_PRE_ROLL_SECONDS = 5
/** Seconds after a motion, when nobody says. @default 10 */
export const DEFAULT_POST_ROLL_SECONDS = 10
/** Longest time before a motion that can be asked for, in seconds: it is held in memory. @default 60 */
export const MAX_PRE_ROLL_SECONDS = 60
/** Longest time after a motion that can be asked for, in seconds. @default 3600 */
export const MAX_POST_ROLL_SECONDS = 3_600

export const KEEP_ALL: RetentionRule = Object.freeze({ days: null, gigabytes: null, whenFull: 'keep' })

const MASTERS: ReadonlySet<unknown> = new Set(['as-sent', 'prores', 'ffv1'])
const MODES: ReadonlySet<unknown> = new Set(['continuous', 'scheduled', 'manual', 'motion', 'off'])
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/
const zones = new Map<string, boolean>()

type Fields = Record<string, unknown>
const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isWithin = (value: unknown, least: number, most: number): value is number => typeof value === 'number' && value >= least && value <= most

/** Whether this machine's calendar knows the zone. */
export function isTimeZone(zone: unknown): zone is string {
  if (typeof zone !== 'string' || zone.length > 64 || !/^[A-Za-z]/.test(zone)) return false
  let known = zones.get(zone)
  if (known === undefined) {
    try {
      known = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
    } catch {
      known = false
    }
    if (zones.size < 1_000) zones.set(zone, known)
  }
  return known
}

function isWeekRange(value: unknown): value is WeekRange {
  if (!isRecord(value)) return false
  const { days, from, to } = value
  return Array.isArray(days) && days.length >= 1 && days.length <= 7 && days.every((day) => Number.isInteger(day) && isWithin(day, 0, 6)) && CLOCK.test(String(from)) && CLOCK.test(String(to))
}

export function isPlan(value: unknown): value is RecordPlan {
  if (!isRecord(value)) return false
  const { mode, on, schedule, timeZone, away, sinceMs } = value
  return MODES.has(mode) && typeof on === 'boolean' && typeof away === 'boolean' && isTimeZone(timeZone) && isWithin(sinceMs, 0, 8.64e15)
    && Array.isArray(schedule) && schedule.length <= MAX_WEEK_RANGES && schedule.every(isWeekRange) && isRolled(value) && isMastered(value)
}

/** Plans of older nodes say nothing of it. */
function isRolled({ preRollSeconds = 0, postRollSeconds = 0 }: Fields): boolean {
  return isWithin(preRollSeconds, 0, MAX_PRE_ROLL_SECONDS) && isWithin(postRollSeconds, 0, MAX_POST_ROLL_SECONDS)
}

function isMastered({ master = 'as-sent', masterSinceMs = 0 }: Fields): boolean {
  return MASTERS.has(master) && isWithin(masterSinceMs, 0, 8.64e15)
}

function isRule(value: unknown): value is RetentionRule {
  if (!isRecord(value)) return false
  const { days, gigabytes, motionDays = null, whenFull } = value
  if (motionDays !== null && !(isWithin(motionDays, 0.01, MAX_RETENTION_DAYS) && (days === null || motionDays >= Number(days)))) return false
  return (days === null || isWithin(days, 0.01, MAX_RETENTION_DAYS)) && (gigabytes === null || isWithin(gigabytes, 0.001, MAX_RETENTION_GB)) && (whenFull === 'keep' || whenFull === 'oldest')
}

function isKept(value: unknown): value is KeptRange {
  if (!isRecord(value)) return false
  const { id, camera, fromMs, toMs, name, createdAtMs } = value
  return typeof id === 'string' && typeof camera === 'string' && typeof name === 'string' && name.length <= MAX_KEPT_NAME
    && isWithin(fromMs, 0, 8.64e15) && isWithin(toMs, 0, 8.64e15) && fromMs < toMs && isWithin(createdAtMs, 0, 8.64e15)
}

/** @throws InvalidInputError saying what to change */
export function checkPlan(plan: RecordPlan): RecordPlan {
  if (!isTimeZone(plan.timeZone)) throw new InvalidInputError(`${JSON.stringify(plan.timeZone).slice(0, 80)} is no time zone: use an IANA name, for example Europe/Berlin`)
  if (plan.mode === 'scheduled' && plan.schedule.length === 0) throw new InvalidInputError('a schedule without ranges records nothing: name at least one, or use mode off')
  if (!isRolled({ ...plan })) throw new InvalidInputError(`a recording on motion may begin 0 to ${MAX_PRE_ROLL_SECONDS} seconds before it and end 0 to ${MAX_POST_ROLL_SECONDS} seconds after it`)
  if (!isMastered({ ...plan })) throw new InvalidInputError('a master is as-sent (none is made), prores or ffv1')
  if (!isPlan(plan)) throw new InvalidInputError('a plan is a mode (continuous, scheduled, manual, motion or off) and at most 50 weekly ranges {days: [0–6, 0 is Sunday], from: "HH:MM", to: "HH:MM"}')
  return plan
}

/** @throws InvalidInputError saying what to change */
export function checkRetention(rule: RetentionRule): RetentionRule {
  if (!isRule(rule)) throw new InvalidInputError(`footage is kept for 0.01 to ${MAX_RETENTION_DAYS} days, or up to 0.001 to ${MAX_RETENTION_GB} gigabytes, or null for no limit; hours with motion at least as long as the rest (motionDays); whenFull is "keep" or "oldest"`)
  return rule
}

/** @throws InvalidInputError saying what to change */
export function checkKept(range: KeptRange): KeptRange {
  if (!isKept(range)) throw new InvalidInputError(`a kept range has a from before its to (Unix ms), and a name of at most ${MAX_KEPT_NAME} characters`)
  return range
}

/** @throws InvalidInputError saying what to change */
export function checkSpace(setting: SpaceSetting): SpaceSetting {
  if (!isWithin(setting.lowPercent, 0, 50)) throw new InvalidInputError('the share of free space that is too little is 0 to 50 percent')
  return setting
}

/** What the root document says about the footage of cameras. */
export interface Decisions {
  readonly plans: ReadonlyMap<CameraId, RecordPlan>
  readonly retention: ReadonlyMap<CameraId, RetentionRule>
  readonly kept: readonly KeptRange[]
  readonly space: SpaceSetting
  readonly shortenings: readonly Shortening[]
}

export const NO_DECISIONS: Decisions = { plans: new Map(), retention: new Map(), kept: [], space: { lowPercent: DEFAULT_LOW_PERCENT }, shortenings: [] }

/** Entries another member wrote wrongly are left out. */
export function readDecisions(doc: Y.Doc): Decisions {
  const settings = doc.getMap<unknown>(SETTINGS)
  const lowPercent = settings.get('lowPercent')
  const shortened = settings.get('shortened')
  return {
    plans: new Map([...doc.getMap<unknown>(PLANS).entries()].filter((entry): entry is [CameraId, RecordPlan] => isPlan(entry[1]))),
    retention: new Map([...doc.getMap<unknown>(RETENTION).entries()].filter((entry): entry is [CameraId, RetentionRule] => isRule(entry[1]))),
    kept: [...doc.getMap<unknown>(KEPT).entries()].filter(([id, value]) => isKept(value) && value.id === id).map(([, value]) => value as KeptRange).sort((a, b) => a.fromMs - b.fromMs || (a.id < b.id ? -1 : 1)),
    space: { lowPercent: isWithin(lowPercent, 0, 50) ? lowPercent : DEFAULT_LOW_PERCENT },
    shortenings: Array.isArray(shortened) ? shortened.slice(-MAX_SHORTENINGS).filter((each): each is Shortening => isRecord(each) && isWithin(each.atMs, 0, 8.64e15) && isWithin(each.bytes, 0, Number.MAX_SAFE_INTEGER)) : []
  }
}
