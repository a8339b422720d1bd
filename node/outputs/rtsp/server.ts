import { createServer, type Server, type Socket } from 'node:net'
import { InvalidInputError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { isLoopback } from '#ring/base/loopback.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import { placeOf } from '../../accounts/guess-limit.ts'
import { parseListen } from '../../http/listen-address.ts'
import { type ConnectionInit, RtspConnection } from './connection.ts'
import { rtspResponse } from './message.ts'
import { RtspRefusal } from './refusal.ts'

/** Sessions at once. @default 64 */
export const MAX_RTSP_SESSIONS = 64
/** Connections at once; those that have not said who they are hold no more than half. @default 128 */
export const MAX_RTSP_CONNECTIONS = 128
/** Connections of one address, or of one IPv6 network, at once. @default 64 */
export const MAX_CONNECTIONS_PER_ADDRESS = 64

/** The cameras of the ring as `rtsp://HOST:PORT/CAMERA` (RFC 2326). */
export interface RtspServer extends Startable {
  /** `rtsp://HOST:PORT`; known after start. */
  readonly url: string
}

export interface RtspServerInit extends Pick<ConnectionInit, 'open' | 'knows' | 'authorize' | 'idleMs'> {
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string
  /** @default MAX_RTSP_SESSIONS */
  readonly maxSessions?: number
  /** @default MAX_RTSP_CONNECTIONS */
  readonly maxConnections?: number
}

/** @throws InvalidInputError when the bind is open to others and nobody is asked who he is */
export function createRtspServer({ log: parentLog, metrics }: { log: Logger; metrics: Metrics }, init: RtspServerInit): RtspServer {
  const { host, port } = parseListen(init.listen)
  if (!isLoopback(host) && init.authorize === undefined) {
    throw new InvalidInputError(`--rtsp ${init.listen} can be reached by other machines: add --auth, which asks for a token, or bind 127.0.0.1`)
  }
  const log = parentLog.scope('node:outputs:rtsp')
  /** With the place each comes from; the oldest first. */
  const connections = new Map<RtspConnection, string>()
  const maxConnections = init.maxConnections ?? MAX_RTSP_CONNECTIONS
  const maxSessions = init.maxSessions ?? MAX_RTSP_SESSIONS
  let sessions = 0
  let server: Server | undefined
  let url = ''
  metrics.gauge('rtsp_sessions', 'RTSP clients with a session.', () => sessions)

  function takePlace(): () => void {
    if (sessions >= maxSessions) throw new RtspRefusal(453, `this node serves ${maxSessions} RTSP clients already`)
    sessions++
    let given = false
    return () => {
      if (!given) sessions--
      given = true
    }
  }

  /** Everybody is a stranger at first: of too many the oldest goes of the place that has the most, so that no place keeps the others out. */
  function makeRoom(): void {
    const strangers = [...connections].filter(([{ isStranger }]) => isStranger)
    if (strangers.length < maxConnections / 2 && connections.size < maxConnections) return
    const byPlace = Map.groupBy(strangers, ([, place]) => place)
    const [oldest] = [...byPlace.values()].sort((a, b) => b.length - a.length)[0]?.[0] ?? []
    oldest?.close()
    if (oldest !== undefined) connections.delete(oldest)
  }

  function accept(socket: Socket): void {
    socket.on('error', () => {}) // a client that is gone is no trouble
    const place = placeOf(socket.remoteAddress ?? '')
    const same = [...connections.values()].filter((other) => other === place).length
    if (same < MAX_CONNECTIONS_PER_ADDRESS) makeRoom()
    if (connections.size >= maxConnections || same >= MAX_CONNECTIONS_PER_ADDRESS) {
      socket.end(rtspResponse(503, { 'Retry-After': '5' }))
      return void setImmediate(() => socket.destroySoon())
    }
    socket.setNoDelay(true)
    const connection = new RtspConnection(socket, { ...init, log, takePlace })
    connections.set(connection, place)
    void connection.serve().finally(() => connections.delete(connection))
  }

  return {
    get url() { return url },
    async start() {
      server = createServer(accept)
      await listen(server, host, port)
      const address = server.address()
      url = `rtsp://${host.includes(':') ? `[${host}]` : host}:${typeof address === 'object' ? address?.port : port}`
      log('serving %s', url)
    },
    async stop() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      const closed = new Promise<void>((resolve) => { closing.close(() => resolve()) })
      for (const connection of connections.keys()) connection.close()
      await closed
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (err: { code?: string }) => reject(new InvalidInputError(`--rtsp ${host}:${port} can not be opened (${err.code ?? err}): choose another address or port`)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      server.on('error', () => {})
      resolve()
    })
  })
}
