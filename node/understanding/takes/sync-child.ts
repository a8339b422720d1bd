/** The process that compares sound, one pair after the other. */
import { serveOrders } from '../../derive/serve-orders.ts'
import { syncSound } from './sync-sound.ts'
import type { SoundSync, SyncOrder } from './take-orders.ts'

serveOrders<SyncOrder, SoundSync>(({ first, second }, onProgress) => syncSound(first, second, onProgress))
