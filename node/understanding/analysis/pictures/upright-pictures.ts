/** Small upright pictures of frames, in square pixels and in colours that screens show. Runs in child processes only. */
import { AV_PIX_FMT_RGB24 } from 'node-av/constants'
import { FilterAPI } from 'node-av/api'
import { Frame } from 'node-av/lib'
import { differenceHash } from '../../../library/deep/picture-hash.ts'
import { jpeg, toneOf, TURNS } from '../../../library/poster.ts'
import type { Picture } from '../../inference/inference.ts'
import { SMALL_HEIGHT, SMALL_WIDTH } from '../shots/frame-features.ts'

/** Longest side of a key picture, in pixels. @default 640 */
export const KEY_PIXELS = 640

const SQUARE = 'scale=w=trunc(iw*if(sar\\,sar\\,1)/2)*2:h=ih,setsar=1,'
const fit = (pixels: number): string => `scale=w='max(2,trunc(min(iw,iw*min(1,${pixels}/max(iw,ih)))/2)*2)':h='max(2,trunc(min(ih,ih*min(1,${pixels}/max(iw,ih)))/2)*2)'`

/** One after the other through one filter. */
export interface Shrinker {
  /** The first picture that the filter gives for it. */
  shrink<T>(frame: Frame, use: (small: Frame) => T): T | undefined
  close(): void
}

export function createShrinker(filters: string): Shrinker {
  let graph: { readonly of: string; readonly filter: FilterAPI } | undefined
  return {
    shrink(frame, use) {
      const of = `${frame.width}x${frame.height} ${frame.format} ${toneOf(frame)}`
      if (graph?.of !== of) {
        graph?.filter.close()
        graph = { of, filter: FilterAPI.create(`${toneOf(frame)}${filters},format=rgb24`) }
      }
      frame.timeBase = { num: 1, den: 1000 } as Frame['timeBase']
      const frames = graph.filter.processAllSync(frame)
      const [small] = frames
      const used = small === undefined ? undefined : use(small)
      for (const each of frames) each.free()
      return used
    },
    close() { graph?.filter.close() }
  }
}

/** For telling shots apart: every film has this size, upright or not. */
export const createSmallShrinker = (): Shrinker => createShrinker(`scale=w=${SMALL_WIDTH}:h=${SMALL_HEIGHT}:flags=area`)

/** As people see it, at most `pixels` wide or high. */
export const createUprightShrinker = (turn: number, pixels = KEY_PIXELS): Shrinker => createShrinker(`${SQUARE}${TURNS[turn] ?? ''}${fit(pixels)}`)

export function pictureOf({ data, linesize, width, height }: Frame): Picture {
  const [lines, stride] = [data?.[0], linesize[0] ?? width * 3]
  const rgb = new Uint8Array(width * height * 3)
  if (lines !== undefined) for (let y = 0; y < height; y++) rgb.set(lines.subarray(y * stride, y * stride + width * 3), y * width * 3)
  return { width, height, rgb }
}

function framed<T>({ width, height, rgb }: Picture, use: (frame: Frame) => T): T {
  const frame = Frame.fromVideoBuffer(Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength), { width, height, format: AV_PIX_FMT_RGB24, pts: 0n, timeBase: { num: 1, den: 25 } })
  try {
    return use(frame)
  } finally {
    frame.free()
  }
}

export const hashOfPicture = (picture: Picture): string => framed(picture, (frame) => differenceHash(frame))
export const jpegOfPicture = (picture: Picture): Uint8Array => framed(picture, (frame) => new Uint8Array(jpeg(frame, 'null')))
