/** What moved in one film, and where it went. Places are shares of the upright picture, from its upper left; times are ms from its beginning. */
import type { Box } from '../analysis/analysis.ts'

/** Name in `made`: raised when motion is looked for in another way. */
export const MOTION = 'motion@1'

export type Point = readonly [x: number, y: number]
/** Corners of an area, at least three. */
export type Polygon = readonly Point[]

export interface Zone {
  readonly name: string
  readonly polygon: Polygon
}

/** Where motion counts. */
export interface MotionAreas {
  /** Here nothing counts: a street behind the fence, a clock in the picture. */
  readonly masks: readonly Polygon[]
  /** Areas with a name, which are told of by it. */
  readonly zones: readonly Zone[]
  /** 0 (only what is large and clear) to 100 (whatever changes). */
  readonly sensitivity: number
}

/** @default 50 */
export const DEFAULT_SENSITIVITY = 50
export const NO_AREAS: MotionAreas = { masks: [], zones: [], sensitivity: DEFAULT_SENSITIVITY }
/** Masks and zones of each kind, at most. @default 32 */
export const MAX_POLYGONS = 32
/** Corners of a polygon, at most. @default 64 */
export const MAX_CORNERS = 64

export interface MotionOptions extends MotionAreas {
  /** Follow single points as well, picture by picture, for match-moving. @default false */
  readonly features: boolean
}

/** A stretch in which something moved. */
export interface MotionStretch {
  readonly fromMs: number
  readonly toMs: number
  /** The largest share of the picture that moved at once, 0 to 1. */
  readonly share: number
  readonly zones: readonly string[]
}

/** Where a thing was at one moment; `isSeen` is false where it was hidden and its place is computed. */
export interface TrackPoint {
  readonly atMs: number
  readonly box: Box
  readonly isSeen: boolean
}

export interface ZoneVisit {
  readonly zone: string
  readonly enteredMs: number
  readonly leftMs: number
}

/** One thing that moved. */
export interface ObjectTrack {
  /** From 1 on, in the order of their beginning. */
  readonly id: number
  readonly points: readonly TrackPoint[]
  readonly zones: readonly ZoneVisit[]
  /** When it is seen best: large, and whole in the picture. */
  readonly bestMs: number
  /** What a model says it is. */
  readonly label?: string
  readonly confidence?: number
}

/** One point of the picture that was followed, picture by picture. */
export interface FeatureTrack {
  readonly id: number
  /** Number of the first frame, from 0. */
  readonly first: number
  /** One place per frame, of which there are `framesPerSecond`. */
  readonly places: readonly Point[]
}

export interface Motion {
  readonly options: MotionOptions
  readonly durationMs: number
  /** Pictures per second of the film; where they come unevenly, about. */
  readonly framesPerSecond: number
  /** Of the upright picture in square pixels. */
  readonly width: number
  readonly height: number
  /** Share of the picture that moved, for each moment that was looked at. */
  readonly samples: ReadonlyArray<readonly [atMs: number, share: number]>
  readonly stretches: readonly MotionStretch[]
  readonly tracks: readonly ObjectTrack[]
  readonly features: readonly FeatureTrack[]
  /** What was left out because there was too much of it, in words. */
  readonly notes: readonly string[]
}
