import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ApiKeyList, ApiKeyMade, ApiKeyView, AuditList, ErrorBody, NewApiKey, NewUser, UserEdit, UserList, UserMade, UserView } from '#protocols/http.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import type { ApiKey } from '../../accounts/api-keys.ts'
import { describeKey, describeUser } from '../../accounts/describe-change.ts'
import { makePassword } from '../../accounts/password.ts'
import { UnauthenticatedError } from '../../accounts/refusals.ts'
import type { User } from '../../accounts/users.ts'

const Id = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })
const AuditQuery = Type.Object({
  before: Type.Optional(Type.Number({ minimum: 0, description: 'Unix ms: older entries only' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  text: Type.Optional(Type.String({ maxLength: 200, description: 'only entries in which this occurs' }))
})
const json = { validatorCompiler: TypeBoxValidatorCompiler, config: { role: 'admin' } } as const
const plain = { config: { role: 'admin' } } as const

/** `/users`, `/keys` and `/audit`: for administrators. */
export function peopleRoutes({ accounts }: { accounts: Accounts }): FastifyPluginAsyncTypebox {
  const { users, rights, keys } = accounts
  const userView = ({ id, name, role, disabled, createdMs, limited }: User): UserView => ({ id, name, role, disabled, createdMs, limited, albums: rights.of(id).map((right) => ({ ...right })) })
  const keyView = ({ scopes, by, ...key }: ApiKey): ApiKeyView => ({ ...key, scopes: [...scopes], by: by === '' ? '' : users.find(by)?.name ?? 'a closed account' })

  return async (app) => {
    app.get('/users', { ...plain, schema: { tags: ['people'], summary: 'Accounts of the ring', response: { 200: UserList, default: ErrorBody } } }, async () => ({ users: users.list().map(userView), albums: rights.albums() }))

    app.post('/users', {
      ...json, schema: { tags: ['people'], summary: 'Make an account', body: NewUser, response: { 201: UserMade, default: ErrorBody } }
    }, async ({ body, deed }, reply) => {
      const made = body.password === undefined ? makePassword() : undefined
      const user = await users.create({ ...body, password: body.password ?? made ?? '' })
      Object.assign(deed, { detail: describeUser(body), target: user.id })
      return reply.code(201).send({ user: userView(user), password: made ?? null })
    })

    app.patch('/users/:id', {
      ...json, schema: { tags: ['people'], summary: 'Change an account; a new password or role, and disabling, end its sessions on every node', params: Id, body: UserEdit, response: { 200: UserView, default: ErrorBody } }
    }, async ({ params, body, deed }) => {
      const before = users.find(params.id)
      deed.detail = describeUser(body, before && userView(before))
      return userView(await users.change(params.id, body))
    })

    app.delete('/users/:id', {
      ...plain, schema: { tags: ['people'], summary: 'Remove an account, and with it its sessions and keys', params: Id, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params }, reply) => {
      await users.remove(params.id)
      return reply.code(204).send(null)
    })

    app.post('/users/:id/sign-out', {
      ...plain, schema: { tags: ['people'], summary: 'End all its sessions, on every node', params: Id, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params }, reply) => {
      await users.endSessions(params.id)
      return reply.code(204).send(null)
    })

    app.get('/keys', { ...plain, schema: { tags: ['people'], summary: 'API keys of the ring', response: { 200: ApiKeyList, default: ErrorBody } } }, async () => ({ keys: keys.list().map(keyView) }))

    app.post('/keys', {
      ...json, schema: { tags: ['people'], summary: 'Make an API key; its token is told once', body: NewApiKey, response: { 201: ApiKeyMade, default: ErrorBody } }
    }, async ({ body, who, deed }, reply) => {
      const { key, token } = await keys.create({ name: body.name, scopes: body.scopes, expiresMs: body.expiresMs ?? 0, by: makerOf(who) })
      Object.assign(deed, { detail: describeKey(key), target: key.id })
      return reply.code(201).send({ key: keyView(key), token })
    })

    app.delete('/keys/:id', {
      ...plain, schema: { tags: ['people'], summary: 'Revoke a key, on every node', params: Id, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params }, reply) => {
      await keys.remove(params.id)
      return reply.code(204).send(null)
    })

    app.get('/audit', {
      ...plain, schema: { tags: ['people'], summary: 'Who did what, when and from where, on all nodes that answer', querystring: AuditQuery, response: { 200: AuditList, default: ErrorBody } }
    }, async ({ query }) => accounts.ringAudit({ ...query.before !== undefined && { beforeMs: query.before }, limit: query.limit ?? 100, text: query.text ?? '' }))
  }

  /** The account behind it: of a key that makes a key, whoever made the first. */
  function makerOf({ kind, id }: { kind: string; id: string }): string {
    if (kind === 'user') return id
    const key = kind === 'key' ? keys.list().find((known) => known.id === id) : undefined
    if (kind === 'key' && id !== 'admin-token' && key === undefined) throw new UnauthenticatedError('this key was removed')
    return key?.by ?? ''
  }
}
