/** Watches one camera over WHEP (draft-ietf-wish-whep) and reconnects by itself; knows nothing of React. */
import { leaveSession, openSession, Refusal } from './session-request.ts'
import { type Environment, browserEnvironment, offerOf, waitForGathering } from './whep-session.ts'

/** First wait before a lost session is tried again, ms; doubles up to the last. @default 500 */
export const FIRST_RETRY_MS = 500
/** Longest wait between two tries, ms. @default 8000 */
export const LAST_RETRY_MS = 8000
/** Wait before a camera that is not live is asked for again, ms. @default 3000 */
export const NOT_LIVE_RETRY_MS = 3000
/** Wait before a camera is asked for again that this browser can not show, ms: it may send something else by then. @default 15000 */
export const REFUSED_RETRY_MS = 15_000
/** Longest the media may take to flow after the answer, ms. @default 10000 */
export const MEDIA_TIMEOUT_MS = 10_000
/** How long a session may stay without a decoded frame or arriving byte before it counts as lost, ms. @default 6000 */
export const STALL_MS = 6000

/** How long to wait before the next try, ms: twice as long after each, and never at the same moment as everybody else. */
export function backoffMs(attempt: number, { random }: Pick<Environment, 'random'>): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt) * (0.75 + random() * 0.5)
}

/** What the viewer is doing, in the words the tile shows. */
export type ViewerState =
  | { readonly type: 'closed' }
  | { readonly type: 'connecting' }
  | { readonly type: 'waiting'; readonly reason: string }
  /** This browser has no way to show what the camera sends. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'playing' }
  | { readonly type: 'retrying'; readonly reason: string; readonly attempt: number; readonly atMs: number }

/** Refusals that are no failures: the camera is not live, or sends what was not offered. */
const ANSWERS: ReadonlyMap<number, { readonly type: 'waiting' | 'refused'; readonly waitMs: number }> = new Map([
  [409, { type: 'waiting', waitMs: NOT_LIVE_RETRY_MS }], [406, { type: 'refused', waitMs: REFUSED_RETRY_MS }]
])

/** Where the viewer posts its offer, and who wants to know what becomes of it. */
export interface ViewerInit {
  /** Address of the WHEP endpoint, absolute or relative to the page. */
  readonly endpoint: string
  readonly onState: (state: ViewerState) => void
  readonly onStream: (stream: MediaStream | null) => void
  readonly environment?: Environment
}

/** One viewer of one camera. `start()` connects, `stop()` tells the node and ends for good; between them it never gives up. */
export class WhepViewer {
  readonly #init: ViewerInit
  readonly #environment: Environment
  #state: ViewerState = { type: 'closed' }
  #peer: RTCPeerConnection | undefined
  #session: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #run = 0
  #progress = { seen: -1, atMs: 0 }

  constructor(init: ViewerInit) {
    this.#init = init
    this.#environment = init.environment ?? browserEnvironment()
  }

  get state(): ViewerState {
    return this.#state
  }

  get peer(): RTCPeerConnection | undefined {
    return this.#peer
  }

  start(): void {
    if (this.#state.type === 'closed') void this.#connect()
  }

  /** Tries now instead of at the end of the wait: the camera is said to be live, or the network is back. */
  poke(): void {
    if (this.#state.type === 'waiting' || this.#state.type === 'refused' || this.#state.type === 'retrying') void this.#connect()
  }

  stop(): void {
    this.#drop()
    this.#init.onStream(null)
    this.#enter({ type: 'closed' })
  }

  /** Reports how much media has arrived (a number that grows); a session whose number stands still is replaced. */
  reportProgress(seen: number): void {
    const now = this.#environment.now()
    if (seen !== this.#progress.seen) {
      this.#progress = { seen, atMs: now }
      if (seen > 0) this.#attempt = 0
    } else if (this.#state.type === 'playing' && now - this.#progress.atMs > STALL_MS) this.#fail('the picture stood still')
  }

  async #connect(): Promise<void> {
    this.#drop()
    const run = this.#run
    if (this.#state.type === 'closed') this.#enter({ type: 'connecting' })
    const peer = this.#environment.createPeer(await this.#environment.iceServers(this.#init.endpoint))
    if (run !== this.#run) return peer.close()
    this.#peer = peer
    this.#listen(peer, run)
    try {
      await peer.setLocalDescription(await offerOf(peer))
      await waitForGathering(peer, this.#environment)
      const { session, answer } = await openSession(this.#environment, this.#init.endpoint, peer.localDescription?.sdp ?? '')
      if (run !== this.#run) return leaveSession(this.#environment, session)
      this.#session = session
      await peer.setRemoteDescription({ type: 'answer', sdp: answer })
      if (run === this.#run && peer.connectionState !== 'connected') this.#timer = this.#environment.setTimer(() => this.#fail('no way for the media was found'), MEDIA_TIMEOUT_MS)
    } catch (error) {
      if (run === this.#run) this.#fail(error instanceof Refusal ? error : 'the node does not answer')
    }
  }

  #listen(peer: RTCPeerConnection, run: number): void {
    const stream = this.#environment.createStream()
    peer.addEventListener('track', ({ track, receiver }) => {
      if (run !== this.#run) return
      // Ask for the smallest buffer the line allows: a live tile is for looking now.
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0
      stream.addTrack(track)
      this.#init.onStream(stream)
    })
    peer.addEventListener('connectionstatechange', () => {
      if (run !== this.#run) return
      if (peer.connectionState === 'connected') this.#connected()
      else if (peer.connectionState === 'failed' || peer.connectionState === 'closed') this.#fail('the connection was lost')
    })
  }

  #connected(): void {
    this.#environment.clearTimer(this.#timer)
    this.#progress = { seen: -1, atMs: this.#environment.now() }
    this.#enter({ type: 'playing' })
  }

  #fail(cause: string | Refusal): void {
    this.#drop()
    this.#init.onStream(null)
    const known = cause instanceof Refusal ? ANSWERS.get(cause.status) : undefined
    const reason = typeof cause === 'string' ? cause : cause.message
    const wait = Math.max(cause instanceof Refusal ? cause.retryAfterMs : 0, known?.waitMs ?? backoffMs(this.#attempt, this.#environment))
    this.#attempt = known === undefined ? this.#attempt + 1 : 0
    this.#enter(known !== undefined ? { type: known.type, reason } : { type: 'retrying', reason, attempt: this.#attempt, atMs: this.#environment.now() + wait })
    this.#timer = this.#environment.setTimer(() => void this.#connect(), wait)
  }

  /** Ends the present session and forgets everything that still runs for it. */
  #drop(): void {
    this.#run += 1
    this.#environment.clearTimer(this.#timer)
    this.#peer?.close()
    this.#peer = undefined
    leaveSession(this.#environment, this.#session)
    this.#session = undefined
  }

  #enter(state: ViewerState): void {
    this.#state = state
    this.#init.onState(state)
  }
}
