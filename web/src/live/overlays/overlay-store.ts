import { useCallback, useSyncExternalStore } from 'react'
import { Kept } from '../../design/kept.ts'
import { fieldsOf } from '../../design/tolerant.ts'
import { NO_OVERLAYS, type OverlaySettings, parseOverlays } from './overlay-settings.ts'

/** Cameras whose overlays are kept; the longest untouched is forgotten first. @default 200 */
const KEPT_CAMERAS = 200

type ByCamera = Readonly<Record<string, OverlaySettings>>

const newest = (entries: readonly (readonly [string, OverlaySettings])[]): ByCamera => Object.fromEntries(entries.slice(-KEPT_CAMERAS))

const overlays = new Kept<ByCamera>('thatdam.overlays', (kept) => newest(Object.entries(fieldsOf(kept)).map(([camera, each]) => [camera, parseOverlays(each)])))

function setOverlays(cameras: readonly string[], settings: OverlaySettings): void {
  const others = Object.entries(overlays.get()).filter(([camera]) => !cameras.includes(camera))
  overlays.set(newest([...others, ...cameras.map((camera) => [camera, settings] as const)]))
}

/** Gives every camera the overlays of one. */
export function copyOverlays(from: string, cameras: readonly string[]): void {
  setOverlays(cameras, overlays.get()[from] ?? NO_OVERLAYS)
}

/** One camera's overlays as this browser keeps them, and how to change some of them. */
export function useOverlays(camera: string): readonly [OverlaySettings, (change: Partial<OverlaySettings>) => void] {
  const settings = useSyncExternalStore(overlays.subscribe, () => overlays.get()[camera] ?? NO_OVERLAYS)
  const change = useCallback((part: Partial<OverlaySettings>) => setOverlays([camera], { ...(overlays.get()[camera] ?? NO_OVERLAYS), ...part }), [camera])
  return [settings, change]
}
