import type { FastifyPluginAsync } from 'fastify'
import { ModelMissingError } from '#protocols/errors.ts'
import type { Ring } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import { transcriptRoutes } from '../http/routes/transcripts.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Library } from '../library/library.ts'
import type { Live } from '../live/live.ts'
import type { Recordings } from '../recording/recordings.ts'
import { createTranscripts, type TranscriptsComponents } from './transcripts/transcripts.ts'

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
  const transcripts = createTranscripts({ ring, jobs, originals: library.folders.originals, edits: library.organise.edits, ...NO_MODELS, log: log.scope('node:transcripts') }, { data })
  return { routes: [transcriptRoutes({ ring, transcripts })], ...lifecycle([transcripts]) }
}

/** Until there are models: captions that come with files, and what people write. */
const NO_MODELS: Pick<TranscriptsComponents, 'inference' | 'models'> = {
  inference: { model: () => undefined, whyNot: () => 'no model for speech is there', findSpeech: noModel, transcribe: noModel },
  models: { changed: emitter<void>(), usedFor: () => undefined }
}

async function noModel(): Promise<never> {
  throw new ModelMissingError('no model for speech is there')
}
