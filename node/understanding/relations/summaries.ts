import type { AssetId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import type { Moments } from '../moments/moments.ts'
import type { SpaceId } from '../space.ts'
import { type Neighbour, Neighbours } from './neighbours.ts'
import { sameScenes } from './same-scene.ts'
import { heroOf, keyOf, labelledBy, labelsOf, looksOf, meanLook, type SceneEdge, type SceneLook, type Seen, type Summary, wordsOf } from './summary.ts'
import { loadSummaries, saveSummaries } from './summary-file.ts'

/** Assets that are kept, the first that were looked at. @default 20000 */
export const MAX_SUMMARIES = 20_000
/** Neighbours whose scenes are compared with an asset's own. @default 8 */
export const COMPARED = 8
/** Scenes of an asset that others are searched for, the longest. @default 6 */
export const SEARCHED_SCENES = 6
/** Clips that a search for a scene brings. @default 6 */
const FOUND_PER_SCENE = 6
/** Edges of an asset that are kept, the most alike. @default 60 */
export const MAX_EDGES = 60
/** Assets whose scenes are remembered for the next comparison. @default 64 */
const REMEMBERED = 64

export interface SummariesComponents {
  readonly ring: { readonly catalog: { asset(id: AssetId): Promise<Asset | undefined> } }
  readonly readings: { all(asset: Pick<Asset, 'made'>): Promise<Seen | undefined> }
  readonly space: () => SpaceId | undefined
  readonly moments?: Pick<Moments, 'search'>
  readonly labels?: (seen: Seen) => Promise<readonly string[]>
  /** Another, and `labels` may say something else. */
  readonly labelWords?: () => string
  readonly log: Logger
}

/** What is kept of assets, and which of them are like which. */
export interface Summaries {
  find(id: AssetId): Summary | undefined
  /** Those of the space that is searched now. */
  all(): Summary[]
  /** Whether what is kept of an asset is what would be found now. */
  isCurrent(asset: Asset): boolean
  near(id: AssetId): readonly Neighbour[]
  /** Look at an asset anew, and find scenes like its own. @throws what reading it throws */
  summarise(id: AssetId): Promise<void>
  /** As `summarise`, without looking for its scenes: those that others were found to share with it are known. */
  place(id: AssetId): Promise<void>
  /** People may have called it something else. */
  rename(asset: Asset): void
  remove(id: AssetId): void
  /** Whether there were more assets than are kept. */
  readonly isFull: boolean
  /** Raised with every change. */
  readonly version: number
  load(): Promise<void>
  save(): Promise<void>
}

const isAsset = (id: string): id is AssetId => /^[0-9a-f]{64}$/.test(id)

export function createSummaries({ ring: { catalog }, readings, space, moments, labels: furtherLabels, labelWords = () => '', log }: SummariesComponents, { path }: { readonly path: string }): Summaries {
  const known = new Map<AssetId, Summary>()
  const scenes = new Map<AssetId, { readonly key: string; readonly looks: readonly SceneLook[] }>()
  let neighbours = new Neighbours()
  let [version, saved, loaded] = [0, 0, undefined as SpaceId | undefined]
  let isFull = false

  async function read(id: AssetId): Promise<{ asset: Asset; key: string; seen: Seen; looks: SceneLook[] } | undefined> {
    const [asset, here] = [await catalog.asset(id), space()]
    const key = asset === undefined || here === undefined ? undefined : keyOf(asset, here)
    const seen = key === undefined ? undefined : await readings.all(asset!)
    const vectors = seen?.vectors.find((one) => one.space === here)
    if (asset === undefined || key === undefined || seen === undefined || vectors === undefined) return undefined
    return { asset, key, seen, looks: looksOf(seen, vectors) }
  }

  /** Scenes of another asset, read once for several that are compared with it. */
  async function looksOfOther(id: AssetId): Promise<readonly SceneLook[]> {
    const remembered = scenes.get(id)
    if (remembered !== undefined) return remembered.looks
    const other = await read(id).catch((err) => void log.error('%s: its scenes could not be read - %s', id, err))
    if (other !== undefined) remember(id, other.key, other.looks)
    return other?.looks ?? []
  }

  function remember(id: AssetId, key: string, looks: readonly SceneLook[]): void {
    scenes.set(id, { key, looks })
    for (const [old] of scenes) if (scenes.size > REMEMBERED) scenes.delete(old)
  }

  /** Other assets that may share scenes with this one. */
  async function candidates(id: AssetId, here: SpaceId, looks: readonly SceneLook[]): Promise<Set<AssetId>> {
    const found = new Set(neighbours.of(id).slice(0, COMPARED).map((one) => one.id))
    for (const { vector } of moments === undefined ? [] : looks.slice(0, SEARCHED_SCENES)) {
      const answer = await moments!.search({ like: { space: here, vector }, levels: [2], senses: ['picture'], limit: FOUND_PER_SCENE }).catch((err) => void log.error('no scenes like it could be searched for - %s', err))
      for (const { subject } of answer?.found ?? []) if (subject.kind === 'asset' && isAsset(subject.id)) found.add(subject.id)
    }
    for (const [other, { scenes: edges }] of known) if (edges.some((edge) => edge.other === id)) found.add(other) // it was found from there
    found.delete(id)
    return found
  }

  async function edgesOf(id: AssetId, here: SpaceId, looks: readonly SceneLook[]): Promise<SceneEdge[]> {
    const edges: SceneEdge[] = []
    for (const other of await candidates(id, here, looks)) {
      for (const { a, b, likeness } of sameScenes(looks, await looksOfOther(other))) edges.push({ other, fromMs: a.fromMs, toMs: a.toMs, otherFromMs: b.fromMs, otherToMs: b.toMs, likeness: Math.min(1, likeness) })
    }
    return best(edges)
  }

  const best = (edges: readonly SceneEdge[]): SceneEdge[] => [...edges].sort((a, b) => b.likeness - a.likeness).slice(0, MAX_EDGES)

  /** Each side of a pair has it. */
  function mirror(id: AssetId, edges: readonly SceneEdge[]): void {
    for (const [other, summary] of known) {
      const mine = edges.filter((edge) => edge.other === other)
      if (mine.length === 0 && !summary.scenes.some((edge) => edge.other === id)) continue
      known.set(other, { ...summary, scenes: best([...summary.scenes.filter((edge) => edge.other !== id), ...mine.map(({ fromMs, toMs, otherFromMs, otherToMs, likeness }) => ({ other: id, fromMs: otherFromMs, toMs: otherToMs, otherFromMs: fromMs, otherToMs: toMs, likeness }))]) })
    }
  }

  /** What was found from the other side. */
  function knownEdges(id: AssetId): SceneEdge[] {
    return best([...known].flatMap(([other, { scenes: edges }]) => edges.filter((edge) => edge.other === id).map(({ fromMs, toMs, otherFromMs, otherToMs, likeness }) => ({ other, fromMs: otherFromMs, toMs: otherToMs, otherFromMs: fromMs, otherToMs: toMs, likeness }))))
  }

  function remove(id: AssetId): void {
    scenes.delete(id)
    if (!known.delete(id)) return
    neighbours.remove(id)
    mirror(id, [])
    version++
  }

  async function look(id: AssetId, searches: boolean): Promise<void> {
    const here = space()
    const one = await read(id)
    const mean = one === undefined ? undefined : meanLook(one.looks)
    if (one === undefined || mean === undefined || here === undefined) return remove(id)
    isFull ||= known.size >= MAX_SUMMARIES && !known.has(id)
    if (isFull && !known.has(id)) return
    remember(id, one.key, one.looks)
    const labelled = labelledBy(one.asset, labelWords()) // before they are read: what changes meanwhile is read again
    const further = await furtherLabels?.(one.seen).catch((err) => void log.error('%s: no tags for it - %s', id, err)) ?? []
    const labels = [...new Set([...further, ...labelsOf(one.seen.objects)])]
    const worded = { words: wordsOf(one.asset, labels), labels, labelled }
    const before = known.get(id)
    version++
    if (before?.key === one.key && before.space === here && (before.isSearched || !searches)) return void known.set(id, { ...before, ...worded })
    const summary: Summary = { id, key: one.key, space: here, mean, heroMs: heroOf(one.seen), ...worded, scenes: [], isSearched: searches }
    known.set(id, summary)
    neighbours.put(summary, known.values())
    const edges = searches ? await edgesOf(id, here, one.looks) : knownEdges(id)
    if (!known.has(id)) return // it was deleted meanwhile
    known.set(id, { ...summary, scenes: edges })
    mirror(id, edges)
    version++
  }

  return {
    find: (id) => known.get(id),
    all() {
      const here = space()
      return [...known.values()].filter((one) => one.space === here)
    },
    isCurrent(asset) {
      const summary = known.get(asset.facts.id)
      return summary !== undefined && summary.key === keyOf(asset, summary.space) && summary.space === space() && summary.labelled === labelledBy(asset, labelWords())
    },
    near: (id) => neighbours.of(id),
    summarise: (id) => look(id, true),
    place: (id) => look(id, false),
    rename(asset) {
      const summary = known.get(asset.facts.id)
      const words = wordsOf(asset, summary?.labels ?? [])
      if (summary === undefined || words.join('\n') === summary.words.join('\n')) return
      known.set(summary.id, { ...summary, words })
      version++
    },
    remove,
    get isFull() { return isFull },
    get version() { return version },
    async load() {
      const here = space()
      if (here === undefined || here === loaded) return
      loaded = here
      neighbours = new Neighbours()
      known.clear()
      for (const { summary, near } of await loadSummaries(path, here)) {
        known.set(summary.id, summary)
        neighbours.load(summary.id, near)
      }
      version++
      saved = version
    },
    async save() {
      const here = space()
      if (here === undefined || saved === version) return
      saved = version
      await saveSummaries(path, here, [...known.values()].filter((one) => one.space === here).map((summary) => ({ summary, near: neighbours.of(summary.id) })))
    }
  }
}
