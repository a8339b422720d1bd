import type { PeerId } from '#protocols/ids.ts'
import { presenceCodec, PRESENCE_PROTOCOL, type Presence } from '#protocols/presence.ts'
import { emitter } from '../base/emitter.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { repeating } from '../base/tasks.ts'
import { DISK_STATES, type DiskState } from '../chunks/disk-state.ts'
import { type LayoutEntry, layoutDigest, type LayoutStore } from './layout.ts'
import { Liveness } from './liveness.ts'
import type { Member, Membership } from './membership.ts'
import type { Network, RpcProtocol } from './network.ts'

/** A heartbeat goes to every other node this often, in ms. @default 1000 */
export const HEARTBEAT_MS = 1_000
/** A heartbeat that is not answered by then counts as lost, in ms. @default 2500 */
export const HEARTBEAT_TIMEOUT_MS = 2_500
/** A node whose last connection closed has this long to answer before it is not alive, in ms. @default 1200 */
export const SUSPECT_TIMEOUT_MS = 1_200
/** The root of the catalog is not asked of the same node more often than this, in ms. @default 1000 */
export const LAYOUT_SYNC_PAUSE_MS = 1_000

/** A node's own presence to every other node, answered with the receiver's. */
export const presenceProtocol: RpcProtocol<Presence, Presence> = { id: PRESENCE_PROTOCOL, roles: ['node'], request: presenceCodec, response: presenceCodec, maxInFlight: 8 }

export interface MembershipComponents {
  readonly network: Network
  readonly layout: LayoutStore
  readonly log: Logger
  /** What this node says of itself; the layout's digest is added. */
  readonly describe: () => Omit<Presence, 'layoutDigest'>
  /** This node's layout and the peer's differ: compare the catalog's root with it. */
  readonly onLayoutDiffers: (peer: PeerId) => void
}

export interface MembershipInit {
  readonly heartbeatMs?: number
}

/** Membership by heartbeats. */
export function createMembership(components: MembershipComponents, init: MembershipInit = {}): Membership {
  return new Heartbeats(components, init)
}

class Heartbeats implements Membership {
  readonly changed = emitter<void>()
  readonly presenceChanged = emitter<PeerId>()
  readonly #components: MembershipComponents
  readonly #liveness = new Liveness(() => performance.now(), () => Date.now())
  readonly #beating = new Map<PeerId, { again: boolean }>()
  readonly #differedAt = new Map<PeerId, number>()
  readonly #round: Startable
  readonly #leave: Array<() => void> = []
  readonly #stopping = new AbortController()
  #digest: string | undefined
  #others: ReadonlySet<PeerId> = new Set()
  #lastSeen = ''

  constructor(components: MembershipComponents, { heartbeatMs = HEARTBEAT_MS }: MembershipInit) {
    this.#components = components
    this.#round = repeating(() => this.#beatAll(), heartbeatMs, components.log)
  }

