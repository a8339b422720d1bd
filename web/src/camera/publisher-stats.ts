/** What leaves this device, in numbers. */
export interface PublisherStats {
  bytesSent: number
  bitsPerSecond: number
  framesPerSecond: number
  width: number
  height: number
  /** What the picture is coded with, `VP9`; empty while nothing is known. */
  codec: string
}

export const NO_STATS: PublisherStats = { bytesSent: 0, bitsPerSecond: 0, framesPerSecond: 0, width: 0, height: 0, codec: '' }

/** Reads the connection's counters; `elapsedMs` since `before` gives the rate. */
export async function readPublisherStats(peer: RTCPeerConnection, before: PublisherStats, elapsedMs: number): Promise<PublisherStats> {
  const stats = { ...NO_STATS }
  const report = await peer.getStats()
  for (const entry of report.values() as Iterable<RTCOutboundRtpStreamStats>) {
    if (entry.type !== 'outbound-rtp') continue
    stats.bytesSent += entry.bytesSent ?? 0
    if (entry.kind !== 'video') continue
    stats.framesPerSecond = Math.round(entry.framesPerSecond ?? 0)
    stats.width = entry.frameWidth ?? 0
    stats.height = entry.frameHeight ?? 0
    stats.codec = codecOf(report, entry.codecId)
  }
  stats.bitsPerSecond = Math.max(0, (stats.bytesSent - before.bytesSent) * 8000 / Math.max(1, elapsedMs))
  return stats
}

function codecOf(report: RTCStatsReport, id: string | undefined): string {
  const { mimeType = '' } = (id === undefined ? {} : report.get(id) ?? {}) as { mimeType?: string }
  return mimeType.replace(/^video\//, '').replace(/^H264$/, 'H.264').replace(/^H265$/, 'HEVC')
}
