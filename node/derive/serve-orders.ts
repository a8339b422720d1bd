import type { ChildAnswer } from './derive-orders.ts'

/** In a child process: does what it is ordered, one after the other, and tells progress and what came of it. Whoever started it may end it at any time. */
export function serveOrders<Order, Made>(make: (order: Order, onProgress: (share: number) => void) => Made | Promise<Made>): void {
  const tell = (answer: ChildAnswer<Made>): void => { if (process.connected) process.send?.(answer) }
  const serve = async (order: Order): Promise<void> => {
    try {
      tell({ made: await make(order, (progress) => tell({ progress })) })
    } catch (err) {
      tell({ failed: err instanceof Error ? err.message : String(err) })
    }
  }
  process.on('disconnect', () => process.exit())
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
  process.on('message', (order: Order) => { void serve(order) })
}
