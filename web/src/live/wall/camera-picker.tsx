import type { KeyboardEvent } from 'react'
import type { CameraView } from '#protocols/http.ts'
import { Dialog } from '../../design/dialog.tsx'
import { Icon } from '../../design/icon.tsx'
import { moved } from './arrange.ts'
import { useReorder } from './use-reorder.ts'
import { changeWall, useWall } from './wall-settings.ts'

interface PickerProps {
  /** Every camera, in the wall's order. */
  readonly cameras: readonly CameraView[]
  readonly onClose: () => void
}

/** Which cameras are on the wall, and in what order: by dragging, by buttons, or with Alt and the arrows. */
export function CameraPicker({ cameras, onClose }: PickerProps) {
  const { hidden, order } = useWall()
  const ids = cameras.map(({ id }) => id)
  const move = (id: string, to: string | undefined): void => { if (to !== undefined) changeWall({ order: moved(ids, id, to) }) }
  const reorder = useReorder(move)
  const show = (id: string, shown: boolean): void => changeWall({ hidden: shown ? hidden.filter((each) => each !== id) : [...hidden, id] })
  const onKey = (event: KeyboardEvent, at: number): void => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
    if (!event.altKey || step === 0) return
    event.preventDefault()
    move(ids[at] ?? '', ids[at + step])
  }
  return (
    <Dialog title="Cameras on the wall" onClose={onClose}>
      <p className="small dim">Drag them into the order you want, use the arrows, or hold Alt and press ↑ or ↓. This browser remembers.</p>
      <ol className="picker">
        {cameras.map(({ id, name, live }, at) => (
          <li key={id} data-drag className={reorder.over === id ? 'drop-here' : undefined} {...reorder.target(id)} onKeyDown={(event) => onKey(event, at)}>
            <span className="grip" aria-hidden="true" {...reorder.handle(id)}><Icon name="grip" /></span>
            <label className="row cut"><input type="checkbox" checked={!hidden.includes(id)} onChange={({ target }) => show(id, target.checked)} /><span className="cut">{name}</span>{live ? null : <span className="badge">not live</span>}</label>
            <button type="button" className="button quiet icon" aria-label={`Move ${name} up`} disabled={at === 0} onClick={() => move(id, ids[at - 1])}><Icon name="up" /></button>
            <button type="button" className="button quiet icon" aria-label={`Move ${name} down`} disabled={at === ids.length - 1} onClick={() => move(id, ids[at + 1])}><Icon name="down" /></button>
          </li>
        ))}
      </ol>
      <div className="row spread">
        <button type="button" className="button quiet" disabled={order.length === 0 && hidden.length === 0} onClick={() => changeWall({ order: [], hidden: [] })}>All, by name</button>
        <button type="button" className="button primary" onClick={onClose}>Done</button>
      </div>
    </Dialog>
  )
}
