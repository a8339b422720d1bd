import { useCallback, useEffect, useRef, useState } from 'react'
import type { TakeAngleView, TakeEdit, TakeView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { put, refetch } from '../api/resource.ts'
import { toast } from '../design/toast.tsx'

/** A moved recording is written down when nobody moved it for this long, ms. @default 700 */
const CALM_MS = 700

/** Recordings moved by hand: shown at once, written down a moment later. */
export function useNudges(path: string, take: TakeView | undefined): { readonly angles: readonly TakeAngleView[]; readonly isSaving: boolean; readonly nudge: (recording: string, byMs: number) => void } {
  const [moved, setMoved] = useState<ReadonlyMap<string, number>>(new Map())
  const latest = useRef(moved)
  latest.current = moved
  const unsent = useRef<ReadonlyMap<string, number>>(undefined)
  const write = useCallback((): void => {
    const sent = unsent.current
    if (sent === undefined) return
    unsent.current = undefined
    const move = [...sent].map(([recording, offsetMs]) => ({ recording, offsetMs }))
    api.patch<TakeView>(path, { move } satisfies TakeEdit).then((view) => put(path, view), (error: Error) => { toast(`Not moved: ${error.message}`, 'bad'); refetch(path) })
      .finally(() => { if (latest.current === sent) setMoved(new Map()) })
  }, [path])
  useEffect(() => {
    if (moved.size === 0) return
    unsent.current = moved
    const timer = setTimeout(write, CALM_MS)
    return () => clearTimeout(timer)
  }, [moved, write])
  useEffect(() => write, [write]) // whoever leaves has moved it, too
  const angles = (take?.angles ?? []).map((angle) => moved.has(angle.recording) ? { ...angle, offsetMs: moved.get(angle.recording)!, by: 'person' as const } : angle)
  return {
    angles, isSaving: moved.size > 0,
    nudge(recording, byMs) {
      const angle = angles.find((one) => one.recording === recording)
      if (angle !== undefined) setMoved(new Map([...moved, [recording, angle.offsetMs + byMs]]))
    }
  }
}
