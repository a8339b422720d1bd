import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import type { AssetHit } from '#protocols/http.ts'
import { contentOf } from '../asset/content-address.ts'
import { Dialog } from '../design/dialog.tsx'
import { stillOf } from './poster.tsx'

interface PreviewProps {
  readonly asset: AssetHit
  readonly onClose: () => void
  /** An arrow was pressed. */
  readonly step: (key: string) => void
}

/** A look at a clip without leaving the grid; Space closes it, arrows go to the next. */
export function PreviewDialog({ asset, onClose, step }: PreviewProps) {
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
      <div className="preview">
        {kind === 'video' ? <video key={id} src={contentOf(id)} poster={poster ? stillOf(id) : undefined} autoPlay muted loop playsInline controls /> : null}
        {kind === 'audio' ? <audio key={id} src={contentOf(id)} controls /> : null}
        {kind === 'image' ? <img src={poster ? stillOf(id) : contentOf(id)} alt={title || name} /> : null}
        <Link className="button" href={`/library/${encodeURIComponent(id)}`}>Open</Link>
      </div>
    </Dialog>
  )
}
