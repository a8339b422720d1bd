import { ModelMissingError, OverloadedError } from '#protocols/errors.ts'
import { type AssetId, type ChunkId, partitionOfAsset } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import { once } from '#ring/base/bytes.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createFailedTries } from '../../derive/failed-tries.ts'
import type { EventBus } from '../../events/events.ts'
import type { JobHandle, Jobs } from '../../jobs/jobs.ts'
import { createLibraryLook } from '../../library/library-look.ts'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'
import { ANALYSIS, type Analysis, isSaid } from './analysis.ts'
import { encodeAnalysis } from './codec.ts'
import type { Looking } from './look.ts'
import { MAKERS_KIND, type MakersOfReadings } from './makers-of-readings.ts'
import type { MakersHere } from './readings/makers-here.ts'
import { taskOfReading } from './readings/reading-names.ts'
import { readPictures } from './readings/read-pictures.ts'
import type { ReadMade } from './readings/read-made.ts'
import { SETTINGS_KIND } from './settings.ts'
import { isOfPictures, type WantedReading, type WantedReadings } from './wanted-readings.ts'
import type { SentencesMaker } from './sentences/sentences-maker.ts'

/** After a change it is waited this long for more of them, in ms. @default 2000 */
export const ANALYSE_CALM_MS = 2_000
/** The whole library is looked through this often, in ms, and whenever a node, a model or a setting changes. @default 3600000 */
export const ANALYSE_LOOK_MS = 3_600_000
/** What waits for a busy model is tried again after so long, in ms. @default 60000 */
export const BUSY_AGAIN_MS = 60_000

