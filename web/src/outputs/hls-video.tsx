import { useEffect, useRef } from 'react'
import { HlsPlayer } from './hls-player.ts'

interface HlsVideoProps {
  readonly camera: string
  readonly muted: boolean
  readonly onPicture: () => void
}

/** A camera's picture over HLS, above the WebRTC one that does not come. */
export function HlsVideo({ camera, muted, onPicture }: HlsVideoProps) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    if (video.current === null) return
    const player = new HlsPlayer(`/hls/${encodeURIComponent(camera)}/index.m3u8`, video.current)
    player.start()
    return () => player.stop()
  }, [camera])
  return <video ref={video} data-hls={camera} autoPlay playsInline muted={muted} onPlaying={onPicture} />
}
