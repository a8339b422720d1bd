import { CameraBusyError, MemberUnreachableError, NotAuthorizedError, OverloadedError, RemoteError, type ThatDamError } from '#protocols/errors.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { MediaMessage, MediaNode, Track } from '#protocols/media.ts'
import type { MessageStream, Network } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import { mediaProtocol } from './media-protocol.ts'
import type { NodeChoice } from './node-choice.ts'

/** Redirects followed before the node at hand is asked to take the camera all the same. @default 3 */
export const MAX_REDIRECTS = 3
/** A node that does not answer a dial or a Publish within this is passed over, in ms. @default 3000 */
export const DIAL_TIMEOUT_MS = 3_000
/** A node that failed is asked last for so long, in ms. @default 10000 */
export const AVOID_MS = 10_000

/** What is published. */
export interface Publication {
  readonly cameraId: CameraId
  readonly cameraName: string
  readonly source: string
  readonly tracks: Track[]
}

/** A node that took the camera. */
export interface Upstream {
  readonly stream: MessageStream<MediaMessage>
  /** What it says after Accept. */
  readonly incoming: AsyncIterator<MediaMessage>
  readonly nodes: MediaNode[]
}

export interface NodeDialer {
  /** Find a node that takes the camera, the best first. @throws ThatDamError when none does, with the last one's reason */
  connect(publication: Publication, signal: AbortSignal): Promise<Upstream>
  /** The stream to this node broke: try the others first for a while. */
  avoid(peer: PeerId): void
  /** This node asked to be preferred (a Redirect while packets flowed). `insist`: it takes the camera even when it is not its own. */
  prefer(peer: PeerId, addresses: readonly string[], options?: { insist?: boolean }): Promise<void>
  /** A node worth moving to from `current`; undefined when the camera is well where it is. */
  better(current: PeerId, signal: AbortSignal): Promise<PeerId | undefined>
}

export interface NodeDialerComponents {
  network: Pick<Network, 'openStream' | 'learn'>
  /** The ring's nodes, the camera's best first. */
  nodes: () => PeerId[]
  /** Which of them to ask first. @default as they are */
  choice?: NodeChoice
  log: Logger
}

export function nodeDialer({ network, nodes, choice, log }: NodeDialerComponents, init: { timeoutMs?: number } = {}): NodeDialer {
  const { timeoutMs = DIAL_TIMEOUT_MS } = init
  const failedAt = new Map<PeerId, number>()
  let preferred: { peer: PeerId; insist: boolean } | undefined

  const failedLately = (peer: PeerId): boolean => Date.now() - (failedAt.get(peer) ?? -Infinity) < AVOID_MS

  /** A node that was named by the last one comes first, and those that failed a moment ago last. */
  async function candidates(signal: AbortSignal): Promise<PeerId[]> {
    const known = nodes()
    const well = known.filter((peer) => !failedLately(peer))
    const chosen = preferred === undefined ? await choice?.order(well, signal) ?? well : [preferred.peer, ...well]
    return [...new Set([...chosen, ...known.filter(failedLately)])]
  }

  /** One Publish to one node; follows its redirects, and insists when they lead nowhere. */
  async function publishTo(peer: PeerId, publication: Publication, signal: AbortSignal, redirects: number): Promise<Upstream> {
    const answer = await ask(peer, publication, preferred?.peer === peer && preferred.insist, signal)
    if (!('redirect' in answer)) return answer
    const { peerId, addresses } = answer.redirect
    const insist = async (why: string): Promise<Upstream> => {
      log('%s redirects to %s, %s: insisting', peer, peerId, why)
      const insisted = await ask(peer, publication, true, signal)
      if ('redirect' in insisted) throw new RemoteError(`${peer} redirects to ${peerId}, which cannot be reached`)
      return insisted
    }
    if (redirects >= MAX_REDIRECTS || peerId === peer) return insist('in a circle')
    if (failedLately(peerId)) return insist('which failed a moment ago')
    await network.learn(peerId, addresses)
    try {
      return await publishTo(peerId, publication, signal, redirects + 1)
    } catch (err) {
      signal.throwIfAborted()
      failedAt.set(peerId, Date.now())
      return await insist(`which does not take it (${messageOf(err)})`)
    }
  }

  async function ask(peer: PeerId, publication: Publication, insist: boolean, signal: AbortSignal): Promise<Upstream | { redirect: { peerId: PeerId; addresses: string[] } }> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const stream = await within(network.openStream(peer, mediaProtocol, { signal: bounded }), bounded, peer)
    try {
      await within(stream.send({ publish: { ...publication, insist, acks: true } }, { signal: bounded }), bounded, peer)
      const incoming = stream[Symbol.asyncIterator]()
      const { value, done } = await within(incoming.next(), bounded, peer)
      if (done === true) throw new MemberUnreachableError(`${peer} closed the stream without an answer`)
      if ('accept' in value) return { stream, incoming, nodes: value.accept.nodes }
      if ('refuse' in value) throw refusal(peer, value.refuse)
      if (!('redirect' in value)) throw new RemoteError(`${peer} answered Publish with something else`)
      await stream.close()
      return { redirect: value.redirect }
    } catch (err) {
      stream.abort(err as Error)
      throw err
    }
  }

  return {
    async connect(publication, signal) {
      let failure: unknown = new MemberUnreachableError('no node of the ring is known')
      for (const peer of await candidates(signal)) {
        try {
          const upstream = await publishTo(peer, publication, signal, 0)
          failedAt.delete(upstream.stream.remote)
          preferred = undefined
          return upstream
        } catch (err) {
          signal.throwIfAborted()
          if (preferred?.peer === peer) preferred = undefined
          failedAt.set(peer, Date.now())
          failure = err
          log('%s does not take %s - %s', peer, publication.cameraId, messageOf(err))
        }
      }
      throw failure
    },
    avoid: (peer) => { failedAt.set(peer, Date.now()) },
    async prefer(peer, addresses, { insist = false } = {}) {
      preferred = { peer, insist }
      failedAt.delete(peer)
      if (addresses.length > 0) await network.learn(peer, addresses)
    },
    better: async (current, signal) => choice?.better(current, nodes().filter((peer) => !failedLately(peer)), signal)
  }
}

async function within<T>(work: Promise<T>, signal: AbortSignal, peer: PeerId): Promise<T> {
  const ended = Promise.withResolvers<never>()
  const onAbort = (): void => ended.reject(new MemberUnreachableError(`${peer} does not answer`))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, ended.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => {}) // it lost the race: its failure is told already
  }
}

function refusal(peer: PeerId, { code, reason }: { code: string; reason: string }): ThatDamError {
  for (const kind of [CameraBusyError, NotAuthorizedError, OverloadedError]) {
    const error = new kind(reason)
    if (error.code === code) return error
  }
  return new RemoteError(`${peer} refused: ${reason} (${code})`)
}

const messageOf = (err: unknown): string => (err instanceof Error ? err.message : String(err))
