import { randomBytes } from 'node:crypto'
import { MemberUnreachableError, NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { certificateCodec, KEY_PROTOCOL, keyRequestCodec, keyResponseCodec, type KeyResponse } from '#protocols/join.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { limiter, repeating } from '../base/tasks.ts'
import type { MemberCredentials } from '../identity/credentials.ts'
import type { Identity } from '../identity/data-folder.ts'
import { signGeneration, type SettledKey } from '../identity/key-generation.ts'
import { KEY_BYTES, publicKeyOf } from '../identity/ring-key.ts'
import type { LayoutStore } from './layout.ts'
import type { Network, RpcProtocol } from './network.ts'

/** How often it is looked whether this node has the ring's key of now, in ms. @default 1000 */
export const KEY_CHECK_MS = 1_000
/** A key that no live node has, or that a removed node may have, is replaced after this time, in ms. @default 10000 */
export const KEY_PATIENCE_MS = 10_000
/** One node has this long to hand the key over, in ms. @default 5000 */
export const KEY_REQUEST_MS = 5_000

/** Asked of nodes by nodes, which noise and the root document have named. */
export const keyProtocol: RpcProtocol<Record<string, never>, KeyResponse> = { id: KEY_PROTOCOL, roles: ['node'], request: keyRequestCodec, response: keyResponseCodec, maxInFlight: 4 }

export interface KeyKeeperComponents {
  readonly network: Pick<Network, 'self' | 'serve' | 'request'>
  readonly layout: LayoutStore
  readonly credentials: MemberCredentials
  /** Peer ids of the nodes that answer now, this one included. */
  readonly alive: () => readonly PeerId[]
  readonly folder: { identity(): Identity | undefined; save(identity: Identity): Promise<void> }
  readonly log: Logger
  /** Unix ms. */
  readonly now?: () => number
}

export interface KeyKeeperInit {
  /** @default KEY_PATIENCE_MS */
  readonly patienceMs?: number
}

/** Keeps this node in possession of the ring's key of now, and changes it when it is time. */
export interface KeyKeeper extends Startable {
  /** Change the ring's key; answers the new public key, hex. @throws NotAuthorizedError when this node is no member, MemberUnreachableError while it waits for the key of now */
  rotate(): Promise<string>
}

export function createKeyKeeper(components: KeyKeeperComponents, init: KeyKeeperInit = {}): KeyKeeper {
  return new RingKeyKeeper(components, init)
}

class RingKeyKeeper implements KeyKeeper {
  readonly #components: KeyKeeperComponents
  readonly #patienceMs: number
  readonly #now: () => number
  readonly #checks
  readonly #inTurn = limiter(1)
  #leave = (): void => {}
  #wantedSince: number | undefined

  constructor(components: KeyKeeperComponents, { patienceMs = KEY_PATIENCE_MS }: KeyKeeperInit) {
    this.#components = components
    this.#patienceMs = patienceMs
    this.#now = components.now ?? Date.now
    this.#checks = repeating(() => this.#inTurn(() => this.#check()), KEY_CHECK_MS, components.log)
  }

  start(): void {
    const { network, layout, credentials } = this.#components
    network.serve(keyProtocol, async (_request, { peerId }) => {
      // a handler also runs for whoever was let in a moment ago: who it is now decides
      if (!layout.layout().some((entry) => entry.peerId === peerId && entry.state !== 'gone')) throw new NotAuthorizedError('only nodes of the layout are given the key')
      return { ringSeed: credentials.ringSeed() ?? new Uint8Array() }
    })
    this.#leave = layout.layoutChanged.on(() => { void this.#checks.now() })
    this.#checks.start()
    void this.#checks.now()
  }

  async stop(): Promise<void> {
    this.#leave()
    await this.#checks.stop()
  }

  rotate(): Promise<string> {
    return this.#inTurn(async () => {
      await this.#obtain()
      if (this.#components.credentials.ringSeed() === undefined) throw new MemberUnreachableError("this node is waiting for the ring's key of now: try again in a moment")
      return this.#rotate()
    })
  }

  async #check(): Promise<void> {
    const { network, layout, credentials, alive } = this.#components
    if (layout.isRevoked(network.self)) return
    await this.#obtain()
    const isWanted = credentials.ringSeed() === undefined || mayBeKnownOutside(credentials.settled(), layout)
    if (!isWanted) {
      this.#wantedSince = undefined
      return
    }
    this.#wantedSince ??= performance.now()
    const [lowest] = [...alive()].filter((peer) => !layout.isRevoked(peer)).sort()
    if (lowest !== network.self || performance.now() - this.#wantedSince < this.#patienceMs) return
    this.#components.log("changing the ring's key: %s", credentials.ringSeed() === undefined ? 'no live node has the key of now' : 'a removed node may have it')
    await this.#rotate()
    this.#wantedSince = undefined
  }

  /** Ask the live nodes for the key of now when this node lacks it; what it has, its folder has too. */
  async #obtain(): Promise<void> {
    const { network, credentials, alive, folder, log } = this.#components
    for (const peer of alive()) {
      if (credentials.ringSeed() !== undefined) break
      if (peer === network.self) continue
      const seed = await this.#ask(peer).catch((err) => { log('%s did not hand over the key - %s', peer, err) })
      if (seed === undefined || Buffer.from(publicKeyOf(seed)).toString('hex') !== credentials.settled().ringKey) continue
      credentials.holdRingSeed(seed, network.self)
      log("has the ring's new key, from %s", peer)
    }
    const seed = credentials.ringSeed()
    const identity = folder.identity()
    if (seed === undefined || identity === undefined || Buffer.from(identity.ringSeed ?? []).equals(seed)) return
    await folder.save({ ...identity, ringSeed: seed, nextRingSeed: undefined })
  }

  async #ask(peer: PeerId): Promise<Uint8Array | undefined> {
    const { ringSeed } = await this.#components.network.request(peer, keyProtocol, {}, { signal: AbortSignal.timeout(KEY_REQUEST_MS) })
    return ringSeed.byteLength === KEY_BYTES ? Uint8Array.from(ringSeed) : undefined
  }

  /** On disk here first: a crash at any point leaves the old key, or the new one with somebody who has it. */
  async #rotate(): Promise<string> {
    const { network, layout, credentials, folder } = this.#components
    const identity = folder.identity()
    if (identity === undefined || layout.isRevoked(network.self)) throw new NotAuthorizedError('this machine is no member of the ring: it can not change its key')
    const ringSeed = randomBytes(KEY_BYTES)
    const ringKey = Buffer.from(publicKeyOf(ringSeed)).toString('hex')
    const held = credentials.ringSeed()
    const certificate = held === undefined ? undefined : credentials.certificate()
    await folder.save({ ...identity, nextRingSeed: ringSeed })
    credentials.holdRingSeed(ringSeed, network.self)
    await layout.putGeneration(signGeneration(identity.hostSeed, {
      ringKey, previous: credentials.settled().ringKey, author: network.self, certificate: certificate === undefined ? '' : Buffer.from(certificateCodec.encode(certificate)).toString('hex'),
      members: membersOf(layout), removed: removedNodes(layout), createdAtMs: this.#now()
    }))
    await this.#obtain()
    return ringKey
  }
}

/** Whether a node that was removed may have the key: it was still a member when the key was made. */
function mayBeKnownOutside({ entry }: SettledKey, layout: LayoutStore): boolean {
  return removedNodes(layout).some((peer) => entry?.removed.includes(peer) !== true)
}

const removedNodes = (layout: LayoutStore): PeerId[] => layout.revocations().filter(({ role }) => role === 'node').map(({ peerId }) => peerId)

/** Who is taken over by a new key: the layout's nodes and the camera peers that came in, without those removed. */
function membersOf(layout: LayoutStore): Record<PeerId, 'node' | 'peer'> {
  const peers = layout.admissions().filter(({ role }) => role === 'peer').map(({ peerId }) => [peerId, 'peer'] as const)
  const nodes = layout.layout().filter(({ state }) => state !== 'gone').map(({ peerId }) => [peerId, 'node'] as const)
  return Object.fromEntries([...peers, ...nodes].filter(([peer]) => !layout.isRevoked(peer)))
}
