import { AUDIT_PROTOCOL, type AuditRequest, type AuditResponse, auditRequestCodec, auditResponseCodec, MAX_AUDIT_ENTRIES } from '#protocols/audit.ts'
import type { AuditEntry, AuditList } from '#protocols/http.ts'
import type { Ring, RpcProtocol } from '#ring'
import { type AuditLog, type AuditQuestion, entryOf, lineOf } from './audit-log.ts'

/** A node has this long to tell what was done on it, in ms. @default 5000 */
export const AUDIT_WAIT_MS = 5_000

const auditProtocol: RpcProtocol<AuditRequest, AuditResponse> = { id: AUDIT_PROTOCOL, roles: ['node'], request: auditRequestCodec, response: auditResponseCodec, maxInFlight: 4 }

export interface RingAuditComponents {
  readonly log: AuditLog
  readonly ring: { readonly network: Pick<Ring['network'], 'serve' | 'request'>; readonly membership: Pick<Ring['membership'], 'members'> }
}

/** What was done on any node that answers, and which did not. */
export function createRingAudit({ log, ring: { network, membership } }: RingAuditComponents): (question: AuditQuestion) => Promise<AuditList> {
  network.serve(auditProtocol, async ({ beforeMs, limit, text }) => ({ entries: (await log.read({ beforeMs, limit, text })).map(lineOf) }))

  return async ({ beforeMs = 0, limit = 100, text = '' }) => {
    const silent: string[] = []
    const others = membership.members().filter(({ self }) => !self)
    const told = await Promise.all(others.map(async ({ peerId, name, alive }): Promise<AuditEntry[]> => {
      const answer = alive ? await network.request(peerId, auditProtocol, { beforeMs, limit: Math.min(limit, MAX_AUDIT_ENTRIES), text }, { signal: AbortSignal.timeout(AUDIT_WAIT_MS) }).catch(() => undefined) : undefined
      if (answer === undefined) silent.push(name)
      return (answer?.entries ?? []).flatMap((line) => entryOf(line) ?? [])
    }))
    const entries = [...await log.read({ beforeMs, limit, text }), ...told.flat()].sort((a, b) => b.atMs - a.atMs).slice(0, limit)
    return { entries, silent: silent.sort() }
  }
}
