import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OverloadedError } from '#protocols/errors.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { isAtLeast, type Who } from './who.ts'

/** Live sessions whose owners are remembered; while so many live there are no more. @default 4096 */
export const MAX_OWNED_SESSIONS = 4_096

/** How often it is looked whether a key has expired meanwhile, in ms; what else ends is known at once. @default 30000 */
export const LOOK_AGAIN_MS = 30_000

const LIVE_ENDPOINT = /^\/(?:whep|whip)\/[^/]+$/
const LIVE_SESSION = /^\/(?:whep|whip)\/[^/]+\/[^/]+$/

export interface LetGoComponents {
  readonly accounts: Pick<Accounts, 'again' | 'changed'>
  /** Ends a live session by its path. */
  readonly endLive: (url: string) => Promise<unknown>
  /** Whether there is a live session of this path. */
  readonly hasLive: (url: string) => boolean
}

export interface LetGoInit {
  /** @default LOOK_AGAIN_MS */
  readonly lookAgainMs?: number
}

/** Ends what is long under way (downloads, streams, live sessions) of somebody who may not go on. Answers the way to leave. */
export function letGo(app: FastifyInstance, { accounts, endLive, hasLive }: LetGoComponents, { lookAgainMs = LOOK_AGAIN_MS }: LetGoInit = {}): () => void {
  const open = new Map<FastifyRequest, FastifyReply>()
  const live = new Map<string, Who>()

  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET') open.set(request, reply)
    request.raw.once('close', () => open.delete(request))
    reply.raw.once('close', () => open.delete(request))
  })
  app.addHook('preHandler', async (request) => {
    if (live.size < MAX_OWNED_SESSIONS || request.method !== 'POST' || !LIVE_ENDPOINT.test(pathOf(request))) return
    for (const url of live.keys()) if (!hasLive(url)) live.delete(url)
    if (live.size >= MAX_OWNED_SESSIONS) throw new OverloadedError(`${MAX_OWNED_SESSIONS} live sessions were opened at this node and go on: try another node, or again in a moment`)
  })
  app.addHook('onResponse', async (request, reply) => {
    const location = reply.getHeader('location')
    if (request.method === 'POST' && typeof location === 'string' && LIVE_SESSION.test(location)) live.set(location, request.who)
    if (request.method === 'DELETE' && reply.statusCode < 300) live.delete(pathOf(request))
  })

  function lookAgain(): void {
    for (const [request, reply] of open) if (reply.raw.headersSent && !mayGoOn(accounts, request.who)) request.raw.socket.destroy()
    for (const [url, who] of live) {
      if (mayGoOn(accounts, who)) continue
      live.delete(url)
      void endLive(url)
    }
  }

  const timer = setInterval(lookAgain, lookAgainMs).unref()
  const leave = accounts.changed.on(lookAgain)
  return () => {
    clearInterval(timer)
    leave()
  }
}

/** Who is limited to albums meanwhile, or has a lesser role, begins anew with what they may by now. */
export function mayGoOn(accounts: Pick<Accounts, 'again'>, who: Who): boolean {
  const now = accounts.again(who)
  return now !== undefined && isAtLeast(now.role, who.role) && (now.albums === undefined || who.albums !== undefined)
}

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0] ?? ''

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether somebody who was let in may go on: nothing was taken from them meanwhile. */
    mayGoOn(who: Who): boolean
  }
}
