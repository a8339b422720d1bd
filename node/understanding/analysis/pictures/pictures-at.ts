/** Pictures of a film at chosen moments, in one reading. Runs in child processes only. */
import type { Frame, Stream } from 'node-av/lib'
import { type MediaFile, openMedia } from '../../../library/media-file.ts'
import type { Picture } from '../../inference/inference.ts'
import type { Source } from '../look-orders.ts'
import { filmFrames } from './film-frames.ts'
import { createUprightShrinker, pictureOf } from './upright-pictures.ts'

/** To a moment farther away than this it is jumped, in ms; decoding on is cheaper before. @default 4000 */
export const JUMP_MS = 4_000
/** Moments are whole ms: a picture may lie so much before, in ms. */
const ROUNDED_MS = 1

/** The picture that is shown at each of these moments, ascending. @throws when none decodes */
export function picturesAt({ url, demuxer, turn, pixels }: Source & { pixels: number }, moments: readonly number[], onProgress: (share: number) => void): Picture[] {
  const media = openMedia(url, demuxer)
  const shrinker = createUprightShrinker(turn, pixels)
  try {
    if (media.video === undefined) throw new Error('there is no picture in it')
    const pictures: Picture[] = []
    for (const frame of framesAt(media, media.video, moments)) {
      const picture = shrinker.shrink(frame, pictureOf) ?? pictures.at(-1)
      if (picture === undefined) throw new Error('the filter gave no picture')
      pictures.push(picture)
      onProgress(pictures.length / moments.length)
    }
    return pictures
  } finally {
    shrinker.close()
    media.close()
  }
}

function* framesAt(media: MediaFile, video: Stream, moments: readonly number[]): Generator<Frame> {
  let frames = begin(media, video, moments[0] ?? 0)
  let now = frames.next()
  for (const moment of moments) {
    if (now.done !== true && moment - now.value.atMs > JUMP_MS) {
      frames.return(undefined)
      frames = begin(media, video, moment)
      now = frames.next()
    }
    let shown: Frame | undefined
    while (now.done !== true && now.value.atMs < moment - ROUNDED_MS) {
      shown?.free()
      shown = now.value.frame.clone() ?? undefined
      now = frames.next()
    }
    if (now.done !== true) yield now.value.frame
    else if (shown !== undefined) yield shown
    else throw new Error(`there is no picture at ${moment} ms: the file is damaged, or shorter than it says`)
    shown?.free()
  }
  frames.return(undefined)
}

function begin(media: MediaFile, video: Stream, moment: number): ReturnType<typeof filmFrames> {
  media.seek(Math.max(0, moment - ROUNDED_MS) / 1000)
  return filmFrames(media, video)
}
