import type { PeerId } from '#protocols/ids.ts'
import type { Member } from '#ring'

/** A thread that is busier than this takes no more viewers. @default 0.85 */
export const MAX_SENDER_LOAD = 0.85
/** A thread with fewer viewers takes one however busy it seems: connecting a viewer is work, too, and so is what else the machine does. @default 8 */
export const FLOOR_VIEWERS = 8
/** All threads busier than this: one more is started, if there may be. @default 0.5 */
export const SPAWN_LOAD = 0.5
/** Viewers one node serves at once, however little its threads have to do. @default 2000 */
export const MAX_VIEWERS = 2_000
/** Viewers on the main thread before any go to threads of their own. @default 4 */
export const LOCAL_VIEWERS = 4

/** What is known of a sender when a viewer comes. */
export interface SenderState { readonly viewers: number; readonly load: number }

export type Placing = { type: 'local' } | { type: 'worker'; at: number; startAnother: boolean } | { type: 'start' } | { type: 'full' }

export interface PlacingLimits { readonly localViewers: number; readonly maxWorkers: number }

/** Which thread a new viewer is given to. The first few stay on the main thread; then the least busy worker takes it. */
export function placeViewer(local: SenderState, workers: readonly SenderState[], { localViewers, maxWorkers }: PlacingLimits): Placing {
  if (local.viewers < localViewers) return { type: 'local' }
  const free = workers.map((worker, at) => ({ ...worker, at })).filter(({ load, viewers }) => load <= MAX_SENDER_LOAD || viewers < FLOOR_VIEWERS)
  const mayStart = workers.length < maxWorkers
  if (free.length === 0) return mayStart ? { type: 'start' } : { type: 'full' }
  const best = free.reduce((least, each) => (each.load - least.load || each.viewers - least.viewers) < 0 ? each : least)
  return { type: 'worker', at: best.at, startAnother: mayStart && best.load > SPAWN_LOAD }
}

/** The live node with the fewest viewers, fewer than `viewers`. */
export function lessLoadedNode(members: readonly Member[], viewers: number): PeerId | undefined {
  const viewersOf = ({ presence }: Member): number => presence?.viewers ?? Number.POSITIVE_INFINITY
  const [least] = members.filter((member) => !member.self && member.alive && member.state === 'active' && viewersOf(member) < viewers).sort((a, b) => viewersOf(a) - viewersOf(b))
  return least?.peerId
}
