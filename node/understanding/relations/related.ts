import type { RelatedView } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import type { Moments } from '../moments/moments.ts'
import type { SpaceId } from '../space.ts'
import type { SameMoment, SameMoments } from '../takes/same-moments.ts'
import { titleOf } from './map-builder.ts'
import { type Neighbour, nearestOf } from './neighbours.ts'
import type { Pairs } from './pairs.ts'
import type { Onlooker } from './relations.ts'
import type { Summaries } from './summaries.ts'
import { keyOf } from './summary.ts'
import type { Topic } from './topics.ts'

/** Clips that are told of each kind. @default 12 */
export const MOST_RELATED = 12
/** Topics an asset belongs to are told by all; what is searched for waits at most so long, in ms. @default 8000 */
export const SEARCH_WAIT_MS = 8_000

export interface RelatedComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'cameras' | 'index'> }
  readonly summaries: Summaries
  readonly pairs: Pairs
  readonly topics: readonly Topic[]
  readonly space: () => SpaceId | undefined
  readonly whyNoSpace: () => string | undefined
  readonly moments?: Pick<Moments, 'search'>
  readonly sameMomentsOf?: SameMoments['sameMomentsOf']
}

interface Like { readonly id: AssetId; readonly pictureMs: number; readonly likeness: number }

/** What hangs together with an asset, as far as somebody may see it. */
export async function relatedOf(asset: Asset, { maySee, albums }: Onlooker, { ring: { catalog }, summaries, pairs, topics, space, whyNoSpace, moments, sameMomentsOf }: RelatedComponents): Promise<RelatedView> {
  const { index } = catalog
  const { id } = asset.facts
  const summary = summaries.find(id)
  const seen = <T extends { readonly id: AssetId }>(list: readonly T[]): Array<T & { readonly title: string }> => list.flatMap((one) => {
    const other = one.id === id ? undefined : index.asset(one.id)
    return other === undefined || other.deletedAtMs !== undefined || !maySee(other) ? [] : [{ ...one, title: titleOf(other) }]
  })
  const duplicates = seen(pairs.of(id)).slice(0, MOST_RELATED)
  const { likes, notes } = await likesOf()
  const apart = new Set(duplicates.map((one) => one.id))

  /** Who sees some albums only has the nearest of those: the nearest of all may be none that they see. */
  function nearest(): readonly Neighbour[] {
    if (albums === undefined || summary === undefined) return summaries.near(id)
    return nearestOf(summary, summaries.all().filter((one) => seen([one]).length > 0))
  }

  /** By the search; without one, by the neighbours this node knows. */
  async function likesOf(): Promise<{ readonly likes: readonly Like[]; readonly notes: readonly string[] }> {
    const near = (): Like[] => nearest().map((one) => ({ ...one, pictureMs: summaries.find(one.id)?.heroMs ?? 0 }))
    if (moments === undefined || summary === undefined) return { likes: near(), notes: [] }
    try {
      const { found, coverage } = await moments.search({ like: { subject: { kind: 'asset', id }, atMs: summary.heroMs }, senses: ['picture'], limit: 2 * MOST_RELATED, ...(albums && { albums }) }, { signal: AbortSignal.timeout(SEARCH_WAIT_MS) })
      return { notes: coverage.silent.map((node) => `Node ${node} did not answer: what it alone holds is not among them.`), likes: found.flatMap(({ subject, moments: [best] }) => subject.kind === 'asset' && best !== undefined ? [{ id: subject.id, pictureMs: best.pictureMs, likeness: best.why.find(({ sense }) => sense === 'picture')?.score ?? best.score }] : []) }
    } catch (err) {
      return { likes: near(), notes: [`More like this could not be searched for: ${err instanceof Error ? err.message : String(err)}`] }
    }
  }

  /** Cameras are shown to whoever sees the whole library. */
  function momentSeen({ subject, span: { fromMs, toMs }, by }: SameMoment): RelatedView['sameMoment'] {
    const title = subject.kind === 'asset' ? seen([{ id: subject.id }])[0]?.title : maySee({ albums: [] }) ? catalog.cameras().find((camera) => camera.id === subject.id)?.name : undefined
    return title === undefined ? [] : [{ kind: subject.kind, id: subject.id, title, fromMs, toMs, by }]
  }

  const unread = space() === undefined || summary !== undefined || asset.facts.kind === 'audio' ? undefined : keyOf(asset, space()!) === undefined ? 'The pictures of this clip were not looked at yet: what is like it is not known.' : undefined
  return {
    duplicates: duplicates.map(({ id: other, title, likeness }) => ({ asset: other, title, likeness })),
    sameScene: seen((summary?.scenes ?? []).map((edge) => ({ ...edge, id: edge.other }))).slice(0, MOST_RELATED).map(({ other, title, fromMs, toMs, otherFromMs, otherToMs, likeness }) => ({ asset: other, title, fromMs, toMs, otherFromMs, otherToMs, likeness })),
    sameMoment: (await sameMomentsOf?.({ kind: 'asset', id }) ?? []).flatMap(momentSeen).slice(0, MOST_RELATED),
    more: seen(likes).filter((one) => !apart.has(one.id)).slice(0, MOST_RELATED).map(({ id: other, title, pictureMs, likeness }) => ({ asset: other, title, pictureMs, picture: `/api/v1/assets/${other}/picture?at=${Math.round(pictureMs)}`, likeness: Math.max(0, Math.min(1, likeness)) })),
    topics: topics.filter(({ assets }) => assets.includes(id)).map(({ id, name }) => ({ id, name })),
    off: [whyNoSpace() ?? []].flat(),
    notes: [...unread === undefined ? [] : [unread], ...notes]
  }
}
