import { type FocusEvent, type PointerEvent, type SyntheticEvent, useEffect, useState, useSyncExternalStore } from 'react'
import { forget, pin, point, refuse, sound, soundingOf, unpoint } from './sound.ts'
import { useWall } from './wall-settings.ts'

/** Browsers allow sound only after someone has clicked or typed on the page. */
const mayStart = (): boolean => navigator.userActivation?.hasBeenActive ?? true

/** Renders again when the first click or key has come. */
function useActivation(): boolean {
  const [active, setActive] = useState(mayStart)
  useEffect(() => {
    if (active) return
    const look = (): void => setActive(mayStart())
    for (const event of ['pointerup', 'keyup']) window.addEventListener(event, look)
    return () => { for (const event of ['pointerup', 'keyup']) window.removeEventListener(event, look) }
  }, [active])
  return active
}

/** One tile's part in who is heard: whether it sounds, and the handlers that its picture and its video element need. */
export function useSound(camera: string) {
  const { soundOnHover } = useWall()
  const state = useSyncExternalStore(sound.subscribe, sound.get)
  const allowed = useActivation()
  useEffect(() => () => forget(camera), [camera])
  const wanted = soundingOf(state, soundOnHover) === camera
  const sounds = wanted && allowed && !state.refused
  return {
    sounds,
    blocked: wanted && !sounds,
    toggle: () => pin(camera),
    pointing: {
      onPointerEnter: ({ pointerType }: PointerEvent) => { if (pointerType === 'mouse') point(camera) },
      onPointerLeave: () => unpoint(camera),
      onFocus: ({ currentTarget }: FocusEvent<HTMLElement>) => { if (currentTarget.matches(':focus-visible')) point(camera) },
      onBlur: () => unpoint(camera)
    },
    // A browser that thinks otherwise about sound without a click pauses the picture: then the picture goes on without it.
    onPause: ({ currentTarget }: SyntheticEvent<HTMLVideoElement>) => {
      if (!sounds || currentTarget.srcObject === null || currentTarget.ended) return
      refuse()
      currentTarget.muted = true
      currentTarget.play().catch(() => undefined)
    }
  }
}
