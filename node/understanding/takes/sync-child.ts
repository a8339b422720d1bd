/** The process that compares sound, one pair after the other: an order in, progress and an answer out. Whoever started it may end it at any time. */
import type { ChildAnswer } from '../../derive/derive-orders.ts'
import { syncSound } from './sync-sound.ts'
import type { SoundSync, SyncOrder } from './take-orders.ts'

process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
process.on('message', ({ first, second }: SyncOrder) => {
  syncSound(first, second, (progress) => tell({ progress })).then((made) => tell({ made }), (err) => tell({ failed: err instanceof Error ? err.message : String(err) }))
})

function tell(answer: ChildAnswer<SoundSync>): void {
  if (process.connected) process.send?.(answer)
}
