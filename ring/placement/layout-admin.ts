import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import { checkPrintable, checkWeight } from '../network/claims.ts'
import type { LayoutEntry, LayoutStore } from '../network/layout.ts'
import type { Membership } from '../network/membership.ts'

/** Fewest characters of a peer id that are taken for it; all of them begin alike. @default 10 */
export const MIN_PEER_PREFIX = 10

export interface LayoutAdminComponents {
  readonly layout: Pick<LayoutStore, 'layout' | 'putLayout'>
  readonly membership: Pick<Membership, 'isAlive'>
  /** Chunks the catalog needs and no live node holds. @throws the signal's reason */
  unheld(options: AbortOptions): Promise<readonly ChunkId[]>
}

/** What people decide about the nodes of a ring. A node is named by its name or by its peer id, or the beginning of that. */
export interface LayoutAdmin {
  /** @throws NotFoundError, InvalidInputError when several are meant */
  find(node: string): LayoutEntry
  /** It leaves by itself when others hold all it holds; until then it is read from and not written to. @throws RefusedError when no other node stays */
  drain(node: string): Promise<LayoutEntry>
  /** It stays after all. @throws RefusedError when it is gone */
  undrain(node: string): Promise<LayoutEntry>
  /** A dead node belongs to the ring no more. @throws RefusedError when it is alive, and, unless `force`, when chunks would be lost for all that is known */
  remove(node: string, options?: AbortOptions & { force?: boolean }): Promise<{ entry: LayoutEntry; lost: number }>
  /** @throws InvalidInputError, RefusedError when it is gone */
  set(node: string, change: { weight?: number | undefined; zone?: string | undefined }): Promise<LayoutEntry>
}

export function createLayoutAdmin({ layout, membership, unheld }: LayoutAdminComponents): LayoutAdmin {
  const staysWithout = (peer: PeerId): boolean => layout.layout().some(({ peerId, state }) => peerId !== peer && state === 'active')

  async function change(entry: LayoutEntry, to: Partial<LayoutEntry>): Promise<LayoutEntry> {
    const changed = { ...entry, ...to }
    await layout.putLayout(changed)
    return changed
  }

  function find(node: string): LayoutEntry {
    const entries = layout.layout()
    const named = entries.filter(({ name }) => name === node)
    const belonging = named.filter(({ state }) => state !== 'gone')
    const meant = belonging.length > 0 ? belonging : named.length > 0 ? named : byPeerId(node, entries)
    if (meant.length > 1) throw new InvalidInputError(`${meant.length} nodes are called ${node}: say which by its peer id (${meant.map(({ peerId }) => peerId).join(', ')})`)
    const [entry] = meant
    if (entry === undefined) throw new NotFoundError(`the ring has no node ${node.slice(0, 80)}: it has ${entries.filter(({ state }) => state !== 'gone').map(({ name }) => name).sort().join(', ')}`)
    return entry
  }

  function belonging(node: string): LayoutEntry {
    const entry = find(node)
    if (entry.state === 'gone') throw new RefusedError(`${entry.name} has left the ring: let it in again with a new invite (thatdam invite node)`)
    return entry
  }

  return {
    find,
    async drain(node) {
      const entry = find(node)
      if (entry.state !== 'active') return entry
      if (!staysWithout(entry.peerId)) throw new RefusedError(`${entry.name} is the only node that stays: there would be nobody to take what it holds. Add another node first`)
      return change(entry, { state: 'draining' })
    },
    async undrain(node) {
      const entry = belonging(node)
      return entry.state === 'draining' ? change(entry, { state: 'active' }) : entry
    },
    async remove(node, { force = false, ...options } = {}) {
      const entry = find(node)
      if (entry.state === 'gone') return { entry, lost: 0 }
      if (membership.isAlive(entry.peerId)) throw new RefusedError(`${entry.name} is alive: drain it instead (thatdam ring drain ${entry.name}), so that others take what it holds first`)
      if (!staysWithout(entry.peerId)) throw new RefusedError(`${entry.name} is the only node that stays: nothing would be left of the ring`)
      const { length: lost } = await unheld(options)
      if (lost > 0 && !force) throw new RefusedError(`${lost} chunks of the library are on no node that answers, and perhaps only on ${entry.name}: start it again, or give them up with --force`)
      return { entry: await change(entry, { state: 'gone' }), lost }
    },
    async set(node, { weight, zone }) {
      const entry = belonging(node)
      if (weight !== undefined) checkWeight(weight)
      if (zone !== undefined) checkPrintable('zone', zone)
      return change(entry, { weight: weight ?? entry.weight, zone: zone ?? entry.zone })
    }
  }
}

function byPeerId(text: string, entries: readonly LayoutEntry[]): LayoutEntry[] {
  return text.length < MIN_PEER_PREFIX ? [] : entries.filter(({ peerId }) => peerId.startsWith(text))
}
