import { protoFile } from './codec.ts'

export const AUDIT_PROTOCOL = '/thatdam/audit/1.0.0'

/** Entries one answer may hold. */
export const MAX_AUDIT_ENTRIES = 500
/** Longest entry, as JSON in bytes. */
export const MAX_AUDIT_ENTRY_BYTES = 2_000

export interface AuditRequest { beforeMs: number; limit: number; text: string }
export interface AuditResponse { entries: string[] }

const proto = protoFile('./audit.proto')
export const auditRequestCodec = proto<AuditRequest>('AuditRequest')
export const auditResponseCodec = proto<AuditResponse>('AuditResponse', MAX_AUDIT_ENTRIES * (MAX_AUDIT_ENTRY_BYTES + 16))
