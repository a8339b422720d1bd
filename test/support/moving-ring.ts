/** A ring in one process whose layout really changes: one root document that all nodes share, real disks, placement, repair and departures, a fake network. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Y from 'yjs'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import { createAlarms } from '#ring/base/alarms.ts'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import type { LayoutEntry, Member, Placement } from '#ring'
import { confirmPartitions, readHistory, readLayout, recordLayout, retireLayouts, writeLayout } from '../../ring/catalog/layout-entry.ts'
import { createFileChunkStore, type FileChunkStore } from '../../ring/chunks/file-chunk-store.ts'
import { createWriteGate } from '../../ring/chunks/write-gate.ts'
import { createPlacement } from '../../ring/placement/live-placement.ts'
import { createChunkExchange } from '../../ring/replication/chunk-exchange.ts'
import { createConfirmations } from '../../ring/replication/confirmations.ts'
import { createDeparture } from '../../ring/replication/departure.ts'
import { createRepair, type Repair } from '../../ring/replication/repair.ts'
import { createRingChunkStore, type ReplicatingChunkStore } from '../../ring/replication/ring-chunk-store.ts'
import { createFakeNetwork } from './fake-network.ts'

const NEVER = 3_600_000

export interface MovingNode {
  readonly id: PeerId
  readonly local: FileChunkStore
  readonly chunks: ReplicatingChunkStore
  readonly repair: Repair
  readonly placement: Placement
  /** What it does by itself every now and then: repair, and leave when it may. */
  turn(): Promise<void>
}

export class MovingRing {
  readonly net = createFakeNetwork()
  readonly doc = new Y.Doc()
  readonly nodes: MovingNode[] = []
  /** Told of every chunk that a node lets go of, before it does. */
  onDrop: (node: MovingNode, id: ChunkId) => Promise<void> = async () => {}
  readonly #layoutChanged = emitter<void>()
  readonly #historyChanged = emitter<void>()
  readonly #stops: Array<() => Promise<void>> = []
  readonly #awake = setInterval(() => {}, 1_000)

  get entries(): LayoutEntry[] { return readLayout(this.doc) }
  get versions(): number[] { return readHistory(this.doc).versions.map(({ version }) => version) }
  node(id: PeerId): MovingNode { return this.nodes.find((node) => node.id === id) as MovingNode }
  alive(): MovingNode[] { return this.nodes.filter(({ id }) => this.net.isUp(id)) }
  /** Nodes that belong and answer. */
  members(): MovingNode[] { return this.alive().filter(({ id }) => this.entries.some(({ peerId, state }) => peerId === id && state !== 'gone')) }

  change(name: string, change: Partial<LayoutEntry>): void {
    const known = this.entries.find(({ peerId }) => peerId === name)
    this.#write((doc) => writeLayout(doc, { peerId: name as PeerId, name, zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 1, ...known, ...change }))
  }

  async add(name: string): Promise<MovingNode> {
    const id = name as PeerId
    const network = this.net.join(id)
    const dir = await mkdtemp(join(tmpdir(), 'thatdam-moving-'))
    const local = createFileChunkStore(dir, { reserveBytes: 0 })
    const membership = {
      members: (): Member[] => this.entries.filter(({ state }) => state !== 'gone').map((entry) => ({ ...entry, self: entry.peerId === id, alive: this.net.isUp(entry.peerId), lastHeardMs: 0, silentMs: Number.POSITIVE_INFINITY, presence: undefined })),
      alive: (): PeerId[] => membership.members().filter(({ alive }) => alive).map(({ peerId }) => peerId),
      isAlive: (peer: PeerId): boolean => peer === id || membership.alive().includes(peer),
      diskOf: () => 'ok' as const, changed: emitter<void>(), presenceChanged: emitter<PeerId>(), announce() {}, start() {}, stop() {}
    }
    const layout = {
      layout: () => this.entries, layoutChanged: this.#layoutChanged, historyChanged: this.#historyChanged, layoutHistory: () => readHistory(this.doc),
      putLayout: async (entry: LayoutEntry) => this.#write((doc) => writeLayout(doc, entry)),
      confirmPartitions: async (of: string, partitions: Iterable<number>) => this.#write((doc) => confirmPartitions(doc, of, id, partitions))
    }
    const placement = createPlacement({ layout, membership, self: id })
    const gate = createWriteGate(local)
    const exchange = createChunkExchange({ network, local: gate.store })
    const chunks = createRingChunkStore({ network, membership, placement, local: gate.store, exchange })
    const confirmations = createConfirmations({ self: id, history: layout, placement, log: silentLog })
    const watched = new Proxy(local, {
      get: (target, key) => key !== 'delete' ? (typeof target[key as 'has'] === 'function' ? target[key as 'has'].bind(target) : target[key as 'has'])
        : async (chunk: ChunkId) => { await this.onDrop(node, chunk); await target.delete(chunk) }
    })
    const repair = createRepair({ network, membership, placement, local: watched, exchange, confirmations }, { intervalMs: NEVER, debounceMs: NEVER, recheckMs: NEVER, dropAfterMs: 0, repairAfterMs: NEVER })
    const departure = createDeparture({ self: id, layout, placement, membership, gate, exchange, alarms: createAlarms(), syncWith: async () => {}, log: silentLog })
    for (const part of [local, exchange, chunks, repair]) await part.start()
    const node: MovingNode = {
      id, local, chunks, repair, placement,
      async turn() {
        await repair.run()
        await departure.look()
      }
    }
    this.nodes.push(node)
    this.#stops.push(async () => {
      for (const part of [repair, chunks, exchange, local]) await part.stop()
      await rm(dir, { recursive: true })
    })
    return node
  }

  /** What a node does whose turn it is to tidy the layouts up. */
  tidy(): void {
    const layouts = this.members()[0]?.placement.layouts()
    if (layouts === undefined) return
    const { transition: { current, isRecorded, older }, progress } = layouts
    if (!isRecorded) this.#write((doc) => recordLayout(doc, current))
    else if (older.length > 0 && progress.isComplete) this.#write((doc) => retireLayouts(doc, current))
  }

  async holdersOf(id: ChunkId): Promise<PeerId[]> {
    const held = await Promise.all(this.nodes.map(({ local }) => local.has(id)))
    return this.nodes.filter((_, i) => held[i]).map((node) => node.id)
  }

  async end(): Promise<void> {
    clearInterval(this.#awake)
    for (const { id } of this.nodes) this.net.kill(id)
    for (const stop of this.#stops) await stop()
  }

  #write(change: (doc: Y.Doc) => void): void {
    this.doc.transact(() => change(this.doc))
    this.#layoutChanged.emit()
    this.#historyChanged.emit()
  }
}
