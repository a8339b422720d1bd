/** People of the ring, and what they may. The one place where accounts, keys, links, sessions and the audit log are put together. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditList } from '#protocols/http.ts'
import type { Ring } from '#ring'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { isAtLeast, type Role, type Scope, TOKEN_HOLDER, type Who } from '../http/who.ts'
import { type AlbumRights, createAlbumRights } from './album-rights.ts'
import { type ApiKey, type ApiKeys, createApiKeys } from './api-keys.ts'
import { type AuditLog, type AuditQuestion, createAuditLog } from './audit-log.ts'
import { createGuessLimit, placeOf } from './guess-limit.ts'
import { isPassword, type ScryptWork } from './password.ts'
import { createProven } from './proven.ts'
import { ForbiddenError, UnauthenticatedError } from './refusals.ts'
import { createRingAudit } from './ring-audit.ts'
import { createSessions, type Sessions, type SessionTokens } from './sessions.ts'
import { createSetupCode, type SetupCode } from './setup-code.ts'
import { createShareLinks, type ShareLinks } from './share-links.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { createUsers, type User, type Users } from './users.ts'

export interface Accounts extends Startable {
  readonly users: Users
  readonly rights: AlbumRights
  readonly keys: ApiKeys
  readonly links: ShareLinks
  readonly sessions: Sessions
  readonly tokens: Tokens
  readonly audit: AuditLog
  /** Of all nodes that answer. */
  ringAudit(question: AuditQuestion): Promise<AuditList>
  /** Somebody's account, key, rights or session changed: who is connected may have to go. */
  readonly changed: Signal<void>
  /** @throws UnauthenticatedError, TooManyFailuresError */
  checkPassword(name: string, password: string, address: string): Promise<User>
  /** @throws as `checkPassword` */
  signIn(name: string, password: string, address: string): Promise<SessionTokens>
  /** Nobody can sign in yet. */
  needsSetup(): boolean
  readonly setup: SetupCode
  /** The first account, an administrator. @throws UnauthenticatedError, TooManyFailuresError, InvalidInputError, ForbiddenError when there is one already */
  setUp(code: string, name: string, password: string): Promise<User>
  whoOfUser(user: User, session?: string): Who
  /** Who that is by now; undefined when they may not go on with what they began. */
  again(who: Who): Who | undefined
  whoOfKey(token: string): Who | undefined
}

export interface AccountsComponents {
  readonly ring: Pick<Ring, 'id' | 'self' | 'name' | 'secret' | 'network' | 'membership'> & { readonly catalog: Pick<Ring['catalog'], 'records'> }
  readonly log: Logger
  /** Show a one-time code to whoever sees the terminal. */
  readonly onSetupCode: (code: string) => void
}

export interface AccountsInit {
  /** The node's data folder. */
  readonly folder: string
  /** @default PASSWORD_WORK */
  readonly work?: ScryptWork
  /** Unix ms. @default Date.now */
  readonly now?: () => number
}

/** Kinds of records whose change may end somebody's rights. */
const KINDS = new Set(['users', 'keys', 'rights', 'links', 'albums', 'ended-sessions'])
/** Wrong passwords from one address that cost no waiting. @default 20 */
export const FREE_GUESSES_FROM_A_PLACE = 20

