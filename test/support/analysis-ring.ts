/** The parts of a ring that understanding needs, in memory, with nodes and models that a test chooses; files are imported, decoded and looked at for real. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotFoundError } from '#protocols/errors.ts'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { Asset, Catalog } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { type BlobDoor, createBlobDoor } from '../../node/derive/blob-door.ts'
import { createDeriveProcesses } from '../../node/derive/derive-process.ts'
import { createJobs, type Jobs } from '../../node/jobs/jobs.ts'
import { createImporter, type Importer } from '../../node/library/importer.ts'
import { createProber, type Prober } from '../../node/library/probe.ts'
import { type Analyses, createAnalyses } from '../../node/understanding/analysis/analyses.ts'
import { createIndexKeeper, type IndexKeeper } from '../../node/understanding/analysis/index-keeper.ts'
import type { Looked, LookOrder } from '../../node/understanding/analysis/look-orders.ts'
import { createLooking, type Looking } from '../../node/understanding/analysis/look.ts'
import { createMakersOfReadings } from '../../node/understanding/analysis/makers-of-readings.ts'
import { createReadMade, type ReadMade } from '../../node/understanding/analysis/readings/read-made.ts'
import { createMakersHere } from '../../node/understanding/analysis/readings/makers-here.ts'
import { createUnderstandingSettings, type UnderstandingSettings } from '../../node/understanding/analysis/settings.ts'
import { createTags, type Tags } from '../../node/understanding/analysis/tags.ts'
import { createWantedReadings, type WantedReadings } from '../../node/understanding/analysis/wanted-readings.ts'
import { createSentencesMaker } from '../../node/understanding/analysis/sentences/sentences-maker.ts'
import { createSentencesSource } from '../../node/understanding/analysis/sentences/sentences-source.ts'
import { WRITTEN } from '../../node/understanding/analysis/sentences/written.ts'
import { createSaidTexts } from '../../node/understanding/transcripts/said-texts.ts'
import { createSpeechSource } from '../../node/understanding/transcripts/speech-source.ts'
import { createTranscriptStore, type TranscriptStore } from '../../node/understanding/transcripts/transcript-store.ts'
import type { MomentIndex, SubjectEntries } from '../../node/understanding/index/entries.ts'
import { subjectKey } from '../../node/understanding/subject.ts'
import { ALDER, createLibraryRing, type LibraryRing } from './library-ring.ts'
import { PlantedInference } from './planted-inference.ts'

/** An index that only remembers what it was told. */
export class RememberedIndex implements MomentIndex {
  readonly emptied = emitter<void>()
  readonly entries = new Map<string, SubjectEntries>()
  puts = 0

  async put(entries: SubjectEntries): Promise<void> {
    this.puts++
    this.entries.set(subjectKey(entries.subject), entries)
  }

  async remove(subject: SubjectEntries['subject']): Promise<void> {
    this.entries.delete(subjectKey(subject))
  }

  readings(subject: SubjectEntries['subject']): readonly string[] {
    return this.entries.get(subjectKey(subject))?.understood.readings ?? []
  }
}

export class AnalysisRing {
  readonly library: LibraryRing = createLibraryRing()
  readonly jobs: Jobs = createJobs({ node: 'alder', log: silentLog })
  readonly changed = emitter<AssetId[]>()
  readonly membersChanged = emitter<void>()
  readonly modelsChanged = emitter<void>()
  readonly prober: Prober = createProber({ log: silentLog }, { processes: 1 })
  readonly door: BlobDoor = createBlobDoor()
  readonly inference = new PlantedInference()
  readonly index = new RememberedIndex()
  readonly settings: UnderstandingSettings
  readonly tags: Tags
  readonly wanted: WantedReadings
  readonly readMade: ReadMade
  readonly transcripts: TranscriptStore
  readonly looking: Looking
  readonly importer: Importer
  /** What was told outside. */
  readonly events: Array<{ topic: string; payload: unknown }> = []
  readonly analyses: Analyses
  readonly keeper: IndexKeeper
  readonly dir: string
  readonly self = ALDER
  readonly layoutChanged = emitter<void>()
  /** Live nodes, in the order in which they own everything. */
  nodes: PeerId[] = [ALDER]
  nowMs = Date.now()
  readonly #processes
  readonly catalog: Catalog

