import { useEffect, useRef, useState } from 'react'
import type { AssetView } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { Icon } from '../design/icon.tsx'
import { mayLoad } from './poster-queue.ts'

/** Tiles of more pixels of the screen than this show the still: a poster of 640 would be blurred there. @default 768 */
const POSTER_FILLS = 768

/** Address of a clip's poster, 640 pixels wide. */
export const posterOf = (id: string): string => `${API}/assets/${encodeURIComponent(id)}/poster`
/** Address of the largest picture there is of a clip, for what fills the page or much of it. */
export const stillOf = (id: string): string => `${posterOf(id)}?size=large`

/** On a screen of one pixel to a pixel no tile is as wide, and nothing is measured. */
const isLarge = (element: HTMLElement): boolean => window.devicePixelRatio > 1 && element.clientWidth * window.devicePixelRatio > POSTER_FILLS

/** A clip's still; fetched when it stays on the screen, decoded beside everything else. */
export function Poster({ asset: { id, poster, kind } }: { readonly asset: Pick<AssetView, 'id' | 'poster' | 'kind'> }) {
  const image = useRef<HTMLImageElement>(null)
  const settled = useRef<(isThere: boolean) => void>(undefined)
  const [broken, setBroken] = useState(false)
  useEffect(() => {
    const element = image.current
    if (element === null) return
    const address = isLarge(element) ? stillOf(id) : posterOf(id)
    settled.current = mayLoad(address, () => { element.src = address })
    return () => {
      settled.current?.(false)
      if (!element.complete) element.removeAttribute('src') // ends the request
    }
  }, [id])
  if (!poster || broken) return <Icon name={kind} />
  return <img ref={image} alt="" decoding="async" width={320} height={180} onLoad={() => settled.current?.(true)} onError={() => { settled.current?.(false); setBroken(true) }} />
}
