/** A stretch of a recording, fetched and made fit for a SourceBuffer. */
import { API } from '../api/client.ts'
import type { Range } from '../recordings/timeline-math.ts'
import type { Fetch } from './footage.ts'

/** A piece of recording on its way into a player; times are wall clock, ms. */
export interface RangeFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** MIME type with its codecs, as MediaSource wants it. */
  readonly type: string
  readonly startMs: number
  readonly endMs: number
}

/** Address of a stretch of recording as a plain MP4. `session`: of that recording only. */
export function playUrl(camera: string, { fromMs, toMs }: Range, session?: string): string {
  return `${API}/cameras/${encodeURIComponent(camera)}/play?from=${fromMs}&to=${Math.floor(toMs)}${session === undefined ? '' : `&session=${encodeURIComponent(session)}`}`
}

/** How a range is cut for export; `node/http/routes/playback.ts` knows them. */
export type Cut = 'exact' | 'keyframe' | 'parts'

/** Address of a range as a file to keep. `session`: of that recording only. */
export function exportUrl(camera: string, { fromMs, toMs }: Range, cut: Cut, name: string, session?: string): string {
  return `${API}/cameras/${encodeURIComponent(camera)}/export?${new URLSearchParams({ from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs)), cut, ...(name === '' ? {} : { name }), ...(session === undefined ? {} : { session }) })}`
}

/** `avc1.42E01F,opus` as a MIME type. */
export const typeOf = (codecs: string): string => `video/mp4; codecs="${codecs}"`

/** Where the first moof begins: what lies before it describes tracks that a continuing player knows. */
export function mediaStart(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = view.getUint32(at)
    if (view.getUint32(at + 4) === 0x6d6f6f66) return at
    if (size < 8) break
    at += size
  }
  return 0
}

/** @throws Error when the node says no or does not answer */
export async function fetchRange(camera: string, { session, continued, ...range }: Fetch, signal: AbortSignal): Promise<RangeFile> {
  // Kept by the player itself: a browser's cache would keep halves of what was given up.
  const response = await fetch(`${playUrl(camera, range, session)}${continued ? '&continued=1' : ''}`, { signal, cache: 'no-store' })
  if (!response.ok) throw new Error(`the node answered ${response.status}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const startMs = Number(response.headers.get('x-start-ms'))
  return { bytes: continued ? bytes.subarray(mediaStart(bytes)) : bytes, type: typeOf(response.headers.get('x-codecs') ?? ''), startMs, endMs: startMs + Number(response.headers.get('x-duration-ms')) }
}
