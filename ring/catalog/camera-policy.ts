/** What people decided about a camera's footage, and what nodes noted about it: the catalog's part behind `Catalog.policy`. */
import type { CameraId, ChunkId, PeerId } from '#protocols/ids.ts'
import type { Durability } from './catalog.ts'

/** A part of the week, on the clock of the plan's time zone. */
export interface WeekRange {
  /** Days on which it begins: 0 is Sunday. */
  readonly days: readonly number[]
  /** `HH:MM`. */
  readonly from: string
  /** `HH:MM`; not later than `from`: on the next day. */
  readonly to: string
}

/** When a camera is to be recorded. */
export interface RecordPlan {
  readonly mode: 'continuous' | 'scheduled' | 'manual' | 'motion' | 'off'
  /** Of mode `manual`: whether it records now. */
  readonly on: boolean
  /** Of mode `scheduled`. */
  readonly schedule: readonly WeekRange[]
  /** IANA name; what the schedule's clock shows. */
  readonly timeZone: string
  /** It is known to be elsewhere: recorded whenever it comes, and not missed while it does not. */
  readonly away: boolean
  /** Of mode `motion`: so much from before a motion belongs to the recording, in seconds. @default DEFAULT_PRE_ROLL_SECONDS */
  readonly preRollSeconds?: number
  /** Of mode `motion`: recording goes on for so long after the last one, in seconds. @default DEFAULT_POST_ROLL_SECONDS */
  readonly postRollSeconds?: number
  /** What is made of its recordings, beside them. @default 'as-sent': nothing */
  readonly master?: MasterChoice
  /** Unix ms from which on that is made. */
  readonly masterSinceMs?: number
  /** Unix ms of the decision. */
  readonly sinceMs: number
}

export type MasterChoice = 'as-sent' | 'prores' | 'ffv1'

/** How long a camera's footage is kept; null: without that limit. */
export interface RetentionRule {
  readonly days: number | null
  /** 10^9 bytes of footage, its copies not counted. */
  readonly gigabytes: number | null
  /** Hours in which something moved, or of which nobody knows, are kept for so many days instead. @default null: as the rest */
  readonly motionDays?: number | null
  /** `oldest`: when the ring runs out of space, the oldest footage goes before its time. */
  readonly whenFull: 'keep' | 'oldest'
}

/** Whether it matters to a rule that something moved. */
export const countsMotion = ({ motionDays = null }: RetentionRule): boolean => motionDays !== null

/** A stretch of a camera's time that never expires. */
export interface KeptRange {
  readonly id: string
  readonly camera: CameraId
  readonly fromMs: number
  readonly toMs: number
  readonly name: string
  readonly createdAtMs: number
}

/** A stretch in which nothing was recorded, and why. */
export interface Loss {
  readonly fromMs: number
  readonly toMs: number
  /** A short word of a fixed set; the catalog does not know them. */
  readonly reason: string
  /** What was said, in other words; may be empty. */
  readonly detail: string
}

export interface PlanChange {
  readonly atMs: number
  readonly was: RecordPlan
  readonly plan: RecordPlan
}

/** What one node knows of one camera in one UTC hour beyond its recordings. Only that node writes it. */
export interface HourNote {
  readonly camera: CameraId
  /** `2026-11-22T17`, UTC. */
  readonly hour: string
  readonly node: PeerId
  readonly losses: readonly Loss[]
  readonly plans: readonly PlanChange[]
  /** Footage that was given up because its time was over. */
  readonly expired: ReadonlyArray<Pick<Loss, 'fromMs' | 'toMs'>>
  /** Masters that this node made of the hour's recordings, or could not make; absent: none. */
  readonly masters?: readonly MasterNote[]
  /** Absent: nobody looked. */
  readonly motion?: MotionNote
  /** By so much the node's clock was behind when it recorded this, as was found when it was set, in ms; absent: not that anybody knows. */
  readonly behindMs?: number
  /** What was understood of its pictures, oldest first; absent: nothing. */
  readonly seen?: readonly SeenNote[]
  /** What was listened to, oldest first; absent: nobody did. */
  readonly heard?: readonly HeardNote[]
}

