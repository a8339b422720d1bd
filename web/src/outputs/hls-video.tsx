import { type RefObject, useEffect } from 'react'
import { HlsPlayer } from './hls-player.ts'

interface HlsVideoProps {
  /** Where its element is for whoever draws over it. */
  readonly video: RefObject<HTMLVideoElement | null>
  readonly camera: string
  readonly muted: boolean
  readonly onPicture: () => void
}

/** A camera's picture over HLS, above the WebRTC one that does not come. */
export function HlsVideo({ video, camera, muted, onPicture }: HlsVideoProps) {
  useEffect(() => {
    if (video.current === null) return
    const player = new HlsPlayer(`/hls/${encodeURIComponent(camera)}/index.m3u8`, video.current)
    player.start()
    return () => player.stop()
  }, [camera, video])
  return <video ref={video} data-hls={camera} autoPlay playsInline muted={muted} onPlaying={onPicture} />
}
