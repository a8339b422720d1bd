import type { CameraView } from '#protocols/http.ts'
import { formatBitRate } from '../design/format.ts'
import { rateOf } from './picture-rate.ts'
import { hasWebRtc } from './whep-session.ts'
import type { ViewerStats } from './viewer-stats.ts'
import type { ViewerState } from './whep-viewer.ts'

/** What a tile says while it has no picture to show. */
export interface Words { readonly title: string; readonly detail: string }

/** The words for a viewer's state; null while it plays. */
export function wordsOf(state: ViewerState, { live, reason }: Pick<CameraView, 'live' | 'reason'>): Words | null {
  const notLive = { title: 'Not live now', detail: reason ?? 'Starts by itself when the camera is back.' }
  switch (state.type) {
    case 'playing': return null
    case 'closed': return { title: 'Paused', detail: 'It goes on as soon as it is in sight.' }
    case 'waiting': return live ? { title: 'Waiting for the picture', detail: 'The camera is there; its node is not sending yet.' } : notLive
    case 'refused': return { title: 'This browser can not show it', detail: state.reason }
    case 'retrying': return { title: 'Reconnecting', detail: `${state.reason}; try ${state.attempt}` }
    default: return live ? { title: 'Connecting', detail: '' } : notLive
  }
}

/** Why a picture that comes over HLS does not come over WebRTC. */
export function whyHls(state: ViewerState): string {
  if (!hasWebRtc()) return 'no WebRTC'
  return state.type === 'refused' ? 'this browser has no WebRTC for its codec' : 'WebRTC finds no way'
}

function lateness(ms: number): string {
  return ms < 1000 ? `${ms} ms late` : `${(ms / 1000).toFixed(1)} s late`
}

/** The few numbers under a picture: what is received, or, without a picture, what the camera is said to send. */
export function factsOf(camera: CameraView, stats: ViewerStats, isPlaying: boolean): string[] {
  if (!camera.live && !isPlaying) return []
  const width = (isPlaying && stats.width) || camera.width
  const height = (isPlaying && stats.height) || camera.height
  const rate = (isPlaying && stats.bitsPerSecond) || camera.bitsPerSecond
  return [
    width > 0 ? `${width}×${height}` : '',
    isPlaying ? rateOf(camera.framesPerSecond, stats.framesPerSecond) : rateOf(0, camera.framesPerSecond),
    isPlaying && stats.latencyMs !== null ? lateness(stats.latencyMs) : '',
    rate > 0 ? formatBitRate(rate) : '',
    isPlaying && stats.jitterMs !== null ? `jitter ${stats.jitterMs} ms` : '',
    camera.note ?? ''
  ].filter((fact) => fact !== '')
}
