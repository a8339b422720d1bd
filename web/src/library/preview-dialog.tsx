import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import type { AssetHit } from '#protocols/http.ts'
import { contentOf } from '../asset/content-address.ts'
import { Player } from '../asset/player.tsx'
import { Dialog } from '../design/dialog.tsx'
import { stillOf } from './poster.tsx'
import '../asset/asset.css'

interface PreviewProps {
  readonly asset: AssetHit
  /** Another clip is on the way. */
  readonly isComing: boolean
  readonly onClose: () => void
  /** An arrow was pressed. */
  readonly step: (key: string) => void
}

/** A look at a clip without leaving the grid; Space closes it, arrows go to the next. */
export function PreviewDialog({ asset, isComing, onClose, step }: PreviewProps) {
  const { id, title, name, kind, poster } = asset
  const current = useRef({ onClose, step })
  useEffect(() => { current.current = { onClose, step } })
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === ' ') current.current.onClose()
      else if (event.key.startsWith('Arrow')) current.current.step(event.key)
      else return
      event.preventDefault()
      event.stopPropagation()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
  return (
    <Dialog title={title || name} onClose={onClose}>
      <div className="preview" aria-busy={isComing}>
        {kind === 'image' ? <img src={poster ? stillOf(id) : contentOf(id)} alt={title || name} /> : <Player key={id} asset={asset} runs={kind === 'video'} />}
        <Link className="button" href={`/library/${encodeURIComponent(id)}`}>Open</Link>
      </div>
    </Dialog>
  )
}