/** What was understood of a stretch of an hour: a blob of the ring, which is needed as long as it is named here. */
export interface SeenNote {
  readonly fromMs: number
  readonly toMs: number
  readonly blob: ChunkId
  /** Of which model its vectors are; empty: it has none. Absent: only the blob says it. */
  readonly space?: string
}

/** A stretch of an hour that was listened to. */
export interface HeardNote {
  readonly fromMs: number
  readonly toMs: number
  /** What was said, in ms from `fromMs`: a blob of the ring, which is needed as long as it is named here. Absent: nothing. */
  readonly blob?: ChunkId
}

/** What was seen of motion in an hour. */
export interface MotionNote {
  /** For so many ms of the hour the picture was looked at. */
  readonly watchedMs: number
  /** When it was, oldest first; absent where a node of before this was told has noted. */
  readonly watched?: ReadonlyArray<Pick<Loss, 'fromMs' | 'toMs'>>
  /** When something moved, oldest first. */
  readonly moved: ReadonlyArray<Pick<Loss, 'fromMs' | 'toMs'>>
}

/** What became of a stretch of one recording that was to be made a master of. */
export interface MasterNote {
  readonly session: string
  readonly fromMs: number
  readonly toMs: number
  readonly format: Exclude<MasterChoice, 'as-sent'>
  readonly state: 'making' | 'done' | 'failed'
  /** Id of the asset; empty until it is done. */
  readonly asset: string
  /** Why it failed; empty otherwise. */
  readonly reason: string
  /** How often it was tried. */
  readonly tries: number
  /** While it is made, 0 to 1. */
  readonly progress: number
  /** Unix ms at which this was noted. */
  readonly atMs: number
}

/** What the ring's low disks mean to its footage; one setting for all nodes. */
export interface SpaceSetting {
  /** Less than this share of the ring's disks free is too little, 0 to 50. */
  readonly lowPercent: number
}

/** Footage that was given up for want of space, and not freed yet perhaps. */
export interface Shortening {
  readonly atMs: number
  readonly bytes: number
}

/** One camera-hour of footage. */
export interface RecordedHour {
  readonly hour: string
  readonly bytes: number
  readonly startMs: number
  readonly endMs: number
}

export interface CameraPolicy {
  /** undefined when nobody decided: recorded always, unless its entry says otherwise. */
  plan(camera: CameraId): RecordPlan | undefined
  setPlan(camera: CameraId, plan: RecordPlan): Promise<Durability>
  retention(camera: CameraId): RetentionRule
  setRetention(camera: CameraId, rule: RetentionRule): Promise<Durability>
  /** All of the ring, oldest first. */
  kept(camera?: CameraId): KeptRange[]
  /** @throws OverloadedError when there are too many */
  keep(range: KeptRange): Promise<Durability>
  /** @throws NotFoundError */
  unkeep(id: string): Promise<Durability>
  space(): SpaceSetting
  setSpace(setting: SpaceSetting): Promise<Durability>
  shortenings(): readonly Shortening[]
  /** Forgets those before `sinceMs`. */
  noteShortening(shortening: Shortening, sinceMs: number): Promise<void>
  /** Change what this node noted of a camera-hour. */
  note(camera: CameraId, hour: string, change: (note: HourNote) => HourNote): Promise<Durability>
  /**
   * Give up all recordings of a camera-hour, and note when they were; `mayGo` has the last word, in the turn of the change. Their chunks go when every node
   * agrees that nothing needs them. A node that knows by then that some of it is kept puts that back.
   */
  dropHour(camera: CameraId, hour: string, mayGo?: () => boolean): Promise<{ sessions: number; bytes: number }>
}
