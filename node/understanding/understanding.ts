import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import { momentRoutes } from '../http/routes/moments.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Library } from '../library/library.ts'
import type { Live } from '../live/live.ts'
import type { Recordings } from '../recording/recordings.ts'
import { createNodeIndex } from './index/node-index.ts'
import { createPictureVectors } from './moments/picture-vectors.ts'
import { createMoments } from './moments/ring-moments.ts'

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
  readonly routes: readonly FastifyPluginAsync[]
}

export function createUnderstanding({ ring, log }: UnderstandingComponents, { data }: UnderstandingInit): Understanding {
  const inference = undefined
  const index = createNodeIndex({ log: log.scope('understanding:index') }, { folder: join(data, 'moments') })
  const moments = createMoments({ ring, index, inference })
  return { routes: [momentRoutes({ catalog: ring.catalog, moments, pictureVector: createPictureVectors({ inference }) })], ...lifecycle([index]) }
}
