import type { MotionView } from '#protocols/http.ts'

type Track = MotionView['tracks'][number]
export type Box = readonly [x: number, y: number, width: number, height: number]
export interface ShownBox { readonly id: number; readonly name: string; readonly box: Box; readonly isSeen: boolean }

export const nameOf = ({ id, label }: Pick<Track, 'id' | 'label'>): string => `${label ?? 'Thing'} ${id}`

/** Where every thing is at a moment; between two moments that were looked at it goes straight. */
export function boxesAt(tracks: readonly Track[], atMs: number): ShownBox[] {
  return tracks.flatMap((track) => {
    const { points } = track
    if (atMs < points[0]!.atMs || atMs > points.at(-1)!.atMs) return []
    const before = points[lastBefore(points, atMs)]!
    const after = points[Math.min(points.length - 1, lastBefore(points, atMs) + 1)]!
    const share = after.atMs === before.atMs ? 0 : (atMs - before.atMs) / (after.atMs - before.atMs)
    return [{ id: track.id, name: nameOf(track), isSeen: before.isSeen, box: before.box.map((value, i) => value + share * (after.box[i]! - value)) as unknown as Box }]
  })
}

/** Place of the last point that is not after the moment; they are in order. */
function lastBefore(points: Track['points'], atMs: number): number {
  let [low, high] = [0, points.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (points[middle]!.atMs <= atMs) low = middle
    else high = middle - 1
  }
  return low
}

/** The most that moved in each of `count` equal parts of the film, 0 to 1. */
export function levelsOf({ samples, durationMs }: Pick<MotionView, 'samples' | 'durationMs'>, count: number): number[] {
  const levels = Array.from({ length: count }, () => 0)
  for (const [atMs, share] of samples) {
    const place = Math.min(count - 1, Math.max(0, Math.floor((atMs / Math.max(1, durationMs)) * count)))
    levels[place] = Math.max(levels[place]!, share)
  }
  return levels
}
