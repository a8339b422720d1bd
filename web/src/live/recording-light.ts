import type { CameraView } from '#protocols/http.ts'
import { formatAge, plural } from '../design/format.ts'

/** Age of the last durable second from which the light turns amber, ms. @default 5000 */
export const LATE_MS = 5000
/** Age from which it turns red, ms. @default 15000 */
export const LOST_MS = 15_000

/** How a camera's recording stands, as a colour and as words. */
export interface RecordingLight {
  readonly tone: 'off' | 'ok' | 'warn' | 'bad'
  readonly text: string
}

type Durable = Pick<CameraView, 'recording' | 'lastDurableMs' | 'durableCopies' | 'live'> & Partial<Pick<CameraView, 'notExpected'>>

/** Judges the recording by the age of the last second that is safe; `nowMs` is the node's clock, never this browser's. */
export function recordingLight({ recording, lastDurableMs, durableCopies, live, notExpected = null }: Durable, nowMs: number): RecordingLight {
  if (!recording && notExpected !== null) return { tone: 'off', text: notExpected.charAt(0).toUpperCase() + notExpected.slice(1) }
  if (lastDurableMs <= 0) return recording ? { tone: 'warn', text: 'Recording begins…' } : { tone: 'off', text: 'Not recording' }
  const age = Math.max(0, nowMs - lastDurableMs)
  if (!recording) return { tone: live ? 'bad' : 'off', text: `Not recording, last ${formatAge(age)} ago` }
  const copies = durableCopies > 0 ? `on ${plural(durableCopies, 'node')}, ` : ''
  if (age > LOST_MS) return { tone: 'bad', text: `Nothing safe for ${formatAge(age)}` }
  return { tone: age > LATE_MS || durableCopies === 1 ? 'warn' : 'ok', text: `${copies}${formatAge(age)} ago` }
}
