import { useCallback, useEffect, useRef, useState } from 'react'
import { publishEndpoint } from './camera-id.ts'
import { NO_STATS, type PublisherStats, readPublisherStats } from './publisher-stats.ts'
import { type PublisherState, WhipPublisher } from './whip-publisher.ts'

/** How often the counters are read, ms. @default 1000 */
const STATS_MS = 1000

export interface Publishing {
  readonly state: PublisherState
  readonly stats: PublisherStats
  readonly goLive: (name: string) => void
  readonly stop: () => void
}

/** Keeps one WHIP publisher for the stream on screen: live until told to stop, whatever happens to network and node. */
export function usePublisher(stream: MediaStream | null): Publishing {
  const [state, setState] = useState<PublisherState>({ type: 'off' })
  const [stats, setStats] = useState(NO_STATS)
  const publisher = useRef<WhipPublisher>(null)

  const stop = useCallback(() => {
    publisher.current?.stop()
    publisher.current = null
    setStats(NO_STATS)
  }, [])
  const goLive = useCallback((name: string) => {
    if (stream === null) return
    publisher.current?.stop()
    publisher.current = new WhipPublisher({ endpoint: publishEndpoint(name), onState: setState })
    publisher.current.start(stream.getTracks())
  }, [stream])

  useEffect(() => { if (stream !== null) publisher.current?.replace(stream.getTracks()).catch(() => undefined) }, [stream])
  useEffect(() => {
    const online = (): void => publisher.current?.poke()
    window.addEventListener('online', online)
    window.addEventListener('pagehide', stop)
    return () => {
      window.removeEventListener('online', online)
      window.removeEventListener('pagehide', stop)
      stop()
    }
  }, [stop])

  const isLive = state.type === 'live'
  useEffect(() => {
    if (!isLive) return
    let before = NO_STATS
    let lastMs = performance.now()
    const read = async (): Promise<void> => {
      const own = publisher.current
      if (own?.peer === undefined) return
      const elapsed = performance.now() - lastMs
      lastMs += elapsed
      before = await readPublisherStats(own.peer, before, elapsed)
      own.reportProgress(before.bytesSent)
      setStats(before)
    }
    const timer = setInterval(() => { read().catch(() => undefined) }, STATS_MS)
    return () => clearInterval(timer)
  }, [isLive])

  useWakeLock(state.type !== 'off')
  return { state, stats, goLive, stop }
}

/** A phone that falls asleep is no camera. The lock is lost whenever the page is out of sight, and taken again after. */
function useWakeLock(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !('wakeLock' in navigator)) return
    let lock: WakeLockSentinel | undefined
    let current = true
    const take = (): void => {
      if (document.visibilityState !== 'visible') return
      navigator.wakeLock.request('screen').then((next) => {
        if (current) lock = next
        else next.release().catch(() => undefined)
      }, () => undefined)
    }
    take()
    document.addEventListener('visibilitychange', take)
    return () => {
      current = false
      document.removeEventListener('visibilitychange', take)
      lock?.release().catch(() => undefined)
    }
  }, [wanted])
}
