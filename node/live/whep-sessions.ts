import type { CameraId } from '#protocols/ids.ts'
import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import type { OpenFeed } from './camera-feed.ts'
import { readViewerOffer } from './sdp-offer.ts'
import type { AnswerViewer } from './webrtc.ts'
import { WhepSession } from './whep-session.ts'

/** Viewers one node serves at once. @default 200 */
export const MAX_VIEWERS = 200

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
}

export interface WhepSessionsInit {
  readonly open: OpenFeed
  /** True when the ring has seen this camera. */
  readonly knows: (camera: CameraId) => boolean
  readonly answerViewer: AnswerViewer
  /** @default MAX_VIEWERS */
  readonly maxViewers?: number
}

export function createWhepSessions({ log, metrics }: { log: Logger; metrics: Metrics }, init: WhepSessionsInit): WhepSessions {
  const sessions = new Map<string, WhepSession>()
  const scoped = log.scope('node:live:whep')
  const maxViewers = init.maxViewers ?? MAX_VIEWERS
  const joined = metrics.counter('live_viewers_joined_total', 'Viewers answered since start.')
  metrics.gauge('live_viewers', 'Viewers connected or connecting.', () => sessions.size)
  let opening = 0
  let stopped = false

  function find(camera: CameraId, id: string): WhepSession {
    const session = sessions.get(id)
    if (session?.camera !== camera) throw new NotFoundError('there is no such viewer session; it may have ended')
    return session
  }

  async function feedOf(camera: CameraId): ReturnType<OpenFeed> {
    opening++ // counted as a viewer while the relay is opened
    try {
      return await init.open(camera)
    } finally {
      opening--
    }
  }

  async function begin(camera: CameraId, offer: string): Promise<{ id: string; answer: string }> {
    const feed = await feedOf(camera)
    const session: WhepSession = new WhepSession({
      camera, feed, open: init.open,
      onClosed: (reason) => {
        if (sessions.delete(session.id)) scoped('viewer of %s left - %s', camera, reason)
      }
    })
    sessions.set(session.id, session)
    try {
      const wanted = readViewerOffer(offer, feed.camera.track('video')?.fmtp ?? '')
      const answer = await session.answer(wanted, init.answerViewer)
      if (stopped) throw new OverloadedError('this node is stopping')
      joined.increment()
      return { id: session.id, answer }
    } catch (err) {
      session.close('offer refused')
      throw err
    }
  }

  return {
    async create(camera, offer) {
      if (!init.knows(camera)) throw new NotFoundError(`there is no camera ${camera}`)
      if (stopped || sessions.size + opening >= maxViewers) throw new OverloadedError(`this node serves ${maxViewers} viewers already; try another node, or again in a moment`)
      return begin(camera, offer)
    },
    async addCandidates(camera, id, candidates) {
      const session = find(camera, id)
      for (const { candidate, mid } of candidates) await session.addCandidate(candidate, mid)
    },
    close: (camera, id) => find(camera, id).close('viewer left'),
    has: (camera, id) => sessions.get(id)?.camera === camera,
    count: () => sessions.size,
    start() {},
    stop() {
      stopped = true
      for (const session of sessions.values()) session.close('node stopping')
    }
  }
}
