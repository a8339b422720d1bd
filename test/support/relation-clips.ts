/** Clips as they are when models have read them, of vectors that a seed makes: some about the same, some of the same scene. */
import type { AssetId, ChunkId, PeerId } from '#protocols/ids.ts'
import type { Asset, NearPair } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { ANALYSIS, type Analysis, vectorsOf } from '../../node/understanding/analysis/analysis.ts'
import { createRelations, type Relations, type RelationsComponents } from '../../node/understanding/relations/relations.ts'
import type { Seen } from '../../node/understanding/relations/summary.ts'
import type { SpaceId } from '../../node/understanding/space.ts'

export const SPACE = 'test-model-fp32-abcdef' as SpaceId
export const DIMENSIONS = 64
export const SELF = 'alder-peer' as PeerId

const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random())

export function unitOf(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector)
  return Float32Array.from(vector, (value) => value / length)
}

export const anyVector = (random: () => number, dimensions = DIMENSIONS): Float32Array => unitOf(Array.from({ length: dimensions }, () => normal(random)))

/** A vector whose likeness with another is about this. */
export function near(vector: Float32Array, likeness: number, random: () => number): Float32Array {
  const other = anyVector(random, vector.length)
  const along = other.reduce((sum, value, i) => sum + value * vector[i]!, 0)
  const across = unitOf([...other].map((value, i) => value - along * vector[i]!))
  return unitOf([...vector].map((value, i) => likeness * value + Math.sqrt(1 - likeness ** 2) * across[i]!))
}

export interface FakeScene { readonly vector: Float32Array; readonly hash?: string; readonly ms?: number }
export interface FakeClip { readonly id: AssetId; readonly scenes: readonly FakeScene[]; readonly tags?: readonly string[]; readonly title?: string; readonly objects?: readonly string[]; readonly albums?: readonly string[]; readonly kind?: 'video' | 'audio' }

export const idOf = (number: number): AssetId => number.toString(16).padStart(2, '0').repeat(32) as AssetId

export function assetOf({ id, tags = [], title = '', albums = [], kind = 'video' }: FakeClip, isRead = true): Asset {
  return {
    facts: { id, name: `${id.slice(0, 4)}.mp4`, kind, mime: 'video/mp4', size: 1, importedAtMs: 1, blob: `blob-${id}`, probe: { container: 'mp4', durationMs: 4000 } } as unknown as Asset['facts'],
    title, rating: 0, tags, notes: '', marks: { label: '', flag: '', licence: '', releases: '', state: '', stack: '' }, albums, fields: {}, locations: [], poster: 'poster' as ChunkId,
    made: isRead ? { [ANALYSIS]: `analysis-${id}` as ChunkId, [vectorsOf(SPACE)]: `vectors-${id}` as ChunkId } : {}, sidecars: {}, found: {}, cloud: {}, away: false, recalledAtMs: undefined, deletedAtMs: undefined, editedAtMs: 1
  }
}

/** What models read of a clip: one key picture for each scene. */
export function seenOf({ scenes, objects = [] }: FakeClip, space = SPACE): Seen {
  let toMs = 0
  const spans = scenes.map(({ ms = 1000 }) => ({ fromMs: toMs, toMs: toMs += ms }))
  const pictures: Analysis['pictures'] = scenes.map(({ hash = '-' }, scene) => ({ atMs: spans[scene]!.fromMs, scene, palette: [], sharpness: 0.5, exposure: { mean: 0.5, black: 0, burnt: 0 }, motion: 0, score: scene === 0 ? 0.9 : 0.5, hash }))
  const all = new Float32Array(scenes.flatMap(({ vector }) => [...vector]))
  const reading = { analysis: 'analysis' as ChunkId, model: 'test-model@1' }
  return {
    analysis: { durationMs: toMs, pictures, scenes: spans.map((span, at) => ({ ...span, begins: at === 0 ? 'start' as const : 'cut' as const, pictures: [at, at + 1] as const, hero: at })) },
    vectors: [{ ...reading, space, dimensions: scenes[0]?.vector.length ?? 0, pictures: all, scenes: all, medoids: scenes.map((_, at) => at) }],
    objects: [{ ...reading, objects: objects.map((label) => ({ picture: 0, label, box: [0, 0, 1, 1] as const, confidence: 0.9 })) }]
  }
}

export interface RelationRing {
  readonly assets: Map<AssetId, Asset>
  readonly relations: Relations
  /** How often readings were read. */
  reads: number
  pairs: NearPair[]
  put(clip: FakeClip, isRead?: boolean): void
  drop(id: AssetId): void
}

/** The parts of a ring that relations need, in memory. */
export function relationRing(path: string, more: Partial<RelationsComponents> = {}, owners: (partition: number) => PeerId[] = () => [SELF]): RelationRing {
  const assets = new Map<AssetId, Asset>()
  const clips = new Map<AssetId, FakeClip>()
  const changed = emitter<AssetId[]>()
  const index = {
    asset: (id: AssetId) => assets.get(id), assets: () => ({ assets: [...assets.values()].filter(({ deletedAtMs }) => deletedAtMs === undefined), cursor: undefined, total: assets.size }),
    nearPairs: () => ({ pairs: ring.pairs, total: ring.pairs.length })
  } as unknown as RelationsComponents['ring']['catalog']['index']
  const relations = createRelations({
    ring: { self: SELF, catalog: { asset: async (id: AssetId) => assets.get(id), index, cameras: () => [{ id: 'porch', name: 'Porch' }], assetsChanged: changed, unindexed: () => 0, layoutChanged: emitter<void>() }, placement: { owners: owners as never }, membership: { changed: emitter<never>() } },
    readings: { async all({ made }) { ring.reads++; return seenOf(clips.get(made[ANALYSIS]!.slice('analysis-'.length) as AssetId)!) } },
    space: () => SPACE, whyNoSpace: () => undefined, log: silentLog, ...more
  } as RelationsComponents, { path, calmMs: 1 })
  const ring: RelationRing = {
    assets, relations, reads: 0, pairs: [],
    put(clip, isRead = true) {
      clips.set(clip.id, clip)
      assets.set(clip.id, assetOf(clip, isRead))
      changed.emit([clip.id])
    },
    drop(id) {
      assets.delete(id)
      changed.emit([id])
    }
  }
  return ring
}
