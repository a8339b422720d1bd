import { askIceServers } from './ice-servers.ts'

/** Longest the browser may gather ICE candidates before the offer is sent with what there is, ms. @default 1000 */
export const GATHERING_MS = 1000

/** What a viewer needs of the browser, so that tests can stand in for it. */
export interface Environment {
  readonly base: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** STUN and TURN servers that the node behind an endpoint names. */
  readonly iceServers: (endpoint: string) => Promise<RTCIceServer[]>
  readonly createPeer: (iceServers: RTCIceServer[]) => RTCPeerConnection
  /** What this browser can send, in its own order. */
  readonly sentCodecs: () => RTCRtpCodec[]
  readonly createStream: () => MediaStream
  readonly now: () => number
  readonly random: () => number
  readonly setTimer: (act: () => void, ms: number) => ReturnType<typeof setTimeout>
  readonly clearTimer: (timer: ReturnType<typeof setTimeout> | undefined) => void
}

/** False in browsers that have it switched off, or never had it. */
export const hasWebRtc = (): boolean => typeof RTCPeerConnection === 'function'

/** One for the page, so that a node is asked once for all tiles. */
let servers: ReturnType<typeof askIceServers> | undefined

/** The browser itself. It asks no ICE servers but those the node names: without any, node and viewer reach each other directly, and nothing is told to a third party. */
export function browserEnvironment(): Environment {
  return {
    base: location.href,
    fetch: (url, init) => fetch(url, init),
    iceServers: (endpoint) => (servers ??= askIceServers((url, init) => fetch(url, init), location.href, () => performance.now()))(endpoint),
    createPeer: (iceServers) => new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' }),
    sentCodecs: () => RTCRtpSender.getCapabilities('video')?.codecs ?? [],
    createStream: () => new MediaStream(),
    now: () => performance.now(),
    random: Math.random,
    setTimer: (act, ms) => setTimeout(act, ms),
    clearTimer: (timer) => clearTimeout(timer)
  }
}

/** An offer to receive picture and sound, and to send nothing. */
export function offerOf(peer: RTCPeerConnection): Promise<RTCSessionDescriptionInit> {
  peer.addTransceiver('video', { direction: 'recvonly' })
  peer.addTransceiver('audio', { direction: 'recvonly' })
  return peer.createOffer()
}

/** Resolves when every candidate is in the local description, or after `GATHERING_MS`: WHEP sends the offer once. */
export function waitForGathering(peer: RTCPeerConnection, { setTimer, clearTimer }: Environment): Promise<void> {
  if (peer.iceGatheringState === 'complete') return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimer(resolve, GATHERING_MS)
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState !== 'complete') return
      clearTimer(timer)
      resolve()
    })
  })
}
