/** Publishes this device's camera over WHIP (RFC 9725); knows nothing of React. */
import { LiveSession, type SessionState } from '../live/live-session.ts'
import type { Environment } from '../live/whep-session.ts'

/** Wait before a name that another device holds is asked for again, ms. @default 3000 */
export const TAKEN_RETRY_MS = 3000
/** Most the picture may take of the network, bit/s. @default 4000000 */
export const MAX_BITRATE = 4_000_000

/** What the publisher is doing, in the words the page shows; `taken` when another device has the name. */
export type PublisherState = SessionState<'off', 'live', 'taken'>

const KNOWN: ReadonlyMap<number, { readonly type: 'taken'; readonly waitMs: number }> = new Map([[409, { type: 'taken', waitMs: TAKEN_RETRY_MS }]])

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

/** One camera that this device is. */
export class WhipPublisher {
  readonly #session: LiveSession<'off', 'live', 'taken'>
  #tracks: readonly MediaStreamTrack[] = []

  constructor(init: PublisherInit) {
    this.#session = new LiveSession({ ...init, off: 'off', open: 'live', known: KNOWN, stalled: 'nothing leaves this device', offer: (peer) => this.#offer(peer) })
  }

  get state(): PublisherState {
    return this.#session.state
  }

  get peer(): RTCPeerConnection | undefined {
    return this.#session.peer
  }

  /** Goes live with these tracks: one of video, at most one of audio. */
  start(tracks: readonly MediaStreamTrack[]): void {
    this.#tracks = tracks
    this.#session.start()
  }

  /** Another lens or microphone. Within the session where the kinds are the same, else by a new one. */
  async replace(tracks: readonly MediaStreamTrack[]): Promise<void> {
    this.#tracks = tracks
    const senders = this.peer?.getSenders() ?? []
    const kinds = (list: readonly (MediaStreamTrack | null)[]): string => list.map((track) => track?.kind).sort().join()
    if (this.#session.isOff) return
    if (kinds(senders.map(({ track }) => track)) !== kinds(tracks)) return this.#session.restart()
    await Promise.all(senders.map((sender) => sender.replaceTrack(tracks.find(({ kind }) => kind === sender.track?.kind) ?? null)))
  }

  /** Tries now instead of at the end of the wait: the network is back. */
  poke(): void {
    this.#session.poke()
  }

  stop(): void {
    this.#session.stop()
  }

  /** Reports how much has left this device (a number that grows). */
  reportProgress(seen: number): void {
    this.#session.reportProgress(seen)
  }

  /** An offer to send what there is, and to receive nothing. */
  #offer(peer: RTCPeerConnection): Promise<RTCSessionDescriptionInit> {
    const { environment } = this.#session
    const stream = environment.createStream()
    for (const track of this.#tracks) {
      const sendEncodings = track.kind === 'video' ? [{ maxBitrate: MAX_BITRATE }] : []
      const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings })
      const codecs = preferredCodecs(environment.sentCodecs())
      if (track.kind === 'video' && codecs.length > 0) transceiver.setCodecPreferences(codecs)
    }
    return peer.createOffer()
  }
}
