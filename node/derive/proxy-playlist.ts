/** HLS (RFC 8216) over one fragmented MP4 per rendition: segments are byte ranges of it. */

export interface ProxyRendition {
  readonly name: string
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly codecs: string
  readonly bitsPerSecond: number
  /** Bytes of the part before the first picture. */
  readonly head: number
  /** In order: bytes and seconds of each. */
  readonly segments: ReadonlyArray<readonly [bytes: number, seconds: number]>
}

/** What is kept beside the renditions. */
export interface ProxyPlan {
  readonly renditions: readonly ProxyRendition[]
}

/** Largest plan that is read, in bytes: some six hours of two renditions take a tenth of it. @default 8388608 */
export const MAX_PLAN_BYTES = 8 * 1024 * 1024

/** undefined for what is no plan: any member may have written it. */
export function parsePlan(text: string): ProxyPlan | undefined {
  try {
    const plan = JSON.parse(text) as ProxyPlan
    return Array.isArray(plan.renditions) && plan.renditions.length > 0 && plan.renditions.every(isRendition) ? plan : undefined
  } catch {
    return undefined
  }
}

function isRendition({ name, codecs, segments, ...numbers }: ProxyRendition): boolean {
  return /^\d{1,4}$/.test(name) && /^[\w.,]{0,60}$/.test(codecs) && Object.values(numbers).every((value) => Number.isFinite(value))
    && Array.isArray(segments) && segments.every((segment) => Array.isArray(segment) && Number.isInteger(segment[0]) && Number.isFinite(segment[1]))
}

export function masterPlaylist({ renditions }: ProxyPlan): string {
  const lines = renditions.flatMap(({ name, width, height, codecs, bitsPerSecond }) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${Math.max(1, Math.round(bitsPerSecond * 1.2))},AVERAGE-BANDWIDTH=${Math.max(1, bitsPerSecond)}${width > 0 ? `,RESOLUTION=${width}x${height}` : ''},CODECS="${codecs}"`,
    `${name}.m3u8`
  ])
  return ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS', ...lines, ''].join('\n')
}

export function mediaPlaylist({ name, head, segments }: ProxyRendition): string {
  const longest = Math.ceil(Math.max(1, ...segments.map(([, seconds]) => seconds)))
  let at = head
  const lines = segments.flatMap(([bytes, seconds]) => {
    const range = `#EXT-X-BYTERANGE:${bytes}@${at}`
    at += bytes
    return [`#EXTINF:${seconds.toFixed(3)},`, range, `${name}.mp4`]
  })
  return ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${longest}`, '#EXT-X-PLAYLIST-TYPE:VOD', '#EXT-X-INDEPENDENT-SEGMENTS', `#EXT-X-MAP:URI="${name}.mp4",BYTERANGE="${head}@0"`, ...lines, '#EXT-X-ENDLIST', ''].join('\n')
}
