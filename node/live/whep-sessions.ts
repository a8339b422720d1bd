import { randomBytes } from 'node:crypto'
import type { CameraId } from '#protocols/ids.ts'
import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { readViewerOffer } from './sdp-offer.ts'
import type { PacketSender } from './send/packet-sender.ts'
import { createSenderPool, type SenderPoolInit } from './send/sender-pool.ts'

/** Viewers one node serves at once, however little its threads have to do. @default 2000 */
export const MAX_VIEWERS = 2_000

/** Who watches live pictures on this node. */
export interface WhepSessions extends Startable {
  /** @throws NotFoundError, TrackUnavailableError, OverloadedError, InvalidInputError, NotAcceptableOfferError */
  create(camera: CameraId, offer: string): Promise<{ id: string; answer: string }>
  /** Candidate lines, without `a=`, and the media section they belong to. @throws NotFoundError, InvalidInputError */
  addCandidates(camera: CameraId, id: string, candidates: ReadonlyArray<{ candidate: string; mid: string }>): Promise<void>
  /** @throws NotFoundError */
  close(camera: CameraId, id: string): void
  has(camera: CameraId, id: string): boolean
  count(): number
  /** The page of a node that has fewer viewers, for one that this node has no room for. */
  elsewhere(): string | undefined
}

export interface WhepSessionsInit extends Omit<SenderPoolInit, 'onClosed'> {
  /** True when the ring has seen this camera. */
  readonly knows: (camera: CameraId) => boolean
  /** The page of a live node with fewer viewers than so many. */
  readonly elsewhere?: (viewers: number) => string | undefined
  /** @default MAX_VIEWERS */
  readonly maxViewers?: number
}

export function createWhepSessions({ log, metrics }: { log: Logger; metrics: Metrics }, init: WhepSessionsInit): WhepSessions {
  /** With no sender yet while the camera is opened. */
  const sessions = new Map<string, { readonly camera: CameraId; readonly sender?: PacketSender }>()
  const scoped = log.scope('node:live:whep')
  const closed = (id: string, reason: string): void => {
    const session = sessions.get(id)
    if (sessions.delete(id)) scoped('viewer of %s left - %s', session?.camera, reason)
  }
  const pool = createSenderPool({ log, metrics }, { ...init, onClosed: closed })
  const maxViewers = init.maxViewers ?? MAX_VIEWERS
  const joined = metrics.counter('live_viewers_joined_total', 'Viewers answered since start.')
  metrics.gauge('live_viewers', 'Viewers connected or connecting.', () => sessions.size)
  let stopped = false

  function find(camera: CameraId, id: string): PacketSender {
    const session = sessions.get(id)
    if (session?.camera !== camera || session.sender === undefined) throw new NotFoundError('there is no such viewer session; it may have ended')
    return session.sender
  }

  async function answer(id: string, camera: CameraId, offer: string): Promise<string> {
    const feed = await init.open(camera)
    try {
      const wanted = readViewerOffer(offer, feed.camera.track('video')?.fmtp ?? '')
      const sender = pool.place()
      sessions.set(id, { camera, sender })
      return await sender.addViewer({ id, camera, offer: wanted })
    } finally {
      feed.release() // the thread that serves the viewer holds it now
    }
  }

  return {
    async create(camera, offer) {
      if (!init.knows(camera)) throw new NotFoundError(`there is no camera ${camera}`)
      if (stopped || sessions.size >= maxViewers) throw new OverloadedError(`this node serves ${maxViewers} viewers already; try another node, or again in a moment`)
      const id = randomBytes(16).toString('base64url') // unguessable
      sessions.set(id, { camera })
      try {
        const sdp = await answer(id, camera, offer)
        if (stopped) throw new OverloadedError('this node is stopping')
        joined.increment()
        return { id, answer: sdp }
      } catch (err) {
        sessions.delete(id)
        throw err
      }
    },
    async addCandidates(camera, id, candidates) {
      const sender = find(camera, id)
      for (const { candidate, mid } of candidates) await sender.addCandidate(id, candidate, mid)
    },
    close(camera, id) {
      find(camera, id).closeViewer(id, 'viewer left')
      closed(id, 'viewer left')
    },
    has: (camera, id) => sessions.get(id)?.camera === camera,
    count: () => sessions.size,
    elsewhere: () => init.elsewhere?.(sessions.size),
    start() {},
    async stop() {
      stopped = true
      await pool.stop()
    }
  }
}