export function createAccounts({ ring, log, onSetupCode }: AccountsComponents, { folder, work, now = Date.now }: AccountsInit): Accounts {
  const { records } = ring.catalog
  const rights = createAlbumRights({ records })
  const users = createUsers({ records, rights }, { work, now })
  const keys = createApiKeys({ records }, { now })
  const links = createShareLinks({ records }, { work, now })
  const tokens = createTokens({ ring }, { now })
  const audit = createAuditLog({ log: log.scope('node:audit') }, { folder: join(folder, 'audit'), node: ring.name, now })
  const ringAudit = createRingAudit({ log: audit, ring })
  const sessions = createSessions({
    records, users, tokens, self: ring.self, log: log.scope('node:sessions'),
    onReuse: (user) => audit.note({ kind: 'user', id: user?.id ?? '', who: user?.name ?? '', address: '', action: 'a session was ended: what renews it came a second time', status: 401 })
  }, { folder, now })
  const changed = emitter<void>()
  const limit = createGuessLimit()
  const placeLimit = createGuessLimit({ free: FREE_GUESSES_FROM_A_PLACE }) // many people share an address
  const proven = createProven()
  const setup = createSetupCode(onSetupCode)
  const known = new Set<string>() // accounts and the places they were used from
  let settingUp = Promise.resolve()
  let leave = (): void => {}

  async function checkPassword(name: string, password: string, address: string): Promise<User> {
    const user = users.named(name.slice(0, 200))
    const place = placeOf(address)
    // whoever signed in from here before is not shut out by strangers who guess from elsewhere
    const account = known.has(`${user?.id} ${place}`) ? `account ${user?.id} from ${place}` : `account ${user?.id ?? name.normalize('NFKC').trim().toLowerCase().slice(0, 200)}`
    const hash = user === undefined ? undefined : users.passwordHash(user.id)
    const isRight = await proven.ask([user?.id ?? name, hash ?? '', password], async () => {
      placeLimit.check(place)
      limit.guess(account)
      placeLimit.guess(place)
      if (!await isPassword(password, hash)) return false
      limit.right(account)
      placeLimit.takeBack(place)
      return true
    })
    if (!isRight || user === undefined || user.disabled) throw new UnauthenticatedError('wrong name or password')
    known.add(`${user.id} ${place}`)
    if (known.size > MAX_KNOWN_PLACES) known.delete(known.values().next().value ?? '')
    return user
  }
  const parts = lifecycle([{ start: async () => { await mkdir(folder, { recursive: true }) }, stop() {} }, audit, sessions, {
    start() { leave = records.changed.on((kind) => { if (KINDS.has(kind)) changed.emit() }) },
    stop() { leave() }
  }])

  function whoOfUser(user: User, session = ''): Who {
    const seen = user.limited ? rights.reach(rights.of(user.id)) : undefined
    return { kind: 'user', id: user.id, name: user.name, role: user.role, session: { id: session, epoch: user.epoch }, ...seen && { albums: seen.see, editAlbums: seen.edit } }
  }

  function again(who: Who): Who | undefined {
    if (who.kind === 'user') {
      const user = users.find(who.id)
      return user === undefined || user.disabled || user.epoch !== who.session?.epoch || sessions.hasEnded(who.session.id) ? undefined : whoOfUser(user, who.session.id)
    }
    const key = who.kind === 'key' ? keys.find(who.id) : undefined
    return who.kind === 'key' && who.id !== TOKEN_HOLDER.id ? key && whoOfKey(key) : who
  }

  return {
    start: parts.start, stop: parts.stop,
    users, rights, keys, links, sessions, tokens, audit, ringAudit, changed, setup, checkPassword, whoOfUser, again,
    signIn: async (name, password, address) => sessions.open(await checkPassword(name, password, address)),
    needsSetup: () => users.list().length === 0,
    setUp(code, name, password) {
      const made = settingUp.then(async () => {
        if (users.list().length > 0) throw new ForbiddenError('this ring has accounts already: sign in')
        setup.check(code)
        const user = await users.create({ name, password, role: 'admin' })
        setup.done()
        return user
      })
      settingUp = made.then(() => {}, () => {})
      return made
    },
    whoOfKey(token) {
      const key = keys.match(token) // 256 random bits: nobody guesses one
      return key && whoOfKey(key)
    }
  }

  function whoOfKey(key: ApiKey): Who | undefined {
    const maker = key.by === '' ? undefined : users.find(key.by)
    if (key.by !== '' && (maker === undefined || maker.disabled)) return undefined
    const role = roleOfScopes(key.scopes)
    const most = maker === undefined ? undefined : whoOfUser(maker)
    return { ...most?.albums && { albums: most.albums, editAlbums: most.editAlbums ?? [] }, kind: 'key', id: key.id, name: key.name, role: most === undefined || isAtLeast(most.role, role) ? role : most.role, scopes: key.scopes }
  }
}

/** Places from which accounts were used that are remembered. @default 10000 */
export const MAX_KNOWN_PLACES = 10_000

const roleOfScopes = (scopes: readonly Scope[]): Role => scopes.includes('admin') ? 'admin' : scopes.some((scope) => scope === 'edit' || scope === 'ingest' || scope === 'publish') ? 'editor' : 'viewer'
