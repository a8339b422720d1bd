import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import { motionRoutes } from '../http/routes/motion.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Library } from '../library/library.ts'
import type { Live } from '../live/live.ts'
import type { Recordings } from '../recording/recordings.ts'
import { createMotions, type Motions } from './motion/motions.ts'

export interface UnderstandingComponents {
  readonly ring: Ring
  readonly jobs: Jobs
  readonly library: Library
  readonly recordings: Recordings
  readonly live: Live
  readonly metrics: MetricsRegistry
  readonly log: Logger
}

export interface UnderstandingInit {
  /** The node's data folder. */
  readonly data: string
}

/** What is known of the inside of films, pictures and sound: looked at, read, heard, and found again by a sentence. */
export interface Understanding extends Startable {
  readonly motions: Motions
  readonly routes: readonly FastifyPluginAsync[]
}

export function createUnderstanding({ ring, jobs, library }: UnderstandingComponents, { data }: UnderstandingInit): Understanding {
  const motions = createMotions({ ring, originals: library.folders.originals, jobs }, { folder: join(data, 'tmp-motion') })
  return { motions, routes: [motionRoutes({ ring, motions })], ...lifecycle([motions]) }
}
