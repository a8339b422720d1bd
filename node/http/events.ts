import type { FastifyPluginAsync } from 'fastify'
import type { ServerEvent } from '#protocols/http.ts'
import type { Who } from './who.ts'

/** Browsers told of changes at once. @default 200 */
export const MAX_LISTENERS = 200
/** A listener this far behind is let go: it reconnects and fetches anew, in bytes. @default 1048576 */
export const MAX_QUEUED_BYTES = 1_048_576
/** Listeners say little; a longer message ends them, in bytes. @default 1024 */
export const MAX_INBOUND_BYTES = 1_024
/** Messages a listener may send between two pings; one that sends more is let go. @default 30 */
export const MAX_INBOUND_MESSAGES = 30
/** A listener that has not answered the last ping by the next is gone, in ms. @default 30000 */
export const PING_EVERY_MS = 30_000

/** What is used of a WebSocket of `@fastify/websocket`. */
interface WebSocket {
  readonly bufferedAmount: number
  readonly readyState: number
  readonly OPEN: number
  send(text: string): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'error' | 'pong' | 'close' | 'message', listener: (data?: unknown) => void): void
}

/** Whoever listens to what open pages say. */
export interface PageListener {
  heard(page: object, who: Who, text: string): void
  left(page: object): void
  /** What a page is told when it opens. */
  greet(): ServerEvent[]
}

/** Who listens, and what they may hear. */
export interface EventHubInit {
  readonly hello: () => ServerEvent
  /** What of an event somebody is told; undefined for nothing. */
  readonly heardBy: (who: Who, event: ServerEvent) => ServerEvent | undefined
  /** Who that is by now; undefined when they may not listen any more. */
  readonly again: (who: Who) => Who | undefined
  /** @default nobody listens */
  readonly pages?: PageListener | undefined
}

/** Tells every open page what changed. */
export interface EventHub {
  broadcast(event: ServerEvent): void
  /** Accounts changed: let go whoever may not listen any more. */
  lookAgain(): void
  readonly routes: FastifyPluginAsync
  close(): void
}

export function createEventHub({ hello, heardBy, again, pages }: EventHubInit): EventHub {
  const awake = new Map<WebSocket, boolean>()
  const listeners = new Map<WebSocket, Who>()

  function send(socket: WebSocket, text: string): void {
    if (socket.bufferedAmount > MAX_QUEUED_BYTES) socket.terminate()
    else if (socket.readyState === socket.OPEN) socket.send(text)
  }

  function tell(socket: WebSocket, who: Who, event: ServerEvent): void {
    const heard = heardBy(who, event)
    if (heard !== undefined) send(socket, JSON.stringify(heard))
  }

  function lookAgain(): void {
    for (const [socket, who] of listeners) {
      const now = again(who)
      if (now === undefined) socket.close(4401, 'signed out')
      else listeners.set(socket, now)
    }
  }

  const pings = setInterval(() => {
    lookAgain()
    for (const [socket, alive] of awake) {
      if (!alive) socket.terminate()
      else {
        awake.set(socket, false)
        socket.ping()
      }
    }
  }, PING_EVERY_MS)
  pings.unref()

  function welcome(socket: WebSocket, who: Who): void {
    socket.on('error', () => {}) // its close follows
    if (awake.size >= MAX_LISTENERS) return socket.close(1013, 'too many pages are open on this node')
    awake.set(socket, true)
    listeners.set(socket, who)
    socket.on('pong', () => awake.set(socket, true))
    socket.on('close', () => {
      awake.delete(socket)
      listeners.delete(socket)
      pages?.left(socket)
    })
    let [messages, sinceMs] = [0, performance.now()]
    socket.on('message', (data) => {
      if (performance.now() - sinceMs > PING_EVERY_MS) [messages, sinceMs] = [0, performance.now()]
      if (++messages > MAX_INBOUND_MESSAGES) socket.terminate()
      else if (Buffer.isBuffer(data)) pages?.heard(socket, who, data.toString())
    })
    for (const event of [hello(), ...pages?.greet() ?? []]) tell(socket, who, event)
  }

  return {
    broadcast(event) {
      const text = JSON.stringify(event)
      for (const [socket, who] of listeners) {
        const heard = heardBy(who, event)
        if (heard !== undefined) send(socket, heard === event ? text : JSON.stringify(heard))
      }
    },
    lookAgain,
    routes: async (app) => {
      app.get('/ws', { websocket: true, config: { albums: true }, schema: { tags: ['events'], summary: 'WebSocket: one JSON text message per change (hello, ring, cameras, alarms, recordings, assets, job, records, people); a page may say {type: here, session, name, asset, editing}' } }, (socket: WebSocket, request) => welcome(socket, request.who))
    },
    close() {
      clearInterval(pings)
      for (const socket of awake.keys()) socket.terminate()
    }
  }
}
