/** Whether a browser plays an original well, and what is made for it when not. Decided by facts alone, the same on every node. */
import type { AssetFacts, MediaFacts } from '#ring'

/** More bits per second than this are too many to watch over a network, however well the browser knows the codec. @default 25000000 */
export const PLAYABLE_BITS = 25_000_000
/** Taller pictures than this are scaled down for watching, in pixels of the shorter side. @default 1440 */
export const PLAYABLE_HEIGHT = 1_440
/** Shorter sides of the renditions, the larger only of pictures that are at least that large. @default 1080, 540 */
export const RENDITION_HEIGHTS = [1080, 540] as const

const CONTAINERS = new Set(['mp4', 'mov', 'm4v', 'm4a', 'webm', '3gp', 'wav', 'mp3', 'flac', 'ogg', 'aac'])
const VIDEO = new Set(['h264', 'vp8', 'vp9', 'av1'])
const AUDIO = new Set(['aac', 'mp3', 'opus', 'vorbis', 'flac'])
const PCM = new Set(['pcm_s16le', 'pcm_u8', 'pcm_s24le', 'pcm_f32le'])
const PLAIN_PIXELS = new Set(['yuv420p', 'yuvj420p'])

/** Why a browser does not play it well, as people would say it; undefined when it does. */
export function whyProxy({ kind, probe }: Pick<AssetFacts, 'kind' | 'probe'>): string | undefined {
  const { container, videoCodec, audioCodec, pixelFormat, bitsPerSecond = 0, width = 0, height = 0 } = probe
  if (kind === 'image') return undefined
  if (!CONTAINERS.has(container)) return `browsers do not open ${container}`
  if (audioCodec !== undefined && !AUDIO.has(audioCodec) && !(container === 'wav' && PCM.has(audioCodec))) return `browsers do not play ${audioCodec}`
  if (kind === 'audio') return undefined
  if (videoCodec === undefined || !VIDEO.has(videoCodec)) return `browsers do not show ${videoCodec ?? 'its pictures'} everywhere`
  if (videoCodec === 'h264' && pixelFormat !== undefined && !PLAIN_PIXELS.has(pixelFormat)) return `browsers do not show ${pixelFormat} in H.264`
  if (bitsPerSecond > PLAYABLE_BITS) return 'it has too many bits per second to be watched over a network'
  return Math.min(width, height) > PLAYABLE_HEIGHT ? 'its pictures are too large to be watched over a network' : undefined
}

/** Shorter sides of the renditions to make, the largest first; empty for sound alone. */
export function renditionHeights({ videoCodec, width = 0, height = 0 }: MediaFacts): number[] {
  if (videoCodec === undefined) return []
  const side = Math.min(width, height)
  const fitting = RENDITION_HEIGHTS.filter((one) => one <= side)
  return fitting.length === 0 ? [side - (side % 2)] : [...fitting]
}
