/** What leaves this device, in numbers. */
export interface PublisherStats {
  bytesSent: number
  bitsPerSecond: number
  framesPerSecond: number
  width: number
  height: number
}

export const NO_STATS: PublisherStats = { bytesSent: 0, bitsPerSecond: 0, framesPerSecond: 0, width: 0, height: 0 }

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
  }
  stats.bitsPerSecond = Math.max(0, (stats.bytesSent - before.bytesSent) * 8000 / Math.max(1, elapsedMs))
  return stats
}
