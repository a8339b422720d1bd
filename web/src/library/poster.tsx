import { useEffect, useRef, useState } from 'react'
import type { AssetView } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { Icon } from '../design/icon.tsx'
import { mayLoad } from './poster-queue.ts'

/** Address of a clip's poster. */
export const posterOf = (id: string): string => `${API}/assets/${encodeURIComponent(id)}/poster`

/** A clip's still; fetched when it stays on the screen, decoded beside everything else. */
export function Poster({ asset: { id, poster, kind } }: { readonly asset: Pick<AssetView, 'id' | 'poster' | 'kind'> }) {
  const image = useRef<HTMLImageElement>(null)
  const settled = useRef<(isThere: boolean) => void>(undefined)
  const [broken, setBroken] = useState(false)
  const address = posterOf(id)
  useEffect(() => {
    const element = image.current
    if (element === null) return
    settled.current = mayLoad(address, () => { element.src = address })
    return () => {
      settled.current?.(false)
      if (!element.complete) element.removeAttribute('src') // ends the request
    }
  }, [address])
  if (!poster || broken) return <Icon name={kind} />
  return <img ref={image} alt="" decoding="async" width={320} height={180} onLoad={() => settled.current?.(true)} onError={() => { settled.current?.(false); setBroken(true) }} />
}
