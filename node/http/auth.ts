import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FastifyRequest } from 'fastify'
import { createProven } from '../accounts/proven.ts'
import { TooManyFailuresError, UnauthenticatedError } from '../accounts/refusals.ts'
import { bearerOf, cookieOf } from './credentials.ts'

/** Whether a text has the form of an admin token, right or wrong. */
export const isAdminTokenForm = (token: string): boolean => /^td_[\w-]{32}$/.test(token)

/** Work of the hash of the admin token (RFC 7914): about 50 ms. */
export const SCRYPT = Object.freeze({ N: 16_384, r: 8, p: 1, keyBytes: 32 })
/** A browser stays signed in this long, in ms. @default 604800000 */
export const SESSION_MS = 7 * 86_400_000
/** Browsers signed in at once; the oldest goes first. @default 1000 */
export const MAX_SESSIONS = 1_000
/** Wrong tokens one address may send per window. @default 10 */
export const MAX_FAILURES = 10
/** Window of the above, in ms. @default 60000 */
export const FAILURE_WINDOW_MS = 60_000
/** Addresses whose failures are remembered. @default 10000 */
export const MAX_WATCHED_ADDRESSES = 10_000
export const SESSION_COOKIE = 'thatdam_session'

export interface AuthInit {
  /** The node's data folder; the hash is kept there. */
  folder: string
  /** Called once in the life of a data folder, with the only copy of the token. */
  onToken: (token: string) => void
  /** Unix ms. @default Date.now */
  now?: () => number
}

/** Who may use a node that is open to others: whoever knows the admin token. */
export interface Auth {
  start(): Promise<void>
  /** @throws UnauthenticatedError, TooManyFailuresError */
  check(request: FastifyRequest): Promise<void>
  /** For ways in that are not HTTP. @throws as `check` */
  checkToken(token: string, address: string): Promise<void>
  /** The value of a new session cookie. @throws as `check` */
  signIn(token: string, address: string): Promise<string>
  signOut(request: FastifyRequest): void
}

interface Stored { salt: string; hash: string }

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)
const hashOf = (token: string, salt: Buffer): Promise<Buffer> => derive(token, salt, SCRYPT.keyBytes, { N: SCRYPT.N, r: SCRYPT.r, p: SCRYPT.p })
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

export function createAuth(init: AuthInit): Auth {
  const now = init.now ?? Date.now
  const file = join(init.folder, 'http-token.json')
  const sessions = new Map<string, number>()
  const failures = new Map<string, { count: number; sinceMs: number }>()
  const proven = createProven({ forMs: Infinity }) // a node has one token as long as it runs
  let stored: Stored | undefined

  async function create(): Promise<Stored> {
    const token = `td_${randomBytes(24).toString('base64url')}`
    const salt = randomBytes(16)
    const made = { salt: salt.toString('hex'), hash: (await hashOf(token, salt)).toString('hex') }
    await mkdir(init.folder, { recursive: true })
    await writeFile(`${file}.tmp`, JSON.stringify(made), { mode: 0o600 })
    await rename(`${file}.tmp`, file)
    init.onToken(token)
    return made
  }

  async function checkToken(token: string, address: string): Promise<void> {
    await proven.ask([token], () => tryToken(token, address))
  }

  async function tryToken(token: string, address: string): Promise<true> {
    const seen = failures.get(address)
    const failed = seen !== undefined && now() - seen.sinceMs < FAILURE_WINDOW_MS ? seen : { count: 0, sinceMs: now() }
    if (failed.count >= MAX_FAILURES) throw new TooManyFailuresError('too many wrong tokens: wait a minute')
    failures.set(address, { ...failed, count: failed.count + 1 }) // counted before the slow part, so that parallel guesses count too
    if (failures.size > MAX_WATCHED_ADDRESSES) failures.delete(failures.keys().next().value ?? '')
    if (stored === undefined || !timingSafeEqual(await hashOf(token, Buffer.from(stored.salt, 'hex')), Buffer.from(stored.hash, 'hex'))) {
      throw new UnauthenticatedError('wrong token: use the admin token this node printed when it was first started with --auth')
    }
    failures.delete(address)
    return true
  }

  return {
    async start() {
      stored = await readFile(file, 'utf8').then((text) => JSON.parse(text) as Stored, async (err: { code?: string }) => {
        if (err.code !== 'ENOENT') throw err
        return create()
      })
    },
    checkToken: (token, address) => checkToken(token.slice(0, 200), address),
    async check(request) {
      const token = bearerOf(request)
      if (token !== undefined) return checkToken(token.slice(0, 200), request.ip)
      const expires = sessions.get(digest(cookieOf(request, SESSION_COOKIE) ?? ''))
      if (expires === undefined || expires < now()) throw new UnauthenticatedError('sign in, or send Authorization: Bearer TOKEN')
    },
    async signIn(token, address) {
      await checkToken(token.trim().slice(0, 200), address)
      const session = randomBytes(32).toString('base64url')
      sessions.set(digest(session), now() + SESSION_MS)
      if (sessions.size > MAX_SESSIONS) sessions.delete(sessions.keys().next().value ?? '')
      return session
    },
    signOut(request) {
      sessions.delete(digest(cookieOf(request, SESSION_COOKIE) ?? ''))
    }
  }
}
