import type { Box } from '../../analysis/analysis.ts'
import { RefusedError } from '#protocols/errors.ts'
import type { Place } from '../../takes/take.ts'
import type { Motion, ObjectTrack, TrackPoint } from '../motion.ts'

/** One camera of an export, and where it lies on the clock of the hero. */
export interface CameraMotion extends Place {
  readonly asset: string
  readonly name: string
  readonly role: 'hero' | 'witness'
  /** Clockwise degrees that the pictures of the file are turned to be upright, as places are. */
  readonly turn: number
  readonly motion: Motion
}

/** What the hero's clock shows at a moment of a camera. */
export const onHero = ({ offsetMs, driftPpm }: Place, atMs: number): number => offsetMs + atMs * (1 + driftPpm / 1e6)

/** Number of the picture that is shown at a moment, from 0. */
export const frameAt = (atMs: number, framesPerSecond: number): number => Math.round((atMs * framesPerSecond) / 1000)

/** Places of things in a file that has one for every picture, at most: eleven hours of 25 a second. @default 1000000 */
export const MAX_FRAMES = 1_000_000

/** @throws RefusedError when a file with a place for every picture would be too large */
export function checkFrames(cameras: ReadonlyArray<Pick<Motion, 'tracks' | 'framesPerSecond'>>): void {
  const frames = cameras.reduce((sum, { tracks, framesPerSecond }) => sum + tracks.reduce((count, { points }) => count + frameAt(points.at(-1)!.atMs - points[0]!.atMs, framesPerSecond) + 1, 0), 0)
  if (frames > MAX_FRAMES) throw new RefusedError(`there are ${frames.toLocaleString('en')} places picture by picture, and one file holds ${MAX_FRAMES.toLocaleString('en')}: take motion.csv or motion.json, which have those that were looked at, or motion.chan?track=NUMBER of single things`)
}

/** A track picture by picture: between two moments that were looked at it goes straight. */
export function everyFrame({ points }: ObjectTrack, framesPerSecond: number): Array<{ readonly frame: number; readonly box: Box; readonly isSeen: boolean }> {
  const first = frameAt(points[0]!.atMs, framesPerSecond)
  const last = frameAt(points.at(-1)!.atMs, framesPerSecond)
  let at = 0
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const atMs = ((first + i) * 1000) / framesPerSecond
    while (at < points.length - 2 && points[at + 1]!.atMs <= atMs) at++
    const [from, to] = [points[at]!, points[at + 1] ?? points[at]!]
    return { frame: first + i, box: between(from, to, atMs), isSeen: from.isSeen && to.isSeen }
  })
}

function between(from: TrackPoint, to: TrackPoint, atMs: number): Box {
  const share = to.atMs === from.atMs ? 0 : Math.min(1, Math.max(0, (atMs - from.atMs) / (to.atMs - from.atMs)))
  return from.box.map((value, i) => value + share * (to.box[i]! - value)) as unknown as Box
}

/** The track that is named, else the one that is seen longest. */
export function trackOf({ tracks }: Motion, id?: number): ObjectTrack | undefined {
  const seen = ({ points }: ObjectTrack): number => points.filter(({ isSeen }) => isSeen).length
  return id === undefined ? tracks.reduce<ObjectTrack | undefined>((best, track) => best === undefined || seen(track) > seen(best) ? track : best, undefined) : tracks.find((track) => track.id === id)
}
