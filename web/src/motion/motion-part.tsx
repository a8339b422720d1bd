import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { AssetDetail, MotionView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { plural } from '../design/format.ts'
import { useMay } from '../shell/use-may.ts'
import { MotionForm } from './motion-form.tsx'
import { MotionOverlay } from './motion-overlay.tsx'
import { MotionTimeline } from './motion-timeline.tsx'
import { addCorner, type Areas, EMPTY_SKETCH, takeOver } from './sketch.ts'
import { MotionDownloads, TrackList } from './track-list.tsx'
import './motion.css'

interface PartProps {
  readonly asset: AssetDetail
  /** What stands right under the player. */
  readonly under: ReactNode
  /** The player, with what is to lie over its picture. */
  readonly children: (over: ReactNode) => ReactNode
}

/** The player of a film, what stands under it, and then what moves in the film: asked for when it is opened, drawn over the picture while it is. */
export function MotionPart({ asset, under, children }: PartProps) {
  const { id, kind } = asset
  const may = useMay()
  const [isOpen, setOpen] = useState(false)
  const [sketch, setSketch] = useState(EMPTY_SKETCH)
  const box = useRef<HTMLDivElement>(null)
  const { data, error, refresh } = useResource<MotionView | null>(kind === 'video' && isOpen ? `/assets/${encodeURIComponent(id)}/motion?missing=empty` : null)
  const motion = data ?? undefined
  const stored = useRef<Areas>(EMPTY_SKETCH)
  useEffect(() => {
    if (motion === undefined) return
    const before = stored.current
    stored.current = motion.options
    setSketch((now) => takeOver(now, before, motion.options))
  }, [motion])
  if (kind !== 'video') return <>{children(null)}{under}</>
  const seek = (ms: number): void => {
    const video = box.current?.querySelector('video')
    if (video !== null && video !== undefined) video.currentTime = ms / 1000
  }
  return (
    <div ref={box} className="asset-main">
      {children(isOpen ? <MotionOverlay motion={motion} sketch={sketch} onCorner={(corner) => setSketch((now) => addCorner(now, corner))} /> : null)}
      {under}
      <details className="card panel motion-part" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary><h2>Motion</h2></summary>
        {error !== undefined && motion === undefined ? <p className="small why" role="alert">{error.message}</p> : null}
        {data === null ? <p className="small dim">Nobody has looked for motion in this film yet.</p> : null}
        {motion === undefined ? null : <Found id={id} motion={motion} seek={seek} />}
        {data === undefined || !may.change(asset) ? null : <MotionForm key={motion === undefined ? 'first' : 'again'} id={id} sketch={sketch} onSketch={setSketch} options={motion?.options} onFound={refresh} />}
      </details>
    </div>
  )
}

function Found({ id, motion, seek }: { readonly id: string; readonly motion: MotionView; readonly seek: (ms: number) => void }) {
  const { tracks, notes } = motion
  return (
    <>
      <MotionTimeline motion={motion} seek={seek} />
      <p>{tracks.length === 0 ? 'Nothing moved that could be followed.' : `${plural(tracks.length, 'thing', 'things')} moved.`}{notes.map((note) => ` ${note}.`)}</p>
      <TrackList id={id} tracks={tracks} seek={seek} />
      <MotionDownloads id={id} motion={motion} />
    </>
  )
}
