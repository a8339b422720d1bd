import type { RelationMap } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import { type Link, laidOut, type Place } from './layout.ts'
import type { Pairs } from './pairs.ts'
import type { Onlooker } from './relations.ts'
import type { Summaries } from './summaries.ts'
import type { Summary } from './summary.ts'
import { topicName } from './topic-names.ts'
import { LEAST_ASSETS, type Topic, topicIdOf, topicsOf } from './topics.ts'
import type { SameMoments } from '../takes/same-moments.ts'

/** Clips of a map: those of topics first. @default 1500 */
export const MAX_MAP = 1_500
/** Lines to what is alike, from each clip. @default 3 */
export const LIKE_LINES = 3
/** Lines of a map. @default 6000 */
export const MAX_LINES = 6_000

export interface MapBuilderComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'index'> }
  readonly summaries: Summaries
  readonly pairs: Pairs
  /** Clips that lie on other nodes and are not placed yet. */
  readonly waiting: () => number
  readonly whyNoSpace: () => string | undefined
  readonly sameMomentsOf?: SameMoments['sameMomentsOf']
}

interface Built { readonly version: number; readonly shown: readonly Summary[]; readonly places: ReadonlyMap<AssetId, Place>; readonly topics: readonly Topic[]; readonly lines: RelationMap['edges'] }

/** The map of what this node knows, built anew when that changed and somebody asks. */
export interface MapBuilder {
  /** As far as somebody may see: what they may not see names no topic. */
  topics(onlooker: Onlooker): Promise<readonly Topic[]>
  map(onlooker: Onlooker): Promise<RelationMap>
}

export function createMapBuilder({ ring: { catalog: { index } }, summaries, pairs, waiting, whyNoSpace, sameMomentsOf }: MapBuilderComponents): MapBuilder {
  let built: Promise<Built> | undefined
  let version = -1

  async function build(): Promise<Built> {
    const all = summaries.all()
    const topics = topicsOf(all, { of: summaries.near })
    const inTopic = new Set(topics.flatMap(({ assets }) => assets))
    const shown = [...all].sort((a, b) => Number(inTopic.has(b.id)) - Number(inTopic.has(a.id)) || (a.id < b.id ? -1 : 1)).slice(0, MAX_MAP)
    const links = linksOf(shown)
    return { version, shown, topics, places: await laidOut(shown, links), lines: await linesOf(shown, links) }
  }

  /** To its nearest, where both are shown. */
  function linksOf(shown: readonly Summary[]): Link[] {
    const there = new Set(shown.map(({ id }) => id))
    const links = new Map<string, Link>()
    for (const { id } of shown) for (const near of summaries.near(id).slice(0, LIKE_LINES)) {
      const [a, b] = id < near.id ? [id, near.id] : [near.id, id]
      if (there.has(near.id)) links.set(`${a} ${b}`, { a, b, weight: Math.max(0, Math.min(1, near.likeness)) })
    }
    return [...links.values()]
  }

  async function linesOf(shown: readonly Summary[], links: readonly Link[]): Promise<RelationMap['edges']> {
    const there = new Set<string>(shown.map(({ id }) => id))
    const lines = new Map<string, RelationMap['edges'][number]>()
    const add = (a: string, b: string, kind: RelationMap['edges'][number]['kind'], likeness: number): void => {
      const [from, to] = a < b ? [a, b] : [b, a]
      if (there.has(a) && there.has(b) && !lines.has(`${from} ${to}`) && lines.size < MAX_LINES) lines.set(`${from} ${to}`, { from, to, kind, likeness: Math.max(0, Math.min(1, likeness)) })
    }
    for (const { a, b, likeness } of pairs.all()) add(a, b, 'duplicate', likeness) // what says most of a pair stands for it
    for (const { id, scenes } of shown) for (const { other, likeness } of scenes) add(id, other, 'scene', likeness)
    for (const { id } of sameMomentsOf === undefined ? [] : shown) {
      for (const { subject } of await sameMomentsOf!({ kind: 'asset', id })) if (subject.kind === 'asset') add(id, subject.id, 'moment', 1)
      await new Promise(setImmediate)
    }
    for (const { a, b, weight } of links) add(a, b, 'like', weight)
    return [...lines.values()]
  }

  function current(): Promise<Built> {
    if (built === undefined || version !== summaries.version) {
      version = summaries.version
      built = build().catch((err) => { built = undefined; throw err })
    }
    return built
  }

  /** Named anew, and by the most typical that is left, for who sees some albums only. */
  function topicsFor({ topics }: Built, { albums, maySee }: Onlooker): readonly Topic[] {
    if (albums === undefined) return topics
    const seen = new Map(summaries.all().filter(({ id }) => isSeen(id, maySee)).map((one) => [one.id, one]))
    return topics.flatMap(({ assets: all }) => {
      const assets = all.filter((id) => seen.has(id))
      return assets.length < LEAST_ASSETS ? [] : [{ id: topicIdOf(assets[0]!), name: topicName(assets.map((id) => seen.get(id)!), [...seen.values()]), assets }]
    })
  }

  function isSeen(id: AssetId, maySee: Onlooker['maySee']): boolean {
    const asset = index.asset(id)
    return asset !== undefined && asset.deletedAtMs === undefined && maySee(asset)
  }

  /** What the map leaves out, in words; how much there is, is for those who may see all of it. */
  function notesOf({ shown }: Built, { albums }: Onlooker): string[] {
    if (albums !== undefined) return []
    const known = summaries.all().length
    return [
      ...shown.length < known ? [`The map shows ${shown.length.toLocaleString('en')} of ${known.toLocaleString('en')} clips, those that belong to topics first.`] : [],
      ...summaries.isFull ? [`Only the first ${known.toLocaleString('en')} clips were compared with each other.`] : [],
      ...waiting() === 0 ? [] : [`${waiting().toLocaleString('en')} clips whose pictures were read by other nodes are not on the map yet.`]
    ]
  }

  return {
    topics: async (onlooker) => topicsFor(await current(), onlooker),
    async map(onlooker) {
      const all = await current()
      const assets = new Map(all.shown.flatMap(({ id }) => {
        return isSeen(id, onlooker.maySee) ? [[id as string, index.asset(id)!] as const] : []
      }))
      const topics = topicsFor(all, onlooker).map(({ id, name, assets: members }) => ({ id, name, assets: members.filter((member) => assets.has(member)) })).filter(({ assets }) => assets.length >= LEAST_ASSETS)
      const topicOf = new Map(topics.flatMap(({ id, assets: members }) => members.map((member) => [member as string, id] as const)))
      return {
        nodes: [...assets].map(([id, asset]) => ({ asset: id, title: titleOf(asset), picture: asset.poster === undefined ? null : `/api/v1/assets/${id}/poster`, ...all.places.get(id as AssetId)!, topic: topicOf.get(id) ?? null })),
        edges: all.lines.filter(({ from, to }) => assets.has(from) && assets.has(to)), topics, off: [whyNoSpace() ?? []].flat(), notes: notesOf(all, onlooker)
      }
    }
  }
}

/** What people call an asset. */
export const titleOf = ({ title, facts: { name } }: Asset): string => title || name
