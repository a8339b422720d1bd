/** A picture of an asset as large as a screen, beside its small poster: the same moment of a film, a picture itself. */
import { AV_FRAME_DATA_DISPLAYMATRIX } from 'node-av/constants'
import { rotationOf } from '../library/facts.ts'
import { ofFirstPicture, openMedia } from '../library/media-file.ts'
import { posterOfFrame, posterOfVideo } from '../library/poster.ts'

/** Widest side of a still, in pixels; nothing is drawn larger than it is. @default 1920 */
export const STILL_PIXELS = 1_920

export interface StillOrder {
  readonly url: string
  readonly demuxer: string
  /** Of a film; 0 for a picture. */
  readonly seconds: number
  /** Clockwise degrees to turn it upright. */
  readonly turn: number
}

/** @throws when it does not decode */
export function makeStill({ url, demuxer, seconds, turn }: StillOrder): Buffer {
  const media = openMedia(url, demuxer)
  try {
    if (seconds === 0) return ofFirstPicture(media, (frame) => posterOfFrame(frame, rotationOf(frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX)) || turn, STILL_PIXELS))
    const still = posterOfVideo(media, seconds, turn, STILL_PIXELS)
    if (still === undefined) throw new Error('none of its pictures decode')
    return still
  } finally {
    media.close()
  }
}
