/** When a ring is whole again: everybody there, nothing short of copies, one catalog. */
import type { AssetDetail, AssetList, AssetView, GarbageView } from '#protocols/http.ts'
import { until } from '../support/until.ts'
import type { Cluster } from './cluster.ts'
import type { Model } from './model.ts'

/** Copies of every chunk in a ring of three nodes or more. */
export const COPIES = 3

/** Wait until no node misses copies, by a look that began after now. @throws Error when they are not there in time */
export async function untilRepaired(cluster: Cluster, withinMs: number): Promise<void> {
  const sinceMs = Date.now()
  await cluster.together()
  for (const name of cluster.names) {
    let last = ''
    await until(async () => {
      const { repair } = await cluster.ring(name)
      last = JSON.stringify(repair)
      return !repair.running && repair.missingCopies === 0 && repair.lastRunMs > sinceMs
    }, `${name} misses no copies`, withinMs).catch((err) => { throw new Error(`${name} misses copies for ${withinMs} ms: ${last}`, { cause: err }) })
  }
}

/** Wait until every node knows the same layout and no older one. @throws Error saying how far it is */
export async function untilOneLayout(cluster: Cluster, withinMs: number): Promise<void> {
  let known: string[] = []
  await until(async () => {
    known = await Promise.all(cluster.names.map(async (name) => {
      const { layout: { older, version, moved } } = await cluster.ring(name)
      return older.length > 0 ? `${name}: ${older.join(', ')} → ${version}, ${moved} of 256` : String(version)
    }))
    return new Set(known).size === 1 && !known[0]?.includes('→')
  }, 'older layouts are forgotten', withinMs).catch((err) => { throw new Error(`older layouts are not forgotten: ${known.join('; ')}`, { cause: err }) })
}

/** All assets as a node lists them, by id. */
export async function listAll(cluster: Cluster, name: string): Promise<Map<string, AssetView>> {
  const found = new Map<string, AssetView>()
  let cursor: string | null = null
  do {
    const page: AssetList = await cluster.json(name, `/assets?limit=500${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    for (const asset of page.assets) found.set(asset.id, asset)
    cursor = page.cursor
  } while (cursor !== null)
  return found
}

/** Wait until all nodes list the same assets, field by field; answers that list. @throws Error naming what differs */
export async function untilOneCatalog(cluster: Cluster, withinMs: number): Promise<Map<string, AssetView>> {
  let difference = ''
  try {
    return await until(async () => {
      const [first, ...others] = await Promise.all(cluster.names.map((name) => listAll(cluster, name)))
      for (const [i, other] of others.entries()) {
        difference = differenceOf(first as Map<string, AssetView>, other)
        if (difference !== '') {
          difference = `${cluster.names[0]} and ${cluster.names[i + 1]} differ: ${difference}`
          return undefined
        }
      }
      return first
    }, 'all nodes list the same assets', withinMs)
  } catch (err) {
    throw new Error(`${(err as Error).message.slice(0, 100)}; ${difference}`, { cause: err })
  }
}

function differenceOf(a: Map<string, AssetView>, b: Map<string, AssetView>): string {
  for (const id of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [stable(a.get(id)), stable(b.get(id))]
    if (x !== y) return `${id}: ${x} and ${y}`
  }
  return ''
}

/** Tags and locations are sets. */
function stable(asset: AssetView | undefined): string {
  if (asset === undefined) return 'nothing'
  const { tags, locations, ...rest } = asset
  return JSON.stringify([rest.id, rest.title, rest.rating, rest.notes, rest.size, rest.editedAtMs, rest.importedAtMs, [...tags].sort(), locations.map(({ node, path }) => `${node}:${path}`).sort()])
}

/** Wait until as many copies of every promised asset's chunks are held as should be (each chunk has owners of its own). @throws Error naming those that are not */
export async function untilAllCopies(cluster: Cluster, model: Model, withinMs: number): Promise<void> {
  let missing = model.promised().map(({ id }) => id)
  const short = new Map<string, string>()
  try {
    await until(async () => {
      const now: string[] = []
      for (const id of missing) {
        const { copies, chunks } = await cluster.json<AssetDetail>(cluster.names[0] as string, `/assets/${id}`)
        const held = copies.filter(({ alive }) => alive).reduce((sum, copy) => sum + copy.chunks, 0)
        if (held >= COPIES * chunks) continue
        now.push(id)
        short.set(id, `${held} of ${COPIES * chunks}`)
      }
      missing = now
      return missing.length === 0
    }, 'every asset has its copies', withinMs)
  } catch (err) {
    throw new Error(`${missing.length} assets are short of copies of chunks: ${missing.slice(0, 5).map((id) => `${id}: ${short.get(id)}`).join(', ')}`, { cause: err })
  }
}

/** Wait until no node holds what nothing needs: each says so of itself, and no chunk of what was deleted for good is on any disk. @throws Error naming what is left */
export async function untilNoStrays(cluster: Cluster, model: Model, withinMs: number): Promise<void> {
  const sinceMs = Date.now()
  let left = ''
  try {
    await until(async () => {
      left = ''
      for (const name of cluster.names) {
        const { unneeded, waiting, lastLookMs } = await cluster.json<GarbageView>(name, '/garbage')
        if (waiting !== null || unneeded.chunks > 0 || lastLookMs < sinceMs) left ||= `${name} holds ${unneeded.chunks} chunks that nothing needs (${waiting ?? 'not waiting'})`
      }
      left ||= keptOf(cluster, model)[0] ?? ''
      return left === ''
    }, 'no stray chunk is left', withinMs)
  } catch (err) {
    throw new Error(`strays outlive their grace: ${left}`, { cause: err })
  }
}

/** Which nodes still have chunks of assets that were deleted for good. */
function keptOf(cluster: Cluster, model: Model): string[] {
  const gone = [...model.assets.values()].filter(({ purged }) => purged).flatMap(({ chunks }) => chunks)
  return cluster.names.flatMap((name) => gone.filter((chunk) => cluster.holds(name, chunk)).map((chunk) => `${name} has ${chunk}, of an asset deleted for good`))
}