  private constructor(dir: string, program: URL | undefined) {
    const { blobs, localChunks } = this.library.ring
    this.dir = dir
    this.catalog = this.#told()
    this.#processes = createDeriveProcesses<LookOrder, Looked>({ program: program ?? new URL('../../node/understanding/analysis/look-child.ts', import.meta.url) })
    const { records } = this.library.ring.catalog
    const ring = {
      self: ALDER, blobs, localChunks, writing: () => () => {}, catalog: this.catalog,
      placement: { targets: () => this.nodes, owners: () => this.nodes, ranking: () => this.nodes },
      membership: { changed: this.membersChanged, members: () => [{ peerId: ALDER, name: 'alder' }, { peerId: 'birch-peer' as PeerId, name: 'birch' }], isAlive: (node: PeerId) => this.nodes.includes(node) }
    } as unknown as Parameters<typeof createAnalyses>[0]['ring'] & Parameters<typeof createWantedReadings>[0]['ring'] & Parameters<typeof createIndexKeeper>[0]['ring']
    this.importer = createImporter({ blobs, catalog: this.catalog, prober: this.prober, self: ALDER, writing: () => () => {}, log: silentLog })
    const { inference } = this
    const models = { changed: this.modelsChanged, ...inference.spaces }
    const here = createMakersHere({ inference, models })
    this.transcripts = createTranscriptStore({ blobs })
    const spoken = { store: this.transcripts, model: () => undefined }
    const texts = [WRITTEN, createSaidTexts(spoken)]
    const sentences = createSentencesMaker({ inference, texts })
    const makers = createMakersOfReadings({ records, self: ALDER, makes: () => [...here().map(({ name }) => name), ...sentences.names()] })
    this.settings = createUnderstandingSettings({ records })
    this.readMade = createReadMade({ blobs })
    this.looking = createLooking({ blobs, originals: { read: ({ facts: { blob } }, range, options) => blobs.read(blob!, range, options) }, door: this.door, processes: this.#processes })
    this.wanted = createWantedReadings({ ring, makers, models, settings: this.settings })
    this.tags = createTags({ inference, settings: this.settings })
    this.analyses = createAnalyses({ ring, jobs: this.jobs, looking: this.looking, inference, sentences, here, models, makers, wanted: this.wanted, readMade: this.readMade, events: { emit: (topic, payload) => { this.events.push({ topic, payload }) } }, log: silentLog, nowMs: () => this.nowMs }, { calmMs: 10 })
    this.keeper = createIndexKeeper({ ring, index: this.index, here, models, settings: this.settings, tags: this.tags, readMade: this.readMade, sources: [createSpeechSource(spoken), ...texts.map((each) => createSentencesSource({ blobs, texts: each }))], log: silentLog }, { calmMs: 10 })
  }

  static async create(program?: URL): Promise<AnalysisRing> {
    const ring = new AnalysisRing(await mkdtemp(join(tmpdir(), 'thatdam-analysis-')), program)
    await ring.door.start()
    return ring
  }

  async start(): Promise<void> {
    await this.analyses.start()
    await this.keeper.start()
  }

  asset(id: string | null): Asset {
    const asset = this.library.assets.get(id as AssetId)
    if (asset === undefined) throw new NotFoundError(`no asset ${id}`)
    return asset
  }

  edit(id: AssetId, patch: Parameters<Catalog['editAsset']>[1]): Promise<Asset> {
    return this.catalog.editAsset(id, patch)
  }

  get isQuiet(): boolean {
    return this.jobs.list().length > 0 && this.jobs.list().every(({ endedMs }) => endedMs !== null)
  }

  async end(): Promise<void> {
    await this.keeper.stop()
    await this.analyses.stop()
    await this.jobs.stop()
    await this.#processes.stop()
    await this.door.stop()
    await this.prober.stop()
    await rm(this.dir, { recursive: true, force: true })
  }

  /** The catalog, which says what changed, and in which the empty text takes away what was made. */
  #told(): Catalog {
    const { catalog } = this.library.ring
    const { assets } = this.library
    const tell = (id: AssetId): void => this.changed.emit([id])
    const index = { assets: () => ({ assets: [...assets.values()].filter(({ deletedAtMs }) => deletedAtMs === undefined), total: assets.size, cursor: undefined }), asset: (id: AssetId) => assets.get(id) }
    return {
      ...catalog, index, unindexed: () => 0, layoutChanged: this.layoutChanged, assetsChanged: this.changed,
      async addAsset(...args: Parameters<Catalog['addAsset']>) {
        const added = await catalog.addAsset(...args)
        tell(args[0].id)
        return added
      },
      async editAsset(id: AssetId, patch: Parameters<Catalog['editAsset']>[1]) {
        const edited = await catalog.editAsset(id, patch)
        const made = Object.fromEntries(Object.entries(edited.made).filter(([, blob]) => (blob as string) !== '')) as Asset['made']
        assets.set(id, { ...edited, made })
        tell(id)
        return { ...edited, made }
      }
    } as unknown as Catalog
  }
}
