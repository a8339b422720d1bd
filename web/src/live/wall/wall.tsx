import { type CSSProperties, type KeyboardEvent, type ReactNode, type RefObject, useState } from 'react'
import type { CameraView } from '#protocols/http.ts'
import { cellBeside, moveInGrid } from '../../shell/grid-keys.ts'
import { CameraTile } from '../camera-tile.tsx'
import { moved } from './arrange.ts'
import { LAYOUTS, gridOf } from './layouts.ts'
import { useIsFullScreen } from './use-full-screen.ts'
import { useReorder } from './use-reorder.ts'
import { changeWall, useWall } from './wall-settings.ts'
import './wall.css'

interface WallProps {
  readonly element: RefObject<HTMLDivElement | null>
  /** Every camera, in the wall's order; `shown` are those of this page of it. */
  readonly cameras: readonly CameraView[]
  readonly shown: readonly CameraView[]
  readonly clock: () => number
  /** The way to the other pages, for when nothing but the wall is on the screen. */
  readonly pager: ReactNode
}

/** The tiles in their grid, in an order that dragging and Shift with the arrows change. */
export function Wall({ element, cameras, shown, clock, pager }: WallProps) {
  const { layout } = useWall()
  const [said, setSaid] = useState('')
  const isFull = useIsFullScreen(element)
  const { columns, rows } = gridOf(layout, shown.length, isFull)
  const ids = cameras.map(({ id }) => id)
  const move = (id: string, to: string | undefined): void => {
    if (to === undefined) return
    changeWall({ order: moved(ids, id, to) })
    setSaid(`${cameras.find((camera) => camera.id === id)?.name} is now at place ${shown.findIndex((camera) => camera.id === to) + 1} of ${shown.length}`)
  }
  const reorder = useReorder(move)
  const onKey = (event: KeyboardEvent<HTMLElement>): void => {
    if (!event.shiftKey) return moveInGrid(event)
    const to = cellBeside(event)?.dataset['cell']
    if (to === undefined) return
    event.preventDefault()
    move((event.target as HTMLElement).dataset['cell'] ?? '', to)
  }
  const isCompact = isFull || columns > 2 && layout !== 'auto'
  const empty = layout === 'auto' ? 0 : Math.max(0, LAYOUTS[layout].cells - shown.length)
  const shape = { '--columns': columns, '--rows': rows } as CSSProperties
  return (
    <div ref={element} className={`wall layout-${layout} ${isCompact ? 'compact' : ''} ${isFull ? 'full' : ''}`} style={shape} data-columns={columns} role="group" aria-label="Cameras" onKeyDown={onKey}>
      {shown.map((camera) => <CameraTile key={camera.id} camera={camera} clock={clock} everyone={ids} reorder={reorder} />)}
      {Array.from({ length: empty }, (_, at) => <div key={at} className="tile empty" aria-hidden="true" />)}
      {isFull ? pager : null}
      <p className="hidden" role="status">{said}</p>
    </div>
  )
}
