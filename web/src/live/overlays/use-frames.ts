import { type RefObject, useEffect, useState } from 'react'

/** Calls back for every frame the video shows, and once at the start if it shows one; answers how to stop. Browsers without frame callbacks are asked at every screen refresh. */
function onFrames(video: HTMLVideoElement, act: () => void): () => void {
  const perFrame = 'requestVideoFrameCallback' in video
  let handle = 0
  const ask = (): void => { handle = perFrame ? video.requestVideoFrameCallback(next) : requestAnimationFrame(next) }
  const next = (): void => {
    act()
    ask()
  }
  act()
  ask()
  return () => perFrame ? video.cancelVideoFrameCallback(handle) : cancelAnimationFrame(handle)
}

/** Runs `act` with every frame of the video while the component is on screen; a new `act` runs at once. */
export function useFrames(video: RefObject<HTMLVideoElement | null>, act: (video: HTMLVideoElement) => void): void {
  useEffect(() => {
    const element = video.current
    return element === null ? undefined : onFrames(element, () => act(element))
  }, [video, act])
}

/** The size of the video's picture, 0 by 0 while there is none. */
export function useVideoSize(video: RefObject<HTMLVideoElement | null>): { readonly width: number; readonly height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 })
  useEffect(() => {
    const element = video.current
    if (element === null) return
    const measure = (): void => setSize({ width: element.videoWidth, height: element.videoHeight })
    measure()
    for (const event of ['resize', 'loadedmetadata', 'emptied']) element.addEventListener(event, measure)
    return () => { for (const event of ['resize', 'loadedmetadata', 'emptied']) element.removeEventListener(event, measure) }
  }, [video])
  return size
}
