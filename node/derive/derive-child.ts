/** The process that makes derived files, one after the other: an order in, progress and an answer out. Whoever started it may end it at any time. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { Log } from 'node-av/lib'
import type { Derived, DeriveOrder } from './derive-orders.ts'
import { hashPicture } from '../library/deep/picture-hash.ts'
import { makePreview } from './preview.ts'
import { makeProxy } from './proxy.ts'
import { serveOrders } from './serve-orders.ts'
import { makeSprite } from './sprite.ts'
import { makeStill } from './still.ts'
import { measureWaveform } from './waveform-peaks.ts'
import { soundPrint } from '../understanding/takes/sound-print.ts'

Log.setLevel(AV_LOG_QUIET)
serveOrders(make)

async function make(order: DeriveOrder, onProgress: (share: number) => void): Promise<Derived> {
  if (order.make === 'look') return { hashes: hashPicture(order) }
  if (order.make === 'preview') return { picture: await makePreview(order) }
  if (order.make === 'still') return { picture: makeStill(order) }
  if (order.make === 'sprite') return makeSprite(order, onProgress)
  if (order.make === 'waveform') return { peaks: measureWaveform(order, onProgress) }
  if (order.make === 'sound') return { print: await soundPrint(order, onProgress) }
  return { renditions: makeProxy(order, onProgress) }
}
