/** What of time a timeline shows, from half a minute to two weeks. Pure. */
import type { Range } from '../recordings/timeline-math.ts'
import { dayOf } from '../recordings/timeline-math.ts'

/** Shortest and longest stretch a timeline shows, ms. */
export const SHORTEST_MS = 30_000
export const LONGEST_MS = 14 * 86_400_000
/** Lengths there are buttons for. */
export const ZOOMS = [{ name: '1 min', ms: 60_000 }, { name: '10 min', ms: 600_000 }, { name: '1 hour', ms: 3_600_000 }, { name: '1 day', ms: 86_400_000 }, { name: '1 week', ms: 604_800_000 }] as const
/** One step of the keys and buttons. @default 2 */
export const ZOOM_STEP = 2
/** Of the future this share of the view is shown at most. @default 0.1 */
const FUTURE_SHARE = 0.1

const lengthOf = ({ fromMs, toMs }: Range): number => toMs - fromMs

/** Not further into the future than there is reason to look. */
function notBeyond(view: Range, nowMs: number): Range {
  const most = nowMs + lengthOf(view) * FUTURE_SHARE
  return view.toMs <= most ? view : { fromMs: most - lengthOf(view), toMs: most }
}

/** A view of this length around a moment. */
export function viewOf(atMs: number, lengthMs: number, nowMs: number): Range {
  return notBeyond({ fromMs: atMs - lengthMs / 2, toMs: atMs + lengthMs / 2 }, nowMs)
}

/** `factor` > 1 shows more; the moment `aroundMs` stays where it is. */
export function zoomed(view: Range, factor: number, aroundMs: number, nowMs: number): Range {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, lengthOf(view) * factor))
  const share = Math.min(1, Math.max(0, (aroundMs - view.fromMs) / lengthOf(view)))
  return notBeyond({ fromMs: aroundMs - share * length, toMs: aroundMs + (1 - share) * length }, nowMs)
}

/** Earlier (less than 0) or later by a share of what is shown. */
export function panned(view: Range, share: number, nowMs: number): Range {
  const by = lengthOf(view) * share
  return notBeyond({ fromMs: view.fromMs + by, toMs: view.toMs + by }, nowMs)
}

/** The view after the playhead went from one moment to another: it turns the page when the playhead runs out of it, and stays where a person looks elsewhere. */
export function followed(view: Range, beforeMs: number | null, atMs: number, nowMs: number): Range {
  const sees = (ms: number): boolean => ms >= view.fromMs && ms <= view.toMs
  if (sees(atMs) || beforeMs === null || !sees(beforeMs)) return view
  const length = lengthOf(view)
  return notBeyond({ fromMs: atMs - length * 0.1, toMs: atMs + length * 0.9 }, nowMs)
}

/** Whole days around a view: what is asked of the node, so that a little panning asks for nothing new. */
export function daysAround({ fromMs, toMs }: Range): Range {
  return { fromMs: dayOf(fromMs).fromMs, toMs: dayOf(toMs).toMs }
}

const GRID_MS = [1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000]

/** How far apart thumbnails are in a view: a picture for every hundredth of it at most, at round moments that others ask for too. */
export function thumbnailStep(view: Range): number {
  return GRID_MS.find((step) => lengthOf(view) / step <= 100) ?? 21_600_000
}
