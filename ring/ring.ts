import { join } from 'node:path'
import { InvalidInputError, MemberRemovedError, NotAuthorizedError, OverloadedError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Presence } from '#protocols/presence.ts'
import { createClockWatch } from './alarms/clock-watch.ts'
import { followAlarms } from './alarms/follow-alarms.ts'
import { createRingAlarms, type RingAlarms } from './alarms/ring-alarms.ts'
import { createRingWatch } from './alarms/ring-watch.ts'
import { abortable } from './base/abortable.ts'
import { createAlarms } from './base/alarms.ts'
import { type AbortOptions, lifecycle, type Startable } from './base/lifecycle.ts'
import type { Logger } from './base/log.ts'
import type { Metrics } from './base/metrics.ts'
import type { Catalog } from './catalog/catalog.ts'
import { createCatalog } from './catalog/ring-catalog.ts'
import { type Beyond, NOTHING_BEYOND } from './chunks/beyond.ts'
import { createBlobStore } from './chunks/blob-store.ts'
import { createGarbage, DEFAULT_GARBAGE_GRACE_MS, type Garbage, type GarbageInit } from './garbage/garbage.ts'
import { createGarbageClient } from './garbage/garbage-wire.ts'
import { createRetention } from './garbage/retention.ts'
import { createSeenTime } from './garbage/seen-time.ts'
import { createWriteLeases } from './garbage/write-leases.ts'
import type { DiskState } from './chunks/disk-state.ts'
import { createFileChunkStore, type FileChunkStore } from './chunks/file-chunk-store.ts'
import { createWriteGate } from './chunks/write-gate.ts'
import type { DataFolder } from './identity/data-folder.ts'
import { openDataFolder } from './identity/data-folder.ts'
import { createInvite, formatInvite, parseInvite } from './identity/invite.ts'
import type { NodeClaims } from './identity/node-identity.ts'
import { ringSecret } from './identity/ring-secret.ts'
import { enterRing, type Entered } from './network/enter-ring.ts'
import { createMembership } from './network/heartbeats.ts'
import { joinByInvite, serveJoins } from './network/join.ts'
import { createKeyKeeper, type KeyKeeper } from './network/key-keeper.ts'
import type { LayoutEntry } from './network/layout.ts'
import type { Membership } from './network/membership.ts'
import { putOwnEntry } from './network/own-entry.ts'
import { createRemovals } from './network/removals.ts'
import { machineNamed, machinesOf, type RingMachine } from './network/ring-members.ts'
import { createLayoutAdmin } from './placement/layout-admin.ts'
import { createLayoutKeeper } from './placement/layout-keeper.ts'
import { createPlacement } from './placement/live-placement.ts'
import { DEFAULT_WRITE_QUORUM } from './placement/placement.ts'
import { createBulkChannel } from './replication/bulk-channel.ts'
import { createChunkExchange } from './replication/chunk-exchange.ts'
import { createConfirmations } from './replication/confirmations.ts'
import { countCopies, holdersOf, leastCopies } from './replication/copies.ts'
import { createDeparture } from './replication/departure.ts'
import { unheldChunks } from './replication/library-loss.ts'
import { createRepair, DEFAULT_REPAIR_AFTER_MS, type RepairInit } from './replication/repair.ts'
import { createRingChunkStore } from './replication/ring-chunk-store.ts'
import { createScrub, type ScrubInit, type Verifier } from './replication/scrub.ts'
import { createVerification } from './replication/verification.ts'
import { createUploadRecords, type UploadRecords } from './uploads/ring-uploads.ts'
import type { Ring } from './index.ts'

export interface RingComponents {
  readonly log: Logger
  readonly metrics?: Metrics
}

