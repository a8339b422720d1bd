import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { monthName } from './day-name.ts'
import type { GridHandle } from './asset-grid.tsx'
import { type PlacedSection, sectionAt } from './grid-geometry.ts'
import type { Section } from './grid-geometry.ts'

/** Least distance of two years on the scale, as a share of it. @default 0.035 */
const YEAR_SHARE = 0.035
/** Least assets for which a scale of dates is worth its place. @default 60 */
const LEAST = 60

/** A scale of dates at the edge of the screen: dragging it goes anywhere in the library at once. */
export function Scrubber({ grid, sections }: { readonly grid: RefObject<GridHandle | null>; readonly sections: readonly Section[] }) {
  const scale = useRef<HTMLDivElement>(null)
  const [share, setShare] = useState(0)
  const [held, setHeld] = useState(false)
  useEffect(() => {
    let asked = 0
    const follow = (): void => {
      asked ||= requestAnimationFrame(() => {
        asked = 0
        const { geometry, scroll } = grid.current ?? {}
        if (geometry !== undefined && scroll !== undefined) setShare(Math.min(1, Math.max(0, scroll.top() / Math.max(1, geometry.height - window.innerHeight))))
      })
    }
    window.addEventListener('scroll', follow, { passive: true })
    return () => {
      cancelAnimationFrame(asked)
      window.removeEventListener('scroll', follow)
    }
  }, [grid])
  const geometry = grid.current?.geometry
  const years = useMemo(() => geometry === undefined ? [] : yearsOf(geometry.sections, geometry.height), [geometry, sections])
  const total = sections.reduce((sum, { count }) => sum + count, 0)
  if (total < LEAST || sections[0]?.label === '' || sections.length < 2) return null

  const go = (next: number): void => {
    const { geometry, scroll } = grid.current ?? {}
    if (geometry === undefined || scroll === undefined) return
    const within = Math.min(1, Math.max(0, next))
    setShare(within)
    scroll.scrollTo(within * Math.max(0, geometry.height - window.innerHeight))
  }
  const drag = ({ clientY }: PointerEvent): void => {
    const rect = scale.current?.getBoundingClientRect()
    if (rect !== undefined) go((clientY - rect.top) / rect.height)
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = ({ ArrowDown: 0.01, ArrowUp: -0.01, PageDown: 0.1, PageUp: -0.1, Home: -1, End: 1 } as Readonly<Record<string, number>>)[event.key]
    if (step === undefined) return
    event.preventDefault()
    event.stopPropagation()
    go(share + step)
  }
  const now = geometry === undefined ? undefined : sectionAt(geometry, share * Math.max(0, geometry.height - window.innerHeight))
  const label = now === undefined ? '' : monthName(now.label)
  return (
    <div ref={scale} className={`scrubber ${held ? 'held' : ''}`} role="slider" tabIndex={0} aria-label="Date" aria-orientation="vertical" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)} aria-valuetext={label} onKeyDown={onKey}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); setHeld(true); drag(event) }} onPointerMove={(event) => { if (held) drag(event) }} onPointerUp={() => setHeld(false)} onPointerCancel={() => setHeld(false)}>
      {years.map(({ year, at }) => <span key={year} className="year num" style={{ top: `${at * 100}%` }}>{year}</span>)}
      <span className="thumb" style={{ top: `${share * 100}%` }}><span className="thumb-label">{label}</span></span>
    </div>
  )
}

function yearsOf(sections: readonly PlacedSection[], height: number): Array<{ year: string; at: number }> {
  const years: Array<{ year: string; at: number }> = []
  let last = ''
  for (const { label, top } of sections) {
    const year = label.slice(0, 4)
    const at = top / Math.max(1, height)
    if (year !== last && at - (years.at(-1)?.at ?? -1) >= YEAR_SHARE) years.push({ year, at })
    last = year
  }
  return years
}
