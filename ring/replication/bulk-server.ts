import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { type TLSSocket, createServer } from 'node:tls'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { createFrames, serveBulkSocket } from './bulk-socket.ts'

/** TLS 1.3 only, with a cipher whose hash is that of the key exchange by pre-shared key. */
export const BULK_TLS = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const
/** Bulk sockets served at once. @default 128 */
export const MAX_BULK_SOCKETS = 128
/** A bulk socket on which nothing moves for this long, in ms, is closed. @default 15000 */
export const BULK_IDLE_MS = 15_000
/** A key opens sockets for this long, in ms, and a socket lives no longer: then membership is proven anew. @default 600000 */
export const BULK_GRANT_MS = 600_000
/** Strangers and members alike have this long to finish the handshake, in ms. @default 5000 */
export const BULK_HANDSHAKE_MS = 5_000
/** Handshakes under way at once; with more the oldest is dropped, so that silent sockets keep no member out. @default 32 */
export const MAX_BULK_HANDSHAKES = 32
/** Sockets one member may have open; the oldest goes first. @default 4 */
export const MAX_BULK_SOCKETS_PER_MEMBER = 4
/** Where and with which key a member may pull chunks. */
export interface BulkAccess {
  readonly port: number
  /** 32 bytes, secret. */
  readonly key: Uint8Array
}

export interface BulkServerComponents {
  /** Puts the chunk's bytes, verified or not, into a buffer of CHUNK_BYTES and answers how many they are; undefined when they can not be had. */
  read(id: ChunkId, into: Uint8Array): Promise<number | undefined>
  log: Logger
}

export interface BulkServerInit {
  /** Interface to listen on; asked at start. */
  host(): string
  /** 0: any free one. */
  port: number
}

/** Serves chunks over TLS sockets of their own to members that were given a key. */
export interface BulkServer extends Startable {
  /** A fresh key for this member, which replaces its last; undefined when the server is not listening. */
  grant(peer: PeerId): BulkAccess | undefined
  /** Its key opens nothing any more, and its sockets are closed. */
  forget(peer: PeerId): void
}

export function createBulkServer({ read, log }: BulkServerComponents, { host, port }: BulkServerInit): BulkServer {
  const grants = new Map<string, { key: Buffer; untilMs: number }>()
  const sockets = new Set<TLSSocket>()
  const users = new WeakMap<TLSSocket, string>()
  const greeted = new Set<Socket>()
  const frames = createFrames()
  const server = createServer({ ...BULK_TLS, noDelay: true, handshakeTimeout: BULK_HANDSHAKE_MS, pskCallback: (socket, identity) => {
    users.set(socket, identity)
    return keyOf(identity)
  } })
  server.on('tlsClientError', (err) => log('a bulk socket was refused - %s', err.message))
  server.on('connection', (socket: Socket) => {
    greeted.add(socket)
    const leave = (): void => { greeted.delete(socket) }
    socket.once('close', leave)
    if (greeted.size > MAX_BULK_HANDSHAKES) greeted.values().next().value?.destroy()
  })
  server.on('secureConnection', (socket) => {
    const from = [...greeted].find(({ remotePort, remoteAddress }) => remotePort === socket.remotePort && remoteAddress === socket.remoteAddress)
    if (from !== undefined) greeted.delete(from)
    const own = [...sockets].filter((other) => users.get(other) === users.get(socket))
    for (const oldest of own.slice(0, Math.max(0, own.length + 1 - MAX_BULK_SOCKETS_PER_MEMBER))) oldest.destroy()
    sockets.add(socket)
    const expire = setTimeout(() => socket.destroy(), BULK_GRANT_MS).unref()
    socket.once('close', () => {
      clearTimeout(expire)
      sockets.delete(socket)
    })
    socket.setTimeout(BULK_IDLE_MS, () => socket.destroy())
    serveBulkSocket(socket, { read, frames, log })
  })
  server.maxConnections = MAX_BULK_SOCKETS
  let listening = false

  function keyOf(identity: string): Buffer | null {
    const grant = grants.get(identity)
    return grant !== undefined && performance.now() < grant.untilMs ? grant.key : null
  }

  return {
    grant(peer) {
      if (!listening) return undefined
      const key = randomBytes(32)
      grants.set(peer, { key, untilMs: performance.now() + BULK_GRANT_MS })
      return { port: (server.address() as AddressInfo).port, key }
    },
    forget(peer) {
      grants.delete(peer)
      for (const socket of sockets) if (users.get(socket) === peer) socket.destroy()
    },
    async start() {
      server.listen(port, host())
      await once(server, 'listening')
      listening = true
      server.on('error', (err) => log.error('the bulk channel failed - %s', err))
    },
    async stop() {
      if (!listening) return
      listening = false
      grants.clear()
      server.close()
      for (const socket of [...sockets, ...greeted]) socket.destroy()
      await once(server, 'close')
    }
  }
}
