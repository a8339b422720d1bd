/** Watches one camera over WHEP (draft-ietf-wish-whep); knows nothing of React. */
import { LiveSession, type SessionState } from './live-session.ts'
import { type Environment, offerOf } from './whep-session.ts'

/** Wait before a camera that is not live is asked for again, ms. @default 3000 */
export const NOT_LIVE_RETRY_MS = 3000
/** Wait before a camera is asked for again that this browser can not show, ms: it may send something else by then. @default 15000 */
export const REFUSED_RETRY_MS = 15_000

/** `waiting` for a camera that is not live, or was never since it was ordered; `refused` when this browser has no way to show what the camera sends. */
type Known = 'waiting' | 'refused'

/** What the viewer is doing, in the words the tile shows. */
export type ViewerState = SessionState<'closed', 'playing', Known>

const KNOWN: ReadonlyMap<number, { readonly type: Known; readonly waitMs: number }> = new Map([
  [404, { type: 'waiting', waitMs: NOT_LIVE_RETRY_MS }], [409, { type: 'waiting', waitMs: NOT_LIVE_RETRY_MS }], [406, { type: 'refused', waitMs: REFUSED_RETRY_MS }]
])

/** Where the viewer posts its offer, and who wants to know what becomes of it. */
export interface ViewerInit {
  /** Address of the WHEP endpoint, absolute or relative to the page. */
  readonly endpoint: string
  readonly onState: (state: ViewerState) => void
  readonly onStream: (stream: MediaStream | null) => void
  readonly environment?: Environment
}

/** One viewer of one camera. */
export class WhepViewer extends LiveSession<'closed', 'playing', Known> {
  constructor({ onStream, ...init }: ViewerInit) {
    super({
      ...init, off: 'closed', open: 'playing', known: KNOWN, stalled: 'the picture stood still',
      onDropped: () => onStream(null),
      offer: (peer, isCurrent) => {
        this.#listen(peer, isCurrent, onStream)
        return offerOf(peer)
      }
    })
  }

  #listen(peer: RTCPeerConnection, isCurrent: () => boolean, onStream: ViewerInit['onStream']): void {
    const stream = this.environment.createStream()
    peer.addEventListener('track', ({ track, receiver }) => {
      if (!isCurrent()) return
      // Ask for the smallest buffer the line allows: a live tile is for looking now.
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0
      stream.addTrack(track)
      onStream(stream)
    })
  }
}
