/** The one request that WHEP and WHIP sessions begin with, and the one they end with. */
import type { Environment } from './whep-session.ts'

/** Longest the node may take to answer the offer, ms. @default 10000 */
export const ANSWER_TIMEOUT_MS = 10_000
/** Longest a Retry-After is heeded, seconds. @default 60 */
const RETRY_AFTER_LIMIT_S = 60

/** The node said no; in its own words when it gave any. */
export class Refusal extends Error {
  readonly status: number
  readonly retryAfterMs: number

  constructor(message: string, status: number, retryAfterMs: number) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const retryAfterMs = Math.min(RETRY_AFTER_LIMIT_S, Number(response.headers.get('retry-after') ?? 0) || 0) * 1000
  const body = await response.json().catch(() => null) as { error?: { message?: string } } | null
  return new Refusal(body?.error?.message ?? `the node answered ${response.status}`, response.status, retryAfterMs)
}

/** A session the node made: its address, to end it at, and the SDP answer. */
export interface OpenSession {
  readonly session: string | undefined
  readonly answer: string
}

/** Posts the offer. Rejects with a `Refusal` when the node says no, and with anything else when it does not answer. */
export async function openSession({ fetch, base }: Environment, endpoint: string, offer: string): Promise<OpenSession> {
  const response = await fetch(endpoint, {
    method: 'POST', headers: { 'content-type': 'application/sdp', accept: 'application/sdp' }, body: offer, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  })
  if (response.status !== 201) throw await refusalOf(response)
  // The Location may be relative: it is resolved against the address that answered (RFC 9725 section 4.2).
  const location = response.headers.get('location')
  const session = location === null ? undefined : new URL(location, response.url || new URL(endpoint, base)).href
  return { session, answer: await response.text() }
}

/** Tells the node that the session is over; keepalive lets the farewell outlive the page. A lost one is no harm: the node notices the silence itself. */
export function leaveSession({ fetch }: Environment, session: string | undefined): void {
  if (session !== undefined) fetch(session, { method: 'DELETE', keepalive: true }).catch(() => undefined)
}
