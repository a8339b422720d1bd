import { Icon } from '../design/icon.tsx'
import { begin, cancel, finish, MAX_AREAS, rename, type Sketch, without } from './sketch.ts'

interface AreasProps {
  readonly sketch: Sketch
  readonly onChange: (change: (sketch: Sketch) => Sketch) => void
}

/** Masks and zones: what there is, and a way to draw more on the picture. */
export function AreasList({ sketch, onChange }: AreasProps) {
  const { masks, zones, drawing } = sketch
  if (drawing !== undefined) {
    return (
      <div className="row wrap" role="status">
        <span>Click the corners of the {drawing.kind} on the picture: {drawing.corners.length} so far.</span>
        <button type="button" className="button primary" disabled={drawing.corners.length < 3} onClick={() => onChange(finish)}>Done</button>
        <button type="button" className="button quiet" onClick={() => onChange(cancel)}>Cancel</button>
      </div>
    )
  }
  const row = (kind: 'mask' | 'zone', place: number, words: string) => (
    <li key={`${kind} ${place}`} className="row">
      {kind === 'mask' ? <span>{words}</span> : <input className="field" aria-label={`Name of zone ${place + 1}`} value={words} maxLength={60} onChange={(event) => onChange((now) => rename(now, place, event.target.value))} />}
      <button type="button" className="button quiet icon" aria-label={`Remove ${words}`} onClick={() => onChange((now) => without(now, kind, place))}><Icon name="close" /></button>
    </li>
  )
  return (
    <>
      <div className="row wrap">
        <button type="button" className="button" disabled={masks.length >= MAX_AREAS} onClick={() => onChange((now) => begin(now, 'mask'))}><Icon name="plus" />Draw a mask</button>
        <button type="button" className="button" disabled={zones.length >= MAX_AREAS} onClick={() => onChange((now) => begin(now, 'zone'))}><Icon name="plus" />Draw a zone</button>
      </div>
      <ul className="motion-areas">{masks.map((_, i) => row('mask', i, `Mask ${i + 1}`))}{zones.map(({ name }, i) => row('zone', i, name))}</ul>
    </>
  )
}
