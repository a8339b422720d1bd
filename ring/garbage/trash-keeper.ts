import { type AssetId, partitionOfAsset, type PeerId } from '#protocols/ids.ts'
import type { Asset, Catalog } from '../catalog/catalog.ts'
import type { Membership } from '../network/membership.ts'
import type { Placement } from '../placement/placement.ts'
import type { TrashSights } from './trash-sights.ts'

const DAY_MS = 86_400_000

export interface TrashKeeperComponents {
  readonly self: PeerId
  readonly membership: Pick<Membership, 'isAlive'>
  readonly placement: Pick<Placement, 'ranking'>
  readonly catalog: { readonly index: Pick<Catalog['index'], 'trash'> } & Pick<Catalog, 'trashDays' | 'purgeTrash' | 'unstripped' | 'strip' | 'unindexed'>
  readonly sights: Pick<TrashSights, 'look'>
}

/** When a deleted asset is given up at the earliest, Unix ms. */
export const purgeAtMs = (deletedAtMs: number, trashDays: number): number => deletedAtMs + trashDays * DAY_MS

/** Purges what was in the trash for long enough, by its date and as long as this node knows of it, and strips what everybody knows to be purged. Each asset has one node that does it. */
export class TrashKeeper {
  readonly #parts: TrashKeeperComponents
  /** Purged at an earlier look, at which every node learnt of it. */
  #known: ReadonlySet<AssetId> = new Set()

  constructor(components: TrashKeeperComponents) {
    this.#parts = components
  }

  /** Note what is in the trash, whoever is heard. @param passedMs `SeenTime.passedMs` */
  async see(passedMs: number): Promise<void> {
    await this.#look(passedMs)
  }

  /** After every node was heard. Answers how many assets were given up. */
  async tidy({ nowMs, passedMs }: { readonly nowMs: number; readonly passedMs: number }, signal: AbortSignal): Promise<number> {
    const { catalog } = this.#parts
    const days = catalog.trashDays()
    const due = (await this.#look(passedMs)).filter(({ asset: { facts: { id }, deletedAtMs = nowMs }, knownMs }) => purgeAtMs(deletedAtMs, days) <= nowMs && purgeAtMs(0, days) <= knownMs && this.#isMine(id)).map(({ asset }) => asset)
    const purged = await catalog.purgeTrash(due, { signal })
    await this.#strip()
    return purged
  }

  /** All of it, and for how long each deletion was known here; nothing while the lists of this node are being built: what is not in them yet would be forgotten. */
  async #look(passedMs: number): Promise<Array<{ readonly asset: Asset; readonly knownMs: number }>> {
    const { catalog, sights } = this.#parts
    if (catalog.unindexed() > 0) return []
    const trash = [...inTrash(catalog.index)]
    const known = await sights.look(trash, passedMs)
    return trash.map((asset) => ({ asset, knownMs: known.get(asset.facts.id) ?? 0 }))
  }

  async #strip(): Promise<void> {
    const { catalog } = this.#parts
    const purged: AssetId[] = []
    for await (const id of catalog.unstripped()) purged.push(id)
    await catalog.strip(purged.filter((id) => this.#known.has(id) && this.#isMine(id)))
    this.#known = new Set(purged)
  }

  #isMine(id: AssetId): boolean {
    const { placement, membership, self } = this.#parts
    return placement.ranking(partitionOfAsset(id)).find((peer) => membership.isAlive(peer)) === self
  }
}

/** Everything in the trash, page by page. */
export function* inTrash(index: Pick<Catalog['index'], 'trash'>): Generator<Asset> {
  for (let cursor: string | undefined, more = true; more;) {
    const page = index.trash({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.assets
    cursor = page.cursor
    more = cursor !== undefined
  }
}
