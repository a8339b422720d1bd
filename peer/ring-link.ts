import { setTimeout as sleep } from 'node:timers/promises'
import { MemberRemovedError, MemberUnreachableError } from '#protocols/errors.ts'
import { type CameraId, partitionOfCamera, type PeerId, type RingId } from '#protocols/ids.ts'
import type { MediaNode } from '#protocols/media.ts'
import type { Network, PlacementNode } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'

/** What joining a ring gives (the ring's own `joinAsGuest`). */
export interface Guest {
  readonly network: Pick<Network, 'self' | 'openStream' | 'learn'>
  readonly ringId: RingId
  nodes(): ReadonlyArray<{ peerId: PeerId; addresses: string[]; zone?: string; weight?: number }>
  refresh(): Promise<void>
  stop(): Promise<void>
}

/** This peer's place in the ring: it may take a while to get, and the nodes come and go. */
export interface RingLink extends Startable {
  readonly network: Pick<Network, 'openStream' | 'learn'>
  /** The ring's nodes in the order in which they are to have this camera. */
  nodesFor(camera: CameraId): PeerId[]
  /** All nodes known, in no order. */
  nodes(): PeerId[]
  learnNodes(nodes: readonly MediaNode[]): void
  /** Ask the ring again which nodes there are; at most every few seconds. */
  refreshSoon(): void
  /** Resolves when joined. */
  readonly joined: Promise<{ ringId: RingId; peerId: PeerId }>
  /** Resolves when the ring says that this machine was removed. */
  readonly removed: Promise<MemberRemovedError>
}

export interface RingLinkComponents {
  join: () => Promise<Guest>
  /** The ring's placement: nodes in order of preference for a partition. */
  rank: (partition: number, nodes: readonly PlacementNode[]) => PeerId[]
  log: Logger
}

/** The list of nodes and this peer's certificate are renewed so often, in ms. @default 60000 */
export const REFRESH_EVERY_MS = 60_000
/** First pause when no node answers at the start, in ms; doubled up to 5 s. @default 500 */
export const JOIN_RETRY_MS = 500
const MAX_JOIN_RETRY_MS = 5_000
const REFRESH_SOONEST_MS = 2_000

/** start() returns when joined or when the ring cannot be reached now: then it goes on trying. @throws InvalidInviteError, NotAuthorizedError */
export function ringLink({ join, rank, log }: RingLinkComponents): RingLink {
  const nodes = new Map<PeerId, PlacementNode>()
  const joined = Promise.withResolvers<{ ringId: RingId; peerId: PeerId }>()
  const removed = Promise.withResolvers<MemberRemovedError>()
  const stopping = new AbortController()
  const refreshing = repeating(refresh, REFRESH_EVERY_MS, log)
  let guest: Guest | undefined
  let attempts: Promise<void> | undefined
  let refreshedAt = -Infinity

  function take(known: ReturnType<Guest['nodes']>, all: boolean): void {
    if (all && known.length > 0) nodes.clear()
    for (const { peerId, addresses, zone = '', weight = 1 } of known) {
      nodes.set(peerId, { peerId, zone, weight: weight > 0 ? weight : 1 })
      if (addresses.length > 0) void guest?.network.learn(peerId, addresses).catch((err) => log.error('cannot note the address of %s - %s', peerId, err))
    }
  }

  async function attempt(): Promise<void> {
    const arrived = await join()
    if (stopping.signal.aborted) return arrived.stop()
    guest = arrived
    take(guest.nodes(), true)
    joined.resolve({ ringId: guest.ringId, peerId: guest.network.self })
    refreshing.start()
  }

  async function keepTrying(): Promise<void> {
    for (let pauseMs = JOIN_RETRY_MS; guest === undefined && !stopping.signal.aborted; pauseMs = Math.min(MAX_JOIN_RETRY_MS, pauseMs * 2)) {
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      await attempt().catch((err) => {
        if (!(err instanceof MemberUnreachableError)) joined.reject(err)
      })
    }
  }

  async function refresh(): Promise<void> {
    if (guest === undefined) return
    refreshedAt = Date.now()
    try {
      await guest.refresh()
      take(guest.nodes(), true)
    } catch (err) {
      if (err instanceof MemberRemovedError) removed.resolve(err)
      throw err
    }
  }

  return {
    joined: joined.promise,
    removed: removed.promise,
    network: {
      async openStream(peer, protocol, options) {
        if (guest === undefined) throw new MemberUnreachableError('no node of the ring answers yet')
        return guest.network.openStream(peer, protocol, options)
      },
      async learn(peer, addresses) {
        await guest?.network.learn(peer, addresses)
      }
    },
    nodesFor: (camera) => rank(partitionOfCamera(camera), [...nodes.values()]),
    nodes: () => [...nodes.keys()],
    learnNodes: (known) => take(known, false),
    refreshSoon() {
      if (Date.now() - refreshedAt > REFRESH_SOONEST_MS) void refreshing.now()
    },
    async start() {
      joined.promise.catch(() => {}) // whoever awaits it hears of it
      try {
        await attempt()
      } catch (err) {
        if (!(err instanceof MemberUnreachableError)) throw err
        log.error('cannot reach the ring (%s): trying again', err.message)
        attempts = keepTrying()
      }
    },
    async stop() {
      stopping.abort()
      await attempts
      await refreshing.stop()
      await guest?.stop()
    }
  }
}
