import { CameraBusyError, NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { admitCamera } from '../admit-camera.ts'
import type { PatchOutcome } from '../webrtc/ice-patches.ts'
import type { LiveCameras } from '../live-cameras.ts'
import { MOVED_SILENCE_MS } from '../media-ingest.ts'
import type { AnswerPublisher } from './publisher-connection.ts'
import { readPublisherOffer } from './publisher-offer.ts'
import { MAX_NAME_CHARS } from '../publication.ts'
import { WhipSession } from './whip-session.ts'

/** Publishers one node takes over WHIP at once. @default 32 */
export const MAX_PUBLISHERS = 32

/** What is known of a publisher beside its offer. */
export interface WhipPublisher {
  /** What people call the camera; its id when empty. */
  readonly name: string
  /** `browser`, or `whip` for any other program. */
  readonly source: string
}

/** Who publishes to this node over WHIP. */
export interface WhipSessions extends Startable {
  /** @throws CameraBusyError, OverloadedError, InvalidInputError, UnprocessableError */
  create(camera: CameraId, offer: string, publisher: WhipPublisher): Promise<{ id: string; answer: string; tag: string }>
  /** An SDP fragment. @throws NotFoundError, InvalidInputError, PreconditionRequiredError, PreconditionFailedError, UnprocessableError */
  patch(camera: CameraId, id: string, fragment: string, ifMatch: string | undefined): Promise<PatchOutcome>
  /** @throws NotFoundError */
  close(camera: CameraId, id: string): void
  has(camera: CameraId, id: string): boolean
  count(): number
}

export interface WhipComponents {
  readonly ring: Pick<Ring, 'membership' | 'catalog'>
  readonly cameras: LiveCameras
  readonly log: Logger
  readonly metrics: Metrics
}

export interface WhipSessionsInit {
  readonly answerPublisher: AnswerPublisher
  /** @default MAX_PUBLISHERS */
  readonly maxPublishers?: number
}

/**
 * Whoever publishes over WHIP is a camera of this node, whether or not the node is the camera's home: a browser that was sent to another
 * node would need that one's token and permission, while what is recorded here is stored by its owners in any case. A node that leaves
 * the ring takes no new ones.
 */
export function createWhipSessions({ ring, cameras, log: parentLog, metrics }: WhipComponents, init: WhipSessionsInit): WhipSessions {
  const log = parentLog.scope('node:live:whip')
  const sessions = new Map<string, WhipSession>()
  const maxPublishers = init.maxPublishers ?? MAX_PUBLISHERS
  let stopped = false
  metrics.gauge('live_whip_publishers', 'Publishers over WHIP connected or connecting.', () => sessions.size)

  function find(camera: CameraId, id: string): WhipSession {
    const session = sessions.get(id)
    if (session?.camera !== camera) throw new NotFoundError('there is no such publisher session; it may have ended')
    return session
  }

  /** A camera has one publisher. One that fell silent loses its place to who comes: it may be the same device, back on another network. */
  function checkFree(camera: CameraId): void {
    const holder = [...sessions.values()].find((session) => session.camera === camera)
    if (holder !== undefined && holder.silentMs() > MOVED_SILENCE_MS) holder.close('another publisher took its place')
    const isHeld = cameras.get(camera) !== undefined || [...sessions.values()].some((session) => session.camera === camera)
    const elsewhere = ring.membership.members().find(({ self, alive, presence }) => !self && alive && presence?.cameras.some(({ cameraId }) => cameraId === camera))
    if (isHeld || elsewhere !== undefined) throw new CameraBusyError(`camera ${camera} is published by another device now${elsewhere === undefined ? '' : `, on ${elsewhere.name}`}: give this one another name, or end that one`)
  }

  function checkRoom(): void {
    const self = ring.membership.members().find((member) => member.self)
    if (stopped || self?.state === 'draining') throw new OverloadedError(`this node is leaving the ring: publish to another${elsewhereText()}`)
    if (sessions.size >= maxPublishers) throw new OverloadedError(`this node takes ${maxPublishers} publishers already; try another node${elsewhereText()}`)
  }

  function elsewhereText(): string {
    const pages = ring.membership.members().filter(({ self, alive, state }) => !self && alive && state === 'active').map(({ presence }) => presence?.http ?? '').filter((http) => http !== '')
    return pages.length === 0 ? '' : ` (${pages.join(', ')})`
  }

  function closed(session: WhipSession, reason: string): void {
    sessions.delete(session.id)
    if (session.live !== undefined) cameras.remove(session.live, reason)
    log('publisher of %s left - %s', session.camera, reason)
  }

  return {
    async create(camera, text, { name, source }) {
      checkRoom()
      const offer = readPublisherOffer(text)
      checkFree(camera)
      const session = new WhipSession({
        camera, name: name.slice(0, MAX_NAME_CHARS) || camera, source, onClosed: closed,
        onLive: (live) => {
          admitCamera({ ring, cameras, log }, live)
          live.requestKeyframe()
          log('camera %s is live, published over WHIP', camera)
        }
      })
      sessions.set(session.id, session) // before anything is awaited: the camera is taken
      try {
        const answer = await session.answer(offer, init.answerPublisher)
        if (stopped) throw new OverloadedError('this node is stopping')
        return { id: session.id, answer, tag: session.ice.tag() }
      } catch (err) {
        session.close('offer refused')
        throw err
      }
    },
    patch: async (camera, id, fragment, ifMatch) => find(camera, id).ice.patch(fragment, ifMatch),
    close: (camera, id) => find(camera, id).close('the publisher left'),
    has: (camera, id) => sessions.get(id)?.camera === camera,
    count: () => sessions.size,
    start() {},
    stop() {
      stopped = true
      for (const session of sessions.values()) session.close('node stopping')
    }
  }
}
