/** The life of one session with a WHEP or WHIP endpoint: it connects, notices when it stands still, and connects again by itself. */
import { leaveSession, openSession, Refusal } from './session-request.ts'
import { browserEnvironment, type Environment, waitForGathering } from './whep-session.ts'

/** First wait before a lost session is tried again, ms; doubles up to the last. @default 500 */
export const FIRST_RETRY_MS = 500
/** Longest wait between two tries, ms. @default 8000 */
export const LAST_RETRY_MS = 8000
/** Longest the media may take to flow after the answer, ms. @default 10000 */
export const MEDIA_TIMEOUT_MS = 10_000
/** How long a session may stay without a decoded frame or a byte that moves before it counts as lost, ms. @default 6000 */
export const STALL_MS = 6000

/** How long to wait before the next try, ms: twice as long after each, and never at the same moment as everybody else. */
export function backoffMs(attempt: number, { random }: Pick<Environment, 'random'>): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt) * (0.75 + random() * 0.5)
}

/** What a session is doing: `Off` and `Open` are its owner's words for not wanted and working, `Known` for refusals that are no failures. */
export type SessionState<Off extends string, Open extends string, Known extends string> =
  | { readonly type: Off | 'connecting' | Open }
  | { readonly type: Known; readonly reason: string }
  | { readonly type: 'retrying'; readonly reason: string; readonly attempt: number; readonly atMs: number }

export interface LiveSessionInit<Off extends string, Open extends string, Known extends string> {
  /** Address of the endpoint, absolute or relative to the page. */
  readonly endpoint: string
  readonly off: Off
  readonly open: Open
  /** By HTTP status: what it is called, and how long to wait before the next try, ms. */
  readonly known: ReadonlyMap<number, { readonly type: Known; readonly waitMs: number }>
  /** What is said of one that stands still. */
  readonly stalled: string
  readonly onState: (state: SessionState<Off, Open, Known>) => void
  /** Gives the connection its tracks. `isCurrent` is false once the session is another. */
  readonly offer: (peer: RTCPeerConnection, isCurrent: () => boolean) => Promise<RTCSessionDescriptionInit>
  /** The media of a session is gone. */
  readonly onDropped?: () => void
  readonly environment?: Environment
}

/** `start()` connects, `stop()` tells the node and ends for good; between them it never gives up. */
export class LiveSession<Off extends string, Open extends string, Known extends string> {
  readonly environment: Environment
  readonly #init: LiveSessionInit<Off, Open, Known>
  #state: SessionState<Off, Open, Known>
  #peer: RTCPeerConnection | undefined
  #session: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #run = 0
  #progress = { seen: -1, atMs: 0 }

  constructor(init: LiveSessionInit<Off, Open, Known>) {
    this.#init = init
    this.#state = { type: init.off }
    this.environment = init.environment ?? browserEnvironment()
  }

  get state(): SessionState<Off, Open, Known> {
    return this.#state
  }

  get peer(): RTCPeerConnection | undefined {
    return this.#peer
  }

  get isOff(): boolean {
    return this.#state.type === this.#init.off
  }

  start(): void {
    if (this.isOff) void this.#connect()
  }

  /** Anew, whatever it was doing. */
  restart(): void {
    void this.#connect()
  }

  /** Tries now instead of at the end of the wait: something has changed. */
  poke(): void {
    if ('reason' in this.#state) void this.#connect()
  }

  stop(): void {
    this.#drop()
    this.#attempt = 0
    this.#init.onDropped?.()
    this.#enter({ type: this.#init.off })
  }

  /** Reports how much media has moved (a number that grows); a session whose number stands still is replaced. */
  reportProgress(seen: number): void {
    const now = this.environment.now()
    if (seen !== this.#progress.seen) {
      this.#progress = { seen, atMs: now }
      if (seen > 0) this.#attempt = 0
    } else if (this.#state.type === this.#init.open && now - this.#progress.atMs > STALL_MS) this.#fail(this.#init.stalled)
  }

  async #connect(): Promise<void> {
    this.#drop()
    const run = this.#run
    const isCurrent = (): boolean => run === this.#run
    if (this.isOff) this.#enter({ type: 'connecting' })
    const peer = this.environment.createPeer(await this.environment.iceServers(this.#init.endpoint))
    if (!isCurrent()) return peer.close()
    this.#peer = peer
    peer.addEventListener('connectionstatechange', () => { if (isCurrent()) this.#heed(peer.connectionState) })
    try {
      await peer.setLocalDescription(await this.#init.offer(peer, isCurrent))
      await waitForGathering(peer, this.environment)
      const { session, answer } = await openSession(this.environment, this.#init.endpoint, peer.localDescription?.sdp ?? '')
      if (!isCurrent()) return leaveSession(this.environment, session)
      this.#session = session
      await peer.setRemoteDescription({ type: 'answer', sdp: answer })
      if (isCurrent() && peer.connectionState !== 'connected') this.#timer = this.environment.setTimer(() => this.#fail('no way for the media was found'), MEDIA_TIMEOUT_MS)
    } catch (error) {
      if (isCurrent()) this.#fail(error instanceof Refusal ? error : 'the node does not answer')
    }
  }

  #heed(state: RTCPeerConnectionState): void {
    if (state === 'connected') this.#connected()
    else if (state === 'failed' || state === 'closed') this.#fail('the connection was lost')
  }

  #connected(): void {
    this.environment.clearTimer(this.#timer)
    this.#progress = { seen: -1, atMs: this.environment.now() }
    this.#enter({ type: this.#init.open })
  }

  #fail(cause: string | Refusal): void {
    this.#drop()
    this.#init.onDropped?.()
    const known = cause instanceof Refusal ? this.#init.known.get(cause.status) : undefined
    const reason = typeof cause === 'string' ? cause : cause.message
    const waitMs = Math.max(cause instanceof Refusal ? cause.retryAfterMs : 0, known?.waitMs ?? backoffMs(this.#attempt, this.environment))
    this.#attempt = known === undefined ? this.#attempt + 1 : 0
    this.#enter(known !== undefined ? { type: known.type, reason } : { type: 'retrying', reason, attempt: this.#attempt, atMs: this.environment.now() + waitMs })
    this.#timer = this.environment.setTimer(() => void this.#connect(), waitMs)
  }

  /** Ends the present session and forgets everything that still runs for it. */
  #drop(): void {
    this.#run += 1
    this.environment.clearTimer(this.#timer)
    this.#peer?.close()
    this.#peer = undefined
    leaveSession(this.environment, this.#session)
    this.#session = undefined
  }

  #enter(state: SessionState<Off, Open, Known>): void {
    this.#state = state
    this.#init.onState(state)
  }
}
