import type { Track } from '#protocols/media.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'

/** How pictures are coded. */
export interface Coding { readonly codec: VideoCodec; readonly fmtp: string }

/** How a camera's pictures are. */
export function codingOf(tracks: readonly Track[]): Coding {
  const video = tracks.find(({ kind }) => kind === 'video')
  return { codec: video !== undefined && video.codec !== 'opus' ? video.codec : 'H264', fmtp: video?.fmtp ?? '' }
}
