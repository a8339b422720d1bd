import { useEffect, useState } from 'react'

/** The node's clock now, from what it said and when it said it; right however wrong this device's clock is. */
export function serverNow(nowMs: number, receivedAt: number): number {
  return nowMs + performance.now() - receivedAt
}

/** Renders the component again every `ms`, for ages that grow. */
export function useTick(ms: number): void {
  const [, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), ms)
    return () => clearInterval(timer)
  }, [ms])
}
