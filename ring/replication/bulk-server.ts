import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { type TLSSocket, createServer } from 'node:tls'
import { type ChunkId, type PeerId, chunkIdOfDigest } from '#protocols/ids.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'

/** TLS 1.3 only, with a cipher whose hash is that of the key exchange by pre-shared key. */
export const BULK_TLS = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const
/** Bulk sockets served at once. @default 128 */
export const MAX_BULK_SOCKETS = 128
/** Chunks one socket may have asked for and not got. @default 32 */
export const MAX_BULK_PENDING = 32
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
/** The length that says "not held". */
export const NOT_HELD = 0xffff_ffff
export const DIGEST_BYTES = 32

/** Where and with which key a member may pull chunks. */
export interface BulkAccess {
  readonly port: number
  /** 32 bytes, secret. */
  readonly key: Uint8Array
}

export interface BulkServerComponents {
  /** The chunk's bytes, or undefined when they can not be had. */
  read(id: ChunkId): Promise<Uint8Array | undefined>
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
    serveSocket(socket, read, log)
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

/** Answer 32-byte ids in their order until the socket ends. */
function serveSocket(socket: TLSSocket, read: BulkServerComponents['read'], log: Logger): void {
  const pending: Array<Promise<Uint8Array | undefined>> = []
  let rest: Buffer = Buffer.alloc(0)
  let answering = false

  async function answer(): Promise<void> {
    if (answering) return
    answering = true
    for (let next = pending[0]; next !== undefined && !socket.destroyed; next = pending[0]) {
      const bytes = await next
      const head = Buffer.alloc(4)
      head.writeUInt32BE(bytes?.byteLength ?? NOT_HELD)
      socket.cork()
      socket.write(head)
      if (bytes !== undefined) socket.write(bytes)
      socket.uncork()
      pending.shift()
      if (socket.writableNeedDrain) await drained(socket)
    }
    answering = false
  }

  socket.setTimeout(BULK_IDLE_MS, () => socket.destroy())
  socket.on('error', (err) => log('a bulk socket broke - %s', err.message))
  socket.on('data', (bytes: Buffer) => {
    rest = rest.byteLength === 0 ? bytes : Buffer.concat([rest, bytes])
    for (; rest.byteLength >= DIGEST_BYTES; rest = rest.subarray(DIGEST_BYTES)) {
      if (pending.length >= MAX_BULK_PENDING) return void socket.destroy()
      const id = chunkIdOfDigest(Buffer.from(rest.subarray(0, DIGEST_BYTES)))
      pending.push(read(id).catch((err) => {
        log('could not read chunk %s - %s', id, err)
        return undefined
      }))
    }
    answer().catch((err) => socket.destroy(err))
  })
}

/** Resolves when the socket takes more, or is gone. */
async function drained(socket: TLSSocket): Promise<void> {
  const waited = new AbortController()
  await Promise.race(['drain', 'close'].map((event) => once(socket, event, { signal: waited.signal }))).catch(() => {}) // its error is told elsewhere
  waited.abort()
}
