import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PeerId } from '#protocols/ids.ts'
import type { Records } from '#ring'
import { writeDurably } from '#ring/base/durable-file.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { limiter } from '#ring/base/tasks.ts'
import { digestOf, isDigest } from './password.ts'
import { newId, newSecret, numberIn } from './record-fields.ts'
import { UnauthenticatedError } from './refusals.ts'
import type { Tokens } from './tokens.ts'
import type { User, Users } from './users.ts'

/** A session ends when nobody used it for so long, in ms. @default 604800000 */
export const IDLE_SESSION_MS = 7 * 86_400_000
/** A session ends after this time whatever happens, in ms. @default 2592000000 */
export const LONGEST_SESSION_MS = 30 * 86_400_000
/** Sessions this node keeps; of more the one unused for longest ends. @default 2000 */
export const MAX_SESSIONS = 2_000
/** Sessions of one account on a node; of more the one unused for longest ends. @default 100 */
export const MAX_SESSIONS_OF_ONE = 100
/** Two pages of one browser may renew at the same moment: the token before is answered for so long, in ms. @default 20000 */
export const RENEWAL_GRACE_MS = 20_000

/** What somebody who signed in is given. */
export interface SessionTokens {
  readonly access: string
  /** Undefined when another request has just been given the newest. */
  readonly refresh: string | undefined
  readonly user: User
  /** Id of the session. */
  readonly session: string
}

/** Somebody's session, by its id. */
export interface SessionOf { readonly user: User; readonly session: string }

/** One sign-in of one browser or program. */
interface Family { readonly user: string; readonly epoch: string; readonly createdMs: number; usedMs: number; hash: string; previous: string }

/**
 * Who is signed in. Access tokens are good on every node; what renews them is kept, hashed, by the node that gave it out. A token that was
 * renewed already and comes again was stolen, or its successor was: the whole session ends.
 */
export interface Sessions extends Startable {
  open(user: User): Promise<SessionTokens>
  /** @throws UnauthenticatedError */
  renew(refresh: string): Promise<SessionTokens>
  /** The account behind an access token, when it is good now. */
  userOf(access: string): Promise<SessionOf | undefined>
  /** Whose session it is that this renews, without renewing. */
  peek(refresh: string): SessionOf | undefined
  /** Whether a session was ended early, on any node. */
  hasEnded(session: string): boolean
  /** End one session, on every node. */
  close(session: string): Promise<void>
}

export interface SessionsComponents {
  readonly records: Records
  readonly users: Users
  readonly tokens: Tokens
  readonly self: PeerId
  /** Called when a token came a second time. */
  readonly onReuse: (user: User | undefined) => void
  readonly log: Logger
}

const FILE = 'sessions.json'
const ENDED = 'ended-sessions'
const FORM = /^tdr_([0-9a-f]{16})_([\w-]{43})$/

