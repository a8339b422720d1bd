import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Library } from '../library/library.ts'
import type { Live } from '../live/live.ts'
import type { Recordings } from '../recording/recordings.ts'
import { createAnalysisParts } from './analysis/parts.ts'
import { createRelationParts } from './relations/parts.ts'
import { WITHOUT_INFERENCE, WITHOUT_MODELS } from './analysis/without-models.ts'

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

export function createUnderstanding({ ring, jobs, library, log }: UnderstandingComponents, { data }: UnderstandingInit): Understanding {
  const analysis = createAnalysisParts({ ring, jobs, library, inference: WITHOUT_INFERENCE, models: WITHOUT_MODELS, index: undefined, log: log.scope('node:understanding') })
  const relations = createRelationParts({ ring, analysis, inference: WITHOUT_INFERENCE, models: WITHOUT_MODELS, log: log.scope('node:relations') }, { data })
  return { routes: [...analysis.routes, ...relations.routes], ...lifecycle([analysis, relations]) }
}
