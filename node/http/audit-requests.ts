import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AuditLog, AuditNote } from '../accounts/audit-log.ts'
import { keyIdOf } from '../accounts/api-keys.ts'
import { placeOf } from '../accounts/guess-limit.ts'
import { NOBODY } from './authorise.ts'
import { bearerOf, isSessionForm } from './credentials.ts'
import { createRateLimit } from './rate-limit.ts'
import { LOCAL, type Who } from './who.ts'

/** Whoever goes on reading the same original is told of once in this time, in ms. @default 3600000 */
export const READ_TOLD_MS = 3_600_000
/** Refused tokens and keys of one address that are told one by one; then one a minute is. @default 20 */
export const REFUSALS_TOLD = 20

/** What is no act of a person, or notes itself with more than its address says; the address of a link is a secret. */
const UNTOLD = /^\/(?:whep|login|logout|setup|s|whip\/:camera\/:session)(?:\/|$)|^\/api\/v1\/(?:session|uploads\/:id)/
/** Looked at by GET, and worth knowing all the same: the whole library leaves, or all that is known of it, or an original. */
const TOLD_READS = new Set(['/api/v1/backup', '/api/v1/packages', '/api/v1/assets/:id/content', '/api/v1/assets/:id/link'])

/** Whose deed it is, as the log says it. */
export const doer = ({ kind, id, name }: Who): { kind: string; id: string; who: string } => ({ kind, id, who: name })

/** Says of a key, once in `READ_TOLD_MS`, that it was not seen before: a film is read in hundreds of pieces. */
export function createFirstReads(): (key: string) => boolean {
  const limit = createRateLimit({ burst: 1, perSecond: 1_000 / READ_TOLD_MS })
  return (key) => limit.take(key) === 0
}

/** Notes every request that changes something, every one that was forbidden, originals that are read, and tokens that do not hold: who, from where, what, to what, and how it ended. Bodies are not noted. */
export function auditRequests(app: FastifyInstance, audit: Pick<AuditLog, 'note'>): void {
  const isFirstRead = createFirstReads()
  const refusals = createRateLimit({ burst: REFUSALS_TOLD, perSecond: 1 / 60 })

  function noteOf(request: FastifyRequest, { statusCode: status }: FastifyReply): AuditNote | undefined {
    const { who, ip: address, method } = request
    const { url } = request.routeOptions
    const refused = refusedToken(request, status)
    if (refused !== undefined) return refusals.take(placeOf(address)) === 0 ? { kind: 'nobody', id: '', who: '', address, status, ...refused } : undefined
    if (url === undefined || !isTold(request, url, status)) return undefined
    const target = request.deed.target ?? (Object.values(request.params as Record<string, string>).join(' ') || undefined)
    if (method === 'GET' && status < 400 && !isFirstRead([who.kind, who.id, address, url, target].join(' '))) return undefined
    return { ...doer(who), address, action: `${method} ${url}${isForGood(request) ? ' for good' : ''}`, detail: request.deed.detail, target, status }
  }

  app.addHook('onSend', async (request, reply) => { // and not when it was sent: who leaves before that did it all the same
    const note = noteOf(request, reply)
    if (note !== undefined) audit.note(note)
  })
}

function isTold({ method, who }: FastifyRequest, url: string, status: number): boolean {
  if ((who ?? NOBODY) === NOBODY || UNTOLD.test(url)) return false // refused before it was asked who that is, or nobody said
  if (status === 403 && who !== LOCAL) return true
  return method === 'GET' ? TOLD_READS.has(url) && status < 300 : method !== 'HEAD' && method !== 'OPTIONS' && status !== 401
}

/** A guess, or what somebody still has who may not any more. Sessions end by themselves every quarter of an hour: those are none. */
function refusedToken(request: FastifyRequest, status: number): Pick<AuditNote, 'action' | 'target'> | undefined {
  const bearer = request.who === NOBODY && (status === 401 || status === 429) && request.routeOptions.config?.open !== true ? bearerOf(request) : undefined
  if (bearer === undefined || isSessionForm(bearer)) return undefined
  const key = keyIdOf(bearer)
  return key === undefined ? { action: 'a token was refused' } : { action: 'a key was refused', target: key }
}

const isForGood = ({ method, query }: FastifyRequest): boolean => method === 'DELETE' && (query as { purge?: unknown } | undefined)?.purge === true
