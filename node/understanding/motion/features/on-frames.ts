import type { FeatureTrack, Point } from '../motion.ts'

/** A track with a place for each picture, told frame by frame of an even rate: where pictures come unevenly, what is shown at a frame stands for it. `shownMs`: when each picture is. */
export function onFrames({ id, first, places }: FeatureTrack, shownMs: readonly number[], framesPerSecond: number): FeatureTrack {
  const frames = places.map((_, i) => Math.round(((shownMs[first + i] ?? 0) * framesPerSecond) / 1000))
  const [from = 0] = frames
  const even: Point[] = []
  for (const [i, place] of places.entries()) {
    const until = frames[i + 1] ?? frames[i]! + 1
    while (from + even.length < until) even.push(place)
  }
  return { id, first: from, places: even }
}
