/** HTTP's own digest (RFC 7616), by which some cameras want ONVIF requests signed instead of inside of them. */
import { createHash, randomBytes } from 'node:crypto'

const HASHES: Readonly<Record<string, string>> = { 'MD5': 'md5', 'SHA-256': 'sha256' }
/** Every challenge is answered once. */
const COUNT = '00000001'

/** A request, and who asks. */
export interface ToSign {
  readonly user: string
  readonly password: string
  readonly method: string
  /** Path and query. */
  readonly uri: string
  /** @default a random one */
  readonly cnonce?: string
}

/** What to send as Authorization, by the first challenge that can be answered; undefined when there is none: `challenges` is a WWW-Authenticate. */
export function digestAuthorization(challenges: string, request: ToSign): string | undefined {
  return challenges.split(/(?:^|,)\s*(?=(?:digest|basic)\s)/i).map((challenge) => answerTo(challenge, request)).find((answer) => answer !== undefined)
}

function answerTo(challenge: string, { user, password, method, uri, cnonce = randomBytes(16).toString('hex') }: ToSign): string | undefined {
  const words = wordsOf(challenge)
  const [realm = '', nonce, qop, opaque, algorithm = 'MD5'] = ['realm', 'nonce', 'qop', 'opaque', 'algorithm'].map((key) => words.get(key))
  const hash = HASHES[algorithm.toUpperCase().replace(/-SESS$/, '')]
  const withQop = qop?.split(/\s*,\s*/).includes('auth')
  if (!/^digest\s/i.test(challenge) || hash === undefined || nonce === undefined || withQop === false) return undefined
  const h = (...parts: string[]): string => createHash(hash).update(parts.join(':')).digest('hex')
  const own = h(user, realm, password)
  const secret = /-sess$/i.test(algorithm) ? h(own, nonce, cnonce) : own
  const response = withQop === true ? h(secret, nonce, COUNT, cnonce, 'auth', h(method, uri)) : h(secret, nonce, h(method, uri))
  const quoted = [['username', user], ['realm', realm], ['nonce', nonce], ['uri', uri], ['response', response], ['cnonce', cnonce], ['opaque', opaque]].flatMap(([key, value]) => (value === undefined ? [] : [`${key}="${value.replace(/["\\]/g, '\\$&')}"`]))
  return `Digest ${[...quoted, `algorithm=${algorithm}`, ...(withQop === true ? ['qop=auth', `nc=${COUNT}`] : [])].join(', ')}`
}

function wordsOf(challenge: string): Map<string, string> {
  const found = challenge.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)
  return new Map([...found].map(([, key = '', quoted, bare = '']) => [key.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare]))
}
