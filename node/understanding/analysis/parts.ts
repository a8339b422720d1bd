import type { FastifyPluginAsync } from 'fastify'
import type { PeerId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createBlobDoor } from '../../derive/blob-door.ts'
import { createDeriveProcesses } from '../../derive/derive-process.ts'
import type { EventBus } from '../../events/events.ts'
import { sceneRoutes } from '../../http/routes/scenes.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import type { Library } from '../../library/library.ts'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'
import { heardBy } from '../transcripts/transcript.ts'
import { isSentences } from './analysis.ts'
import { createAnalyses } from './analyses.ts'
import { createUnderstandingCoverage } from './coverage.ts'
import { createIndexKeeper, type EntrySource, type IndexKeeper, type KeptIndex } from './index-keeper.ts'
import { createLooking, type Looking } from './look.ts'
import type { Looked, LookOrder } from './look-orders.ts'
import { createMakersOfReadings } from './makers-of-readings.ts'
import { createMomentPictures } from './moment-pictures.ts'
import { createMakersHere } from './readings/makers-here.ts'
import { createReadMade, type ReadMade } from './readings/read-made.ts'
import { createRingFailures } from './ring-failures.ts'
import type { SpeechLine } from './scene-views.ts'
import { createSentencesMaker } from './sentences/sentences-maker.ts'
import { createSentencesSource } from './sentences/sentences-source.ts'
import type { Texts } from './sentences/texts.ts'
import { WRITTEN } from './sentences/written.ts'
import { createUnderstandingSettings, type UnderstandingSettings } from './settings.ts'
import { createSpaceCover } from './space-cover.ts'
import { createTags, type Tags } from './tags.ts'
import { createWhyOff, type WhyOff } from './why-off.ts'
import { createWantedReadings } from './wanted-readings.ts'

/** A picture that somebody waits for and that tells nothing for so long is given up, in ms. @default 30000 */
export const MOMENT_SILENCE_MS = 30_000

export interface AnalysisPartsComponents {
  readonly ring: Ring
  readonly jobs: Jobs
  readonly library: Pick<Library, 'folders'>
  readonly inference: Inference
  readonly models: Pick<Models, 'changed' | 'spaces' | 'usedFor' | 'coverBy'>
  readonly index: KeptIndex
  readonly events: Pick<EventBus, 'emit'>
  /** What else is known of assets and is searched for. */
  readonly sources?: readonly EntrySource[]
  /** Texts that are read for what they mean, beside what people wrote. */
  readonly texts?: readonly Texts[]
  /** What is said in an asset. @default nothing is known */
  readonly speech?: (asset: Parameters<EntrySource['entriesOf']>[0]) => Promise<readonly SpeechLine[]>
  readonly log: Logger
}

/** All of this folder, put together. */
export interface AnalysisParts extends Startable {
  readonly routes: readonly FastifyPluginAsync[]
  readonly readMade: ReadMade
  readonly tags: Tags
  readonly settings: UnderstandingSettings
  readonly filled: IndexKeeper['filled']
  readonly looking: Pick<Looking, 'pictures'>
  readonly whyOff: WhyOff
  /** Whether a node has the model of sentences that the ring uses. */
  readonly readsSentences: (node: PeerId) => boolean
}

export function createAnalysisParts({ ring, jobs, library, inference, models, index, events, sources = [], texts: more = [], speech, log }: AnalysisPartsComponents): AnalysisParts {
  const program = new URL('./look-child.ts', import.meta.url)
  const door = createBlobDoor()
  const processes = createDeriveProcesses<LookOrder, Looked>({ program })
  const urgent = createDeriveProcesses<LookOrder, Looked>({ program, silenceMs: MOMENT_SILENCE_MS })
  const from = { blobs: ring.blobs, originals: library.folders.originals, door }
  const looking = createLooking({ ...from, processes })
  const settings = createUnderstandingSettings({ records: ring.catalog.records })
  const here = createMakersHere({ inference, models })
  const hears = (): string[] => [inference.model('find-speech') && inference.model('transcribe')].flatMap((model) => model === undefined ? [] : heardBy(model.name))
  const texts = [WRITTEN, ...more]
  const sentences = createSentencesMaker({ inference, texts })
  const makers = createMakersOfReadings({ records: ring.catalog.records, self: ring.self, makes: () => [...here().map(({ name }) => name), ...hears(), ...sentences.names()] })
  const whyOff = createWhyOff({ makers, membership: ring.membership, inference, self: ring.self })
  const wanted = createWantedReadings({ ring, makers, models, settings })
  const readMade = createReadMade({ blobs: ring.blobs })
  const tags = createTags({ inference, settings })
  const analyses = createAnalyses({ ring, jobs, looking, inference, sentences, here, models, makers, wanted, readMade, events, log })
  const keeper = createIndexKeeper({ ring, index, here, models, settings, tags, readMade, sources: [...sources, ...texts.map((each) => createSentencesSource({ blobs: ring.blobs, texts: each }))], log })
  const cover = createSpaceCover({ ring, models, log })
  const pictures = createMomentPictures({ looking: createLooking({ ...from, processes: urgent }) })
  const coverage = createUnderstandingCoverage({ ring, failures: createRingFailures({ ring, analyses }), wanted, inference, whyOff, settings })
  return {
    readMade, tags, settings, looking, whyOff, readsSentences: (node) => makers.of(node).some(isSentences), filled: keeper.filled, routes: [sceneRoutes({ catalog: ring.catalog, analyses, readMade, tags, pictures, coverage, settings, ...(speech && { speech }) })],
    ...lifecycle([door, processes, urgent, cover, analyses, keeper])
  }
}
