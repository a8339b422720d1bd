import { isIP } from 'node:net'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { type Logger, silentLog } from '../base/log.ts'
import { isLoopback } from '../base/loopback.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import type { Hasher } from '../chunks/hasher.ts'
import { sharedHasher } from '../chunks/thread-hasher.ts'
import { abortable } from '../base/abortable.ts'
import type { Network } from '../network/network.ts'
import { BulkLink } from './bulk-link.ts'
import { type BulkAccess, createBulkServer } from './bulk-server.ts'

/** After a failed attempt to open a channel, or a chunk that did not come over one in time, its member is asked over the network only, for this long, in ms. @default 30000 */
export const BULK_RETRY_MS = 30_000
/** Addresses of a member that are tried for a bulk socket. @default 4 */
export const MAX_BULK_HOSTS = 4

/** What a member is told so that it can pull. */
export interface BulkGrant extends BulkAccess {
  /** IP addresses to try, best first. */
  readonly hosts: readonly string[]
}

export interface BulkChannelComponents {
  network: Pick<Network, 'self' | 'addresses'>
  local: Pick<FileChunkStore, 'readUnverified'>
  log?: Logger
  /** @default the one of this process */
  hasher?: Hasher
}

export interface BulkChannelInit {
  /** Interface to listen on. @default all of them, or loopback when the network's own addresses at start are loopback only */
  host?: string
  /** 0: any free one. @default 0 */
  port?: number
  /** @default BULK_CHUNK_MS */
  chunkMs?: number
}

/**
 * Chunks over TLS sockets beside libp2p, several times faster and cheaper; never the only way. Start it after the network.
 * Only the receiver verifies: what does not hash to its id is asked for again over the network, and there the sender verifies its file.
 */
export interface BulkChannel extends Startable {
  /** How the caller, a proven node, may pull from here; undefined when this node serves no bulk channel. */
  grant(caller: PeerId): BulkGrant | undefined
  /**
   * Pull a chunk. undefined: no channel is open now, or what came is not the chunk: ask over the network. Without a channel the first
   * such call opens one for later, with what `ask` answers. @throws the signal's reason
   */
  get(peer: PeerId, id: ChunkId, ask: (peer: PeerId) => Promise<BulkGrant | undefined>, options?: AbortOptions): Promise<{ bytes: Uint8Array | undefined } | undefined>
  /** Let others pull these bytes though they are not on this disk yet; the answer takes them back. */
  lend(id: ChunkId, bytes: Uint8Array): () => void
  /** This member was removed: what it has open here closes, both ways. */
  forget(peer: PeerId): void
}

export function createBulkChannel(components: BulkChannelComponents, init: BulkChannelInit = {}): BulkChannel {
  return new DefaultBulkChannel(components, init)
}

interface Link {
  open?: BulkLink
  opening?: Promise<void>
  retryAtMs: number
}

class DefaultBulkChannel implements BulkChannel {
  readonly #network: BulkChannelComponents['network']
  readonly #log: Logger
  readonly #hasher: Hasher
  readonly #chunkMs: number | undefined
  readonly #server
  readonly #links = new Map<PeerId, Link>()
  readonly #lent = new Map<ChunkId, Uint8Array[]>()
  #stopped = false

  constructor({ network, local, log, hasher = sharedHasher() }: BulkChannelComponents, init: BulkChannelInit) {
    this.#network = network
    this.#hasher = hasher
    this.#chunkMs = init.chunkMs
    this.#log = (log ?? silentLog).scope('ring:replication:bulk')
    const read = async (id: ChunkId, into: Uint8Array): Promise<number | undefined> => {
      const lent = this.#lent.get(id)?.[0]
      if (lent === undefined) return local.readUnverified(id, into)
      into.set(lent)
      return lent.byteLength
    }
    this.#server = createBulkServer({ read, log: this.#log }, { host: () => init.host ?? interfaceFor(network.addresses()), port: init.port ?? 0 })
  }

  async start(): Promise<void> {
    await this.#server.start()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#links.values()].map(({ opening }) => opening))
    for (const { open } of this.#links.values()) open?.close()
    await this.#server.stop()
  }

  grant(caller: PeerId): BulkGrant | undefined {
    const access = this.#server.grant(caller)
    return access && { ...access, hosts: hostsOf(this.#network.addresses()) }
  }

  async get(peer: PeerId, id: ChunkId, ask: (peer: PeerId) => Promise<BulkGrant | undefined>, { signal }: AbortOptions = {}): Promise<{ bytes: Uint8Array | undefined } | undefined> {
    const link = this.#linkTo(peer)
    if (link.open?.isOpen !== true) {
      this.#open(peer, link, ask)
      return undefined
    }
    const { open } = link
    try {
      return { bytes: await abortable(open.get(id), signal) }
    } catch (err) {
      if (open.wasLate) link.retryAtMs = performance.now() + BULK_RETRY_MS
      signal?.throwIfAborted()
      this.#log('could not pull chunk %s from %s - %s', id, peer, err)
      return undefined
    }
  }

  lend(id: ChunkId, bytes: Uint8Array): () => void {
    this.#lent.set(id, [...this.#lent.get(id) ?? [], bytes])
    return () => {
      const rest = this.#lent.get(id)?.slice(1) ?? []
      if (rest.length > 0) this.#lent.set(id, rest)
      else this.#lent.delete(id)
    }
  }

  forget(peer: PeerId): void {
    this.#server.forget(peer)
    this.#links.get(peer)?.open?.close()
  }

  #linkTo(peer: PeerId): Link {
    const known = this.#links.get(peer)
    if (known !== undefined) return known
    const link: Link = { retryAtMs: 0 }
    this.#links.set(peer, link)
    return link
  }

  #open(peer: PeerId, link: Link, ask: (peer: PeerId) => Promise<BulkGrant | undefined>): void {
    if (this.#stopped || link.opening !== undefined || performance.now() < link.retryAtMs) return
    link.opening = this.#connect(peer, ask).then((open) => {
      link.open = open
      if (this.#stopped) open?.close()
    }, (err) => this.#log('no bulk channel to %s - %s', peer, err)).finally(() => {
      link.opening = undefined
      if (link.open?.isOpen !== true) link.retryAtMs = performance.now() + BULK_RETRY_MS
    })
  }

  async #connect(peer: PeerId, ask: (peer: PeerId) => Promise<BulkGrant | undefined>): Promise<BulkLink | undefined> {
    const grant = await ask(peer)
    for (const host of grant?.hosts.filter((host) => isIP(host) !== 0).slice(0, MAX_BULK_HOSTS) ?? []) {
      if (this.#stopped) return undefined
      try {
        return await BulkLink.open(this.#network.self, host, grant as BulkGrant, this.#hasher, this.#chunkMs)
      } catch (err) {
        this.#log('no bulk channel to %s by way of %s - %s', peer, host, err)
      }
    }
    return undefined
  }
}

/** The IP addresses of multiaddrs, loopback last: it only helps members on this very machine. */
export function hostsOf(addresses: readonly string[]): string[] {
  const hosts = new Set(addresses.map((address) => address.split('/')[2] ?? '').filter((host) => isIP(host) !== 0))
  return [...hosts].sort((a, b) => Number(isLoopback(a)) - Number(isLoopback(b)))
}

/** No wider than the network itself listens. */
function interfaceFor(addresses: readonly string[]): string {
  return hostsOf(addresses).some((host) => !isLoopback(host)) ? '0.0.0.0' : '127.0.0.1'
}
