import { createHash } from 'node:crypto'
import { ChunkNotFoundError, InvalidMessageError } from '#protocols/errors.ts'
import { type AssetId, partitionOfAsset } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createLibraryLook } from '../../library/library-look.ts'
import type { MomentIndex } from '../index/entries.ts'
import { Filled, indexedPartitions, keepsIndex } from '../index/filled.ts'
import type { Models } from '../models/models.ts'
import { isSilent } from '../transcripts/transcriptions.ts'
import { ANALYSIS, NOTHING_SAID, type VectorsReading } from './analysis.ts'
import { entriesOf, type MoreEntries } from './entries-of.ts'
import type { MakersHere } from './readings/makers-here.ts'
import { taskOfReading } from './readings/reading-names.ts'
import type { ReadMade } from './readings/read-made.ts'
import { SETTINGS_KIND, type UnderstandingSettings } from './settings.ts'
import { digestOfWords, type Tag, type Tags } from './tags.ts'

/** The whole library is compared with the index this often, in ms, and whenever a node comes or goes. @default 600000 */
export const KEEP_LOOK_MS = 600_000
/** After a change it is waited so long for more of them, in ms. @default 500 */
export const KEEP_CALM_MS = 500

/** Something else that is known of assets and is searched for. */
export interface EntrySource {
  /** Whether what has this name in `made` is its own. */
  reads(name: string): boolean
  /** What changes, beside the blobs it reads, what it says. @default nothing */
  stateOf?(asset: Asset): string
  entriesOf(asset: Asset): Promise<MoreEntries | undefined>
}

/** An index that may have to begin anew. */
export type KeptIndex = MomentIndex & { readonly emptied?: Signal<void> }

export interface IndexKeeperComponents {
  readonly ring: Pick<Ring, 'self'> & {
    readonly catalog: Pick<Ring['catalog'], 'asset' | 'editAsset' | 'index' | 'assetsChanged' | 'unindexed' | 'layoutChanged'> & { readonly records: Pick<Ring['catalog']['records'], 'changed'> }
    readonly placement: Pick<Ring['placement'], 'targets' | 'owners'>
    readonly membership: Pick<Ring['membership'], 'changed'>
  }
  readonly index: KeptIndex
  /** Tags are of the models that are here. */
  readonly here: MakersHere
  readonly models: Pick<Models, 'changed'>
  readonly settings: Pick<UnderstandingSettings, 'vocabulary'>
  readonly tags: Tags
  readonly readMade: Pick<ReadMade, 'all'>
  readonly sources?: readonly EntrySource[]
  readonly log: Logger
}

/** Tells the index of this node what was read of every asset of the partitions it owns, whoever read it. */
export interface IndexKeeper extends Startable {
  /** Of which partitions the index has of every asset what was read of it, were it of an earlier model. */
  readonly filled: Pick<Filled, 'has'>
  /** Compare the whole library with the index. */
  look(): Promise<void>
}

