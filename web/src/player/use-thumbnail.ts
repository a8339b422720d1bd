import { useEffect, useMemo, useReducer } from 'react'
import { NEIGHBOURS, ThumbnailLoader, thumbnailUrl } from './thumbnail-loader.ts'

/** The picture for a moment, or the nearest neighbour while it loads; undefined when there is none. `isRecorded` keeps from asking where nothing is. */
export function useThumbnail(camera: string | null, atMs: number, stepMs: number, isRecorded: (ms: number) => boolean): string | undefined {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const loader = useMemo(() => new ThumbnailLoader(redraw), [])
  useEffect(() => () => loader.close(), [loader])
  const at = Math.floor(atMs / stepMs) * stepMs
  const near = Array.from({ length: 2 * NEIGHBOURS + 1 }, (_, i) => at + (i % 2 === 0 ? i / 2 : -(i + 1) / 2) * stepMs)
  const urls = camera === null || !isRecorded(atMs) ? [] : near.filter((ms) => isRecorded(ms)).map((ms) => thumbnailUrl(camera, ms))
  // A moment just after a recording begins lies before it on the grid.
  if (camera !== null && isRecorded(atMs) && !isRecorded(at)) urls.unshift(thumbnailUrl(camera, Math.floor(atMs / 1000) * 1000 + 999))
  const wanted = urls.join(' ')
  useEffect(() => loader.want(wanted === '' ? [] : wanted.split(' ')), [loader, wanted])
  return urls.find((url) => loader.has(url))
}
