import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Conductor, type PlayerView } from './conductor.ts'

/** The page's clock; `clock` is the node's. */
export function useConductor(clock: () => number, mode: PlayerView['mode']): { readonly conductor: Conductor; readonly view: PlayerView } {
  const latest = useRef(clock)
  useEffect(() => { latest.current = clock })
  const [conductor] = useState(() => new Conductor({ now: () => latest.current() }, mode))
  useEffect(() => conductor.start(), [conductor])
  return { conductor, view: useSyncExternalStore(conductor.view.subscribe, conductor.view.get) }
}
