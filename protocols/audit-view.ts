/** What people did, as the API says it. */
import { type Static, Type } from 'typebox'

/** What somebody did. Never holds a password, a token or the address of a link. */
export const AuditEntry = Type.Object({
  atMs: Type.Number({ description: 'Unix time, milliseconds; of several alike, the last' }),
  node: Type.String({ description: 'name of the node it was done on' }),
  kind: Type.String({ description: '`local`, `user`, `key`, `link`, or `nobody` who could not say who they are' }),
  id: Type.String({ description: 'of the account, key or link' }),
  who: Type.String({ description: 'what they are called' }),
  address: Type.String({ description: 'where from' }),
  action: Type.String({ description: '`signed in`, `refused`, or what was asked: `PATCH /api/v1/assets/:id`' }),
  detail: Type.Optional(Type.String({ description: 'more of it, in a few words: `★★★, tags +harbour: 12 assets`' })),
  targets: Type.Array(Type.String(), { description: 'what it was done to; the first of many' }),
  count: Type.Number({ description: 'how often within the same moments' }),
  status: Type.Number({ description: 'HTTP status it was answered with' })
})
export type AuditEntry = Static<typeof AuditEntry>

export const AuditList = Type.Object({
  entries: Type.Array(AuditEntry, { description: 'the newest first' }),
  silent: Type.Array(Type.String(), { description: 'nodes that did not answer: what was done there is missing' })
})
export type AuditList = Static<typeof AuditList>
