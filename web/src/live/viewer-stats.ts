/** Seconds between the NTP epoch (1900) and the Unix one. */
const NTP_OFFSET_MS = 2_208_988_800_000
/** A latency estimate above this is a clock that is wrong, not a picture that is late, ms. @default 15000 */
const LATENCY_LIMIT_MS = 15_000

/** What a tile is showing, in numbers; `window.thatdam.viewers` holds one per tile. */
export interface ViewerStats {
  readonly camera: string
  state: string
  framesDecoded: number
  framesPerSecond: number
  audioBytes: number
  videoBytes: number
  width: number
  height: number
  bitsPerSecond: number
  jitterMs: number | null
  /** From the camera's clock to the picture on screen, when sender reports tell; null when the page cannot know. */
  latencyMs: number | null
  packetsLost: number
  /** Requests for packets that were lost. */
  nacks: number
  /** `H264`; empty until media flows. */
  codec: string
  /** How long a frame waited in the browser before it was shown, over the last second; null while nothing is known. */
  jitterBufferMs: number | null
  /** How often the picture stood still, and for how long together, since the session began. */
  freezes: number
  frozenMs: number
  /** To the node and back; null until it was measured. */
  roundTripMs: number | null
}

/** The viewers of the tiles on screen, for people at the console and for tests. */
export const viewers: ViewerStats[] = []
Object.assign(window, { thatdam: { viewers } })

/** Numbers of a tile that shows nothing yet. */
export function emptyStats(camera: string): ViewerStats {
  return { camera, state: 'closed', framesDecoded: 0, framesPerSecond: 0, audioBytes: 0, videoBytes: 0, width: 0, height: 0, bitsPerSecond: 0, jitterMs: null, latencyMs: null, packetsLost: 0, nacks: 0, codec: '', jitterBufferMs: null, freezes: 0, frozenMs: 0, roundTripMs: null }
}

type Inbound = RTCInboundRtpStreamStats & { readonly estimatedPlayoutTimestamp?: number; readonly freezeCount?: number; readonly totalFreezesDuration?: number; readonly codecId?: string }
type Codec = RTCStats & { readonly mimeType?: string }
type Waited = Pick<Inbound, 'jitterBufferDelay' | 'jitterBufferEmittedCount'>

const waited = new WeakMap<ViewerStats, Waited>()

/** Latency from the sender's clock at playout and the node's clock now; null when either is unknown or absurd. */
export function latencyOf(estimatedPlayoutTimestamp: number | undefined, nowMs: number): number | null {
  if (estimatedPlayoutTimestamp === undefined || estimatedPlayoutTimestamp <= 0) return null
  const latency = nowMs - (estimatedPlayoutTimestamp - NTP_OFFSET_MS)
  return latency >= 0 && latency < LATENCY_LIMIT_MS ? Math.round(latency) : null
}

/** How long a frame waited in the jitter buffer on average between two readings of its counters; null when no frame left it. */
export function waitOf(before: Waited, { jitterBufferDelay = 0, jitterBufferEmittedCount = 0 }: Waited): number | null {
  const frames = jitterBufferEmittedCount - (before.jitterBufferEmittedCount ?? 0)
  return frames <= 0 ? null : Math.max(0, Math.round((jitterBufferDelay - (before.jitterBufferDelay ?? 0)) / frames * 1000))
}

function readVideo(stats: ViewerStats, entry: Inbound, elapsedMs: number, nowMs: number): void {
  const bytes = entry.bytesReceived ?? 0
  stats.bitsPerSecond = Math.max(0, (bytes - stats.videoBytes) * 8000 / Math.max(1, elapsedMs))
  stats.videoBytes = bytes
  stats.framesDecoded = entry.framesDecoded ?? 0
  stats.framesPerSecond = Math.round(entry.framesPerSecond ?? 0)
  stats.width = entry.frameWidth ?? 0
  stats.height = entry.frameHeight ?? 0
  stats.jitterMs = entry.jitter === undefined ? null : Math.round(entry.jitter * 1000)
  stats.packetsLost = entry.packetsLost ?? 0
  stats.nacks = entry.nackCount ?? 0
  stats.latencyMs = latencyOf(entry.estimatedPlayoutTimestamp, nowMs)
  stats.freezes = entry.freezeCount ?? 0
  stats.frozenMs = Math.round((entry.totalFreezesDuration ?? 0) * 1000)
  stats.jitterBufferMs = waitOf(waited.get(stats) ?? {}, entry)
  waited.set(stats, entry)
}

/** Reads the connection's counters into `stats`; `elapsedMs` since the last reading gives the rates, `nowMs` is the node's clock. */
export async function readStats(peer: RTCPeerConnection, stats: ViewerStats, elapsedMs: number, nowMs: number): Promise<void> {
  const report = await peer.getStats()
  for (const entry of report.values() as Iterable<Inbound & RTCIceCandidatePairStats>) {
    if (entry.type === 'candidate-pair' as string && entry.nominated === true && entry.currentRoundTripTime !== undefined) stats.roundTripMs = Math.round(entry.currentRoundTripTime * 1000)
    if (entry.type !== 'inbound-rtp') continue
    if (entry.kind === 'audio') stats.audioBytes = entry.bytesReceived ?? 0
    if (entry.kind !== 'video') continue
    stats.codec = ((report.get(entry.codecId ?? '') as Codec | undefined)?.mimeType ?? '').replace('video/', '')
    readVideo(stats, entry, elapsedMs, nowMs)
  }
}
