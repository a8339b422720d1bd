/** What is encoded of a camera: as the API has it, and as it travels. Pure. */
import type { VideoSettings } from './cameras.ts'
import type { CameraOrder } from './media.ts'

/** Size, rate and bitrate as the machine of the camera chooses. */
export const AUTO_VIDEO = 'auto'

/** What is ordered after a change; the same settings are always written the same. */
export function videoAfter(before: VideoSettings, change: VideoSettings | typeof AUTO_VIDEO): VideoSettings {
  if (change === AUTO_VIDEO) return {}
  const { bitrate, width, height, fps } = { ...before, ...change }
  return { ...(bitrate !== undefined && { bitrate }), ...(width !== undefined && { width }), ...(height !== undefined && { height }), ...(fps !== undefined && { fps }) }
}

export type EncodingOrder = Pick<CameraOrder, 'bitsPerSecond' | 'width' | 'height' | 'fps' | 'encoding'>

export function encodingOrderOf(video: VideoSettings | typeof AUTO_VIDEO, remembered = false): EncodingOrder {
  const { bitrate = 0, width = 0, height = 0, fps = 0 } = video === AUTO_VIDEO ? {} : video
  return { bitsPerSecond: bitrate, width, height, fps, encoding: remembered ? 'remembered' : video === AUTO_VIDEO ? 'all' : '' }
}
