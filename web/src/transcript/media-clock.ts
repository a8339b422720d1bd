import { useEffect, useState } from 'react'

/** The player of the clip on this page: its element changes when the proxy takes the place of the original. */
const playerElement = (): HTMLMediaElement | null => document.querySelector<HTMLMediaElement>('.stage video, .stage audio')

/** Goes to a moment; what plays goes on. */
export function jumpTo(ms: number): void {
  const player = playerElement()
  if (player !== null) player.currentTime = ms / 1000 + 0.001 // a browser rounds down, to the word before
}

export const playedMs = (): number => (playerElement()?.currentTime ?? 0) * 1000

/** What a component makes of the moment that plays, drawn again only when that changes. */
export function useMoment<T extends string | number>(of: (ms: number) => T): T {
  const [now, setNow] = useState(() => of(0))
  useEffect(() => {
    let frame = 0
    const look = (): void => { setNow(of(playedMs())) }
    const follow = (): void => {
      cancelAnimationFrame(frame)
      look()
      if (playerElement()?.paused === false) frame = requestAnimationFrame(follow)
    }
    const events = ['timeupdate', 'seeking', 'play', 'pause', 'loadedmetadata'] as const
    for (const event of events) document.addEventListener(event, follow, true) // media events do not bubble
    follow()
    return () => {
      cancelAnimationFrame(frame)
      for (const event of events) document.removeEventListener(event, follow, true)
    }
  }, [of])
  return now
}
