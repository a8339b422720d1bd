import { useState } from 'react'
import type { CameraView } from '#protocols/http.ts'
import { Dialog } from '../design/dialog.tsx'

/** Cameras that play in step at most. @default 9 */
export const MOST_CAMERAS = 9

interface ChooseProps {
  readonly cameras: readonly CameraView[]
  readonly chosen: readonly string[]
  readonly choose: (ids: readonly string[]) => void
  readonly onClose: () => void
}

/** Which cameras play in step, on one timeline. */
export function ChooseCameras({ cameras, chosen, choose, onClose }: ChooseProps) {
  const [ids, setIds] = useState(chosen)
  const done = (): void => {
    choose(ids)
    onClose()
  }
  return (
    <Dialog title="Cameras in step" onClose={onClose}>
      <p className="small dim">Up to {MOST_CAMERAS} cameras play together, by the time their pictures were taken.</p>
      <ul className="picker">
        {cameras.map(({ id, name, live }) => (
          <li key={id}><label className="row cut"><input type="checkbox" checked={ids.includes(id)} disabled={ids.includes(id) ? ids.length === 1 : ids.length >= MOST_CAMERAS} onChange={({ target }) => setIds(target.checked ? [...ids, id] : ids.filter((each) => each !== id))} /><span className="cut">{name}</span>{live ? null : <span className="badge">not live</span>}</label></li>
        ))}
      </ul>
      <div className="row spread"><span className="small dim">{ids.length} chosen</span><button type="button" className="button primary" onClick={done}>Show them</button></div>
    </Dialog>
  )
}
