import { useShortcuts } from '../shell/shortcuts.ts'
import type { Conductor } from './conductor.ts'
import { transportKeys } from './transport-keys.ts'

interface KeyActions {
  /** How long a picture lasts, ms. */
  readonly frameMs: number
  readonly canLive: boolean
  readonly mark: (end: 'in' | 'out') => void
  readonly zoom: (steps: number) => void
  readonly pan: (share: number) => void
  readonly toggleSound: () => void
  readonly leave: () => void
}

/** The keys of an editor: space, J K L, arrows, comma and full stop for single pictures, I and O for marks, Home for live. */
export function usePlayerKeys(conductor: Conductor, { frameMs, canLive, mark, zoom, pan, toggleSound, leave }: KeyActions): void {
  useShortcuts({
    ...transportKeys(conductor, frameMs),
    Home: () => { if (canLive) conductor.live() },
    i: () => mark('in'),
    o: () => mark('out'),
    m: toggleSound,
    '+': () => zoom(-1), '=': () => zoom(-1), '-': () => zoom(1),
    PageUp: () => pan(-0.5), PageDown: () => pan(0.5),
    Escape: leave
  })
}
