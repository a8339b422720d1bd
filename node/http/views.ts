/** What the ring knows, as the API says it. Pure. */
import type { AssetDetail, AssetView, RingMember, RingView } from '#protocols/http.ts'
import { PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import { type Asset, type AssetLocation, DEFAULT_WRITE_QUORUM, knownProbe, purgeAtMs, type Member, type RepairStatus, type Ring } from '#ring'
import { SPRITE } from '../derive/wanted.ts'

export type RingParts = Pick<Ring, 'id' | 'self' | 'name' | 'membership' | 'placement' | 'localChunks' | 'repairStatus'> & { readonly catalog: Pick<Ring['catalog'], 'layout'> }

/** `trashDays`: how long the ring keeps what is in the trash. */
export function assetView(asset: Asset, trashDays?: number): AssetView {
  const { facts, deletedAtMs } = asset
  return {
    id: facts.id, name: facts.name, title: asset.title, kind: facts.kind, mime: facts.mime, size: facts.size, importedAtMs: facts.importedAtMs,
    editedAtMs: asset.editedAtMs, rating: asset.rating, tags: [...asset.tags], notes: asset.notes, marks: { ...asset.marks }, albums: [...asset.albums], fields: { ...asset.fields },
    batch: facts.batch ?? null, poster: asset.poster !== undefined, ...(asset.made[SPRITE] === undefined ? {} : { sprite: true }), ...(asset.away ? { away: true } : {}), ...(/^\d{1,4}\/\d{1,4}$/.test(asset.found['span'] ?? '') ? { span: asset.found['span']! } : {}),
    probe: structuredClone(knownProbe(asset)) as AssetView['probe'], locations: asset.locations.map((location) => locationView(location)),
    ...(facts.modifiedAtMs !== undefined && { modifiedAtMs: facts.modifiedAtMs }), ...(facts.blob === undefined && { outside: { missingSinceMs: missingSince(asset) } }),
    ...(Object.keys(asset.sidecars).length > 0 && { sidecars: Object.keys(asset.sidecars) }),
    ...(deletedAtMs === undefined || trashDays === undefined ? {} : { trash: { deletedAtMs, purgeAtMs: purgeAtMs(deletedAtMs, trashDays) } })
  }
}

function locationView({ node, path, file }: AssetLocation, name: string = node): AssetView['locations'][number] {
  return { node: name, path, ...(file && { file: { modifiedAtMs: file.modifiedAtMs, missingSinceMs: file.missingSinceMs ?? null } }) }
}

/** Since when none of its files is where it was; 0 when there is none any more. */
function missingSince({ locations }: Asset): number | null {
  const files = locations.flatMap(({ file }) => file ?? [])
  return files.some(({ missingSinceMs }) => missingSinceMs === undefined) ? null : Math.max(0, ...files.map(({ missingSinceMs = 0 }) => missingSinceMs))
}

/** How many chunks of a blob a member holds. */
export interface Copies {
  readonly peerId: PeerId
  readonly chunks: number
}

/** Where an asset's bytes are, and since when those on this node are known to be good. */
export interface Whereabouts {
  readonly chunks: number
  readonly copies: readonly Copies[]
  readonly lastVerifiedMs: number | null
}

export function assetDetail(asset: Asset, { chunks, copies, lastVerifiedMs }: Whereabouts, members: readonly Member[]): AssetDetail {
  const nameOf = (peer: string): string => members.find(({ peerId }) => peerId === peer)?.name ?? peer
  const alive = (peer: string): boolean => members.some((member) => member.peerId === peer && member.alive)
  return {
    ...assetView(asset),
    locations: asset.locations.map((location) => locationView(location, nameOf(location.node))),
    chunks,
    lastVerifiedMs,
    copies: copies.filter((copy) => copy.chunks > 0).map((copy) => ({ node: nameOf(copy.peerId), alive: alive(copy.peerId), chunks: copy.chunks }))
  }
}

export function ringView(ring: RingParts): RingView {
  const members = ring.membership.members()
  const place = new Map(members.map(({ peerId }, index) => [peerId, index]))
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) =>
    ring.placement.owners(partition as Partition).flatMap((peer) => place.get(peer) ?? []))
  const owned = members.map((_, index) => partitions.filter((owners) => owners.includes(index)).length)
  const repair = ring.repairStatus()
  const reasons = reasonsOf(members, repair)
  return {
    ringId: ring.id, self: ring.self, name: ring.name, replicas: ring.placement.replicas, writeQuorum: Math.min(DEFAULT_WRITE_QUORUM, members.length),
    members: members.map((member, index) => memberView(ring, member, owned[index] ?? 0)),
    partitions, layout: layoutView(ring), gone: ring.catalog.layout().filter(({ state }) => state === 'gone').map(({ peerId, name }) => ({ peerId, name })), repair: { ...repair }, reasons, health: members.length === 1 ? 'alone' : reasons.length > 0 ? 'degraded' : 'ok'
  }
}

function layoutView({ placement }: Pick<RingParts, 'placement'>): RingView['layout'] {
  const { transition: { current, older }, progress: { moved } } = placement.layouts()
  return { version: current.version, older: older.map(({ version }) => version), moved, partitions: PARTITIONS }
}

function memberView(ring: RingParts, member: Member, partitions: number): RingMember {
  const { presence } = member
  const disk = member.self ? ring.localChunks.usage() : presence
  return {
    peerId: member.peerId, name: member.name, zone: member.zone, weight: member.weight, state: member.state, self: member.self, alive: member.alive,
    lastHeardMs: member.lastHeardMs, addresses: [...member.addresses], http: presence?.http ?? '', freeBytes: disk?.freeBytes ?? 0, usedBytes: disk?.usedBytes ?? 0,
    chunks: disk?.chunks ?? 0, acceptsWrites: disk?.acceptsWrites ?? false, disk: (member.self ? ring.localChunks.disk().state : presence?.disk) ?? '', partitions
  }
}

/** Why this ring is not at its best, a sentence each. */
export function reasonsOf(members: readonly Member[], repair: RepairStatus): string[] {
  const silent = members.filter((member) => !member.alive).map(({ name }) => `${name} does not answer`)
  const full = members.filter((member) => member.alive && member.presence?.acceptsWrites === false).map(({ name, presence }) => `${name} takes no more data: its disk is ${presence?.disk === '' ? 'full' : presence?.disk}`)
  const short = repair.missingCopies > 0 ? [`${repair.missingCopies} chunks are short of copies${repair.singleCopies > 0 ? `, ${repair.singleCopies} of them exist only once` : ''}`] : []
  return [...silent, ...full, ...short]
}
