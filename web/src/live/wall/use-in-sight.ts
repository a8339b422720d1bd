import { type RefObject, useEffect, useState } from 'react'

/** How long a tile may be out of sight before its stream is paused, ms: scrolling past and back must not reconnect. @default 3000 */
export const OUT_OF_SIGHT_MS = 3000
/** How far outside the window a tile already counts as in sight. @default '120px' */
const MARGIN = '120px'

const isCovered = (element: Element): boolean => document.fullscreenElement !== null && !document.fullscreenElement.contains(element)

/** Calls back with whether an element can be seen: not scrolled away, not behind another on the full screen, not in a hidden tab. */
function watchSight(element: Element, tell: (seen: boolean) => void): () => void {
  let isNear = false
  const look = (): void => tell(isNear && !document.hidden && !isCovered(element))
  const observer = new IntersectionObserver((entries) => {
    isNear = entries.at(-1)?.isIntersecting === true
    look()
  }, { rootMargin: MARGIN })
  observer.observe(element)
  for (const event of ['visibilitychange', 'fullscreenchange']) document.addEventListener(event, look)
  return () => {
    observer.disconnect()
    for (const event of ['visibilitychange', 'fullscreenchange']) document.removeEventListener(event, look)
  }
}

/** Whether someone can see the element: yes at once, no only after a while. */
export function useInSight(element: RefObject<Element | null>): boolean {
  const [inSight, setInSight] = useState(false)
  useEffect(() => {
    if (element.current === null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const unwatch = watchSight(element.current, (seen) => {
      clearTimeout(timer)
      if (seen) setInSight(true)
      else timer = setTimeout(() => setInSight(false), OUT_OF_SIGHT_MS)
    })
    return () => {
      clearTimeout(timer)
      unwatch()
    }
  }, [element])
  return inSight
}
