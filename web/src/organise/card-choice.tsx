import type { DragEvent, MouseEvent } from 'react'
import type { AssetView } from '#protocols/http.ts'
import { startDrag } from './drag.ts'
import { PeopleBadges } from './people-badges.tsx'
import { selection } from './selection.ts'
import './organise.css'

/** Ids of the cards as they stand on the page. */
const shownOrder = (): string[] => [...document.querySelectorAll<HTMLElement>('[data-asset]')].map((card) => card.dataset['asset'] ?? '')

/** Chooses instead of opening when Ctrl, Cmd or Shift is held. */
export function chooseOnClick(event: MouseEvent, id: string): void {
  if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return
  event.preventDefault()
  if (event.shiftKey) selection.rangeTo(id, shownOrder())
  else selection.toggle(id)
}

/** What a card's link needs to be chosen and dragged. */
export const cardHandlers = (id: string): { draggable: true; onDragStart: (event: DragEvent) => void; onClick: (event: MouseEvent) => void } => ({
  draggable: true, onDragStart: (event) => startDrag(event, id), onClick: (event) => chooseOnClick(event, id)
})

/** On a card: its label, flag and stack, and who edits it. */
export function CardMarks({ asset: { id, marks } }: { readonly asset: Pick<AssetView, 'id' | 'marks'> }) {
  return (
    <>
      <span className="card-marks">
        {marks.label === '' ? null : <span className={`label-dot ${marks.label}`} role="img" aria-label={`label ${marks.label}`} />}
        {marks.flag === '' ? null : <span className={`flag ${marks.flag}`} role="img" aria-label={marks.flag}>{marks.flag === 'pick' ? '⚑' : '✕'}</span>}
        {marks.stack === '' ? null : <span className="flag" role="img" aria-label="in a stack">▤</span>}
        {marks.state === '' ? null : <span className="badge">{marks.state}</span>}
      </span>
      <PeopleBadges asset={id} editorsOnly />
    </>
  )
}
