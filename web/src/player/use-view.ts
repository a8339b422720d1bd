import { useEffect, useRef, useState } from 'react'
import type { Range } from '../recordings/timeline-math.ts'
import { followed, viewOf } from './zoom.ts'

/** What the timeline shows; it turns the page when the playhead leaves it. */
export function useView(initial: () => Range, headMs: number | null, nowMs: number): { readonly view: Range; readonly look: (view: Range) => void; readonly lookAt: (ms: number) => void } {
  const [view, setView] = useState(initial)
  const before = useRef<number | null>(null)
  useEffect(() => {
    const last = before.current
    before.current = headMs
    if (headMs !== null) setView((now) => followed(now, last, headMs, nowMs))
  }, [headMs, nowMs])
  return { view, look: setView, lookAt: (ms) => setView((now) => ms >= now.fromMs && ms <= now.toMs ? now : viewOf(ms, now.toMs - now.fromMs, nowMs)) }
}
