import { useMemo } from 'react'
import type { CameraList, CameraView, RecordingList } from '#protocols/http.ts'
import type { ApiError } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { serverNow, useTick } from '../live/server-clock.ts'
import type { Range } from './timeline-math.ts'

/** How often the cameras are asked for: the age of their last safe second is on screen, ms. @default 2000 */
const CAMERA_POLL_MS = 2000
/** How often a day that still grows is asked for, ms. @default 2500 */
const GROWING_POLL_MS = 2500
/** How often a day that is over is asked for, ms. @default 60000 */
const PAST_POLL_MS = 60_000
const NONE: RecordingList['spans'] = []
const NO_GAPS: RecordingList['gaps'] = []

/** The node's clock, ticking every second, and its cameras. */
export function useCameras(): { readonly nowMs: number; readonly cameras: readonly CameraView[] | undefined; readonly error: ApiError | undefined; readonly refresh: () => void } {
  const { data, error, receivedAt, refresh } = useResource<CameraList>('/cameras', CAMERA_POLL_MS)
  useTick(1000)
  return { nowMs: data === undefined ? Date.now() : serverNow(data.nowMs, receivedAt), cameras: data?.cameras, error, refresh }
}

/** What a camera recorded in a range. */
export function useRecordings(camera: string, { fromMs, toMs }: Range, nowMs: number): { readonly list: RecordingList | undefined; readonly shown: Pick<RecordingList, 'spans' | 'gaps' | 'hours'>; readonly error: ApiError | undefined; readonly refresh: () => void } {
  const path = `/cameras/${encodeURIComponent(camera)}/recordings?from=${fromMs}&to=${toMs}`
  const { data, error, refresh } = useResource<RecordingList>(path, nowMs < toMs ? GROWING_POLL_MS : PAST_POLL_MS)
  const shown = useMemo(() => data ?? { spans: NONE, gaps: NO_GAPS, hours: [] }, [data])
  return { list: data, shown, error, refresh }
}