export interface RingInit extends NodeClaims {
  /** Data folder, made when missing and locked while the ring runs. */
  readonly dir: string
  /** Multiaddrs to listen on. */
  readonly listen: readonly string[]
  /** Text of an invite, for the first start. */
  readonly invite?: string
  /** Look for members on the local network. */
  readonly mdns?: boolean
  readonly repair?: RepairInit
  readonly scrub?: Omit<ScrubInit, 'folder'>
  readonly garbage?: Omit<GarbageInit, 'folder'>
}

/** Time for one of the nodes it knew to tell a returning node what changed, in ms. @default 8000 */
export const HEAR_OTHERS_MS = 8_000
/** Time to learn the catalog's root from the node that let us in, in ms. @default 20000 */
export const FIRST_SYNC_TIMEOUT_MS = 20_000

/**
 * Found, join or reopen the ring of a data folder. The network runs when this resolves; `start` brings the rest to life.
 * @throws DataFolderLockedError, InvalidInputError, InvalidInviteError, NotAuthorizedError, MemberUnreachableError
 */
export async function createRing(components: RingComponents, init: RingInit): Promise<Ring> {
  const folder = await openDataFolder(init.dir)
  let catalog: Catalog | undefined
  const bootstrap = init.invite === undefined ? [] : parseInvite(init.invite).addresses
  const entered = await enterRing({ ...components, folder, layout: () => catalog }, { ...init, bootstrap }).catch(async (err) => {
    await folder.release()
    throw err
  })
  const ring = new NodeRing(components, init, folder, entered)
  catalog = ring.catalog
  return ring
}

class NodeRing implements Ring {
  readonly id: RingId
  readonly self: PeerId
  readonly name: string
  readonly network: Ring['network']
  readonly membership: Membership
  readonly placement: Ring['placement']
  readonly localChunks: FileChunkStore
  readonly chunks: Ring['chunks']
  readonly blobs: Ring['blobs']
  readonly catalog: Catalog
  readonly alarms = createAlarms()
  readonly admin: Ring['admin']
  readonly ringAlarms: RingAlarms
  readonly repair: Ring['repair']
  readonly repairStatus: Ring['repairStatus']
  readonly copiesOf: Ring['copiesOf']
  readonly holdersOf: Ring['holdersOf']
  readonly verification: Ring['verification']
  readonly lastVerifiedMs: Ring['lastVerifiedMs']
  readonly scrubStatus: Ring['scrubStatus']
  readonly garbage: Garbage
  readonly retention: Ring['retention']
  readonly writing: Ring['writing']
  readonly uploads: UploadRecords
  readonly #entered: Entered
  readonly #init: RingInit
  readonly #folder: DataFolder
  readonly #log: Logger
  readonly #parts: Startable
  readonly #keys: KeyKeeper
  #beyond: Beyond = NOTHING_BEYOND
  #describe: () => Pick<Presence, 'cameras' | 'viewers' | 'http' | 'attached'> = () => ({ cameras: [], viewers: 0, http: '', attached: [] })

