import { type RefObject, useEffect, useState } from 'react'

/** Whether the element is what fills the screen, or is behind a part of it that does. */
export function useIsFullScreen(element: RefObject<Element | null>): boolean {
  const [full, setFull] = useState(false)
  useEffect(() => {
    const look = (): void => setFull(element.current?.matches(':fullscreen') === true)
    document.addEventListener('fullscreenchange', look)
    return () => document.removeEventListener('fullscreenchange', look)
  }, [element])
  return full
}
