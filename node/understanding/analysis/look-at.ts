/** Looking at an original: decoded once, in small pictures and few large ones. Runs in child processes only. */
import { openMedia } from '../../library/media-file.ts'
import type { Analysis } from './analysis.ts'
import { FilmReader } from './film-reader.ts'
import type { Source } from './look-orders.ts'
import { filmFrames } from './pictures/film-frames.ts'
import { measurePicture, scoreOf } from './pictures/measure-picture.ts'
import { picturesAt } from './pictures/pictures-at.ts'
import { createSmallShrinker, createUprightShrinker, hashOfPicture, KEY_PIXELS, pictureOf } from './pictures/upright-pictures.ts'

/** Pictures nearer to the one before are passed over, in ms: films of 50 and 60 pictures a second are looked at as if they had half. @default 31 */
export const LOOK_EVERY_MS = 31
/** Progress is told after so many pictures. */
const TELL_EVERY = 50

export function lookAtFilm({ url, demuxer, turn, seconds }: Source & { seconds: number }, onProgress: (share: number) => void): Analysis {
  const media = openMedia(url, demuxer)
  const [small, large] = [createSmallShrinker(), createUprightShrinker(turn)]
  try {
    if (media.video === undefined) throw new Error('there is no picture in it')
    const reader = new FilmReader({ durationMs: seconds * 1000, hash: hashOfPicture })
    let lastMs = -LOOK_EVERY_MS
    for (const { frame, atMs } of filmFrames(media, media.video)) {
      if (atMs - lastMs < LOOK_EVERY_MS) continue
      lastMs = atMs
      small.shrink(frame, ({ data, linesize }) => reader.push(data![0]!, linesize[0]!, atMs, () => large.shrink(frame, pictureOf)))
      if (reader.count % TELL_EVERY === 0) onProgress(Math.min(1, atMs / 1000 / Math.max(seconds, 0.1)))
    }
    return reader.end()
  } finally {
    small.close()
    large.close()
    media.close()
  }
}

/** One picture, and one scene without length. */
export function lookAtStill(source: Source): Analysis {
  const [picture] = picturesAt({ ...source, pixels: KEY_PIXELS }, [0], () => {})
  const measures = measurePicture(picture!)
  return {
    durationMs: 0,
    pictures: [{ atMs: 0, scene: 0, ...measures, motion: 0, score: scoreOf(measures, 0), hash: hashOfPicture(picture!) }],
    scenes: [{ fromMs: 0, toMs: 0, begins: 'start', pictures: [0, 1], hero: 0 }]
  }
}
