/** The part of the HTTP API that is about people: accounts, keys, share links, sessions. */
import { type Static, Type } from 'typebox'

export * from './audit-view.ts'

const Ms = Type.Number({ description: 'Unix time, milliseconds' })
const EndMs = Type.Number({ minimum: 0, maximum: 8.64e15, description: 'Unix time, milliseconds; 0 for never' })
const Password = Type.String({ maxLength: 400 })
const closed = { additionalProperties: false } as const

export const RoleName = Type.Union([Type.Literal('viewer'), Type.Literal('editor'), Type.Literal('admin')])
export type RoleName = Static<typeof RoleName>
export const ScopeName = Type.Union([Type.Literal('read'), Type.Literal('edit'), Type.Literal('admin'), Type.Literal('ingest'), Type.Literal('live'), Type.Literal('publish')])
export type ScopeName = Static<typeof ScopeName>

export const AlbumRightView = Type.Object({ album: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }), may: Type.Union([Type.Literal('see'), Type.Literal('edit')]) }, closed)
export type AlbumRightView = Static<typeof AlbumRightView>

/** Who asks. */
export const SessionView = Type.Object({
  kind: Type.Union([Type.Literal('local'), Type.Literal('user'), Type.Literal('key'), Type.Literal('link')]),
  id: Type.String(),
  name: Type.String(),
  role: RoleName,
  scopes: Type.Optional(Type.Array(ScopeName)),
  limited: Type.Boolean({ description: 'sees some albums only' }),
  editAlbums: Type.Optional(Type.Array(Type.String(), { description: 'ids of those whose assets it may change; all when not said' })),
  accounts: Type.Boolean({ description: 'this node asks people who they are' })
})
export type SessionView = Static<typeof SessionView>

export const SignInRequest = Type.Object({ name: Type.String({ maxLength: 200 }), password: Password }, closed)
export type SignInRequest = Static<typeof SignInRequest>
export const RenewRequest = Type.Object({ refreshToken: Type.String({ maxLength: 200 }) }, closed)
export type RenewRequest = Static<typeof RenewRequest>
export const SessionTokensView = Type.Object({
  accessToken: Type.String({ description: 'to send as Authorization: Bearer; good on every node' }),
  expiresInSeconds: Type.Number(),
  refreshToken: Type.Union([Type.String(), Type.Null()], { description: 'works once, on the node that gave it out; null when another request was given the newest a moment ago' })
})
export type SessionTokensView = Static<typeof SessionTokensView>
export const PasswordChange = Type.Object({ current: Password, password: Password }, closed)
export type PasswordChange = Static<typeof PasswordChange>

export const UserView = Type.Object({
  id: Type.String(), name: Type.String(), role: RoleName, disabled: Type.Boolean(), createdMs: Ms,
  limited: Type.Boolean({ description: 'sees the albums given here and nothing else of the ring' }),
  albums: Type.Array(AlbumRightView)
})
export type UserView = Static<typeof UserView>
const AlbumNames = Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), { description: 'albums there are, to choose from' })
export const UserList = Type.Object({ users: Type.Array(UserView), albums: AlbumNames })
export type UserList = Static<typeof UserList>
const Albums = Type.Array(AlbumRightView, { maxItems: 200 })
export const NewUser = Type.Object({
  name: Type.String({ maxLength: 200 }), role: RoleName, password: Type.Optional(Type.String({ maxLength: 400, description: 'one is made when it is left out' })),
  limited: Type.Optional(Type.Boolean()), albums: Type.Optional(Albums)
}, closed)
export type NewUser = Static<typeof NewUser>
export const UserMade = Type.Object({ user: UserView, password: Type.Union([Type.String(), Type.Null()], { description: 'the only copy of the one that was made' }) })
export type UserMade = Static<typeof UserMade>
export const UserEdit = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })), role: Type.Optional(RoleName), disabled: Type.Optional(Type.Boolean()), limited: Type.Optional(Type.Boolean()),
  albums: Type.Optional(Albums), password: Type.Optional(Password)
}, { ...closed, minProperties: 1 })
export type UserEdit = Static<typeof UserEdit>

export const ApiKeyView = Type.Object({
  id: Type.String(), name: Type.String(), scopes: Type.Array(ScopeName), createdMs: Ms, expiresMs: EndMs,
  by: Type.String({ description: 'name of the account that made it; empty when this machine\'s user did' })
})
export type ApiKeyView = Static<typeof ApiKeyView>
export const ApiKeyList = Type.Object({ keys: Type.Array(ApiKeyView) })
export type ApiKeyList = Static<typeof ApiKeyList>
export const NewApiKey = Type.Object({ name: Type.String({ maxLength: 200 }), scopes: Type.Array(ScopeName, { minItems: 1, maxItems: 6 }), expiresMs: Type.Optional(EndMs) }, closed)
export type NewApiKey = Static<typeof NewApiKey>
export const ApiKeyMade = Type.Object({ key: ApiKeyView, token: Type.String({ description: 'the only copy' }) })
export type ApiKeyMade = Static<typeof ApiKeyMade>

export const LinkView = Type.Object({
  id: Type.String(), title: Type.String(), album: Type.String({ description: 'its id; empty when assets are shared' }), assets: Type.Array(Type.String()), createdMs: Ms, expiresMs: EndMs,
  state: Type.Union([Type.Literal('open'), Type.Literal('expired'), Type.Literal('revoked')]),
  hasPassword: Type.Boolean(), watermark: Type.String(), download: Type.Boolean(), by: Type.String({ description: 'name of the account that made it' })
})
export type LinkView = Static<typeof LinkView>
export const LinkList = Type.Object({ links: Type.Array(LinkView), albums: AlbumNames })
export type LinkList = Static<typeof LinkList>
export const NewLink = Type.Object({
  title: Type.Optional(Type.String({ maxLength: 120 })), album: Type.Optional(Type.String({ maxLength: 64 })), assets: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 200 })),
  expiresMs: Type.Optional(EndMs), password: Type.Optional(Password), watermark: Type.Optional(Type.String({ maxLength: 120 })), download: Type.Optional(Type.Boolean())
}, closed)
export type NewLink = Static<typeof NewLink>
export const LinkMade = Type.Object({ link: LinkView, path: Type.String({ description: 'the address behind that of any node: the only copy' }) })
export type LinkMade = Static<typeof LinkMade>
