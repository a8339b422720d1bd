import { useEffect, useRef, useState } from 'react'

const STAGE = '.asset-main .stage :is(video, audio)'

/** What the clip's page plays; undefined for a picture, or when nothing can be played. */
export const playing = (): HTMLMediaElement | undefined => document.querySelector<HTMLMediaElement>(STAGE) ?? undefined

/** Goes to a moment of the clip, ms, and shows the player. */
export function seekTo(ms: number): void {
  const media = playing()
  if (media === undefined) return
  media.currentTime = ms / 1000
  media.closest('.stage')?.scrollIntoView({ block: 'nearest' })
}

/** Where the clip is, ms, as often as the browser tells; of whichever element plays it. */
export function useCurrentMs(): number {
  const [ms, setMs] = useState(0)
  useEffect(() => {
    const tell = ({ target }: Event): void => { if (target instanceof HTMLMediaElement && target.matches(STAGE)) setMs(target.currentTime * 1000) }
    for (const name of ['timeupdate', 'seeking']) document.addEventListener(name, tell, true) // media events do not bubble
    return () => { for (const name of ['timeupdate', 'seeking']) document.removeEventListener(name, tell, true) }
  }, [])
  return ms
}

/** Begins the clip at a moment, ms, until somebody plays it: also in the proxy that takes the original's place. */
export function useBeginAt(ms: number | undefined): void {
  const wanted = useRef(ms)
  useEffect(() => {
    wanted.current = ms
    if (ms === undefined) return undefined
    const seek = ({ target }: { readonly target: EventTarget | null }): void => {
      if (target instanceof HTMLMediaElement && target.matches(STAGE) && wanted.current !== undefined) target.currentTime = wanted.current / 1000
    }
    const done = ({ target }: Event): void => { if (target instanceof HTMLMediaElement && target.matches(STAGE)) wanted.current = undefined }
    const media = playing()
    if (media !== undefined && media.readyState >= HTMLMediaElement.HAVE_METADATA) seek({ target: media })
    document.addEventListener('loadedmetadata', seek, true)
    document.addEventListener('play', done, true)
    return () => {
      document.removeEventListener('loadedmetadata', seek, true)
      document.removeEventListener('play', done, true)
    }
  }, [ms])
}
