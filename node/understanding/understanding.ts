import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import type { EventBus } from '../events/events.ts'
import { modelRoutes } from '../http/routes/models.ts'
import { transcriptRoutes } from '../http/routes/transcripts.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Library } from '../library/library.ts'
import type { Live } from '../live/live.ts'
import type { Recordings } from '../recording/recordings.ts'
import { createAnalysisParts } from './analysis/parts.ts'
import { createInference } from './inference/inference.ts'
import { createModelJobs } from './models/model-jobs.ts'
import { createModels } from './models/ring-models.ts'
import { createTranscripts } from './transcripts/transcripts.ts'

export interface UnderstandingComponents {
  readonly ring: Ring
  readonly jobs: Jobs
  readonly library: Library
  readonly recordings: Recordings
  readonly live: Live
  readonly events: Pick<EventBus, 'emit'>
  readonly metrics: MetricsRegistry
  readonly log: Logger
}

export interface UnderstandingInit {
  /** The node's data folder. */
  readonly data: string
  /** Folders of models beside the node's own, which are only read. */
  readonly modelFolders?: readonly string[] | undefined
  /** A server laid out as the hub is, asked before it. */
  readonly modelMirror?: string | undefined
  /** `none`: models come from folders, the ring and the mirror alone. @default DEFAULT_MODEL_HUB */
  readonly modelHub?: string | undefined
  /** ONNX Runtime's execution provider. @default DEFAULT_INFERENCE_PROVIDER */
  readonly inferenceProvider?: string | undefined
}

/** What is known of the inside of films, pictures and sound: looked at, read, heard, and found again by a sentence. */
export interface Understanding extends Startable {
  readonly routes: readonly FastifyPluginAsync[]
}

export function createUnderstanding({ ring, jobs, library, metrics, log }: UnderstandingComponents, { data, modelFolders, modelMirror, modelHub, inferenceProvider }: UnderstandingInit): Understanding {
  const models = createModels({ ring, log: log.scope('node:models') }, { folder: join(data, 'models'), folders: modelFolders, mirror: modelMirror, hub: modelHub })
  const modelJobs = createModelJobs({ models, jobs })
  const inference = createInference({ models, metrics, log: log.scope('node:inference') }, { provider: inferenceProvider })
  const transcripts = createTranscripts({ ring, jobs, originals: library.folders.originals, edits: library.organise.edits, inference, models, log: log.scope('node:transcripts') }, { data })
  const analysis = createAnalysisParts({ ring, jobs, library, inference, models, index: undefined, sources: [transcripts.speech], speech: transcripts.speech.lines, log: log.scope('node:understanding') })
  return { routes: [modelRoutes({ models, modelJobs }), ...analysis.routes, transcriptRoutes({ ring, transcripts })], ...lifecycle([models, inference, modelJobs, analysis, transcripts]) }
}
