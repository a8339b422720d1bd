import { useSyncExternalStore } from 'react'
import { Kept } from '../../design/kept.ts'
import { fieldsOf, oneOf } from '../../design/tolerant.ts'
import { LAYOUT_NAMES, type LayoutName } from './layouts.ts'

/** Cameras whose place is remembered. @default 500 */
const KEPT_PLACES = 500

/** How this browser shows the wall. */
export interface WallSettings {
  readonly layout: LayoutName
  /** Ids in the order someone gave them; empty: by liveness and name. */
  readonly order: readonly string[]
  /** Ids that are left out. */
  readonly hidden: readonly string[]
  /** Sound follows pointer and focus; otherwise only a click turns it on. */
  readonly soundOnHover: boolean
  readonly statistics: boolean
  /** Pictures are shown as they come, without a buffer that smooths. */
  readonly lowDelay: boolean
}

const idsOf = (value: unknown): string[] => Array.isArray(value) ? [...new Set(value.filter((id) => typeof id === 'string'))].slice(0, KEPT_PLACES) : []

function parse(kept: unknown): WallSettings {
  const { layout, order, hidden, soundOnHover, statistics, lowDelay } = fieldsOf(kept)
  return { layout: oneOf(LAYOUT_NAMES, layout, 'auto'), order: idsOf(order), hidden: idsOf(hidden), soundOnHover: soundOnHover === true, statistics: statistics === true, lowDelay: lowDelay === true }
}

const settings = new Kept('thatdam.wall', parse)

/** Changes some of it, now and for the next visit. */
export function changeWall(change: Partial<WallSettings>): void {
  settings.set({ ...settings.get(), ...change })
}

/** The wall's settings on screen. */
export function useWall(): WallSettings {
  return useSyncExternalStore(settings.subscribe, settings.get)
}
