import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'

/** Tallest element that browsers lay out faithfully, px: what is higher is scrolled through a smaller one. @default 8000000 */
const MAX_HEIGHT_PX = 8_000_000
/** How far beyond the screen is drawn, as a share of its height. @default 0.6 */
const BEYOND = 0.6

export interface VirtualScroll {
  /** Height of the element to scroll through, px. */
  readonly height: number
  /** What is to be drawn, px from the top of the grid. */
  readonly from: number
  readonly to: number
  /** To be added to a height of the grid to get one of the element. */
  readonly shift: number
  /** It goes by more than a screen a frame: nothing of it can be read. */
  readonly isFlying: boolean
  /** Height of the grid at the top of the screen. */
  readonly top: () => number
  readonly scrollTo: (top: number) => void
}

/** Scrolls the window through a grid of any height. Steps of less than a screen move it by as much; longer ones of the bar by their share. */
export function useVirtualScroll(element: RefObject<HTMLElement | null>, height: number, step: number): VirtualScroll {
  const physical = Math.min(height, MAX_HEIGHT_PX)
  const place = useRef({ virtual: 0, scrolled: 0 })
  const [view, setView] = useState({ from: 0, to: 1200, shift: 0, isFlying: false })

  /** Answers whether it has to be looked again soon. */
  const look = useCallback((): boolean => {
    const rect = element.current?.getBoundingClientRect()
    if (rect === undefined) return false
    const screen = window.innerHeight
    const scrolled = Math.max(0, -rect.top)
    const before = place.current
    const [most, mostVirtual] = [Math.max(1, physical - screen), Math.max(1, height - screen)]
    const moved = scrolled - before.scrolled
    const isShort = Math.abs(moved) < screen && scrolled > 0 && scrolled < most
    const virtual = height === physical ? -rect.top : isShort ? Math.min(mostVirtual, Math.max(0, before.virtual + moved)) : scrolled / most * mostVirtual
    place.current = { virtual, scrolled }
    const rough = (y: number): number => Math.floor(y / step) * step
    const next = { from: rough(virtual - BEYOND * screen), to: rough(virtual + (1 + BEYOND) * screen) + step, shift: height === physical ? 0 : scrolled - virtual, isFlying: Math.abs(virtual - before.virtual) > screen }
    setView((view) => view.from === next.from && view.to === next.to && view.shift === next.shift && view.isFlying === next.isFlying ? view : next)
    return next.isFlying
  }, [element, height, physical, step])

  useEffect(() => {
    let asked = 0
    const now = (): void => {
      asked = 0
      if (look()) soon()
    }
    const soon = (): void => { asked ||= requestAnimationFrame(now) }
    now()
    window.addEventListener('scroll', soon, { passive: true })
    window.addEventListener('resize', soon)
    return () => {
      cancelAnimationFrame(asked)
      window.removeEventListener('scroll', soon)
      window.removeEventListener('resize', soon)
    }
  }, [look])

  const scrollTo = useCallback((top: number): void => {
    const rect = element.current?.getBoundingClientRect()
    if (rect === undefined) return
    const share = height === physical ? top : top / Math.max(1, height - window.innerHeight) * Math.max(1, physical - window.innerHeight)
    place.current = { virtual: top, scrolled: Math.max(0, share) }
    window.scrollTo(0, window.scrollY + rect.top + share)
    look()
  }, [element, height, physical, look])
  return { height: physical, ...view, top: () => place.current.virtual, scrollTo }
}
