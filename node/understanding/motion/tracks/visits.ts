import type { MotionStretch, TrackPoint, Zone, ZoneVisit } from '../motion.ts'
import { isInside } from '../picture/polygon.ts'
import { footOf } from './boxes.ts'

/** When a thing stood in which zones: by the middle of its lower edge. */
export function visitsOf(points: readonly TrackPoint[], zones: readonly Zone[]): ZoneVisit[] {
  const visits = zones.flatMap(({ name, polygon }) => {
    const within = points.map(({ box }) => isInside(footOf(box), polygon))
    return within.flatMap((is, i): ZoneVisit[] => {
      if (!is || within[i - 1] === true) return []
      const out = within.indexOf(false, i)
      return [{ zone: name, enteredMs: points[i]!.atMs, leftMs: points[out < 0 ? points.length - 1 : out]!.atMs }]
    })
  })
  return visits.sort((a, b) => a.enteredMs - b.enteredMs)
}

/** Two motions with less than this between them are one, in ms. @default 1000 */
export const STRETCH_GAP_MS = 1_000

export interface Moment {
  readonly atMs: number
  readonly share: number
  readonly zones: readonly string[]
}

/** Moments at which something moved, as stretches. */
export function stretchesOf(moments: readonly Moment[]): MotionStretch[] {
  const stretches: MotionStretch[] = []
  for (const { atMs, share, zones } of moments) {
    const last = stretches.at(-1)
    if (last !== undefined && atMs - last.toMs <= STRETCH_GAP_MS) stretches[stretches.length - 1] = { fromMs: last.fromMs, toMs: atMs, share: Math.max(last.share, share), zones: [...new Set([...last.zones, ...zones])] }
    else stretches.push({ fromMs: atMs, toMs: atMs, share, zones })
  }
  return stretches
}
