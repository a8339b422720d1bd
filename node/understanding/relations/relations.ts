import { setTimeout as sleep } from 'node:timers/promises'
import { type AssetId, partitionOfAsset } from '#protocols/ids.ts'
import type { RelatedView, RelationMap } from '#protocols/http.ts'
import type { Asset, Ring } from '#ring'
import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createLibraryLook } from '../../library/library-look.ts'
import type { Moments } from '../moments/moments.ts'
import type { SpaceId } from '../space.ts'
import type { SameMoments } from '../takes/same-moments.ts'
import { createMapBuilder } from './map-builder.ts'
import { createPairs } from './pairs.ts'
import { relatedOf } from './related.ts'
import { keyOf, type Seen } from './summary.ts'
import { createSummaries } from './summaries.ts'

/** After a change it is waited this long for more of them, in ms. @default 5000 */
export const RELATE_CALM_MS = 5_000
/** Clips of other nodes' partitions that are placed beside the own ones, as long as fewer than this are known. @default 10000 */
export const MOST_OF_OTHERS = 10_000
/** Between two of those it is waited, in ms: what they are made of is read from other nodes. @default 200 */
export const OTHERS_PAUSE_MS = 200
/** The whole library is looked through this often, in ms, and whenever a node comes or goes. @default 3600000 */
export const RELATE_LOOK_MS = 3_600_000

export interface RelationsComponents {
  readonly ring: Pick<Ring, 'self'> & {
    readonly catalog: Pick<Ring['catalog'], 'asset' | 'cameras' | 'index' | 'assetsChanged' | 'unindexed' | 'layoutChanged'>
    readonly placement: Pick<Ring['placement'], 'owners'>
    readonly membership: Pick<Ring['membership'], 'changed'>
  }
  /** What models read of an asset. */
  readonly readings: { all(asset: Pick<Asset, 'made'>): Promise<Seen | undefined> }
  /** The space that searches use now. */
  readonly space: () => SpaceId | undefined
  /** Why there is none, and what to do; undefined when there is one. */
  readonly whyNoSpace: () => string | undefined
  /** Another space may be searched now. */
  readonly spaceChanged?: Signal<void>
  /** What else models call what is in it. */
  readonly labels?: (seen: Seen) => Promise<readonly string[]>
  /** Another, and `labels` may say something else; told by `labelWordsChanged`. */
  readonly labelWords?: () => string
  readonly labelWordsChanged?: Signal<string>
  /** Finds clips with scenes like one's own, and more like this; without it only neighbours that are known here are. */
  readonly moments?: Pick<Moments, 'search'>
  readonly sameMomentsOf?: SameMoments['sameMomentsOf']
  readonly log: Logger
}

export interface RelationsInit {
  /** Where what is computed is kept; it may be deleted at any time. */
  readonly path: string
  /** @default RELATE_CALM_MS */
  readonly calmMs?: number
  /** @default OTHERS_PAUSE_MS */
  readonly othersPauseMs?: number
}

/** Whose eyes see this: everybody's, or those of somebody who may see some albums only. */
export interface Onlooker {
  readonly albums?: readonly string[] | undefined
  maySee(asset: Pick<Asset, 'albums'>): boolean
}

/** How assets hang together: found out in the background for the assets of partitions that this node owns; those of others are placed among them. */
export interface Relations extends Startable {
  /** What hangs together with an asset; scenes like those of one that another node owns are looked for now. */
  related(asset: Asset, onlooker: Onlooker): Promise<RelatedView>
  map(onlooker: Onlooker): Promise<RelationMap>
}

export function createRelations(components: RelationsComponents, { path, calmMs = RELATE_CALM_MS, othersPauseMs = OTHERS_PAUSE_MS }: RelationsInit): Relations {
  const { ring, space, spaceChanged, labelWords, labelWordsChanged, log } = components
  const { catalog, placement, membership } = ring
  const summaries = createSummaries(components, { path })
  const pairs = createPairs(catalog)
  const maps = createMapBuilder({ ...components, summaries, pairs, waiting: () => others.size })
  const due = new Set<AssetId>()
  /** Of partitions of other nodes: when nothing of the own ones is due. */
  const others = new Set<AssetId>()
  const leave: Array<() => void> = []
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined
  let words = labelWords?.()

  const owns = ({ facts: { id } }: Asset): boolean => placement.owners(partitionOfAsset(id)).includes(ring.self)

  function consider(id: AssetId, asset: Asset | undefined): void {
    const here = space()
    if (asset === undefined || asset.deletedAtMs !== undefined) return forget(id)
    if (summaries.find(id) !== undefined) summaries.rename(asset)
    if (here === undefined || keyOf(asset, here) === undefined || summaries.isCurrent(asset)) return
    const [mine, theirs] = owns(asset) ? [due, others] : [others, due]
    theirs.delete(id)
    mine.add(id)
  }

  function forget(id: AssetId): void {
    due.delete(id)
    others.delete(id)
    summaries.remove(id)
  }

  const isDue = (): boolean => due.size > 0 || (others.size > 0 && summaries.all().length < MOST_OF_OTHERS)

  function soon(): void {
    if (stopping.signal.aborted || !isDue() || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      working ??= work().catch((err) => log.error('could not find out what hangs together - %s', err)).finally(() => { working = undefined; soon() })
    }, calmMs).unref()
  }

  /** One after the other, with the turns of others in between. */
  async function work(): Promise<void> {
    while (isDue() && !stopping.signal.aborted) {
      const isMine = due.size > 0
      const [id] = isMine ? due : others
      due.delete(id!)
      others.delete(id!)
      await (isMine ? summaries.summarise : summaries.place)(id!).catch((err) => log.error('%s: it could not be found out what it hangs together with - %s', id, err))
      await sleep(isMine ? 0 : othersPauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    }
    await summaries.save()
  }

  const looking = createLibraryLook({ catalog, log }, { everyMs: RELATE_LOOK_MS, async look(assets, signal) {
    await summaries.load()
    const there = new Set<AssetId>()
    for await (const asset of assets) {
      there.add(asset.facts.id)
      consider(asset.facts.id, asset)
    }
    if (signal.aborted) return
    for (const { id } of summaries.all()) if (!there.has(id)) summaries.remove(id)
    soon()
  } })
  return {
    async related(asset, onlooker) {
      const here = space()
      if (here !== undefined && summaries.find(asset.facts.id)?.isSearched !== true && keyOf(asset, here) !== undefined) await summaries.summarise(asset.facts.id)
      return relatedOf(asset, onlooker, { ...components, summaries, pairs, topics: await maps.topics(onlooker) })
    },
    map: maps.map,
    start() {
      leave.push(
        catalog.assetsChanged.on((ids) => {
          pairs.forget()
          for (const id of ids) consider(id, catalog.index.asset(id))
          soon()
        }),
        membership.changed.on(looking.again),
        ...labelWordsChanged === undefined ? [] : [labelWordsChanged.on(() => {
          if (words === labelWords?.()) return
          words = labelWords?.()
          looking.again()
        })],
        ...spaceChanged === undefined ? [] : [spaceChanged.on(looking.again)]
      )
      looking.start()
    },
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      timer = undefined
      for (const end of leave.splice(0)) end()
      await looking.stop()
      await working
      await summaries.save()
    }
  }
}
