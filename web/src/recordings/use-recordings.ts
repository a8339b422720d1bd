import { useCallback, useMemo } from 'react'
import type { CameraList, CameraSettings, CameraView, KeptList, KeptView, Ledger, LedgerEntry, MotionList, RecordingList } from '#protocols/http.ts'
import type { ApiError } from '../api/client.ts'
import { type Resource, useResource } from '../api/resource.ts'
import { serverNow, useTick } from '../live/server-clock.ts'
import type { Range } from './timeline-math.ts'

/** How often the cameras are asked for: the age of their last safe second is on screen, ms. @default 2000 */
const CAMERA_POLL_MS = 2000
/** How often a day that still grows is asked for, ms. @default 2500 */
const GROWING_POLL_MS = 2500
/** How often it is asked how a camera is recorded, which others may change, ms. @default 10000 */
const SETTINGS_POLL_MS = 10_000
/** How often a day that is over is asked for, ms. @default 60000 */
const PAST_POLL_MS = 60_000
/** So many answers are asked for one after the other, where one is too short for all of a range. @default 4 */
const ANSWERS = 4
const NONE: RecordingList['spans'] = []
const NO_KEPT: readonly KeptView[] = []

/** The node's clock, ticking every second, and its cameras. */
export function useCameras(): { readonly nowMs: number; readonly clock: () => number; readonly cameras: readonly CameraView[] | undefined; readonly error: ApiError | undefined; readonly refresh: () => void } {
  const { data, error, receivedAt, refresh } = useResource<CameraList>('/cameras', CAMERA_POLL_MS)
  useTick(1000)
  const said = data?.nowMs
  const clock = useCallback(() => said === undefined ? Date.now() : serverNow(said, receivedAt), [said, receivedAt])
  return { nowMs: clock(), clock, cameras: data?.cameras, error, refresh }
}

/** What a camera recorded in a range. */
export function useRecordings(camera: string, { fromMs, toMs }: Range, nowMs: number): { readonly list: RecordingList | undefined; readonly shown: Pick<RecordingList, 'spans' | 'hours'>; readonly error: ApiError | undefined; readonly refresh: () => void } {
  const path = `/cameras/${encodeURIComponent(camera)}/recordings?from=${fromMs}&to=${toMs}`
  const { data, error, refresh } = useResource<RecordingList>(path, nowMs < toMs ? GROWING_POLL_MS : PAST_POLL_MS)
  const shown = useMemo(() => data ?? { spans: NONE, hours: [] }, [data])
  return { list: data, shown, error, refresh }
}

/** Status of the answer about a camera of which nothing was ever recorded. */
const NEVER_RECORDED = 404

/** What is told of a range, oldest first: where an answer ends early, the next is asked for from there on. `isWhole`: all that are asked for came. */
function useAnswers<T extends Pick<Ledger, 'toMs' | 'truncated'>>(path: string, { fromMs, toMs }: Range, nowMs: number): { readonly answers: readonly (T | undefined)[]; readonly isWhole: boolean; readonly error: ApiError | undefined; readonly refresh: () => void } {
  // What lies before an early end does not grow.
  const pollMs = (data: T | undefined): number => nowMs < toMs && data?.truncated !== true ? GROWING_POLL_MS : PAST_POLL_MS
  const asked: Array<Resource<T> & { readonly refresh: () => void }> = []
  let nextMs: number | null = fromMs
  while (asked.length < ANSWERS) { // as many hooks each time
    const answer: (typeof asked)[number] = useResource<T>(nextMs === null ? null : `${path}?from=${nextMs}&to=${toMs}`, pollMs)
    asked.push(answer)
    nextMs = answer.data?.truncated === true ? answer.data.toMs : null
  }
  const answers = asked.map(({ data }) => data)
  const last = answers.findLast((data) => data !== undefined)
  return { answers, isWhole: last !== undefined && (!last.truncated || last === answers.at(-1)), error: asked.find(({ error }) => error !== undefined)?.error, refresh: () => { for (const { refresh } of asked) refresh() } }
}

/** What became of every moment of a range. */
export function useLedger(camera: string, range: Range, nowMs: number): { readonly ledger: readonly LedgerEntry[]; readonly isKnown: boolean; readonly error: ApiError | undefined; readonly refresh: () => void } {
  const { answers, isWhole, error, refresh } = useAnswers<Ledger>(`/cameras/${encodeURIComponent(camera)}/ledger`, range, nowMs)
  const ledger = useMemo(() => answers.flatMap((data) => data?.ranges ?? []), answers)
  return { ledger, isKnown: isWhole || error?.status === NEVER_RECORDED, error, refresh }
}

/** When something moved before a camera. */
export function useMotions(camera: string, range: Range, nowMs: number): MotionList['motions'] {
  const { answers } = useAnswers<MotionList>(`/cameras/${encodeURIComponent(camera)}/motion`, range, nowMs)
  return useMemo(() => answers.flatMap((data) => data?.motions ?? []), answers)
}

export const keptPath = (camera: string): string => `/cameras/${encodeURIComponent(camera)}/kept`

/** What is kept of a camera for good. */
export function useKept(camera: string): { readonly kept: readonly KeptView[]; readonly refresh: () => void } {
  const { data, refresh } = useResource<KeptList>(keptPath(camera), PAST_POLL_MS)
  return { kept: data?.kept ?? NO_KEPT, refresh }
}

/** When a camera is recorded, and how long its footage is kept. */
export function useCameraSettings(camera: string): { readonly settings: CameraSettings | undefined; readonly refresh: () => void } {
  const { data, refresh } = useResource<CameraSettings>(`/cameras/${encodeURIComponent(camera)}`, SETTINGS_POLL_MS)
  return { settings: data, refresh }
}
