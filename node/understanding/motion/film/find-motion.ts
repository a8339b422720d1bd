import type { Frame } from 'node-av/lib'
import type { Motion, MotionOptions } from '../motion.ts'
import { onFrames } from '../features/on-frames.ts'
import { MotionFinder } from '../motion-finder.ts'
import { GAP_MS } from '../tracks/tracker.ts'
import { type FilmSource, filmPictures, rateOf, withFilm } from './film-pictures.ts'
import { colourShrinker, lumaShrinker } from './small-pictures.ts'

/** Longest side of the pictures that motion is looked for in, in pixels. @default 320 */
export const MOTION_SIDE = 320
/** Pictures of a second that are looked at for motion. @default 10 */
export const MOTION_RATE = 10
/** Longest side of the pictures that points are followed in, in pixels. @default 960 */
export const FEATURE_SIDE = 960
/** Progress is told after so many pictures. */
const TELL_EVERY = 50
/** Pictures of a film that are looked at, at most: six hours of 50 a second. @default 1080000 */
export const MAX_PICTURES = 1_080_000
/** Later moments of a film are not looked at, in ms: whoever says that it is so long is wrong. @default 1000000000 */
export const MAX_FILM_MS = 1e9

/** The whole film. @throws when not one of its pictures decodes */
export function findMotion({ options, seconds, turn, ...source }: FilmSource & { options: MotionOptions; seconds: number; turn: number }, onProgress: (share: number) => void, { maxPictures = MAX_PICTURES } = {}): Motion {
  return withFilm(source, (media) => {
    const finder = new MotionFinder(options)
    const [colours, lumas] = [colourShrinker(media.video, MOTION_SIDE, turn), lumaShrinker(media.video, FEATURE_SIDE, turn)]
    let [dueMs, firstMs, lastMs, size] = [0, 0, 0, { width: 0, height: 0 }]
    const shownMs: number[] = []
    let [pictures, isCut] = [0, false]
    try {
      for (const { atMs, number, frame } of filmPictures(media)) {
        if ((isCut = number >= maxPictures || atMs > MAX_FILM_MS)) break
        if (number === 0) [firstMs, size] = [atMs, uprightSize(frame, turn)]
        let isNew = atMs - lastMs > GAP_MS
        if (atMs >= dueMs - 1) {
          const small = colours.shrink(frame)
          if (small !== undefined) isNew = finder.look(Math.round(atMs), small) || isNew
          dueMs = Math.max(dueMs + 1000 / MOTION_RATE, atMs - 1000 / MOTION_RATE)
        }
        const luma = options.features ? lumas.shrink(frame) : undefined
        if (luma !== undefined) {
          finder.follow(luma, isNew)
          shownMs.push(atMs)
        }
        lastMs = atMs
        if (++pictures % TELL_EVERY === 0) onProgress(Math.min(1, atMs / 1000 / Math.max(0.1, seconds)))
      }
    } finally {
      colours.close()
      lumas.close()
    }
    if (pictures === 0) throw new Error('the file is damaged: none of its pictures decode')
    const rate = rateOf(media.video, ((pictures - 1) * 1000) / (lastMs - firstMs))
    const found = finder.finish()
    const notes = isCut ? [`only its first ${pictures.toLocaleString('en')} pictures were looked at, for the film is longer than that`, ...found.notes] : found.notes
    return { options, durationMs: Math.round(lastMs + 1000 / rate), framesPerSecond: rate, ...size, ...found, features: found.features.map((track) => onFrames(track, shownMs, rate)), notes }
  })
}

/** In square pixels. */
export function uprightSize({ width, height, sampleAspectRatio: { num, den } }: Frame, turn: number): { width: number; height: number } {
  const wide = Math.round(num > 0 && den > 0 ? (width * num) / den : width)
  return turn % 180 === 0 ? { width: wide, height } : { width: height, height: wide }
}
