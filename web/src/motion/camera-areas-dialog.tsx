import { type FormEvent, useRef, useState } from 'react'
import type { CameraMotionAreasView, MotionAreasChange } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icon.tsx'
import { toast } from '../design/toast.tsx'
import { useAct } from '../organise/use-act.ts'
import { AreasDrawing } from './areas-drawing.tsx'
import { AreasList } from './areas-list.tsx'
import { Sensitivity } from './sensitivity.tsx'
import { addCorner, EMPTY_SKETCH, type Sketch } from './sketch.ts'
import './motion.css'

/** Where motion counts before a camera, drawn on how it looks now. */
export function CameraAreasDialog({ camera, name, onClose }: { readonly camera: string; readonly name: string; readonly onClose: () => void }) {
  const { data, error, refresh } = useResource<CameraMotionAreasView>(areasOf(camera))
  return (
    <Dialog title={`Motion before ${name}`} onClose={onClose}>
      {data === undefined && error === undefined ? <div className="skeleton areas-picture" aria-busy="true" /> : null}
      {data === undefined && error !== undefined ? <p className="why" role="alert">{error.message} <button type="button" className="link" onClick={refresh}>Try again</button></p> : null}
      {data === undefined ? null : <AreasForm camera={camera} areas={data} onSaved={(words) => { toast(`${name}: ${words}`); refresh(); onClose() }} />}
    </Dialog>
  )
}

const areasOf = (camera: string): string => `/cameras/${encodeURIComponent(camera)}/motion/areas`

function AreasForm({ camera, areas, onSaved }: { readonly camera: string; readonly areas: CameraMotionAreasView; readonly onSaved: (words: string) => void }) {
  const [sketch, setSketch] = useState<Sketch>({ ...EMPTY_SKETCH, masks: areas.masks, zones: areas.zones })
  const [sensitivity, setSensitivity] = useState(areas.sensitivity)
  const { busy, why, act } = useAct(() => undefined)
  const save = (event: FormEvent): void => {
    event.preventDefault()
    const change: MotionAreasChange = { masks: [...sketch.masks], zones: [...sketch.zones], sensitivity }
    void act(async () => {
      await api.put(areasOf(camera), change)
      onSaved('from now on motion counts as drawn.')
    })
  }
  const forget = (): void => void act(async () => {
    await api.remove(areasOf(camera))
    onSaved('it is watched for motion only where its recording asks for it.')
  })
  return (
    <form className="stack" onSubmit={save}>
      <Picture camera={camera} sketch={sketch} onSketch={setSketch} />
      <p className="small dim">Nothing counts in a mask; a zone is told of by its name when something moves in it. {areas.isWatched ? 'It is watched for motion however it is recorded.' : 'Once saved, it is watched for motion however it is recorded.'}</p>
      <AreasList sketch={sketch} onChange={setSketch} />
      <Sensitivity value={sensitivity} change={setSensitivity} />
      {why === '' ? null : <p className="why" role="alert">{why}</p>}
      <div className="row spread wrap">
        {areas.isWatched ? <button type="button" className="button quiet" disabled={busy} onClick={forget}>Forget all of it</button> : <span className="small dim">Holds on every node.</span>}
        <button type="submit" className="button primary" disabled={busy || sketch.drawing !== undefined}>Save</button>
      </div>
    </form>
  )
}

/** How the camera looks now, and what is drawn on it. */
function Picture({ camera, sketch, onSketch }: { readonly camera: string; readonly sketch: Sketch; readonly onSketch: (change: (sketch: Sketch) => Sketch) => void }) {
  const drawing = useRef<SVGSVGElement>(null)
  const [size, setSize] = useState({ width: 16, height: 9 })
  const [taken, setTaken] = useState(() => Date.now())
  const [isDark, setDark] = useState(false)
  const again = (): void => {
    setDark(false)
    setTaken(Date.now())
  }
  return (
    <figure className="areas-picture" style={{ aspectRatio: `${size.width} / ${size.height}` }}>
      {isDark ? <p className="small dim" role="status">There is no picture, for the camera is not live; what is drawn is kept. <button type="button" className="link" onClick={again}>Look again</button></p>
        : <img src={`/api/v1/cameras/${encodeURIComponent(camera)}/snapshot?at=${taken}`} alt="How the camera looks now" onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setSize({ width, height })} onError={() => setDark(true)} />}
      <AreasDrawing ref={drawing} {...size} sketch={sketch} onCorner={(corner) => onSketch((now) => addCorner(now, corner))} />
      {isDark || sketch.drawing !== undefined ? null : <button type="button" className="button icon areas-again" aria-label="A newer picture" title="A newer picture" onClick={again}><Icon name="turn" /></button>}
    </figure>
  )
}
