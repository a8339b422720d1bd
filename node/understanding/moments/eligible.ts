/** Which subjects of some partitions a question is about: every node has the whole catalog, so each owner finds that out for its own. */
import { type AssetId, type CameraId, type Partition, partitionOfAsset } from '#protocols/ids.ts'
import { type Asset, everyAssetInTurns, type Ring } from '#ring'
import { lengthOf } from '../length.ts'
import type { Question } from './question.ts'

/** Assets that a filter may leave; of more, the first so many are looked into. @default 200000 */
export const MAX_FILTERED = 200_000
/** Assets whose time is looked at between two turns of others. @default 256 */
export const ASSETS_A_TURN = 256

const DAY_MS = 86_400_000
/** Days that a filter can say: what is asked beyond them narrows nothing. Unix ms. */
const [EARLIEST_MS, LATEST_MS] = [Date.UTC(1000, 0), Date.UTC(9999, 0)]

export interface Eligible {
  /** Only these; undefined: all. */
  readonly assets: readonly AssetId[] | undefined
  readonly cameras: readonly CameraId[] | undefined
  readonly notes: readonly string[]
}

export interface EligibleComponents {
  readonly catalog: { readonly search: Pick<Ring['catalog']['search'], 'ids'>; readonly index: Pick<Ring['catalog']['index'], 'assets' | 'asset'> }
}

/** @throws InvalidQueryError, OverloadedError */
export async function eligible({ catalog }: EligibleComponents, question: Question, partitions: readonly Partition[]): Promise<Eligible> {
  const { within, albums, filter, fromMs, toMs } = question
  const cameras = camerasOf(question)
  if (within?.kind === 'camera' || (question.cameras !== undefined && filter === undefined)) return { assets: [], cameras, notes: [] }
  const query = [filter ?? '', ...dates(fromMs, toMs)].filter((term) => term !== '').join(' ')
  if (within !== undefined && query === '' && albums === undefined) return { assets: [within.id], cameras, notes: [] }
  const [found, allowed] = [query === '' ? undefined : await catalog.search.ids({ q: query, ...(albums && { within: albums }) }, MAX_FILTERED), albums === undefined ? undefined : await inAlbums(catalog, albums)]
  const assets = found === undefined ? allowed === undefined ? undefined : [...allowed] : found.filter((id) => allowed?.has(id) ?? true)
  const asked = new Set(partitions)
  const meant = assets?.filter((id) => asked.has(partitionOfAsset(id)) && (within === undefined || within.id === id))
  return {
    assets: meant === undefined || (fromMs === undefined && toMs === undefined) ? meant : await inTime(catalog, question, meant), cameras,
    notes: found?.length === MAX_FILTERED ? [`the filter finds more than ${MAX_FILTERED.toLocaleString('en')} clips: only the first of them were looked into`] : []
  }
}

/** Cameras a question is about; undefined: all. */
export function camerasOf({ within, albums, filter, cameras }: Question): readonly CameraId[] | undefined {
  if (albums !== undefined) return []
  if (within !== undefined) return within.kind === 'camera' && (cameras?.includes(within.id) ?? true) ? [within.id] : []
  return cameras ?? (filter === undefined ? undefined : [])
}

async function inAlbums(catalog: EligibleComponents['catalog'], albums: readonly string[]): Promise<Set<AssetId>> {
  const ids = new Set<AssetId>()
  for await (const { facts } of everyAssetInTurns(catalog.index, { albums })) {
    ids.add(facts.id)
    if (ids.size === MAX_FILTERED) break
  }
  return ids
}

/** Undated assets are in no time. */
export function isInTime({ fromMs, toMs }: Pick<Question, 'fromMs' | 'toMs'>, { facts }: Asset): boolean {
  if (fromMs === undefined && toMs === undefined) return true
  const { createdAtMs } = facts.probe
  return createdAtMs !== undefined && createdAtMs <= (toMs ?? Infinity) && createdAtMs + lengthOf(facts) >= (fromMs ?? -Infinity)
}

/** With the turns of others in between. */
async function inTime({ index }: EligibleComponents['catalog'], question: Question, ids: readonly AssetId[]): Promise<AssetId[]> {
  const found: AssetId[] = []
  for (const [at, id] of ids.entries()) {
    const asset = index.asset(id)
    if (asset !== undefined && isInTime(question, asset)) found.push(id)
    if (at % ASSETS_A_TURN === ASSETS_A_TURN - 1) await new Promise(setImmediate)
  }
  return found
}

/** By whole days: fewer to look at. */
const dates = (fromMs = -Infinity, toMs = Infinity): string[] => [...fromMs < EARLIEST_MS ? [] : [`after:${day(Math.min(fromMs, LATEST_MS) - DAY_MS)}`], ...toMs > LATEST_MS ? [] : [`before:${day(Math.max(toMs, EARLIEST_MS) + 2 * DAY_MS)}`]]
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
