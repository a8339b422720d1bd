/** Which camera-hours of footage go, by the rules people made. Pure. */
import type { CameraId } from '#protocols/ids.ts'
import { HOUR_MS } from '../catalog/camera-hour.ts'
import { countsMotion, type KeptRange, type RecordedHour, type RetentionRule } from '../catalog/camera-policy.ts'
import { isFree } from '../catalog/kept-footage.ts'

/** An hour is looked at when it ended this long ago, in ms: nobody records into it any more. @default 7200000 */
export const HOUR_SETTLES_MS = 2 * HOUR_MS
const DAY_MS = 86_400_000

/** A camera-hour that goes, and the rule that says so. */
export interface ExpiringHour extends RecordedHour {
  readonly camera: CameraId
  readonly why: 'age' | 'size' | 'space'
}

export interface CameraFootage {
  readonly camera: CameraId
  readonly rule: RetentionRule
  readonly kept: readonly KeptRange[]
  /** Oldest first. */
  readonly hours: readonly RecordedHour[]
  /** Hours in which nothing moved. @default none: nobody knows */
  readonly still?: ReadonlySet<string>
  /** By how many ms the clock was behind that an hour was recorded by: it is younger than its name says. @default never */
  readonly behindMs?: (hour: RecordedHour) => number
}

export interface ExpiryPlan {
  readonly hours: readonly ExpiringHour[]
  /** What else may go for want of space, in order: in place of an hour that has to stay. */
  readonly spare: readonly ExpiringHour[]
  /** What would be over its time if the clock can be believed, and stays until that is known. */
  readonly doubted: readonly ExpiringHour[]
  /** Of the bytes that were asked for: those no rule allows to give up. */
  readonly shortBytes: number
}

/**
 * `wantedBytes`: how much footage (its copies not counted) should go beyond age and size, for the disks. `sureMs`: what of `nowMs` is sure;
 * what is over its time by the rest of it goes only for the disks, and first.
 */
export function planExpiry(footage: readonly CameraFootage[], nowMs: number, wantedBytes: number, sureMs = nowMs): ExpiryPlan {
  const due = footage.flatMap((each) => dueOf(each, sureMs))
  const going = new Set(due.map(idOf))
  const overdue = footage.flatMap((each) => dueOf(each, nowMs)).filter((hour) => !going.has(idOf(hour))).map(asRoom).sort(oldestFirst)
  for (const hour of overdue) going.add(idOf(hour))
  const shortenable = footage.filter(({ rule }) => rule.whenFull === 'oldest')
    .flatMap((each) => settledOf(each, sureMs).filter((hour) => isFree(hour, each.kept)).map((hour) => asRoom({ ...hour, camera: each.camera })))
    .filter((hour) => !going.has(idOf(hour))).sort(oldestFirst)
  const behind = new Map(footage.map(({ camera, behindMs = never }) => [camera, behindMs]))
  const { taken, rest, left } = take([...overdue, ...shortenable], wantedBytes - due.reduce((sum, { bytes }) => sum + bytes, 0), (hour) => behind.get(hour.camera)!(hour))
  return { hours: [...due, ...taken], spare: rest, doubted: overdue.filter((hour) => !taken.includes(hour)), shortBytes: left }
}

const never = (): number => 0

/** The first that make so much room; those that are younger than they seem only when nothing else is left. */
function take<T extends RecordedHour>(hours: readonly T[], wantedBytes: number, behindMs: (hour: T) => number): { taken: T[]; rest: T[]; left: number } {
  const [taken, young]: [T[], T[]] = [[], []]
  let [left, count] = [wantedBytes, 0]
  for (; count < hours.length && left > 0; count++) {
    const hour = hours[count]!
    if (behindMs(hour) > 0) young.push(hour)
    else left -= taken[taken.push(hour) - 1]!.bytes
  }
  while (left > 0 && young.length > 0) left -= taken[taken.push(young.shift()!) - 1]!.bytes
  return { taken, rest: [...hours.slice(count), ...young], left: Math.max(0, left) }
}

const asRoom = (hour: Omit<ExpiringHour, 'why'>): ExpiringHour => ({ ...hour, why: 'space' })
const oldestFirst = (a: ExpiringHour, b: ExpiringHour): number => a.endMs - b.endMs || (a.camera < b.camera ? -1 : 1)

const idOf = ({ camera, hour }: Pick<ExpiringHour, 'camera' | 'hour'>): string => `${camera}/${hour}`

const settledOf = ({ hours }: Pick<CameraFootage, 'hours'>, nowMs: number): RecordedHour[] =>
  hours.filter(({ hour, endMs }) => Math.max(endMs, Date.parse(`${hour}:00:00Z`) + HOUR_MS) + HOUR_SETTLES_MS <= nowMs)

/** Those that are too old, and the oldest of those that are too many: where motion counts, those without it first. */
function dueOf({ camera, rule, kept, hours, still = new Set(), behindMs = never }: CameraFootage, nowMs: number): ExpiringHour[] {
  const settled = settledOf({ hours }, nowMs).filter((hour) => isFree(hour, kept))
  const isStill = ({ hour }: RecordedHour): boolean => countsMotion(rule) && still.has(hour)
  const free = [...settled.filter(isStill), ...settled.filter((hour) => !isStill(hour))]
  const daysOf = (hour: RecordedHour): number | null => (isStill(hour) ? rule.days : rule.motionDays ?? rule.days)
  const isPast = (hour: RecordedHour, endMs: number): boolean => endMs <= nowMs - (daysOf(hour) ?? Number.POSITIVE_INFINITY) * DAY_MS
  const isOld = (hour: RecordedHour): boolean => isPast(hour, hour.endMs) && isPast(hour, hour.endMs + behindMs(hour))
  const due = free.filter(isOld).map((hour): ExpiringHour => ({ ...hour, camera, why: 'age' }))
  if (rule.gigabytes === null) return due
  const bytes = hours.reduce((sum, hour) => sum + hour.bytes, 0) - due.reduce((sum, hour) => sum + hour.bytes, 0)
  const { taken } = take(free.filter((hour) => !isOld(hour)), bytes - rule.gigabytes * 1e9, behindMs)
  return [...due, ...taken.map((hour): ExpiringHour => ({ ...hour, camera, why: 'size' }))]
}
