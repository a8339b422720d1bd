import { randomBytes } from 'node:crypto'
import type { CameraId } from '#protocols/ids.ts'
import { NotAcceptableOfferError, NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { type Coding, codingOf } from '../coding.ts'
import type { PatchOutcome } from '../webrtc/ice-patches.ts'
import { CounterOfferError, readViewerOffer, type ViewerOffer } from '../webrtc/sdp-offer.ts'
import { MAX_VIEWERS } from '../send/placement.ts'
import type { PacketSender } from '../send/packet-sender.ts'
import { createSenderPool, type SenderPoolInit } from '../send/sender-pool.ts'
import { renditionOf } from '../transcode/renditions.ts'
import { BASELINE } from '../transcode/transcoding.ts'
import { COUNTER_OFFER_MS } from './whep-session.ts'

/** What a viewer's offer is met with: an answer, or an offer of this node's that may be answered until `validUntilMs` (Unix). */
export type WhepReply =
  | { readonly id: string; readonly answer: string; readonly tag: string }
  | { readonly id: string; readonly offer: string; readonly validUntilMs: number }

/** What a viewer asks for beside its offer. */
export interface ViewerWishes {
  /** Pictures are to be shown at once, without a buffer that smooths. @default false */
  readonly lowDelay?: boolean
}

/** Who watches live pictures on this node. */
export interface WhepSessions extends Startable {
  /** @throws NotFoundError, TrackUnavailableError, OverloadedError, InvalidInputError, NotAcceptableOfferError */
  create(camera: CameraId, offer: string, wishes?: ViewerWishes): Promise<WhepReply>
  /** An SDP answer to this node's offer. @throws NotFoundError, UnprocessableError, InvalidInputError, NotAcceptableOfferError */
  accept(camera: CameraId, id: string, answer: string): Promise<void>
  /** An SDP fragment. @throws NotFoundError, InvalidInputError, PreconditionRequiredError, PreconditionFailedError, UnprocessableError */
  patch(camera: CameraId, id: string, fragment: string, ifMatch: string | undefined): Promise<PatchOutcome>
  /** @throws NotFoundError */
  close(camera: CameraId, id: string): Promise<void>
  /** True when the ring has seen this camera. */
  knows(camera: CameraId): boolean
  has(camera: CameraId, id: string): boolean
  count(): number
}

export interface WhepSessionsInit extends Omit<SenderPoolInit, 'onClosed'> {
  /** True when the ring has seen this camera. */
  readonly knows: (camera: CameraId) => boolean
  /** Viewers that do not have the camera's codec are shown H.264: `open` knows renditions. @default false */
  readonly transcode?: boolean
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

  /** What the camera sends, or its H.264 where that is all they have in common and this node makes it. */
  function choose(camera: CameraId, offer: string, coding: Coding, lowDelay: boolean): { wanted: ViewerOffer | CounterOfferError; shown: CameraId } {
    try {
      return { wanted: readOffer(offer, coding, lowDelay), shown: camera }
    } catch (err) {
      if (!(err instanceof NotAcceptableOfferError) || init.transcode !== true || coding.codec === 'H264') throw err
      scoped('H.264 is made of %s for a viewer - %s', camera, err)
      return { wanted: readOffer(offer, BASELINE, lowDelay), shown: renditionOf(camera) }
    }
  }

  async function agree(id: string, camera: CameraId, offer: string, { lowDelay = false }: ViewerWishes): Promise<WhepReply> {
    const feed = await init.open(camera)
    try {
      const { wanted, shown } = choose(camera, offer, codingOf(feed.camera.tracks), lowDelay)
      const sender = pool.place()
      sessions.set(id, { camera, sender })
      if (wanted instanceof CounterOfferError) {
        scoped('viewer of %s is made an offer - %s', camera, wanted.message)
        return { id, offer: await sender.offerViewer({ id, camera: shown, lowDelay }), validUntilMs: Date.now() + COUNTER_OFFER_MS }
      }
      const { sdp, tag } = await sender.addViewer({ id, camera: shown, offer: wanted })
      joined.increment()
      return { id, answer: sdp, tag }
    } finally {
      feed.release() // the thread that serves the viewer holds it now
    }
  }

  return {
    async create(camera, offer, wishes = {}) {
      if (!init.knows(camera)) throw new NotFoundError(`there is no camera ${camera}`)
      if (stopped || sessions.size >= maxViewers) throw new OverloadedError(`this node serves ${maxViewers} viewers already; try another node, or again in a moment`)
      const id = randomBytes(16).toString('base64url') // unguessable
      sessions.set(id, { camera })
      try {
        const reply = await agree(id, camera, offer, wishes)
        if (stopped) throw new OverloadedError('this node is stopping')
        return reply
      } catch (err) {
        sessions.delete(id)
        throw err
      }
    },
    async accept(camera, id, answer) {
      await find(camera, id).acceptAnswer(id, answer)
      joined.increment()
    },
    patch: async (camera, id, fragment, ifMatch) => find(camera, id).patchIce(id, fragment, ifMatch),
    knows: init.knows,
    async close(camera, id) {
      find(camera, id).closeViewer(id, 'viewer left')
      closed(id, 'viewer left')
    },
    has: (camera, id) => sessions.get(id)?.camera === camera,
    count: () => sessions.size,
    start() {},
    async stop() {
      stopped = true
      await pool.stop()
    }
  }
}

/** An offer that can not carry the camera is met with one of ours. */
function readOffer(text: string, coding: Coding, lowDelay: boolean): ViewerOffer | CounterOfferError {
  try {
    return readViewerOffer(text, coding, lowDelay)
  } catch (err) {
    if (err instanceof CounterOfferError) return err
    throw err
  }
}
