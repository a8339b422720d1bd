/** The process that looks at originals, one after the other: an order in, progress and an answer out. Whoever started it may end it at any time. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { Log } from 'node-av/lib'
import { serveOrders } from '../../derive/serve-orders.ts'
import type { Looked, LookOrder } from './look-orders.ts'
import { lookAtFilm, lookAtStill } from './look-at.ts'
import { jpegOfPicture } from './pictures/upright-pictures.ts'
import { picturesAt } from './pictures/pictures-at.ts'

Log.setLevel(AV_LOG_QUIET)
serveOrders(look)

function look(order: LookOrder, onProgress: (share: number) => void): Looked {
  if (order.look === 'film') return { analysis: lookAtFilm(order, onProgress) }
  if (order.look === 'still') return { analysis: lookAtStill(order) }
  if (order.look === 'pictures') return { pictures: picturesAt(order, order.atMs, onProgress) }
  const [picture] = picturesAt(order, [order.atMs], onProgress)
  return { jpeg: jpegOfPicture(picture!) }
}
