import { type PointerEvent, type RefObject, useRef } from 'react'
import type { Range } from '../recordings/timeline-math.ts'
import { panned, zoomed } from './zoom.ts'

interface Latest { readonly view: Range; readonly nowMs: number; readonly look: (view: Range) => void }

/** Two fingers that zoom and move a timeline. `move` answers whether it took the movement. */
export function usePinch(area: RefObject<HTMLElement | null>, latest: RefObject<Latest>): { readonly down: (event: PointerEvent) => void; readonly move: (event: PointerEvent) => boolean; readonly up: (event: PointerEvent) => void; readonly isPinching: () => boolean } {
  const fingers = useRef(new Map<number, number>())
  const pinched = useRef(false)
  return {
    down({ pointerId, clientX }) {
      fingers.current.set(pointerId, clientX)
      if (fingers.current.size > 1) pinched.current = true
    },
    move({ pointerId, clientX }) {
      const before = fingers.current.get(pointerId)
      if (before === undefined || fingers.current.size < 2) return pinched.current
      const other = [...fingers.current].find(([id]) => id !== pointerId)![1]
      fingers.current.set(pointerId, clientX)
      const box = area.current?.getBoundingClientRect()
      if (box === undefined) return true
      const { view, nowMs, look } = latest.current
      const middle = (clientX + other) / 2
      const around = view.fromMs + (middle - box.left) / box.width * (view.toMs - view.fromMs)
      const factor = Math.max(20, Math.abs(before - other)) / Math.max(20, Math.abs(clientX - other))
      look(panned(zoomed(view, factor, around, nowMs), -(clientX - before) / 2 / box.width, nowMs))
      return true
    },
    up({ pointerId }) {
      fingers.current.delete(pointerId)
      if (fingers.current.size === 0) pinched.current = false
    },
    isPinching: () => pinched.current
  }
}
