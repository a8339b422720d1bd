/** A still picture for browsers that do not show its format: as large as a screen, upright, a JPEG. */
import { open } from 'node:fs/promises'
import { AV_FRAME_DATA_DISPLAYMATRIX } from 'node-av/constants'
import { rotationOf } from '../library/facts.ts'
import { composeGrid, readGrid } from '../library/heif.ts'
import { ofFirstPicture, openMedia } from '../library/media-file.ts'
import { posterOfFrame } from '../library/poster.ts'

/** Widest side of a preview, in pixels. @default 2560 */
export const PREVIEW_PIXELS = 2_560

export interface PreviewOrder {
  readonly path: string
  readonly demuxer: string
  /** Clockwise degrees, where the file does not say it by itself. */
  readonly turn: number
}

/** @throws when it does not decode */
export async function makePreview({ path, demuxer, turn }: PreviewOrder): Promise<Buffer> {
  const file = await open(path)
  const grid = await (demuxer === 'mov' ? readGrid(file) : Promise.resolve(undefined)).finally(() => file.close())
  const media = openMedia(path, demuxer)
  try {
    if (grid !== undefined) return composeGrid(media, grid, PREVIEW_PIXELS).poster
    return ofFirstPicture(media, (frame) => posterOfFrame(frame, rotationOf(frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX)) || turn, PREVIEW_PIXELS))
  } finally {
    media.close()
  }
}
