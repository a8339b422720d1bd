import { useEffect, useState } from 'react'

/** A live camera whose WebRTC picture is not there after this long is shown over HLS, ms. @default 6000 */
export const FALLBACK_MS = 6000

/** Where the fallback stands: not needed, wanted, or showing a picture. */
export type Fallback = 'off' | 'wanted' | 'playing'

/**
 * Decides when a tile shows HLS instead: its node has the camera (`isLive`), and there is no picture for a while, or it is known that none will come (`isRefused`).
 * WebRTC goes on trying, and takes over when it has one.
 */
export function useHlsFallback(isLive: boolean, hasPicture: boolean, isRefused: boolean): { readonly fallback: Fallback; readonly onPicture: () => void } {
  const [fallback, setFallback] = useState<Fallback>('off')
  const isNeeded = isLive && !hasPicture
  useEffect(() => {
    if (!isNeeded) return setFallback('off')
    const timer = setTimeout(() => setFallback((now) => now === 'playing' ? now : 'wanted'), isRefused ? 0 : FALLBACK_MS)
    return () => clearTimeout(timer)
  }, [isNeeded, isRefused])
  return { fallback, onPicture: () => setFallback('playing') }
}
