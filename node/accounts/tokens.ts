import { jwtVerify, SignJWT } from 'jose'
import { OverloadedError } from '#protocols/errors.ts'
import type { Ring } from '#ring'

/** How long an access token is good, in seconds. @default 900 */
export const ACCESS_SECONDS = 900
/** How far the clocks of two nodes may differ, in seconds. @default 60 */
export const TOKEN_CLOCK_SECONDS = 60

/** What an access token says. */
export interface AccessClaims {
  /** Id of the account. */
  readonly user: string
  /** The session it is of. */
  readonly session: string
  /** The account's epoch when it signed in. */
  readonly epoch: string
  /** The node that keeps the session. */
  readonly node: string
}

/** Signed claims (JWT, HS256) that every node of the ring makes and checks, and nobody else. */
export interface Tokens {
  /** @throws OverloadedError while this node waits for the ring's key */
  sign(claims: AccessClaims): Promise<string>
  /** Undefined when it is not good, for whatever reason. */
  verify(token: string): Promise<AccessClaims | undefined>
  /** Whoever has it has opened the link; `proof` changes with the link's password. */
  signLink(link: string, proof: string, seconds: number): Promise<string>
  isForLink(token: string, link: string, proof: string): Promise<boolean>
}

const ALGORITHM = 'HS256'
const SESSION = { purpose: 'sessions', audience: 'session', typ: 'at+jwt' } as const
const LINK = { purpose: 'links', audience: 'link', typ: 'link+jwt' } as const
type Kind = typeof SESSION | typeof LINK

export interface TokensInit {
  /** Unix ms. */
  readonly now?: () => number
}

export function createTokens({ ring }: { ring: Pick<Ring, 'id' | 'secret'> }, { now = Date.now }: TokensInit = {}): Tokens {
  async function make({ purpose, audience, typ }: Kind, claims: Record<string, unknown>, seconds: number): Promise<string> {
    const key = ring.secret(purpose)
    if (key === undefined) throw new OverloadedError("this node is waiting for the ring's new key: try again in a moment, or on another node")
    const issued = Math.floor(now() / 1_000)
    return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ }).setIssuer(ring.id).setAudience(audience).setIssuedAt(issued).setExpirationTime(issued + seconds).sign(key)
  }

  async function read({ purpose, audience, typ }: Kind, token: string): Promise<Record<string, unknown> | undefined> {
    const key = ring.secret(purpose)
    if (key === undefined || token.length > 2_000) return undefined
    try {
      const options = { algorithms: [ALGORITHM], typ, issuer: ring.id, audience, clockTolerance: TOKEN_CLOCK_SECONDS, currentDate: new Date(now()), requiredClaims: ['exp', 'iat'] }
      return (await jwtVerify(token, key, options)).payload
    } catch {
      return undefined
    }
  }

  return {
    sign: ({ user, session, epoch, node }) => make(SESSION, { sub: user, sid: session, epoch, node }, ACCESS_SECONDS),
    async verify(token) {
      const { sub: user, sid: session, epoch, node } = await read(SESSION, token) ?? {}
      return [user, session, epoch, node].every((claim) => typeof claim === 'string' && claim !== '') ? { user, session, epoch, node } as AccessClaims : undefined
    },
    signLink: (link, proof, seconds) => make(LINK, { sub: link, proof }, seconds),
    async isForLink(token, link, proof) {
      const { sub, proof: shown } = await read(LINK, token) ?? {}
      return sub === link && shown === proof
    }
  }
}
