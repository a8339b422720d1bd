/** The process that looks at films for motion, one after the other. Whoever started it may end it at any time. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { Log } from 'node-av/lib'
import { serveOrders } from '../../derive/serve-orders.ts'
import { cutClip } from './film/clip.ts'
import { findMotion } from './film/find-motion.ts'
import { pictureAt } from './film/picture-at.ts'
import type { MotionMade, MotionOrder } from './motion-orders.ts'

Log.setLevel(AV_LOG_QUIET)
serveOrders(make)

function make(order: MotionOrder, onProgress: (share: number) => void): MotionMade {
  if (order.make === 'motion') return { motion: findMotion(order, onProgress) }
  if (order.make === 'picture') return { picture: pictureAt(order) }
  return { mime: cutClip(order) }
}
