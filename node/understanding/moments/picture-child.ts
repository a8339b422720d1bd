/** The process that decodes a picture somebody sent: a file in, its pixels out, and it ends. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { FilterAPI } from 'node-av/api'
import { type Frame, Log } from 'node-av/lib'
import { ofFirstPicture, openMedia } from '../../library/media-file.ts'
import type { Picture } from '../inference/inference.ts'

/** Widest side of the picture that is compared, in pixels. @default 640 */
export const COMPARED_PIXELS = 640

export interface PictureOrder { readonly path: string; readonly demuxer: string }
export type PictureAnswer = { readonly picture: Picture } | { readonly refused: string }

Log.setLevel(AV_LOG_QUIET)
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
process.on('message', (order: PictureOrder) => {
  process.send?.(answer(order))
})

function answer({ path, demuxer }: PictureOrder): PictureAnswer {
  try {
    return { picture: ofFirstPicture(openMedia(path, demuxer), pixelsOf) }
  } catch (err) {
    return { refused: err instanceof Error ? err.message : String(err) }
  }
}

function pixelsOf(frame: Frame): Picture {
  const graph = FilterAPI.create(`scale=w='min(iw,${COMPARED_PIXELS})':h='min(ih,${COMPARED_PIXELS})':force_original_aspect_ratio=decrease,format=rgb24`)
  frame.timeBase = { num: 1, den: 25 } as Frame['timeBase']
  const frames = graph.processAllSync(frame)
  frames.push(...graph.flushFramesSync())
  const [small] = frames
  const [pixels, stride] = [small?.data?.[0], small?.linesize[0]]
  if (small === undefined || pixels === undefined || stride === undefined) throw new Error('its picture can not be scaled')
  const { width, height } = small
  const rgb = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) rgb.set(pixels.subarray(y * stride, y * stride + width * 3), y * width * 3)
  return { width, height, rgb }
}
