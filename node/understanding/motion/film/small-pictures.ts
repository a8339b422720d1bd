/** Decoded pictures made small, upright and square: in three planes, or brightness alone. */
import { FilterAPI } from 'node-av/api'
import type { Frame, Stream } from 'node-av/lib'
import { toneOf, TURNS } from '../../../library/poster.ts'
import type { LumaPicture } from '../motion-finder.ts'
import type { SmallPicture } from '../picture/frame.ts'

export interface Shrinker<T> {
  /** undefined while the filter holds it back. */
  shrink(frame: Frame): T | undefined
  close(): void
}

/** `side` in pixels at most, `turn` in degrees. */
function shrinker<T>(stream: Stream, { side, turn, pixels }: { side: number; turn: number; pixels: string }, read: (frame: Frame) => T): Shrinker<T> {
  let graph: FilterAPI | undefined
  return {
    shrink(frame) {
      graph ??= FilterAPI.create(`${toneOf(frame)}scale=w='trunc(iw*if(sar,sar,1)/2)*2':h=ih,setsar=1,${TURNS[turn] ?? ''}scale=w='min(${side},iw)':h='min(${side},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2:flags=area,format=${pixels}`)
      frame.timeBase = stream.timeBase
      frame.pts = frame.bestEffortTimestamp
      const [small, ...more] = graph.processAllSync(frame)
      const picture = small === undefined ? undefined : read(small)
      for (const each of [small, ...more]) each?.free()
      return picture
    },
    close: () => graph?.close()
  }
}

function plane({ data, linesize, width, height }: Frame, which: number): Uint8Array {
  const [bytes, stride] = [data?.[which], linesize[which] ?? 0]
  const rows = new Uint8Array(width * height)
  if (bytes !== undefined) for (let y = 0; y < height; y++) rows.set(bytes.subarray(y * stride, y * stride + width), y * width)
  return rows
}

export const colourShrinker = (stream: Stream, side: number, turn: number): Shrinker<SmallPicture> =>
  shrinker(stream, { side, turn, pixels: 'yuv444p' }, (frame) => ({ width: frame.width, height: frame.height, y: plane(frame, 0), u: plane(frame, 1), v: plane(frame, 2) }))

export const lumaShrinker = (stream: Stream, side: number, turn: number): Shrinker<LumaPicture> =>
  shrinker(stream, { side, turn, pixels: 'gray' }, (frame) => ({ width: frame.width, height: frame.height, luma: plane(frame, 0) }))
