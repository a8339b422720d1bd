import type { CameraId } from '#protocols/ids.ts'
import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import type { OpenFeed } from './camera-feed.ts'
import type { PatchOutcome } from './ice-patches.ts'
import { CounterOfferError, readViewerOffer } from './sdp-offer.ts'
import type { AnswerViewer, OfferToViewer } from './webrtc.ts'
import { COUNTER_OFFER_MS, WhepSession } from './whep-session.ts'

/** Viewers one node serves at once. @default 200 */
export const MAX_VIEWERS = 200

/** What a viewer's offer is met with: an answer, or an offer of this node's that may be answered until `validUntilMs` (Unix). */
export type WhepReply =
  | { readonly id: string; readonly answer: string; readonly tag: string }
  | { readonly id: string; readonly offer: string; readonly validUntilMs: number }

/** Who watches live pictures on this node. */
export interface WhepSessions extends Startable {
  /** @throws NotFoundError, TrackUnavailableError, OverloadedError, InvalidInputError, NotAcceptableOfferError */
  create(camera: CameraId, offer: string): Promise<WhepReply>
  /** An SDP answer to this node's offer. @throws NotFoundError, UnprocessableError, InvalidInputError, NotAcceptableOfferError */
  accept(camera: CameraId, id: string, answer: string): Promise<void>
  /** An SDP fragment. @throws NotFoundError, InvalidInputError, PreconditionRequiredError, PreconditionFailedError, UnprocessableError */
  patch(camera: CameraId, id: string, fragment: string, ifMatch: string | undefined): Promise<PatchOutcome>
  /** @throws NotFoundError */
  close(camera: CameraId, id: string): void
  /** True when the ring has seen this camera. */
  knows(camera: CameraId): boolean
  has(camera: CameraId, id: string): boolean
  count(): number
}

export interface WhepSessionsInit {
  readonly open: OpenFeed
  /** True when the ring has seen this camera. */
  readonly knows: (camera: CameraId) => boolean
  readonly answerViewer: AnswerViewer
  /** Without it a viewer whose offer does not fit is refused. */
  readonly offerToViewer?: OfferToViewer
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

  async function begin(camera: CameraId, offer: string): Promise<WhepReply> {
    const feed = await feedOf(camera)
    const session: WhepSession = new WhepSession({
      camera, feed, open: init.open,
      onClosed: (reason) => {
        if (sessions.delete(session.id)) scoped('viewer of %s left - %s', camera, reason)
      }
    })
    sessions.set(session.id, session)
    try {
      const reply = await reachAgreement(session, offer, feed.camera.track('video')?.fmtp ?? '')
      if (stopped) throw new OverloadedError('this node is stopping')
      return reply
    } catch (err) {
      session.close('offer refused')
      throw err
    }
  }

  async function reachAgreement(session: WhepSession, offer: string, fmtp: string): Promise<WhepReply> {
    const { id } = session
    try {
      const answer = await session.answer(readViewerOffer(offer, fmtp), init.answerViewer)
      joined.increment()
      return { id, answer, tag: session.ice.tag() }
    } catch (err) {
      if (!(err instanceof CounterOfferError) || init.offerToViewer === undefined) throw err
      scoped('viewer of %s is made an offer - %s', session.camera, err.message)
      return { id, offer: await session.offer(init.offerToViewer), validUntilMs: Date.now() + COUNTER_OFFER_MS }
    }
  }

  return {
    async create(camera, offer) {
      if (!init.knows(camera)) throw new NotFoundError(`there is no camera ${camera}`)
      if (stopped || sessions.size + opening >= maxViewers) throw new OverloadedError(`this node serves ${maxViewers} viewers already; try another node, or again in a moment`)
      return begin(camera, offer)
    },
    async accept(camera, id, answer) {
      await find(camera, id).accept(answer)
      joined.increment()
    },
    patch: async (camera, id, fragment, ifMatch) => find(camera, id).ice.patch(fragment, ifMatch),
    knows: init.knows,
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
