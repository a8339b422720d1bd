import { type KeyboardEvent, type RefObject, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { toast } from '../design/toast.tsx'
import { selection, useSelection } from '../organise/selection.ts'
import { AssetCard, AssetLine } from './asset-card.tsx'
import { dayName } from './day-name.ts'
import { type Geometry, type Section, layOut, placeBeside, placeOf, windowOf } from './grid-geometry.ts'
import type { Library } from './use-library.ts'
import { type VirtualScroll, useVirtualScroll } from './use-virtual-scroll.ts'
import type { View } from './view.ts'

const GAP_PX = 16
const HEADING_PX = 44
const WORDS_PX = 64
const LINE_PX = 58
/** Kept above an asset that is scrolled to, px: the search box stays there. */
const HEAD_PX = 130

export interface GridHandle {
  readonly geometry: Geometry
  readonly scroll: VirtualScroll
  /** Makes a clip the one that keys are about, and shows it. */
  readonly goTo: (index: number) => void
}

interface GridProps {
  readonly library: Library
  readonly view: View
  readonly handle: RefObject<GridHandle | null>
  readonly onPreview: (index: number) => void
}

/** Width of an element, kept up to date. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (element.current === null) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    setWidth(Math.floor(element.current.clientWidth))
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return width
}

function sizesOf(width: number, view: View): { columns: number; cardWidth: number; rowHeight: number } {
  if (view.kind === 'list') return { columns: 1, cardWidth: width, rowHeight: LINE_PX }
  const columns = Math.max(width < 560 ? 2 : 1, Math.floor((width + GAP_PX) / (view.cardPx + GAP_PX)))
  const cardWidth = (width - GAP_PX * (columns - 1)) / columns
  return { columns, cardWidth, rowHeight: Math.ceil(cardWidth * 9 / 16) + WORDS_PX + GAP_PX }
}

/** The assets under the days they were taken on: only those near the screen exist, however many there are. */
export function AssetGrid({ library, view, handle, onPreview }: GridProps) {
  const element = useRef<HTMLDivElement>(null)
  const width = useWidth(element)
  const { columns, cardWidth, rowHeight } = sizesOf(width, view)
  const geometry = useMemo(() => layOut(library.sections as readonly Section[], { columns, rowHeight, headingHeight: HEADING_PX }), [library.sections, columns, rowHeight])
  const scroll = useVirtualScroll(element, geometry.height, rowHeight / columns)
  const shown = windowOf(geometry, scroll.from, scroll.to)
  const selected = useSelection()
  const [active, setActive] = useState(0)
  useEffect(() => { library.pages.show(shown.from, shown.to) }, [library.pages, shown.from, shown.to])
  useEffect(() => setActive(0), [library.pages])

  const anchor = useRef(0)
  const toggle = useCallback((index: number, id: string, isRange: boolean): void => {
    if (isRange) void selectRange(library, anchor.current, index)
    else selection.toggle(id)
    anchor.current = index
  }, [library.pages])
  const { keys, goTo } = useKeys({ library, geometry, scroll, active, setActive, toggle, anchor, onPreview, element })
  useImperativeHandle(handle, () => ({ geometry, scroll, goTo }), [geometry, scroll])

  const Item = view.kind === 'list' ? AssetLine : AssetCard
  const at = Math.min(active, Math.max(0, geometry.total - 1))
  return (
    <div ref={element} className={`asset-grid ${view.kind}`} role="group" aria-label="Clips" aria-busy={library.isLoading} style={{ height: scroll.height }} onKeyDown={keys}>
      {shown.sections.map(({ label, top, count, start }) => label === '' ? null : (
        <h2 key={start} className="day" style={{ transform: `translateY(${top + scroll.shift}px)` }}>{dayName(label)} <span className="dim num small">{count.toLocaleString('en')}</span></h2>
      ))}
      {width === 0 ? null : Array.from({ length: Math.max(0, shown.to - shown.from) }, (_, i) => {
        const index = shown.from + i
        const { top, column } = placeOf(geometry, index)
        const asset = library.pages.at(index)
        return (
          <div key={index} className="cell card-holder" style={{ width: cardWidth, height: rowHeight - (view.kind === 'list' ? 4 : GAP_PX), transform: `translate(${column * (cardWidth + GAP_PX)}px, ${top + scroll.shift}px)` }}>
            {asset === undefined || scroll.isFlying ? <div className="skeleton" data-at={index} /> : <Item asset={asset} index={index} isActive={index === at} isSelected={selected.has(asset.id)} onToggle={toggle} onFocus={setActive} />}
          </div>
        )
      })}
    </div>
  )
}

async function selectRange(library: Library, from: number, to: number): Promise<void> {
  try {
    selection.range(await library.pages.ids(Math.min(from, to), Math.max(from, to) + 1))
  } catch (error) {
    toast(`The range could not be selected: ${error instanceof Error ? error.message : String(error)}`, 'bad')
  }
}

interface KeysParts {
  readonly library: Library
  readonly geometry: Geometry
  readonly scroll: VirtualScroll
  readonly active: number
  readonly setActive: (index: number) => void
  readonly toggle: (index: number, id: string, range: boolean) => void
  readonly anchor: RefObject<number>
  readonly onPreview: (index: number) => void
  readonly element: RefObject<HTMLElement | null>
}

/** Arrows move, with Shift they select; Space looks, X selects, Enter opens. */
function useKeys({ library, geometry, scroll, active, setActive, toggle, anchor, onPreview, element }: KeysParts) {
  const [, navigate] = useLocation()
  const follow = useRef(false)
  useEffect(() => {
    if (!follow.current) return
    const card = element.current?.querySelector<HTMLElement>(`a[data-at="${active}"]`)
    if (card === null || card === undefined) return
    card.focus({ preventScroll: true })
    follow.current = document.activeElement !== card // it can not have the focus below a dialog: then it gets it afterwards
  })
  const goTo = (index: number): void => {
    follow.current = true
    setActive(index)
    bringIntoView(geometry, scroll, index)
  }
  const keys = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const asset = library.pages.at(active)
    const next = placeBeside(geometry, active, event.key)
    if (next !== undefined) {
      if (event.shiftKey) void selectRange(library, anchor.current, next)
      else anchor.current = next
      goTo(next)
    } else if (event.key === ' ') onPreview(active)
    else if (event.key.toLowerCase() === 'x' && asset !== undefined) toggle(active, asset.id, event.shiftKey)
    else if (event.key === 'Escape' && selection.get().size > 0) selection.clear()
    else if (event.key === 'Enter' && asset !== undefined) navigate(`/library/${encodeURIComponent(asset.id)}`)
    else return
    event.preventDefault()
  }
  return { keys, goTo }
}

function bringIntoView(geometry: Geometry, scroll: VirtualScroll, index: number): void {
  const { top } = placeOf(geometry, index)
  const seen = scroll.top()
  if (top < seen + HEAD_PX) scroll.scrollTo(Math.max(0, top - HEAD_PX - HEADING_PX))
  else if (top + geometry.rowHeight > seen + window.innerHeight - 60) scroll.scrollTo(top + geometry.rowHeight - window.innerHeight + 80)
}
