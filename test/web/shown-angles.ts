import type { Page } from 'playwright-core'
import { CLIP_BITS, CLIP_SQUARE } from '../support/take-clips.ts'

const SHOWN = `[...document.querySelectorAll('[data-angle] video')].map((video) => {
  if (video.readyState < 2 || video.classList.contains('unseen')) return null
  const canvas = document.createElement('canvas')
  canvas.width = ${CLIP_BITS * CLIP_SQUARE}; canvas.height = ${CLIP_SQUARE}
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(video, 0, 0, ${CLIP_BITS * CLIP_SQUARE}, ${CLIP_SQUARE}, 0, 0, ${CLIP_BITS * CLIP_SQUARE}, ${CLIP_SQUARE})
  let value = 0
  for (let bit = 0; bit < ${CLIP_BITS}; bit++) value = value * 2 + (context.getImageData(bit * ${CLIP_SQUARE} + ${CLIP_SQUARE / 2}, ${CLIP_SQUARE / 2}, 1, 1).data[1] > 127 ? 1 : 0)
  return value
})`

/** The numbers of the pictures that all angles of a take show, by their pixels, at one moment; null for one that shows none. */
export const shownAngles = (page: Page): Promise<Array<number | null>> => page.evaluate(SHOWN)
