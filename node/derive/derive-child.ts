/** The process that makes derived files, one after the other: an order in, progress and an answer out. Whoever started it may end it at any time. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { Log } from 'node-av/lib'
import type { ChildAnswer, Derived, DeriveOrder } from './derive-orders.ts'
import { hashPicture } from '../library/deep/picture-hash.ts'
import { makeProxy } from './proxy.ts'
import { makeSprite } from './sprite.ts'
import { measureWaveform } from './waveform-peaks.ts'
import { soundPrint } from '../understanding/takes/sound-print.ts'

Log.setLevel(AV_LOG_QUIET)
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
process.on('message', (order: DeriveOrder) => {
  make(order).then((made) => tell({ made }), (err) => tell({ failed: err instanceof Error ? err.message : String(err) }))
})

async function make(order: DeriveOrder): Promise<Derived> {
  const onProgress = (progress: number): void => tell({ progress })
  if (order.make === 'look') return { hashes: hashPicture(order) }
  if (order.make === 'sprite') return makeSprite(order, onProgress)
  if (order.make === 'waveform') return { peaks: measureWaveform(order, onProgress) }
  if (order.make === 'sound') return { print: await soundPrint(order, onProgress) }
  return { renditions: makeProxy(order, onProgress) }
}

function tell(answer: ChildAnswer<Derived>): void {
  if (process.connected) process.send?.(answer)
}
