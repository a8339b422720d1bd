import type { LayoutStore } from './layout.ts'
import type { Network } from './network.ts'

/** What this node says of itself in the layout. */
export interface OwnEntry {
  readonly name: string
  readonly zone: string
  readonly weight: number
}

/** Bring this node's own layout entry up to date (name, zone, weight, addresses); nothing is written when nothing changed. */
export async function putOwnEntry(layout: LayoutStore, network: Pick<Network, 'self' | 'addresses'>, { name, zone, weight }: OwnEntry, nowMs: number): Promise<void> {
  const known = layout.layout().find(({ peerId }) => peerId === network.self)
  const addresses = network.addresses()
  const entry = { peerId: network.self, name, zone, weight, addresses, state: known?.state ?? 'active', joinedAtMs: known?.joinedAtMs ?? nowMs } as const
  const isSame = known !== undefined && known.name === name && known.zone === zone && known.weight === weight && String(known.addresses) === String(addresses)
  if (!isSame) await layout.putLayout(entry)
}
