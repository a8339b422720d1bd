import { type RefObject, useEffect, useState } from 'react'
import type { RecordingList } from '#protocols/http.ts'
import { dayOf, type Range } from '../recordings/timeline-math.ts'
import { useRecordings } from '../recordings/use-recordings.ts'
import type { Conductor } from './conductor.ts'
import { PastStream } from './past-stream.ts'

/** What is known on either side of the moment that plays, ms: playing on never leaves it. @default 43200000 */
const AROUND_MS = 43_200_000

/** The days a player asks of: the same ones for half a day. */
export function daysFor(atMs: number): Range {
  return { fromMs: dayOf(atMs - AROUND_MS).fromMs, toMs: dayOf(atMs + AROUND_MS).toMs }
}

/** Has a camera's recording follow the page's clock in a video element; answers what is recorded around it. */
export function useFollower(camera: string, video: RefObject<HTMLVideoElement | null>, conductor: Conductor, { atMs, nowMs, isLive }: { readonly atMs: number; readonly nowMs: number; readonly isLive: boolean }): { readonly stream: PastStream | null; readonly list: RecordingList | undefined } {
  const [stream, setStream] = useState<PastStream | null>(null)
  const { list } = useRecordings(camera, daysFor(atMs), nowMs)
  useEffect(() => {
    if (video.current === null) return
    const made = new PastStream(camera, video.current)
    const leave = conductor.add(made)
    setStream(made)
    return leave
  }, [camera, conductor, video])
  useEffect(() => {
    if (stream === null) return
    stream.isLive = isLive
    if (list === undefined) return
    stream.spans = list.spans
    stream.known = list
  }, [stream, list, isLive])
  return { stream, list }
}
