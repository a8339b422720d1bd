import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AuditLog } from '../accounts/audit-log.ts'
import { NOBODY } from './authorise.ts'
import { LOCAL, type Who } from './who.ts'

/** What is no act of a person, or notes itself with more than its address says; the address of a link is a secret. */
const UNTOLD = /^\/(?:whep|login|logout|setup|s|whip\/:camera\/:session)(?:\/|$)|^\/api\/v1\/(?:session|uploads\/)/
/** Looked at by GET, and worth knowing all the same: the whole library leaves. */
const TOLD_READS = new Set(['/api/v1/backup'])

/** Whose deed it is, as the log says it. */
export const doer = ({ kind, id, name }: Who): { kind: string; id: string; who: string } => ({ kind, id, who: name })

/** Notes every request that changes something, and every one that was forbidden: who, from where, what, to what, and how it ended. Bodies are not noted. */
export function auditRequests(app: FastifyInstance, audit: Pick<AuditLog, 'note'>): void {
  app.addHook('onResponse', async (request, reply) => {
    const { url } = request.routeOptions
    if (url === undefined || !isTold(request, url, reply.statusCode)) return
    audit.note({ ...doer(request.who), address: request.ip, action: `${request.method} ${url}${isForGood(request) ? ' for good' : ''}`, target: Object.values(request.params as Record<string, string>).join(' ') || undefined, status: reply.statusCode })
  })
}

function isTold({ method, who }: FastifyRequest, url: string, status: number): boolean {
  if (who === undefined || who === NOBODY || UNTOLD.test(url)) return false
  if (status === 403 && who !== LOCAL) return true
  return method === 'GET' ? TOLD_READS.has(url) : method !== 'HEAD' && method !== 'OPTIONS' && status !== 401
}

const isForGood = ({ method, query }: FastifyRequest): boolean => method === 'DELETE' && (query as { purge?: unknown } | undefined)?.purge === true
