/** The process that looks at films for motion, one after the other. Whoever started it may end it at any time. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { Log } from 'node-av/lib'
import type { ChildAnswer } from '../../derive/derive-orders.ts'
import { cutClip } from './film/clip.ts'
import { findMotion } from './film/find-motion.ts'
import { pictureAt } from './film/picture-at.ts'
import type { MotionMade, MotionOrder } from './motion-orders.ts'

Log.setLevel(AV_LOG_QUIET)
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
process.on('message', (order: MotionOrder) => {
  try {
    tell({ made: make(order) })
  } catch (err) {
    tell({ failed: err instanceof Error ? err.message : String(err) })
  }
})

function make(order: MotionOrder): MotionMade {
  if (order.make === 'motion') return { motion: findMotion(order, (progress) => tell({ progress })) }
  if (order.make === 'picture') return { picture: pictureAt(order) }
  cutClip(order)
  return {}
}

function tell(answer: ChildAnswer<MotionMade>): void {
  if (process.connected) process.send?.(answer)
}
