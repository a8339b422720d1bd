import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import type { EventBus } from '../events/events.ts'
import { motionEvents } from '../events/sources/motion.ts'
import { cameraMotionRoutes } from '../http/routes/camera-motion.ts'
import { modelRoutes } from '../http/routes/models.ts'
import { momentRoutes } from '../http/routes/moments.ts'
import { transcriptRoutes } from '../http/routes/transcripts.ts'
import { motionRoutes } from '../http/routes/motion.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Library } from '../library/library.ts'
import type { Live } from '../live/live.ts'
import type { Recordings } from '../recording/recordings.ts'
import { createAnalysisParts } from './analysis/parts.ts'
import { createNodeIndex } from './index/node-index.ts'
import { createInference } from './inference/inference.ts'
import { createLiveUnderstanding } from './live/parts.ts'
import { createModelJobs } from './models/model-jobs.ts'
import { createModels } from './models/ring-models.ts'
import { createPictureVectors } from './moments/picture-vectors.ts'
import { createMoments } from './moments/ring-moments.ts'
import { createRelationParts } from './relations/parts.ts'
import { createTranscripts } from './transcripts/transcripts.ts'
import { createTrackNames } from './motion/track-names.ts'
import { createMotions, type Motions } from './motion/motions.ts'
import { createTakeParts } from './takes/take-parts.ts'

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
  readonly motions: Motions
  /** Vectors in the index of this node. */
  readonly vectors: () => Promise<number>
  readonly routes: readonly FastifyPluginAsync[]
}

export function createUnderstanding({ ring, jobs, library, recordings, live, events, metrics, log }: UnderstandingComponents, { data, modelFolders, modelMirror, modelHub, inferenceProvider }: UnderstandingInit): Understanding {
  const { originals } = library.folders
  const models = createModels({ ring, log: log.scope('node:models') }, { folder: join(data, 'models'), folders: modelFolders, mirror: modelMirror, hub: modelHub, provider: inferenceProvider })
  const modelJobs = createModelJobs({ models, jobs })
  const inference = createInference({ models, metrics, log: log.scope('node:inference') }, { provider: inferenceProvider })
  const index = createNodeIndex({ log: log.scope('node:index') }, { folder: join(data, 'moments') })
  const transcripts = createTranscripts({ ring, jobs, originals, recordings, edits: library.organise.edits, inference, models, log: log.scope('node:transcripts') }, { data })
  const analysis = createAnalysisParts({ ring, jobs, library, inference, models, index, events, sources: [transcripts.speech], texts: [transcripts.said], speech: transcripts.speech.lines, log: log.scope('node:understanding') })
  const motions = createMotions({ ring, originals, jobs, names: createTrackNames({ looking: analysis.looking, inference }) }, { folder: join(data, 'tmp-motion') })
  const seen = createLiveUnderstanding({ ring, live, jobs, recordings, inference, models, index, heard: transcripts.heard, events, log: log.scope('node:understanding') })
  const takes = createTakeParts({ ring, originals, recordings, edits: library.organise.edits, jobs, log: log.scope('node:takes') })
  const moments = createMoments({ ring, index, inference, searched: () => models.spaces().searched, whyOff: analysis.whyOff, readsSentences: analysis.readsSentences, isFilled: (partition) => analysis.filled.has(partition) && seen.filled.has(partition) })
  const relations = createRelationParts({ ring, analysis, inference, models, moments, sameMomentsOf: takes.sameMomentsOf, log: log.scope('node:relations') }, { data })
  return {
    motions,
    vectors: async () => (await index.size()).vectors,
    routes: [
      modelRoutes({ models, modelJobs }), momentRoutes({ catalog: ring.catalog, moments, pictureVector: createPictureVectors({ inference }) }),
      ...analysis.routes, transcriptRoutes({ ring, transcripts }), takes.routes, ...relations.routes,
      motionRoutes({ ring, motions, placeOf: (hero, witness) => takes.records.placeOf(hero.facts.id, witness.facts.id) }), cameraMotionRoutes({ areas: live.motionAreas, knows: live.knows })
    ],
    ...lifecycle([models, inference, modelJobs, index, analysis, transcripts, motions, motionEvents(live.motions.changed, events), takes, seen, relations])
  }
}
