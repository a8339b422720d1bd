import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MemberUnreachableError } from '#protocols/errors.ts'
import type { AssetId, CameraId, ChunkId, PeerId, RingId } from '#protocols/ids.ts'
import { chunkIdOf } from '#protocols/ids.ts'
import { createAlarms } from '#ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'
import { createHash } from 'node:crypto'
import type { Catalog, RecordingSession, StoredFacts } from '../../../ring/catalog/catalog.ts'
import type { CatalogComponents, CatalogInit } from '../../../ring/catalog/catalog-parts.ts'
import { createCatalog } from '../../../ring/catalog/ring-catalog.ts'
import type { Caller, RpcProtocol } from '../../../ring/network/network.ts'

type Handler = (request: never, caller: Caller, options: { signal: AbortSignal }) => Promise<unknown>

/** Several catalogs of one process, joined by a network that can be cut. Messages really pass their codecs. */
export class FakeRing {
  readonly ringId = createHash('sha256').update('ring').digest('hex') as RingId
  readonly nodes = new Map<PeerId, FakeNode>()
  readonly #cuts = new Set<string>()
  gossipWorks = true
  requests = 0
  root = ''
  readonly init: Partial<CatalogInit>

  constructor(init: Partial<CatalogInit> = {}) {
    this.init = init
  }

  async folder(): Promise<string> {
    return this.root ||= await mkdtemp(join(tmpdir(), 'thatdam-catalog-'))
  }

  async node(name: string): Promise<FakeNode> {
    const node = new FakeNode(this, name as PeerId, join(await this.folder(), name))
    this.nodes.set(node.id, node)
    await node.start()
    return node
  }

  cut(a: FakeNode, b: FakeNode): void {
    this.#cuts.add(`${a.id} ${b.id}`).add(`${b.id} ${a.id}`)
  }

  heal(): void {
    this.#cuts.clear()
  }

  isReachable(from: PeerId, to: PeerId): boolean {
    return from !== to && this.nodes.get(to)?.running === true && !this.#cuts.has(`${from} ${to}`)
  }

  async end(): Promise<void> {
    for (const node of this.nodes.values()) await node.stop()
    if (this.root !== '') await rm(this.root, { recursive: true, force: true })
  }
}

export class FakeNode {
  running = false
  catalog: Catalog
  alarms = createAlarms()
  handlers = new Map<string, Handler>()
  listeners = new Map<string, (bytes: Uint8Array, from: PeerId) => void>()
  readonly ring: FakeRing
  readonly id: PeerId
  readonly dir: string

  constructor(ring: FakeRing, id: PeerId, dir: string) {
    this.ring = ring
    this.id = id
    this.dir = dir
    this.catalog = this.#create()
  }

  async start(): Promise<void> {
    await this.catalog.start()
    this.running = true
  }

  async stop(): Promise<void> {
    if (!this.running) return
    this.running = false
    await this.catalog.stop()
  }

  /** Stop, do something to its folder, and start anew. */
  async restart(meanwhile: () => Promise<void> | void = () => {}): Promise<void> {
    await this.stop()
    await meanwhile()
    this.catalog = this.#create()
    await this.start()
  }

  #create(): Catalog {
    const { ring, id } = this
    const handlers = this.handlers = new Map()
    const listeners = this.listeners = new Map()
    this.alarms = createAlarms()
    const network: CatalogComponents['network'] = {
      self: id,
      serve: (protocol, handler) => { handlers.set(protocol.id, handler as Handler) },
      subscribe: (topic, listener) => { listeners.set(topic, listener) },
      request: (peer, protocol, request, options) => this.#request(peer, protocol, request, options?.signal),
      publish: async (topic, bytes) => {
        for (const node of ring.nodes.values()) {
          if (ring.gossipWorks && ring.isReachable(id, node.id)) setImmediate(() => node.listeners.get(topic)?.(bytes, id))
        }
      }
    }
    return createCatalog({ network, alarms: this.alarms, log: silentLog, liveNodes: () => [...ring.nodes.keys()].filter((peer) => ring.isReachable(id, peer)) }, { dir: this.dir, ringId: ring.ringId, syncEveryMs: 600_000, ...ring.init })
  }

  async #request<Req, Res>(peer: PeerId, protocol: RpcProtocol<Req, Res>, request: Req, signal = new AbortController().signal): Promise<Res> {
    const { ring, id } = this
    ring.requests++
    await sleep(0)
    if (!ring.isReachable(id, peer)) throw new MemberUnreachableError(`${peer} does not answer`)
    const handler = ring.nodes.get(peer)?.handlers.get(protocol.id)
    if (handler === undefined) throw new MemberUnreachableError(`${peer} does not serve ${protocol.id}`)
    const answer = await unlessAborted(signal, handler(protocol.request.decode(protocol.request.encode(request)) as never, { peerId: id, role: 'node' }, { signal }))
    if (!ring.isReachable(id, peer)) throw new MemberUnreachableError(`${peer} was cut off`)
    return protocol.response.decode(protocol.response.encode(answer as Res))
  }
}

async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  const keepAlive = setInterval(() => {}, 1000) // a real socket would
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    clearInterval(keepAlive)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Wait until `holds`, or fail after five seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 5000
  while (!await holds()) {
    if (Date.now() > end) throw new Error(`not within five seconds: ${what}`)
    await sleep(5)
  }
}

export function assetIdOf(text: string): AssetId {
  return createHash('sha256').update(text).digest('hex') as AssetId
}

export function someFacts(name: string, more: Partial<StoredFacts> = {}): StoredFacts {
  const blob: ChunkId = chunkIdOf(Buffer.from(name))
  return { id: assetIdOf(name), name, size: 1000, mime: 'video/mp4', kind: 'video', blob, importedAtMs: 1000, probe: { container: 'mov,mp4' }, ...more }
}

export function someSession(camera: string, startMs: number, session: string, more: Partial<RecordingSession> = {}): RecordingSession {
  return {
    camera: camera as CameraId, hour: new Date(startMs).toISOString().slice(0, 13), session, node: 'alder' as PeerId, startMs, endMs: startMs + 1000, bytes: 10,
    codecs: 'avc1.42E01F', width: 640, height: 360, init: chunkIdOf(Buffer.from(session)), manifest: undefined, tail: [], ended: undefined, ...more
  }
}
