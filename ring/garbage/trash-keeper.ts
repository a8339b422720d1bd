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
  readonly catalog: Pick<Catalog, 'index' | 'trashDays' | 'purgeTrash' | 'unstripped' | 'strip'>
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
    const { catalog, sights } = this.#parts
    await sights.look([...inTrash(catalog.index)], passedMs)
  }

  /** After every node was heard. Answers how many assets were given up. */
  async tidy({ nowMs, passedMs }: { readonly nowMs: number; readonly passedMs: number }, signal: AbortSignal): Promise<number> {
    const { catalog, sights } = this.#parts
    const days = catalog.trashDays()
    const trash = [...inTrash(catalog.index)]
    const knownMs = await sights.look(trash, passedMs)
    const due = trash.filter(({ facts: { id }, deletedAtMs = nowMs }) => purgeAtMs(deletedAtMs, days) <= nowMs && purgeAtMs(0, days) <= (knownMs.get(id) ?? 0) && this.#isMine(id))
    const purged = await catalog.purgeTrash(due, { signal })
    await this.#strip()
    return purged
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
