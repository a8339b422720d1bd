/** Publishes this device's camera over WHIP (RFC 9725) and reconnects by itself; knows nothing of React. */
import { leaveSession, openSession, Refusal } from '../live/session-request.ts'
import { type Environment, browserEnvironment, waitForGathering } from '../live/whep-session.ts'
import { backoffMs, MEDIA_TIMEOUT_MS, STALL_MS } from '../live/whep-viewer.ts'

/** Wait before a name that another device holds is asked for again, ms. @default 3000 */
export const TAKEN_RETRY_MS = 3000
/** Most the picture may take of the network, bit/s. @default 4000000 */
export const MAX_BITRATE = 4_000_000

/** What the publisher is doing, in the words the page shows. */
export type PublisherState =
  | { readonly type: 'off' }
  | { readonly type: 'connecting' }
  | { readonly type: 'live' }
  | { readonly type: 'taken'; readonly reason: string }
  | { readonly type: 'retrying'; readonly reason: string; readonly attempt: number; readonly atMs: number }

export interface PublisherInit {
  /** Address of the WHIP endpoint, absolute or relative to the page. */
  readonly endpoint: string
  readonly onState: (state: PublisherState) => void
  readonly environment?: Environment
}

/** H.264 is shown and recorded everywhere; of the others those that more players know in a recording come first. */
const CODEC_ORDER = ['video/h264', 'video/vp9', 'video/av1', 'video/vp8', 'video/h265']

/** All a browser can send, the best to send first. */
export function preferredCodecs(codecs: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  const rank = ({ mimeType }: RTCRtpCodec): number => {
    const at = CODEC_ORDER.indexOf(mimeType.toLowerCase())
    return at < 0 ? CODEC_ORDER.length : at
  }
  return [...codecs].sort((a, b) => rank(a) - rank(b))
}

/** One camera that this device is. `start()` goes live, `stop()` tells the node and ends for good; between them it never gives up. */
export class WhipPublisher {
  readonly #init: PublisherInit
  readonly #environment: Environment
  #state: PublisherState = { type: 'off' }
  #tracks: readonly MediaStreamTrack[] = []
  #peer: RTCPeerConnection | undefined
  #session: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #run = 0
  #progress = { seen: -1, atMs: 0 }

  constructor(init: PublisherInit) {
    this.#init = init
    this.#environment = init.environment ?? browserEnvironment()
  }

  get state(): PublisherState {
    return this.#state
  }

  get peer(): RTCPeerConnection | undefined {
    return this.#peer
  }

  /** Goes live with these tracks: one of video, at most one of audio. */
  start(tracks: readonly MediaStreamTrack[]): void {
    this.#tracks = tracks
    if (this.#state.type === 'off') void this.#connect()
  }

  /** Another lens or microphone. Within the session where the kinds are the same, else by a new one. */
  async replace(tracks: readonly MediaStreamTrack[]): Promise<void> {
    this.#tracks = tracks
    const senders = this.#peer?.getSenders() ?? []
    const kinds = (list: readonly (MediaStreamTrack | null)[]): string => list.map((track) => track?.kind).sort().join()
    if (this.#state.type === 'off') return
    if (kinds(senders.map(({ track }) => track)) !== kinds(tracks)) return void this.#connect()
    await Promise.all(senders.map((sender) => sender.replaceTrack(tracks.find(({ kind }) => kind === sender.track?.kind) ?? null)))
  }

  /** Tries now instead of at the end of the wait: the network is back. */
  poke(): void {
    if (this.#state.type === 'taken' || this.#state.type === 'retrying') void this.#connect()
  }

  stop(): void {
    this.#drop()
    this.#attempt = 0
    this.#enter({ type: 'off' })
  }

  /** Reports how much has left this device (a number that grows); a session whose number stands still is replaced. */
  reportProgress(seen: number): void {
    const now = this.#environment.now()
    if (seen !== this.#progress.seen) {
      this.#progress = { seen, atMs: now }
      if (seen > 0) this.#attempt = 0
    } else if (this.#state.type === 'live' && now - this.#progress.atMs > STALL_MS) this.#fail('nothing leaves this device')
  }

  async #connect(): Promise<void> {
    this.#drop()
    const run = this.#run
    if (this.#state.type === 'off') this.#enter({ type: 'connecting' })
    const peer = this.#environment.createPeer(await this.#environment.iceServers(this.#init.endpoint))
    if (run !== this.#run) return peer.close()
    this.#peer = peer
    peer.addEventListener('connectionstatechange', () => { if (run === this.#run) this.#heed(peer.connectionState) })
    try {
      await peer.setLocalDescription(await this.#offer(peer))
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

  /** An offer to send what there is, and to receive nothing. */
  #offer(peer: RTCPeerConnection): Promise<RTCSessionDescriptionInit> {
    const stream = this.#environment.createStream()
    for (const track of this.#tracks) {
      const sendEncodings = track.kind === 'video' ? [{ maxBitrate: MAX_BITRATE }] : []
      const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings })
      const codecs = preferredCodecs(this.#environment.sentCodecs())
      if (track.kind === 'video' && codecs.length > 0) transceiver.setCodecPreferences(codecs)
    }
    return peer.createOffer()
  }

  #heed(state: RTCPeerConnectionState): void {
    if (state === 'connected') this.#connected()
    else if (state === 'failed' || state === 'closed') this.#fail('the connection was lost')
  }

  #connected(): void {
    this.#environment.clearTimer(this.#timer)
    this.#progress = { seen: -1, atMs: this.#environment.now() }
    this.#enter({ type: 'live' })
  }

  #fail(cause: string | Refusal): void {
    this.#drop()
    const taken = cause instanceof Refusal && cause.status === 409
    const reason = typeof cause === 'string' ? cause : cause.message
    const wait = Math.max(cause instanceof Refusal ? cause.retryAfterMs : 0, taken ? TAKEN_RETRY_MS : backoffMs(this.#attempt, this.#environment))
    this.#attempt = taken ? 0 : this.#attempt + 1
    this.#enter(taken ? { type: 'taken', reason } : { type: 'retrying', reason, attempt: this.#attempt, atMs: this.#environment.now() + wait })
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

  #enter(state: PublisherState): void {
    this.#state = state
    this.#init.onState(state)
  }
}
