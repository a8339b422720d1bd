import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { InvalidInputError, OverloadedError } from '#protocols/errors.ts'
import { limiter } from '#ring/base/tasks.ts'

/** Shortest password of an account, in characters. @default 10 */
export const MIN_PASSWORD_LENGTH = 10
/** Longest password, in characters: more would only cost time. @default 200 */
export const MAX_PASSWORD_LENGTH = 200
/** Work of a new hash (RFC 7914): 32 MiB, about a tenth of a second. Kept with every hash, so that it may be raised. */
export const PASSWORD_WORK: ScryptWork = Object.freeze({ logN: 15, r: 8, p: 2 })
/** Most work a hash of the catalog may ask for: another member could have written it. */
export const MOST_WORK: ScryptWork = Object.freeze({ logN: 17, r: 8, p: 4 })
/** Passwords hashed at once; each takes a thread and its memory. @default 2 */
export const HASHES_AT_ONCE = 2
/** Passwords that wait for that; more are refused. @default 50 */
export const MAX_WAITING_HASHES = 50

export interface ScryptWork { readonly logN: number; readonly r: number; readonly p: number }

const HASH_BYTES = 32
const SALT_BYTES = 16
const FORM = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d)\$([A-Za-z0-9_-]{16,64})\$([A-Za-z0-9_-]{43})$/

/** What people choose first, and so do those who guess; compared without case and without what stands at the end. */
const COMMON = new Set([
  'password', 'passwort', 'motdepasse', 'contraseña', 'qwertyuiop', 'qwertzuiop', 'azertyuiop', 'qwerty', 'asdfghjkl', 'iloveyou', 'letmein', 'welcome', 'administrator', 'admin', 'changeme',
  'football', 'baseball', 'basketball', 'superman', 'princess', 'sunshine', 'trustno', 'starwars', 'dragon', 'monkey', 'whatever', 'computer', 'internet', 'thatdam', 'default', 'secret', 'supersecret', 'abcdefghij', 'abcdefgh', 'qqqqqqqqqq'
])

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)
const inTurn = limiter(HASHES_AT_ONCE)
let waiting = 0

/** @throws InvalidInputError saying what to choose instead */
export function checkPassword(password: string, name: string): void {
  const length = [...password].length
  if (length < MIN_PASSWORD_LENGTH) throw new InvalidInputError(`the password is too short: at least ${MIN_PASSWORD_LENGTH} characters, for example four words`)
  if (length > MAX_PASSWORD_LENGTH) throw new InvalidInputError(`the password is too long: at most ${MAX_PASSWORD_LENGTH} characters`)
  const plain = password.toLowerCase()
  const stem = plain.replace(/[\d\W_]+$/u, '')
  const isCommon = COMMON.has(stem) || COMMON.has(plain) || /^\d+$/.test(plain) || new Set(plain).size < 4
  if (isCommon) throw new InvalidInputError('this password is among the first that are guessed: choose another')
  if (plain.includes(name.toLowerCase()) && name.length >= 4) throw new InvalidInputError('the password contains the name of the account: choose another')
}

/** As it is kept in the catalog: work, salt and hash. */
export async function hashPassword(password: string, work: ScryptWork = PASSWORD_WORK): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await hashOf(password, salt, work)
  return `scrypt$${work.logN}$${work.r}$${work.p}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

/** Takes as long for an account that is not there (`undefined`) as for one that is. @throws OverloadedError */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, logN, r, p, salt = '', hash = ''] = FORM.exec(stored ?? '') ?? []
  const work = { logN: Number(logN), r: Number(r), p: Number(p) }
  const isSound = work.logN > 0 && work.logN <= MOST_WORK.logN && work.r > 0 && work.r <= MOST_WORK.r && work.p > 0 && work.p <= MOST_WORK.p
  const found = await hashOf(password, isSound ? Buffer.from(salt, 'base64url') : NO_SALT, isSound ? work : PASSWORD_WORK)
  return timingSafeEqual(found, isSound ? Buffer.from(hash, 'base64url') : NO_HASH) && isSound
}

const NO_SALT = Buffer.alloc(SALT_BYTES)
const NO_HASH = randomBytes(HASH_BYTES)

async function hashOf(password: string, salt: Buffer, { logN, r, p }: ScryptWork): Promise<Buffer> {
  if (waiting >= MAX_WAITING_HASHES) throw new OverloadedError('too many people sign in at once: try again in a moment')
  waiting++
  try {
    const N = 2 ** logN
    return await inTurn(() => derive(password.normalize('NFKC').slice(0, 4 * MAX_PASSWORD_LENGTH), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }))
  } finally {
    waiting--
  }
}

/** Four groups that can be read out, of about 78 bits. */
export function makePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  return Array.from({ length: 4 }, () => Array.from(randomBytes(4), (byte) => letters[byte % letters.length]).join('')).join('-')
}

/** Of a secret of at least 128 random bits, which needs no slow hash. */
export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** Constant-time comparison of two digests of `digestOf`. */
export function isDigest(secret: string, stored: string): boolean {
  const [one, other] = [Buffer.from(digestOf(secret)), Buffer.from(stored)]
  return one.byteLength === other.byteLength && timingSafeEqual(one, other)
}
