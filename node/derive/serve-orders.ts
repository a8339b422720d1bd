import { AVERROR_ENOSPC } from 'node-av/constants'
import { FFmpegError } from 'node-av/lib'
import type { ChildAnswer } from './derive-orders.ts'

/** In a child process: does what it is ordered, one after the other, and tells progress and what came of it. Whoever started it may end it at any time. */
export function serveOrders<Order, Made>(make: (order: Order, onProgress: (share: number) => void) => Made | Promise<Made>): void {
  const tell = (answer: ChildAnswer<Made>): void => { if (process.connected) process.send?.(answer) }
  const serve = async (order: Order): Promise<void> => {
    try {
      tell({ made: await make(order, (progress) => tell({ progress })) })
    } catch (err) {
      tell({ failed: reasonOf(err) })
    }
  }
  process.on('disconnect', () => process.exit())
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
  process.on('message', (order: Order) => { void serve(order) })
}

/** FFmpeg read every original when it came in: where it can not any more, the bytes are not those that came in, or not all of them arrive. */
function reasonOf(err: unknown): string {
  const words = err instanceof Error ? err.message : String(err)
  if (!(err instanceof FFmpegError) || err.code === AVERROR_ENOSPC) return words // what is made is written by FFmpeg, too
  return `its original does not read any more as the file that came in (FFmpeg says: ${words}): it was damaged since, or parts of it are out of reach. Have it checked with thatdam verify; when no whole copy of it is left, bring the file in again`
}