export function createIndexKeeper({ ring, index, here, models, settings, tags, readMade, sources = [], log }: IndexKeeperComponents, { calmMs = KEEP_CALM_MS, lookMs = KEEP_LOOK_MS }: { calmMs?: number; lookMs?: number } = {}): IndexKeeper {
  const { catalog, placement, membership } = ring
  const due = new Set<AssetId>()
  const filled = new Filled()
  const leave: Array<() => void> = []
  const spacesHere = (): string[] => here().filter(({ task }) => task === 'embed-pictures').map(({ name }) => name).sort()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  const isFirst = ({ facts }: Asset): boolean => placement.targets(partitionOfAsset(facts.id))[0] === ring.self
  const readingsOf = ({ made }: Asset): string[] => Object.keys(made).filter((name) => name === ANALYSIS || taskOfReading(name) !== undefined || sources.some((source) => source.reads(name)))

  const silenceOf = (asset: Asset): string[] => isSilent(asset) ? [NOTHING_SAID] : []

  /** A name beside those of the readings that changes with what they say, with the vocabulary and with its model. */
  function stateOf(asset: Asset): string {
    const blobs = readingsOf(asset).sort().map((name) => `${name}=${asset.made[name]}`)
    const states = sources.flatMap((source) => Object.keys(asset.made).some((name) => source.reads(name)) ? source.stateOf?.(asset) ?? [] : [])
    return `state@${createHash('sha256').update([...blobs, ...states, ...silenceOf(asset), ...spacesHere(), digestOfWords(settings.vocabulary())].join('\n')).digest('hex').slice(0, 16)}`
  }

  const isThere = (asset: Asset): boolean => index.readings({ kind: 'asset', id: asset.facts.id }).includes(stateOf(asset))
  const isIn = (asset: Asset): boolean => asset.deletedAtMs === undefined && keepsIndex(placement, partitionOfAsset(asset.facts.id), ring.self) && readingsOf(asset).length > 0

  function soon(): void {
    if (stopping.signal.aborted || due.size === 0) return
    timer ??= setTimeout(() => {
      timer = undefined
      running ??= run().catch((err) => { log.error('could not tell the index - %s', err) }).finally(() => { running = undefined; soon() })
    }, calmMs).unref()
  }

  async function run(): Promise<void> {
    for (let [id] = due; id !== undefined && !stopping.signal.aborted; [id] = due) {
      due.delete(id)
      await keep(id).then(() => filled.told(partitionOfAsset(id), id), (err) => { log.error('could not tell the index of %s - %s', id, err) })
      await new Promise(setImmediate)
    }
  }

  async function keep(id: AssetId): Promise<void> {
    const asset = await catalog.asset(id)
    const subject = { kind: 'asset', id } as const
    if (asset === undefined || !isIn(asset)) return index.readings(subject).length === 0 ? undefined : index.remove(subject)
    if (isThere(asset)) return
    const known = await knownOf(asset)
    const told = known === undefined ? undefined : await tagsOf(known.vectors)
    const more = (await Promise.all(sources.map((source) => source.entriesOf(asset)))).filter((each) => each !== undefined)
    await drop(asset, more.flatMap(({ stale = [] }) => stale))
    const entries = entriesOf(asset, { known, tags: told, more })
    await index.put({ ...entries, understood: { ...entries.understood, readings: [...entries.understood.readings, ...silenceOf(asset), stateOf(asset)] } })
  }

  /** Takes away what is to be made anew. */
  async function drop(asset: Asset, names: readonly string[]): Promise<void> {
    if (isFirst(asset) && names.length > 0) await catalog.editAsset(asset.facts.id, { made: Object.fromEntries(names.map((name) => [name, ''] as const)) })
  }

  /** What can not be read, or is of other pictures, is made anew. */
  async function knownOf(asset: Asset): ReturnType<ReadMade['all']> {
    try {
      const known = await readMade.all(asset)
      await drop(asset, known?.stale ?? [])
      return known
    } catch (err) {
      if (err instanceof ChunkNotFoundError || !(err instanceof InvalidMessageError)) throw err
      await drop(asset, [ANALYSIS])
      return undefined
    }
  }

  async function tagsOf(vectors: readonly VectorsReading[]): Promise<ReadonlyArray<readonly Tag[]> | undefined> {
    for (const reading of vectors) {
      const found = await tags.of(reading).catch((err) => {
        log.error('no tags - %s', err)
        return undefined
      })
      if (found !== undefined) return found
    }
    return undefined
  }

  const looking = createLibraryLook({ catalog, log }, { everyMs: lookMs, async look(assets) {
    const partitions = indexedPartitions(placement, ring.self)
    for await (const asset of assets) {
      const { id } = asset.facts
      const known = index.readings({ kind: 'asset', id })
      const isToBeIn = isIn(asset)
      if (isToBeIn ? !isThere(asset) : known.length > 0) due.add(id)
      if (isToBeIn && known.length === 0) filled.lacks(partitionOfAsset(id), id)
    }
    if (!stopping.signal.aborted) filled.looked(partitions)
    soon()
  } })
  const { again } = looking
  return {
    filled, look: looking.now,
    start() {
      leave.push(
        catalog.assetsChanged.on((ids) => {
          for (const id of ids) due.add(id)
          soon()
        }),
        membership.changed.on(again), models.changed.on(again), ...(index.emptied === undefined ? [] : [index.emptied.on(() => {
          filled.clear()
          again()
        })]),
        catalog.records.changed.on((kind) => { if (kind === SETTINGS_KIND) again() })
      )
      looking.start()
    },
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      for (const end of leave.splice(0)) end()
      await Promise.all([looking.stop(), running])
    }
  }
}
