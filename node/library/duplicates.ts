/** Assets that look alike: in groups, and what a person decides about one. */
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { DuplicateDecision, DuplicateDone } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import { type Asset, type AssetMarks, type AssetPatch, NO_MARKS, type NearPair, type PatchOf, type Ring } from '#ring'
import type { Edits, Series } from '../organise/edits.ts'
import type { Person } from '../organise/person.ts'

/** Pairs read from the index to make groups of. @default 5000 */
export const MAX_NEAR_PAIRS = 5_000
/** Assets of one group. @default 50 */
export const MAX_GROUP = 50
/** Longest notes after a merge, in UTF-16 units. @default 20000 */
export const MAX_MERGED_NOTES = 20_000

export interface Likeness {
  /** The best first: most pixels, then most bytes. */
  readonly assets: readonly Asset[]
  readonly distance: number
}

/** How the names of people's decisions in `Asset.found` begin. */
export const APART = 'apart '
/** Name in `Asset.found` of the smaller id's decision that it is no duplicate of the other. */
const apartFrom = (other: AssetId): string => APART + other.slice(0, 40)

export const isApart = ([a, b]: readonly [Asset, Asset]): boolean => a.found[apartFrom(b.facts.id)] !== undefined || b.found[apartFrom(a.facts.id)] !== undefined
const isStacked = ([a, b]: readonly [Asset, Asset]): boolean => a.marks.stack !== '' && a.marks.stack === b.marks.stack

/** Pairs that nobody has decided about yet, as groups: an asset like two others brings all three together. */
export function likenesses(pairs: readonly NearPair[]): Likeness[] {
  const groups = new Map<AssetId, { assets: Map<AssetId, Asset>; distance: number }>()
  for (const { assets: pair, distance } of pairs) {
    if (isApart(pair) || isStacked(pair)) continue
    const [a, b] = pair.map(({ facts }) => groups.get(facts.id))
    const group = a ?? b ?? { assets: new Map(), distance: 0 }
    if (a !== undefined && b !== undefined && a !== b && a.assets.size + b.assets.size <= MAX_GROUP) join(groups, a, b)
    if (group.assets.size >= MAX_GROUP) continue
    for (const asset of pair) {
      if (groups.has(asset.facts.id)) continue
      group.assets.set(asset.facts.id, asset)
      groups.set(asset.facts.id, group)
    }
    group.distance = Math.max(group.distance, distance)
  }
  return [...new Set(groups.values())].map(({ assets, distance }) => ({ assets: [...assets.values()].sort(best), distance }))
}

function join(groups: Map<AssetId, { assets: Map<AssetId, Asset>; distance: number }>, into: { assets: Map<AssetId, Asset>; distance: number }, from: { assets: Map<AssetId, Asset>; distance: number }): void {
  for (const [id, asset] of from.assets) {
    into.assets.set(id, asset)
    groups.set(id, into)
  }
  into.distance = Math.max(into.distance, from.distance)
}

const pixels = ({ facts: { probe: { width = 0, height = 0 } } }: Asset): number => width * height
const best = (a: Asset, b: Asset): number => pixels(b) - pixels(a) || b.facts.size - a.facts.size || (a.facts.id < b.facts.id ? -1 : 1)

/** What the kept one gets of the others: nothing that a person wrote is lost with them. @throws InvalidInputError when their notes do not fit into one */
export function mergedInto(keep: Asset, others: readonly Asset[]): AssetPatch {
  const firstOf = <T>(pick: (asset: Asset) => T | '' | undefined): T | undefined => others.map(pick).find((value): value is T => value !== '' && value !== undefined)
  const marks = Object.fromEntries((Object.keys(NO_MARKS) as Array<keyof AssetMarks>).flatMap((mark) => {
    const value = keep.marks[mark] === '' && mark !== 'stack' ? firstOf(({ marks: theirs }) => theirs[mark]) : undefined
    return value === undefined ? [] : [[mark, value]]
  })) as Partial<AssetMarks>
  const notes = [...new Set([keep, ...others].map((asset) => asset.notes.trim()).filter((text) => text !== ''))].join('\n\n')
  if (notes !== keep.notes && notes.length > MAX_MERGED_NOTES) throw new InvalidInputError(`the notes of these clips have ${notes.length} characters together, and ${MAX_MERGED_NOTES} fit: shorten some first, or decide without giving it what the others have`)
  const title = keep.title === '' ? firstOf((asset) => asset.title) : undefined
  return {
    addTags: [...new Set(others.flatMap(({ tags }) => tags))].filter((tag) => !keep.tags.includes(tag)),
    addAlbums: [...new Set(others.flatMap(({ albums }) => albums))].filter((album) => !keep.albums.includes(album)),
    rating: Math.max(keep.rating, ...others.map(({ rating }) => rating)), marks,
    fields: Object.fromEntries(others.flatMap(({ fields }) => Object.entries(fields)).filter(([name]) => keep.fields[name] === undefined)),
    ...(notes === keep.notes ? {} : { notes }), ...(title === undefined ? {} : { title })
  }
}

interface DecideComponents {
  readonly catalog: Pick<Ring['catalog'], 'asset'>
  readonly edits: Pick<Edits, 'series'>
}

/** Carry a decision out, as one step of the person: first the merge, then the rest, so that a failure loses nothing. @throws NotFoundError, InvalidInputError */
export async function decide({ keep, others, action, merge = true }: DuplicateDecision, who: Person, { catalog, edits }: DecideComponents): Promise<DuplicateDone> {
  const ids = [...new Set(others)].map(parseAssetId)
  const keepId = parseAssetId(keep)
  if (ids.includes(keepId)) throw new InvalidInputError('the asset that is kept is named among the others, too')
  const [kept, ...rest] = await Promise.all([keepId, ...ids].map(async (id) => {
    const asset = await catalog.asset(id)
    if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError(`there is no asset ${id}: it was deleted meanwhile`)
    return asset
  })) as [Asset, ...Asset[]]
  const series = edits.series(who, `${TITLES[action]} ${kept.title || kept.facts.name}`)
  if (action === 'apart') await setApart([kept, ...rest], series)
  else {
    if (merge) await edit(series, keepId, (now) => mergedInto(now, rest))
    const stack = kept.marks.stack || `alike-${keepId.slice(0, 24)}`
    if (action === 'stack') await edit(series, keepId, { marks: { stack } })
    for (const id of ids) await edit(series, id, action === 'trash' ? { deleted: true } : { marks: { stack } })
  }
  return { kept: keep, changed: ids.length, undo: series.undo }
}

const TITLES: Readonly<Record<DuplicateDecision['action'], string>> = { trash: 'duplicates into the trash, kept', stack: 'stack of look-alikes with', apart: 'no duplicates of' }

async function setApart(assets: readonly Asset[], series: Series): Promise<void> {
  const sorted = assets.map(({ facts }) => facts.id).sort()
  for (const [i, id] of sorted.entries()) {
    const decided = Object.fromEntries(sorted.slice(i + 1).map((other) => [apartFrom(other), '1']))
    if (Object.keys(decided).length > 0) await edit(series, id, { decided })
  }
}

/** @throws NotFoundError when it was deleted for good meanwhile */
async function edit(series: Series, id: AssetId, patch: PatchOf): Promise<void> {
  const { missing } = await series.assets([id], patch)
  if (missing.length > 0) throw new NotFoundError(`there is no asset ${id}: it was deleted for good meanwhile`)
}
