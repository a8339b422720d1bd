import { FilterAPI } from 'node-av/api'
import type { Frame } from 'node-av/lib'
import { ofFirstPicture, openMedia } from '../media-file.ts'
import { TURNS } from '../poster.ts'

const WIDTH = 9
const HEIGHT = 8
/** A picture whose brightness spreads less than this (of 255) says nothing of what it shows: black, white, a fade. @default 6 */
export const FLAT_SPREAD = 6

/** The difference hash of a frame: whether each of 64 spots is darker than its right neighbour. `-` for a flat picture. `turn`: clockwise degrees to turn it upright. */
export function differenceHash(frame: Frame, turn = 0): string {
  const graph = FilterAPI.create(`${TURNS[turn] ?? ''}scale=w=${WIDTH * 8}:h=${HEIGHT * 8}:flags=area,scale=w=${WIDTH}:h=${HEIGHT}:flags=area,format=gray`)
  frame.timeBase = { num: 1, den: 25 } as Frame['timeBase']
  try {
    const frames = graph.processAllSync(frame)
    frames.push(...graph.flushFramesSync())
    const [small] = frames
    const [pixels, stride] = [small?.data?.[0], small?.linesize[0] ?? WIDTH]
    const hash = pixels === undefined ? '-' : hashOf(pixels, stride)
    for (const each of frames) each.free()
    return hash
  } finally {
    graph.close()
  }
}

function hashOf(pixels: Buffer, stride: number): string {
  const at = (x: number, y: number): number => pixels[y * stride + x] ?? 0
  const all = Array.from({ length: WIDTH * HEIGHT }, (_, i) => at(i % WIDTH, Math.floor(i / WIDTH)))
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length
  if (Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length) < FLAT_SPREAD) return '-'
  let bits = 0n
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH - 1; x++) bits = (bits << 1n) | (at(x, y) < at(x + 1, y) ? 1n : 0n)
  return bits.toString(16).padStart(16, '0')
}

/** Of a still picture: its poster, which is upright already. */
export function hashPicture({ url, demuxer }: { url: string; demuxer: string }): string {
  const media = openMedia(url, demuxer)
  try {
    return ofFirstPicture(media, (frame) => differenceHash(frame))
  } finally {
    media.close()
  }
}