  async start(): Promise<void> {
    const { network, layout } = this.#components
    network.serve(presenceProtocol, async (presence, caller) => {
      this.#heard(caller.peerId, presence)
      return this.#own()
    })
    this.#leave.push(layout.layoutChanged.on(() => this.#layoutChanged()))
    this.#leave.push(network.onConnection(({ peerId, connected }) => {
      if (connected) this.#greet(peerId)
      else this.#suspect(peerId)
    }))
    this.#layoutChanged()
    this.#round.start()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const leave of this.#leave.splice(0)) leave()
    await this.#round.stop()
  }

  members(): Member[] {
    return this.#entries().map((entry) => this.#member(entry)).sort((one, other) => one.peerId < other.peerId ? -1 : 1)
  }

  alive(): PeerId[] {
    return this.members().filter(({ alive }) => alive).map(({ peerId }) => peerId)
  }

  isAlive(peer: PeerId): boolean {
    return peer === this.#components.network.self || (this.#others.has(peer) && this.#liveness.isAlive(peer))
  }

  diskOf(peer: PeerId): DiskState {
    const presence = this.#liveness.of(peer)?.presence
    if (presence === undefined || presence.acceptsWrites) return presence?.disk === 'low' ? 'low' : 'ok'
    return DISK_STATES.find((state) => state === presence.disk) ?? 'full'
  }

  announce(): void {
    this.#beatAll()
  }

  #entries(): LayoutEntry[] {
    return this.#components.layout.layout().filter(({ state }) => state !== 'gone')
  }

  #member(entry: LayoutEntry): Member {
    if (entry.peerId === this.#components.network.self) return { ...entry, self: true, alive: true, lastHeardMs: Date.now(), silentMs: 0, presence: this.#own() }
    const heard = this.#liveness.of(entry.peerId)
    return { ...entry, self: false, alive: this.isAlive(entry.peerId), lastHeardMs: heard?.unixMs ?? 0, silentMs: this.#liveness.silentMs(entry.peerId), presence: heard?.presence }
  }

  #own(): Presence {
    this.#digest ??= layoutDigest(this.#components.layout.layout())
    return { ...this.#components.describe(), layoutDigest: this.#digest }
  }

  #layoutChanged(): void {
    const { network, layout, log } = this.#components
    this.#digest = undefined
    const entries = this.#entries().filter(({ peerId }) => peerId !== network.self)
    this.#others = new Set(entries.map(({ peerId }) => peerId))
    this.#liveness.keepOnly(new Set(layout.layout().map(({ peerId }) => peerId)))
    for (const { peerId, addresses } of entries) network.learn(peerId, addresses).catch((err) => log.error('cannot use the addresses of %s - %s', peerId, err))
    this.#compare()
    this.#beatAll()
  }

  /** Each node in its own time: one that does not answer delays no other. */
  #beatAll(): void {
    for (const peer of this.#others) this.#beat(peer)
    this.#compare()
  }

  #beat(peer: PeerId): void {
    if (this.#stopping.signal.aborted) return
    const running = this.#beating.get(peer)
    if (running !== undefined) {
      running.again = true
      return
    }
    const beat = { again: false }
    this.#beating.set(peer, beat)
    void this.#ask(peer, HEARTBEAT_TIMEOUT_MS)
      .then(() => {}, () => {}) // silence shows in `isAlive`
      .finally(() => {
        this.#beating.delete(peer)
        if (beat.again && this.#liveness.isAlive(peer)) this.#beat(peer)
      })
  }

  async #ask(peer: PeerId, timeoutMs: number): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)])
    this.#heard(peer, await this.#components.network.request(peer, presenceProtocol, this.#own(), { signal }))
  }

  #heard(peer: PeerId, presence: Presence): void {
    const isNews = this.#liveness.hear(peer, presence)
    this.#compare()
    if (isNews) this.presenceChanged.emit(peer)
    if (presence.layoutDigest !== this.#own().layoutDigest) this.#layoutDiffers(peer)
  }

  #layoutDiffers(peer: PeerId): void {
    const now = performance.now()
    if (now - (this.#differedAt.get(peer) ?? -Infinity) < LAYOUT_SYNC_PAUSE_MS) return
    this.#differedAt.set(peer, now)
    this.#components.onLayoutDiffers(peer)
  }

  /** A node that is back is known to be so before its next turn. */
  #greet(peer: PeerId): void {
    if (this.#others.has(peer) && !this.isAlive(peer)) this.#ask(peer, HEARTBEAT_TIMEOUT_MS).catch(() => {})
  }

  /** The last connection closed: a node that was killed is to be known dead before its silence shows. */
  #suspect(peer: PeerId): void {
    if (!this.#others.has(peer) || this.#stopping.signal.aborted) return
    const sinceMs = performance.now()
    this.#ask(peer, SUSPECT_TIMEOUT_MS).catch(() => {
      this.#liveness.lose(peer, sinceMs)
      this.#compare()
    })
  }

  /** Tell of the change when another set of nodes is alive, or the layout changed. */
  #compare(): void {
    const seen = this.members().map((member) => `${member.peerId} ${member.state} ${member.zone} ${member.weight} ${member.alive} ${member.presence?.acceptsWrites !== false}`).join('\n')
    if (seen === this.#lastSeen) return
    this.#lastSeen = seen
    this.changed.emit()
  }
}
