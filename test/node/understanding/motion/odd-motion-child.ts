/** Takes films that lie on their side for damaged ones, and finds nothing in the others. */
import { serveOrders } from '../../../../node/derive/serve-orders.ts'
import { NO_AREAS } from '../../../../node/understanding/motion/motion.ts'
import type { MotionMade, MotionOrder } from '../../../../node/understanding/motion/motion-orders.ts'

serveOrders<MotionOrder, MotionMade>(({ turn }) => {
  if (turn !== 0) throw new Error('none of its pictures decode')
  return { motion: { options: { ...NO_AREAS, features: false }, durationMs: 1_000, framesPerSecond: 25, width: 2, height: 2, samples: [], stretches: [], tracks: [], features: [], notes: [] } }
})
