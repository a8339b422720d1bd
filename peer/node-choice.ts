import type { PeerId } from '#protocols/ids.ts'
import type { NodeLoad } from '#protocols/media.ts'
import type { Network } from '#ring'
import { mediaProtocol } from './media-protocol.ts'

/** Of a camera's nodes the first so many are its owners: any of them may have it. @default 3 */
export const OWNERS = 3
/** An owner that does not answer a Probe within this is asked last, in ms. @default 1000 */
export const PROBE_TIMEOUT_MS = 1_000
/** What a camera that a node has already counts like, in ms of distance. @default 10 */
export const CAMERA_COST_MS = 10
/** The same for a viewer. @default 2 */
export const VIEWER_COST_MS = 2
/** Owners that differ by less are equally good, and the ring's order decides, in ms. @default 25 */
export const SAME_COST_MS = 25

/** A camera leaves a node that takes it for another only when that is better by so much, in ms: that of ten cameras. @default 100 */
export const MOVE_COST_MS = 100

/** How near and how busy a node is. */
export interface Measured extends NodeLoad {
  readonly peer: PeerId
  /** To there and back, in ms; Infinity when it does not answer. */
  readonly rttMs: number
}

/** Puts the nearest and least busy owner first. */
export interface NodeChoice {
  /** All of `peers`, which are in the ring's order, in the order in which to ask them. Never rejects. */
  order(peers: readonly PeerId[], signal: AbortSignal): Promise<PeerId[]>
  /** An owner that is so much better than `current`, which has the camera now, that it is worth a move; undefined when there is none. Never rejects. */
  better(current: PeerId, peers: readonly PeerId[], signal: AbortSignal): Promise<PeerId | undefined>
}

export function nodeChoice({ network }: { network: Pick<Network, 'openStream'> }, init: { owners?: number; timeoutMs?: number } = {}): NodeChoice {
  const { owners = OWNERS, timeoutMs = PROBE_TIMEOUT_MS } = init

  async function probe(peer: PeerId, signal: AbortSignal): Promise<Measured> {
    const stream = await network.openStream(peer, mediaProtocol, { signal })
    const onAbort = (): void => stream.abort(new Error('it took too long'))
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const sentAt = performance.now() // the stream is open: what it took to dial is no distance
      await stream.send({ probe: {} }, { signal })
      const { value } = await stream[Symbol.asyncIterator]().next()
      const load = value !== undefined && 'load' in value ? value.load : { cameras: 0, viewers: 0 } // one that does not know the question is near all the same
      return { peer, rttMs: performance.now() - sentAt, ...load }
    } finally {
      signal.removeEventListener('abort', onAbort)
      stream.abort(new Error('measured'))
    }
  }

  async function measure(peer: PeerId, signal: AbortSignal): Promise<Measured> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const late = new Promise<never>((_, reject) => { bounded.addEventListener('abort', () => reject(bounded.reason), { once: true }) })
    return Promise.race([probe(peer, bounded), late]).catch(() => ({ peer, rttMs: Infinity, cameras: 0, viewers: 0 }))
  }

  return {
    async order(peers, signal) {
      const near = peers.slice(0, owners)
      if (near.length < 2) return [...peers]
      return [...byCost(await Promise.all(near.map((peer) => measure(peer, signal)))), ...peers.slice(owners)]
    },
    async better(current, peers, signal) {
      const others = peers.slice(0, owners).filter((peer) => peer !== current)
      if (others.length === 0) return undefined
      const [here, ...there] = await Promise.all([current, ...others].map((peer) => measure(peer, signal)))
      return worthMoving(here!, there)
    }
  }
}

const costOf = ({ rttMs, cameras, viewers }: Measured): number => rttMs + CAMERA_COST_MS * cameras + VIEWER_COST_MS * viewers

/** Pure: the cheapest of the others, when it is cheaper by MOVE_COST_MS with this camera on it. A node that answers nothing just now is no reason: its stream says when it is gone. */
export function worthMoving(here: Measured, there: readonly Measured[]): PeerId | undefined {
  const [best] = [...there].sort((a, b) => costOf(a) - costOf(b))
  if (best === undefined || !Number.isFinite(here.rttMs)) return undefined
  return costOf(here) - (costOf(best) + CAMERA_COST_MS) >= MOVE_COST_MS ? best.peer : undefined
}

/** Pure: the cheapest first; those that are as good as the cheapest stay in the order given. */
export function byCost(measured: readonly Measured[]): PeerId[] {
  const costs = measured.map((one) => ({ peer: one.peer, cost: costOf(one) }))
  const best = Math.min(...costs.map(({ cost }) => cost))
  const rounded = costs.map(({ peer, cost }) => ({ peer, cost: cost <= best + SAME_COST_MS ? best : cost }))
  return rounded.sort((a, b) => (a.cost === b.cost ? 0 : a.cost - b.cost)).map(({ peer }) => peer)
}