export interface AnalysesComponents {
  readonly ring: Pick<Ring, 'self' | 'writing' | 'blobs'> & {
    readonly catalog: Pick<Ring['catalog'], 'asset' | 'editAsset' | 'index' | 'assetsChanged' | 'unindexed' | 'layoutChanged'> & { readonly records: Pick<Ring['catalog']['records'], 'changed'> }
    readonly placement: Pick<Ring['placement'], 'targets'>
    readonly membership: Pick<Ring['membership'], 'changed' | 'members'>
    readonly localChunks: Pick<Ring['localChunks'], 'disk'>
  }
  readonly jobs: Pick<Jobs, 'submit'>
  readonly looking: Pick<Looking, 'look' | 'pictures'>
  readonly inference: Inference
  readonly sentences: Pick<SentencesMaker, 'read'>
  /** What its models read. */
  readonly here: MakersHere
  readonly models: Pick<Models, 'changed'>
  readonly makers: Pick<MakersOfReadings, 'tell'>
  readonly wanted: WantedReadings
  readonly readMade: Pick<ReadMade, 'analysis'>
  readonly events: Pick<EventBus, 'emit'>
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

export interface AnalysesInit {
  /** @default ANALYSE_CALM_MS */
  readonly calmMs?: number
  /** @default ANALYSE_LOOK_MS */
  readonly lookMs?: number
}

/** Why something that an asset should have is not there. */
export interface Waiting {
  readonly name: string
  readonly state: 'waiting' | 'failed' | 'elsewhere' | 'nobody'
  /** A sentence for people. */
  readonly why: string
}

/** Understands what assets show, in the background: the node whose turn it is does, and when it dies the next one sees the same gap. */
export interface Analyses extends Startable {
  /** What the asset should have and has not. */
  waiting(asset: Asset): Waiting[]
  /** Of how many assets this node could not make what is its turn to make, by names in `made`. */
  failures(): ReadonlyMap<string, number>
  /** Look through the whole library for what is this node's to make. */
  look(): Promise<void>
}

export function createAnalyses(components: AnalysesComponents, { calmMs = ANALYSE_CALM_MS, lookMs = ANALYSE_LOOK_MS }: AnalysesInit = {}): Analyses {
  const { ring, jobs, looking: eyes, inference, sentences, here, models, makers, wanted, readMade, events, log, nowMs = Date.now } = components
  const { catalog, membership, placement } = ring
  const due = new Set<AssetId>()
  const busy = new Set<AssetId>()
  const failures = createFailedTries(nowMs)
  const leave: Array<() => void> = []
  const stopping = new AbortController()
  const timers = new Map<string, NodeJS.Timeout>()
  let isRunning = false
  let ending: Promise<void> | undefined

  const keyOf = (id: AssetId, name: string): string => `${id} ${name}`
  const isFirst = (id: AssetId): boolean => placement.targets(partitionOfAsset(id))[0] === ring.self

  function after(ms: number, name: string, act: () => void): void {
    if (stopping.signal.aborted || timers.has(name)) return
    timers.set(name, setTimeout(() => {
      timers.delete(name)
      act()
    }, ms).unref())
  }

  const missing = (asset: Asset): WantedReading[] => wanted.of(asset).filter(({ name, isThere, node }) => !isThere && node === ring.self && failures.isDue(keyOf(asset.facts.id, name)))

  /** Nothing is read of pictures before they are chosen. */
  const mine = (asset: Asset): WantedReading[] => missing(asset).filter((want) => !isOfPictures(want) || asset.made[ANALYSIS] !== undefined)

  function consider(asset: Asset | undefined): void {
    if (asset === undefined) return
    if (mine(asset).length > 0 || (wanted.excess(asset).length > 0 && isFirst(asset.facts.id))) due.add(asset.facts.id)
  }

  function begin(): void {
    if (stopping.signal.aborted || isRunning || due.size === 0 || ring.localChunks.disk().acceptsWrites === false) return
    isRunning = true
    jobs.submit({ kind: 'understand', title: 'Looking at films and pictures', isAutomatic: true, async run(job) {
      isRunning = true
      const done = Promise.withResolvers<void>()
      ending = done.promise
      try {
        await run({ ...job, get view() { return job.view }, signal: AbortSignal.any([job.signal, stopping.signal]) })
      } finally {
        isRunning = false
        done.resolve()
        soon()
      }
    } })
  }

  const soon = (): void => { if (due.size > 0) after(calmMs, 'calm', begin) }

  async function run(job: JobHandle): Promise<void> {
    const reasons: string[] = []
    for (const key of failures.again(job.id)) due.add(key.split(' ')[0] as AssetId)
    for (let [id] = due; id !== undefined; [id] = due) {
      await job.turn().catch((err) => { due.clear(); throw err })
      job.signal.throwIfAborted()
      due.delete(id)
      job.update({ filesTotal: job.view.filesDone + due.size + 1 })
      reasons.push(...await understand(id, job))
      job.update({ filesDone: job.view.filesDone + 1 })
    }
    const [first] = reasons
    if (first !== undefined) throw new Error(`not everything could be understood (${reasons.length}): ${first}`)
  }

  /** Everything of one asset that is this node's turn; answers what failed. */
  async function understand(id: AssetId, job: JobHandle): Promise<string[]> {
    const written = ring.writing()
    try {
      return [...await clean(id), ...await readTexts(id, job), ...await analyse(id, job), ...await read(id, job)]
    } finally {
      written()
    }
  }

  async function clean(id: AssetId): Promise<string[]> {
    const asset = await catalog.asset(id)
    const excess = asset === undefined ? [] : wanted.excess(asset)
    if (excess.length > 0) await catalog.editAsset(id, { made: Object.fromEntries(excess.map((name) => [name, ''] as const)) })
    return []
  }

  /** What people wrote of it, and what is said in it. */
  async function readTexts(id: AssetId, job: JobHandle): Promise<string[]> {
    const asset = await catalog.asset(id)
    const reasons: string[] = []
    for (const { name } of asset === undefined ? [] : missing(asset).filter(({ task }) => task === 'embed-sentences')) reasons.push(...await readText(asset!, name, job))
    return reasons
  }

  async function readText(asset: Asset, name: string, job: JobHandle): Promise<string[]> {
    const { id } = asset.facts
    job.update({ step: `reading what is ${isSaid(name) ? 'said in' : 'written of'} ${asset.facts.name}`, bytesDone: 0, bytesTotal: 0 })
    try {
      const bytes = await sentences.read(name, asset, { signal: job.signal, turn: () => job.turn() })
      await catalog.editAsset(id, { made: { [name]: await put(bytes, job.signal) } })
      failures.forget(keyOf(id, name))
      return []
    } catch (err) {
      return failed(asset, name, err, job)
    }
  }

  async function analyse(id: AssetId, job: JobHandle): Promise<string[]> {
    const asset = await catalog.asset(id)
    if (asset === undefined || !missing(asset).some(({ task }) => task === undefined)) return []
    job.update({ step: `looking at ${asset.facts.name}`, bytesDone: 0, bytesTotal: asset.facts.size })
    try {
      const analysis = await eyes.look(asset, { signal: job.signal, onProgress: (share) => { job.update({ bytesDone: Math.round(share * asset.facts.size) }) } })
      const blob = await put(encodeAnalysis(analysis), job.signal)
      const old = Object.keys(asset.made).filter((name) => taskOfReading(name) !== undefined) // they read other pictures
      await catalog.editAsset(id, { made: { ...Object.fromEntries(old.map((name) => [name, ''] as const)), [ANALYSIS]: blob } })
      failures.forget(keyOf(id, ANALYSIS))
      events.emit('dam.ingested', { asset: id, name: asset.facts.name, path: asset.locations[0]?.path ?? asset.facts.name, pictures: analysis.pictures.length, scenes: analysis.scenes.length })
      return []
    } catch (err) {
      return failed(asset, ANALYSIS, err, job)
    }
  }

  async function read(id: AssetId, job: JobHandle): Promise<string[]> {
    const asset = await catalog.asset(id)
    const blob = asset?.made[ANALYSIS]
    if (asset === undefined || blob === undefined) return []
    const names = missing(asset).filter(isOfPictures).map(({ name }) => name)
    if (names.length === 0) return []
    try {
      const analysis = await readMade.analysis(asset)
      if (analysis === undefined) return []
      return await readThem(asset, { analysis, of: blob }, names, job)
    } catch (err) {
      return names.flatMap((name) => failed(asset, name, err, job))
    }
  }

  async function readThem(asset: Asset, what: { analysis: Analysis; of: ChunkId }, names: readonly string[], job: JobHandle): Promise<string[]> {
    job.update({ step: `reading the pictures of ${asset.facts.name}`, bytesDone: 0, bytesTotal: asset.facts.size })
    const read = await readPictures({ looking: eyes, inference, here }, asset, { ...what, names }, { signal: job.signal, turn: () => job.turn(), onProgress: (share) => job.update({ bytesDone: Math.round(share * asset.facts.size) }) })
    const made: Record<string, ChunkId> = {}
    for (const [name, bytes] of read.made) {
      made[name] = await put(bytes, job.signal)
      failures.forget(keyOf(asset.facts.id, name))
    }
    const now = await catalog.asset(asset.facts.id)
    if (Object.keys(made).length > 0 && now?.made[ANALYSIS] === what.of) await catalog.editAsset(asset.facts.id, { made })
    return [...read.failed].flatMap(([name, err]) => failed(asset, name, err, job))
  }

  const put = async (bytes: Uint8Array, signal: AbortSignal): Promise<ChunkId> => (await ring.blobs.put(once(bytes), { signal })).id

  /** A model that is gone or busy is no fault of the file. */
  function failed({ facts: { id, name } }: Asset, what: string, err: unknown, job: JobHandle): string[] {
    job.signal.throwIfAborted()
    if (err instanceof ModelMissingError) return []
    if (err instanceof OverloadedError) {
      busy.add(id)
      after(BUSY_AGAIN_MS, 'busy', () => {
        for (const one of busy) due.add(one)
        busy.clear()
        soon()
      })
      return []
    }
    const reason = failures.note(keyOf(id, what), err, job.id)
    log.error('no %s of %s - %s', what, name, reason)
    job.note({ path: name, outcome: 'refused', assetId: id, copies: 0, reason: `${what}: ${reason}` })
    return [`${name}: ${reason}`]
  }

  /** What another node made since, or tries next, is no failure of this one. */
  function failuresNow(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const key of failures.keys()) {
      const [id, name = ''] = key.split(' ') as [AssetId, string?]
      const asset = catalog.index.asset(id)
      if (asset?.deletedAtMs !== undefined || !(asset && wanted.of(asset).some((want) => want.name === name && !want.isThere && want.node === ring.self))) continue
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return counts
  }

  const looking = createLibraryLook({ catalog, log }, { everyMs: lookMs, async look(assets) {
    await makers.tell().catch((err) => { log.error('could not tell what this node can read - %s', err) })
    for await (const asset of assets) consider(asset)
    soon()
  } })
  const lookAgain = (): void => after(calmMs, 'look', looking.again)

  function whyNot(asset: Asset, { name, node }: WantedReading): Waiting {
    const reason = failures.reason(keyOf(asset.facts.id, name))
    if (reason !== undefined && node === ring.self) return { name, state: 'failed', why: reason }
    if (node === undefined) return { name, state: 'nobody', why: 'no node that answers has the model for it' }
    if (node === ring.self) return { name, state: 'waiting', why: 'its turn has not come' }
    return { name, state: 'elsewhere', why: `${membership.members().find(({ peerId }) => peerId === node)?.name ?? 'another node'} makes it` }
  }

  return {
    look: looking.now,
    waiting: (asset) => wanted.of(asset).filter(({ isThere }) => !isThere).map((want) => whyNot(asset, want)),
    failures: failuresNow,
    start() {
      leave.push(
        catalog.assetsChanged.on((ids) => {
          for (const id of ids) consider(catalog.index.asset(id))
          soon()
        }),
        membership.changed.on(lookAgain), models.changed.on(lookAgain),
        catalog.records.changed.on((kind) => { if (kind === SETTINGS_KIND || kind === MAKERS_KIND) lookAgain() })
      )
      looking.start()
    },
    async stop() {
      stopping.abort(new Error('the node was stopped before all was understood: it goes on by itself'))
      for (const timer of timers.values()) clearTimeout(timer)
      for (const end of leave.splice(0)) end()
      await Promise.all([looking.stop(), ending])
    }
  }
}
