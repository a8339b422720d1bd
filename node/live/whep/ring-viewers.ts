import { InvalidMessageError, MemberUnreachableError, NotFoundError, OverloadedError, ThatDamError } from '#protocols/errors.ts'
import { type CameraId, parseCameraId, type PeerId } from '#protocols/ids.ts'
import { VIEWER_PROTOCOL, type ViewerRequest, type ViewerResponse, viewerRequestCodec, viewerResponseCodec } from '#protocols/viewer.ts'
import type { Ring, RpcProtocol } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import { lessLoadedNode } from '../send/placement.ts'
import type { ViewerWishes, WhepReply, WhepSessions } from './whep-sessions.ts'

/** Longest another node may take to answer for a viewer, in milliseconds. @default 8000 */
export const HAND_ON_MS = 8_000
/** Sessions on other nodes remembered here; while so many live no more are handed on. @default 4096 */
export const MAX_HANDED_ON = 4_096
/** So many of them, those asked after longest ago, are asked after when there is no room for another. @default 16 */
export const ASKED_AFTER = 16

const viewerProtocol: RpcProtocol<ViewerRequest, ViewerResponse> = { id: VIEWER_PROTOCOL, roles: ['node'], request: viewerRequestCodec, response: viewerResponseCodec }

export interface RingViewersComponents {
  /** The viewers of this node. */
  readonly own: WhepSessions
  readonly ring: { readonly network: Pick<Ring['network'], 'serve' | 'request'>; readonly membership: Pick<Ring['membership'], 'members'> }
  readonly log: Logger
}

export interface RingViewersInit {
  /** @default MAX_HANDED_ON */
  readonly maxHandedOn?: number
}

/**
 * A node's viewers, and those it has no room for: their offers are handed to the node that serves the fewest, whose media then goes straight to
 * the viewer. To the viewer it is one node, whatever its page may reach and whichever node its token is good for.
 */
export function createRingViewers({ own, ring, log: parentLog }: RingViewersComponents, { maxHandedOn = MAX_HANDED_ON }: RingViewersInit = {}): WhepSessions {
  const log = parentLog.scope('node:live:whep')
  const away = new Map<string, { readonly camera: CameraId; readonly node: PeerId }>()
  ring.network.serve(viewerProtocol, (request) => answerFor(own, request))

  const ask = (node: PeerId, request: ViewerRequest): Promise<ViewerResponse> => ring.network.request(node, viewerProtocol, request, { signal: AbortSignal.timeout(HAND_ON_MS) })

  const nodeOf = (camera: CameraId, id: string): PeerId | undefined => {
    const session = away.get(id)
    return session?.camera === camera ? session.node : undefined
  }

  /** What the other node says that it does not have is over. */
  async function askOf(id: string, node: PeerId, request: ViewerRequest): Promise<ViewerResponse> {
    return ask(node, request).catch((err) => {
      if (err instanceof NotFoundError) away.delete(id)
      throw err
    })
  }

  /** A patch without an entity-tag changes nothing, and is refused in other words where there is no such session. */
  async function isOver(id: string, camera: CameraId, node: PeerId): Promise<boolean> {
    if (!ring.membership.members().some(({ peerId, alive }) => alive && peerId === node)) return true
    return ask(node, { cameraId: camera, patch: { session: id, fragment: '', ifMatch: '' } }).then(() => false, (err) => err instanceof NotFoundError)
  }

  async function makeRoom(): Promise<void> {
    if (away.size < maxHandedOn) return
    await Promise.all([...away].slice(0, ASKED_AFTER).map(async ([id, session]) => {
      away.delete(id)
      away.set(id, session)
      if (await isOver(id, session.camera, session.node)) away.delete(id)
    }))
  }

  async function handOn(camera: CameraId, sdp: string, { lowDelay = false }: ViewerWishes, full: OverloadedError): Promise<WhepReply> {
    const node = lessLoadedNode(ring.membership.members(), own.count())
    if (node === undefined) throw full
    await makeRoom()
    if (away.size >= maxHandedOn) throw full
    const { answered, offered } = await ask(node, { cameraId: camera, offer: { sdp, lowDelay } }).catch((err) => {
      log('a viewer of %s could not be handed to %s - %s', camera, node, err)
      throw saysWhy(err) ? err : full
    })
    const reply = answered ? { id: answered.session, answer: answered.sdp, tag: answered.tag } : offered ? { id: offered.session, offer: offered.sdp, validUntilMs: offered.validUntilMs } : undefined
    if (reply === undefined || !/^[\w-]{20,64}$/.test(reply.id)) throw full
    away.set(reply.id, { camera, node })
    return reply
  }

  return {
    ...own,
    async create(camera, offer, wishes = {}) {
      try {
        return await own.create(camera, offer, wishes)
      } catch (err) {
        if (!(err instanceof OverloadedError)) throw err
        return handOn(camera, offer, wishes, err)
      }
    },
    async accept(camera, id, answer) {
      const node = nodeOf(camera, id)
      if (node === undefined) return own.accept(camera, id, answer)
      await askOf(id, node, { cameraId: camera, answer: { session: id, sdp: answer } })
    },
    async patch(camera, id, fragment, ifMatch) {
      const node = nodeOf(camera, id)
      if (node === undefined) return own.patch(camera, id, fragment, ifMatch)
      const { patched } = await askOf(id, node, { cameraId: camera, patch: { session: id, fragment, ifMatch: ifMatch ?? '' } })
      return patched ?? undefined
    },
    async close(camera, id) {
      const node = nodeOf(camera, id)
      if (node === undefined) return own.close(camera, id)
      away.delete(id)
      await ask(node, { cameraId: camera, end: { session: id } })
    },
    has: (camera, id) => own.has(camera, id) || nodeOf(camera, id) !== undefined
  }
}

/** What is wrong with the offer is for the viewer to hear; that the other node is full, gone or ill is not. */
const saysWhy = (err: unknown): boolean => err instanceof ThatDamError && err.status < 500 && !(err instanceof OverloadedError) && !(err instanceof MemberUnreachableError)

/** Another node's viewer: served here, or not at all. */
async function answerFor(own: WhepSessions, { cameraId, offer, answer, patch, end }: ViewerRequest): Promise<ViewerResponse> {
  const camera = parseCameraId(cameraId)
  if (offer) {
    const reply = await own.create(camera, offer.sdp, { lowDelay: offer.lowDelay })
    if ('answer' in reply) return { answered: { session: reply.id, sdp: reply.answer, tag: reply.tag } }
    return { offered: { session: reply.id, sdp: reply.offer, validUntilMs: reply.validUntilMs } }
  }
  if (patch) {
    const patched = await own.patch(camera, patch.session, patch.fragment, patch.ifMatch === '' ? undefined : patch.ifMatch)
    return patched === undefined ? { done: {} } : { patched }
  }
  if (answer) await own.accept(camera, answer.session, answer.sdp)
  else if (end) await own.close(camera, end.session)
  else throw new InvalidMessageError(`${VIEWER_PROTOCOL}: a request of no known kind`)
  return { done: {} }
}
