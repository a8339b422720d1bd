import { type AssetId, partitionOfAsset, type PeerId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { EventBus } from '../events.ts'

/** An asset whose import is longer ago is not new, however late this node hears of it, in ms. @default 600000 */
export const NEW_ASSET_MS = 600_000
/** Assets remembered as told. @default 20000 */
export const MAX_TOLD_ASSETS = 20_000

type AssetRing = Pick<Ring, 'self' | 'placement' | 'membership'> & { readonly catalog: Pick<Ring['catalog'], 'asset' | 'assetsChanged'> }

/** `asset.ingested`, whichever way it came in: told by the first live owner of the asset, of which all nodes know who it is. */
export function assetEvents(ring: AssetRing, bus: Pick<EventBus, 'emit'>, nowMs = Date.now): Startable {
  const told = new Set<AssetId>()
  let leave = (): void => {}

  const ownerOf = (id: AssetId): PeerId | undefined => ring.placement.ranking(partitionOfAsset(id)).find((peer) => ring.membership.isAlive(peer))

  async function look(id: AssetId): Promise<void> {
    if (told.has(id)) return
    told.add(id)
    if (told.size > MAX_TOLD_ASSETS) for (const oldest of [...told].slice(0, MAX_TOLD_ASSETS / 2)) told.delete(oldest)
    const asset = await ring.catalog.asset(id)
    if (asset === undefined || asset.deletedAtMs !== undefined || nowMs() - asset.facts.importedAtMs > NEW_ASSET_MS || ownerOf(id) !== ring.self) return
    const { name, kind, mime, size } = asset.facts
    bus.emit('asset.ingested', { asset: id, name, kind, mime, size, path: asset.locations[0]?.path ?? name })
  }

  return {
    start() {
      leave = ring.catalog.assetsChanged.on((ids) => { for (const id of ids) void look(id).catch(() => told.delete(id)) })
    },
    stop() { leave() }
  }
}