export function createSessions({ records, users, tokens, self, onReuse, log }: SessionsComponents, { folder, now = Date.now }: { folder: string; now?: () => number }): Sessions {
  const families = new Map<string, Family>()
  const rotatedMs = new Map<string, number>()
  const inTurn = limiter(1)
  let leave = (): void => {}

  const save = (): Promise<void> => inTurn(() => writeDurably(folder, FILE, JSON.stringify([...families])))
  const hasEnded = (session: string): boolean => records.find(ENDED, session) !== undefined

  function holder({ user, epoch, createdMs, usedMs }: Family): User | undefined {
    const found = users.find(user)
    const isOver = now() - usedMs > IDLE_SESSION_MS || now() - createdMs > LONGEST_SESSION_MS
    return found === undefined || found.disabled || found.epoch !== epoch || isOver ? undefined : found
  }

  /** Remembered for as long as it could have lived: the node that keeps it may be away until then. */
  async function end(session: string): Promise<void> {
    for (const { id, fields } of records.list(ENDED)) if (numberIn(fields, 'untilMs') < now()) await records.remove(ENDED, id)
    await records.put(ENDED, session, { untilMs: now() + LONGEST_SESSION_MS })
  }

  /** What was ended on another node is not kept here. */
  async function forgetEnded(): Promise<void> {
    const ended = records.list(ENDED).filter(({ id }) => families.delete(id))
    for (const { id } of ended) rotatedMs.delete(id)
    if (ended.length > 0) await save()
  }

  async function close(session: string): Promise<void> {
    if (families.delete(session)) await save()
    rotatedMs.delete(session)
    await end(session)
  }

  async function tokensFor(session: string, user: User, refresh: string | undefined): Promise<SessionTokens> {
    return { user, session, refresh, access: await tokens.sign({ user: user.id, session, epoch: user.epoch, node: self }) }
  }

  async function renew(session: string, secret: string, family: Family): Promise<SessionTokens> {
    const user = holder(family)
    if (user === undefined || hasEnded(session)) {
      families.delete(session)
      await save()
      throw new UnauthenticatedError('this session has ended: sign in again')
    }
    if (isDigest(secret, family.previous) && now() - (rotatedMs.get(session) ?? 0) < RENEWAL_GRACE_MS) return tokensFor(session, user, undefined)
    if (!isDigest(secret, family.hash)) {
      onReuse(user)
      await close(session)
      throw new UnauthenticatedError('this session was renewed from elsewhere, so it was ended for safety: sign in again')
    }
    const next = newSecret()
    Object.assign(family, { previous: family.hash, hash: digestOf(next), usedMs: now() })
    rotatedMs.set(session, now())
    await save()
    return tokensFor(session, user, `tdr_${session}_${next}`)
  }

  const familyOf = (refresh: string): { session: string; secret: string; family: Family } | undefined => {
    const [, session = '', secret = ''] = FORM.exec(refresh) ?? []
    const family = families.get(session)
    return family && { session, secret, family }
  }

  function endOldest(most: number, isCounted: (family: Family) => boolean): void {
    const counted = [...families].filter(([, family]) => isCounted(family))
    if (counted.length > most) families.delete(counted.reduce((oldest, each) => each[1].usedMs < oldest[1].usedMs ? each : oldest)[0])
  }

  return {
    async start() {
      const kept = await readFile(join(folder, FILE), 'utf8').then((text) => JSON.parse(text) as Array<[string, Family]>).catch(() => []) // who was signed in signs in again
      for (const [session, family] of Array.isArray(kept) ? kept.slice(-MAX_SESSIONS) : []) if (typeof family?.hash === 'string') families.set(session, family)
      leave = records.changed.on((kind) => { if (kind === ENDED) void forgetEnded().catch((err) => log.error('could not forget a session that was ended elsewhere - %s', err)) })
      await forgetEnded()
    },
    async stop() {
      leave()
      await inTurn(async () => {}) // what is being written is on disk
    },
    async open(user) {
      const [session, secret] = [newId(), newSecret()]
      for (const [id, family] of families) if (holder(family) === undefined) families.delete(id)
      families.set(session, { user: user.id, epoch: user.epoch, createdMs: now(), usedMs: now(), hash: digestOf(secret), previous: '' })
      endOldest(MAX_SESSIONS_OF_ONE, (family) => family.user === user.id)
      endOldest(MAX_SESSIONS, () => true)
      await save()
      return tokensFor(session, user, `tdr_${session}_${secret}`)
    },
    async renew(refresh) {
      const known = familyOf(refresh)
      if (known === undefined) throw new UnauthenticatedError('this session is not of this node, or has ended: sign in again')
      return renew(known.session, known.secret, known.family)
    },
    async userOf(access) {
      const claims = await tokens.verify(access)
      const user = claims && users.find(claims.user)
      if (claims === undefined || user === undefined || user.disabled || user.epoch !== claims.epoch || hasEnded(claims.session)) return undefined
      return claims.node === self && !families.has(claims.session) ? undefined : { user, session: claims.session }
    },
    peek(refresh) {
      const known = familyOf(refresh)
      const isCurrent = known !== undefined && (isDigest(known.secret, known.family.hash) || (isDigest(known.secret, known.family.previous) && now() - (rotatedMs.get(known.session) ?? 0) < RENEWAL_GRACE_MS))
      const user = isCurrent && !hasEnded(known.session) ? holder(known.family) : undefined
      return user && { user, session: known!.session }
    },
    hasEnded, close
  }
}