  constructor({ log, metrics }: RingComponents, init: RingInit, folder: DataFolder, entered: Entered) {
    const { host, identity } = entered
    this.#entered = entered
    this.#init = init
    this.#folder = folder
    this.#log = log.scope('ring')
    this.id = identity.ringId
    this.name = identity.name
    this.network = host
    this.self = host.self

    const others = (): PeerId[] => this.membership.alive().filter((peer) => peer !== this.self)
    const local = createFileChunkStore(join(folder.path, 'chunks'), { log, metrics })
    const catalog = createCatalog({ network: host, liveNodes: others, log, alarms: this.alarms, metrics }, { dir: join(folder.path, 'catalog'), ringId: this.id })
    const membership = createMembership({
      network: host, layout: catalog, log: log.scope('ring:network'),
      describe: () => ({ ...this.#describe(), ...usageOf(local), alarms: ringAlarms.notes() }),
      onLayoutDiffers: (peer) => { void catalog.syncWith(peer).catch((err) => this.#log('could not compare catalogs with %s - %s', peer, err)) }
    })
    const ringAlarms = createRingAlarms({ alarms: this.alarms, membership, self: this.self })
    const diskOf = (peer: PeerId): DiskState => (peer === this.self ? local.disk().state : membership.diskOf(peer))
    const placement = createPlacement({ layout: catalog, membership, self: this.self, diskOf })
    const gate = createWriteGate(local)
    const verifier: Verifier = { // the scrub asks others through the exchange, which answers others through the scrub
      check: (...asked) => scrub.check(...asked), checkPartition: (...asked) => scrub.checkPartition(...asked)
    }
    const bulk = createBulkChannel({ network: host, local, log })
    const exchange = createChunkExchange({ network: host, local: gate.store, bulk, verifier, relied: (ids) => garbage.relied(ids) })
    const chunks = createRingChunkStore({ network: host, membership, placement, local: gate.store, exchange, beyond: { isAway: (blob) => this.#beyond.isAway(blob), read: (place, options) => this.#beyond.read(place, options) }, log, metrics })
    const confirmations = createConfirmations({ self: this.self, history: catalog, placement, log: this.#log })
    const repair = createRepair({ network: host, membership, placement, local, exchange, confirmations, fellShort: chunks.fellShort, wasSwept: (id) => garbage.wasSwept(id), log, metrics }, init.repair)
    const scrub = createScrub({ network: host, membership, placement, local, exchange, log, metrics }, { ...init.scrub, folder: folder.path })
    const leases = createWriteLeases()
    const seen = createSeenTime({ newestMs: () => newestFootageMs(catalog), log: this.#log }, { folder: join(folder.path, 'garbage') })
    const garbage = createGarbage({ network: host, membership, placement, catalog, local, chunks, leases, mending: scrub, seen, alarms: this.alarms, log, metrics }, { ...init.garbage, folder: join(folder.path, 'garbage') })

    const holders = { network: host, membership, local, exchange }
    const garbageClient = createGarbageClient(host)
    const clockOf = async (peer: PeerId, options: AbortOptions): Promise<number> => (await garbageClient.writes(peer, options)).nowMs
    const retention = createRetention({
      self: this.self, membership, placement, catalog, client: garbageClient, usage: () => local.usage(), get: (id) => chunks.get(id),
      leastCopies: (ids, options) => leastCopies(holders, ids, options), writeQuorum: DEFAULT_WRITE_QUORUM, alarms: this.alarms, seen, log
    }, { graceMs: init.garbage?.graceMs ?? DEFAULT_GARBAGE_GRACE_MS })
    const watch = createRingWatch({
      alarms: this.alarms, name: this.name, disk: { view: () => local.disk(), changed: local.diskChanged }, membership,
      repairStatus: () => repair.status(), scrubStatus: () => scrub.status(), log: this.#log
    }, { patienceMs: init.repair?.repairAfterMs ?? DEFAULT_REPAIR_AFTER_MS })

    const clocks = createClockWatch({ name: this.name, alarms: this.alarms, membership, ask: clockOf, log: this.#log })

    this.#keys = createKeyKeeper({ network: host, layout: catalog, credentials: entered.credentials, alive: () => membership.alive(), folder, log: log.scope('ring:key') })
    this.ringAlarms = ringAlarms
    const departure = createDeparture({
      self: this.self, layout: catalog, placement, membership, gate, exchange, alarms: this.alarms, syncWith: (peer) => catalog.syncWith(peer), log: this.#log
    })
    const keeper = createLayoutKeeper({ self: this.self, layout: catalog, membership, placement, log: this.#log })

    this.localChunks = local
    this.catalog = catalog
    this.membership = membership
    this.placement = placement
    this.chunks = chunks
    this.blobs = createBlobStore({ chunks, lease: () => leases.begin() })
    this.repair = () => repair.run()
    this.repairStatus = () => repair.status()
    this.copiesOf = (ids, options) => countCopies(holders, ids, options)
    this.holdersOf = (ids, options) => holdersOf(holders, ids, options)
    this.verification = createVerification({ network: host, membership, exchange, local: scrub, store: local })
    this.admin = createLayoutAdmin({ layout: catalog, membership, unheld: (options) => unheldChunks({ copy: catalog.copy, chunks, verification: this.verification }, options) })
    this.lastVerifiedMs = (ids) => scrub.lastVerifiedMs(ids)
    this.scrubStatus = () => scrub.status()
    this.garbage = garbage
    this.retention = retention
    this.writing = () => leases.begin()
    const uploads = createUploadRecords({ network: host, membership, placement, leases, seen, clockOf, log: log.scope('ring:uploads') }, { folder: join(folder.path, 'uploads') })
    this.uploads = uploads
    this.#parts = lifecycle([
      local, exchange, catalog,
      { start: () => this.#takePlace(), stop() {} },
      createRemovals({ network: host, layout: catalog, membership, forget: (peer) => bulk.forget(peer), alarms: this.alarms, log: this.#log }),
      membership, this.#keys, chunks, confirmations, repair, keeper, departure, scrub, uploads, garbage, retention, ringAlarms, watch, clocks, this.#announceTrouble(local)
    ])
    metrics?.gauge('ring_members', 'Nodes of the layout.', () => membership.members().length)
    metrics?.gauge('ring_alarms', 'Alarms of this node that stand now.', () => this.alarms.active().length)
    metrics?.gauge('ring_members_alive', 'Nodes that answer now.', () => membership.alive().length)
  }

  async start(): Promise<void> {
    try {
      await this.#parts.start()
    } catch (err) {
      await this.stop().catch(() => {}) // the first failure is the one worth reporting
      throw err
    }
  }

  /** Also for a ring that was never started: its network and folder are in use since it was created. */
  async stop(): Promise<void> {
    try {
      await this.#parts.stop()
    } finally {
      await this.#entered.host.stop()
      await this.#folder.release()
    }
  }

  createInvite: Ring['createInvite'] = (role, expiresMs, uses) => {
    const ringSeed = this.#entered.credentials.ringSeed()
    if (this.catalog.isRevoked(this.self)) throw new MemberRemovedError('this node was removed from the ring: nobody can be invited from here')
    if (ringSeed === undefined) throw new OverloadedError("this node is waiting for the ring's new key: try again in a moment, or on another node")
    const expiresAtMs = Date.now() + expiresMs
    const invite = createInvite(ringSeed, { role, uses, ringId: this.id, expiresAtMs, addresses: this.network.addresses() }, Date.now())
    return { invite: formatInvite(invite), role, uses: invite.capability.uses, expiresAt: new Date(expiresAtMs) }
  }

  machines(): RingMachine[] {
    return machinesOf(this.catalog)
  }

  async revoke(member: string, reason: string): Promise<RingMachine> {
    const { peerId, name, role } = machineNamed(this.machines(), member)
    if (peerId === this.self) throw new InvalidInputError('a node does not remove itself: ask another node of the ring')
    await this.catalog.putRevocation({ peerId, name, role, by: this.self, reason, atMs: Date.now() })
    if (role === 'node') await this.#keys.rotate() // it had the key
    return machineNamed(this.machines(), peerId)
  }

  async rotateKey(): Promise<{ ringKey: string; generation: number }> {
    await this.#keys.rotate()
    const { ringKey, generation } = this.#entered.credentials.settled()
    return { ringKey, generation }
  }

  secret(purpose: string): Uint8Array | undefined {
    const ringSeed = this.#entered.credentials.ringSeed()
    return ringSeed && ringSecret(ringSeed, purpose)
  }

  describe(read: () => Pick<Presence, 'cameras' | 'viewers' | 'http' | 'attached'>): void {
    this.#describe = read
  }

  reachBeyond(beyond: Beyond): void {
    this.#beyond = beyond
  }

  /** A disk that takes no more is news that can not wait for the next heartbeat; alarms go to the log. */
  #announceTrouble(local: FileChunkStore): Startable {
    const leave: Array<() => void> = []
    return {
      start: () => {
        leave.push(
          local.diskChanged.on(() => this.membership.announce()),
          followAlarms(this.alarms, ({ type, alarm }) => type === 'raised' ? this.#log.error('alarm (%s): %s', alarm.severity, alarm.message) : this.#log('alarm over: %s', alarm.message))
        )
      },
      stop() { for (const off of leave.splice(0)) off() }
    }
  }

  /** Learn the layout from whoever let us in, stand in it ourselves, and let others in. */
  async #takePlace(): Promise<void> {
    const { host, identity, nodes } = this.#entered
    const from = nodes.map(({ peerId }) => peerId).filter((peer) => peer !== this.self)
    if (from.length > 0) await this.#firstSync(from)
    const mayBeGone = this.#ownEntry()?.state === 'gone' || this.#init.invite !== undefined // it may have been struck off while it was down
    if (from.length === 0 && mayBeGone) await this.#hearOthers()
    if (this.#ownEntry()?.state === 'gone') await this.#comeBack()
    serveJoins({ network: host, layout: this.catalog, log: this.#log })
    const own = this.#ownEntry()
    const { name } = identity
    await putOwnEntry(this.catalog, host, { name, zone: this.#init.zone ?? own?.zone ?? identity.zone, weight: this.#init.weight ?? own?.weight ?? identity.weight }, Date.now())
  }

  #ownEntry(): LayoutEntry | undefined {
    return this.catalog.layout().find(({ peerId }) => peerId === this.self)
  }

  /** This node left, or was struck off: a new invite lets it in again. @throws NotAuthorizedError */
  async #comeBack(): Promise<void> {
    const { host, identity } = this.#entered
    const { invite } = this.#init
    if (invite === undefined) throw new NotAuthorizedError(`${this.name} does not belong to the ring any more: it left, or was removed. Let it in again with --join and a new invite (thatdam invite node), or start anew in an empty --data folder`)
    const { via } = await joinByInvite(host, { invite: parseInvite(invite), name: identity.name, zone: identity.zone, weight: identity.weight })
    await this.#firstSync([via])
  }

  /** Exchange catalogs with one of the nodes this one knew, if any answers in time. */
  async #hearOthers(): Promise<void> {
    const others = this.catalog.layout().filter(({ peerId, state }) => peerId !== this.self && state !== 'gone')
    for (const { peerId, addresses } of others) await this.#entered.host.learn(peerId, addresses)
    const heard = Promise.any(others.map(({ peerId }) => this.catalog.syncWith(peerId)))
    await abortable(heard, AbortSignal.timeout(HEAR_OTHERS_MS)).catch((err) => this.#log('no other node answers - %s', err))
  }

  async #firstSync(from: readonly PeerId[]): Promise<void> {
    const signal = AbortSignal.timeout(FIRST_SYNC_TIMEOUT_MS)
    for (const peer of from) {
      const synced = await this.catalog.syncWith(peer).then(() => true, (err) => { this.#log.error('could not learn the catalog from %s - %s', peer, err) })
      if (synced === true || signal.aborted) return
    }
  }
}

function usageOf(local: FileChunkStore): Pick<Presence, 'freeBytes' | 'usedBytes' | 'chunks' | 'acceptsWrites' | 'disk'> {
  const { chunks, usedBytes, freeBytes, acceptsWrites } = local.usage()
  return { chunks, usedBytes, freeBytes, acceptsWrites, disk: local.disk().state }
}

/** Unix ms; undefined: nothing is recorded. */
function newestFootageMs(catalog: Pick<Catalog, 'cameras' | 'index'>): number | undefined {
  const ends = catalog.cameras().flatMap(({ id }) => catalog.index.hourSizes(id).at(-1)?.endMs ?? [])
  return ends.length === 0 ? undefined : Math.max(...ends)
}
