/** Nodes that search together: real indexes, a fake network, one catalog that all of them have. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AssetId, PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import { type Network, rankNodes } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import type { WhyOff } from '../../node/understanding/analysis/why-off.ts'
import type { SubjectEntries } from '../../node/understanding/index/entries.ts'
import { createNodeIndex, type NodeIndex } from '../../node/understanding/index/node-index.ts'
import { partitionOfSubject } from '../../node/understanding/index/store.ts'
import type { Inference } from '../../node/understanding/inference/inference.ts'
import type { Moments } from '../../node/understanding/moments/moments.ts'
import { createMoments } from '../../node/understanding/moments/ring-moments.ts'
import type { SpaceId } from '../../node/understanding/space.ts'
import type { Subject } from '../../node/understanding/subject.ts'
import { unit } from '../../node/understanding/vectors.ts'
import { createFakeNetwork, type FakeNetwork } from './fake-network.ts'
import { createLibraryRing } from './library-ring.ts'

export const COLOURS = ['red', 'orange', 'yellow', 'green', 'cyan', 'blue', 'violet', 'white'] as const
export const COLOUR_SPACE = 'colours-1' as SpaceId
export const colour = (name: string): Float32Array => Float32Array.from(COLOURS, (each) => each === name ? 1 : 0)

export const MEANING_SPACE = 'meanings-1' as SpaceId
/** Two words mean the same where they mean one of these. */
const MEANINGS = [['dog', 'puppy', 'hund'], ['sea', 'ocean', 'meer']]
export const meaning = (text: string): Float32Array => unit(Float32Array.from([...MEANINGS.map((words) => words.some((word) => text.includes(word)) ? 1 : 0), 0.01]))!

export type MomentModel = Pick<Inference, 'embedQueries' | 'embedPictures' | 'embedSentences' | 'whyNot' | 'whyNoVectors'>

/** A model that knows eight words, and one that knows what six mean. */
export const colourModel: MomentModel = {
  whyNot: () => undefined,
  async embedSentences(texts) {
    return { space: MEANING_SPACE, dimensions: MEANINGS.length + 1, values: Float32Array.from(texts.flatMap((text) => [...meaning(text)])) }
  },
  whyNoVectors: () => undefined,
  async embedQueries(texts) {
    const values = Float32Array.from(texts.flatMap((text) => [...colour(COLOURS.find((each) => text.includes(each)) ?? 'white')]))
    return { space: COLOUR_SPACE, dimensions: COLOURS.length, values }
  },
  async embedPictures(pictures) {
    return { space: COLOUR_SPACE, dimensions: COLOURS.length, values: Float32Array.from(pictures.flatMap(() => [...colour('red')])) }
  }
}

export interface MomentNode {
  readonly id: PeerId
  readonly index: NodeIndex
  readonly moments: Moments
  /** Partitions of which its index lacks something. */
  readonly unfilled: Set<Partition>
}

export interface MomentRing {
  readonly net: FakeNetwork
  readonly library: ReturnType<typeof createLibraryRing>
  readonly nodes: readonly MomentNode[]
  owners(partition: Partition): PeerId[]
  /** An asset of the catalog. */
  import(name: string, albums?: readonly string[], takenMs?: number, id?: AssetId): Promise<Subject & { kind: 'asset' }>
  /** Into the index of every owner. */
  put(entries: SubjectEntries): Promise<void>
  /** Dead, and everybody has noticed. */
  kill(node: MomentNode): void
  stop(): Promise<void>
}

export interface MomentRingInit {
  readonly replicas?: number
  /** Names of the nodes that have a model. @default all */
  readonly models?: readonly string[]
  /** Real ones, one for each node. @default a fake one for all */
  readonly networks?: readonly Network[]
  /** Of queries and pictures. @default colourModel */
  readonly model?: MomentModel
  readonly whyOff?: WhyOff
}

export async function createMomentRing(names: readonly string[], { replicas = 2, models = names, networks, model = colourModel, whyOff }: MomentRingInit = {}): Promise<MomentRing> {
  const net = createFakeNetwork()
  const library = createLibraryRing()
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-moments-'))
  const ids = names.map((name, at) => networks?.[at]?.self ?? `peer-${name}` as PeerId)
  const dead = new Set<PeerId>()
  const rankings = Array.from({ length: PARTITIONS }, (_, partition) => rankNodes(partition, ids.map((peerId) => ({ peerId, zone: peerId, weight: 1 }))))
  const owners = (partition: Partition): PeerId[] => rankings[partition]!.slice(0, replicas)
  const catalog = Object.assign(library.ring.catalog, {
    cameras: () => [], assetsChanged: emitter<AssetId[]>(), recordingsChanged: emitter<never>()
  })
  Object.assign(catalog.index, { hourSizes: () => [] })
  Object.assign(catalog.search, {
    ids: async ({ q }: { q: string }) => [...library.assets.values()].filter(({ tags }) => q.split(' ').every((term) => !term.startsWith('tag:') || tags.includes(term.slice(4)))).map(({ facts }) => facts.id)
  })
  const nodes = await Promise.all(ids.map(async (id, at): Promise<MomentNode> => {
    const index = createNodeIndex({ log: silentLog }, { folder: join(folder, id) })
    await index.start()
    const unfilled = new Set<Partition>()
    const membership = { members: () => ids.map((peerId, place) => ({ peerId, name: names[place] })), alive: () => ids.filter((peer) => !dead.has(peer)), isAlive: (peer: PeerId) => !dead.has(peer) }
    const ring = { self: id, network: networks?.[at] ?? net.join(id), membership, placement: { owners, olderOwners: () => [] }, catalog }
    return { id, index, unfilled, moments: createMoments({ ring: ring as never, index, searched: () => COLOUR_SPACE, readsSentences: (peer) => models.includes(names[ids.indexOf(peer)]!), isFilled: (partition) => !unfilled.has(partition), inference: models.includes(names[at]!) ? model : undefined, ...(whyOff && { whyOff }) }) }
  }))
  return {
    net, library, nodes, owners,
    async import(name, albums = [], takenMs, id = createHash('sha256').update(name).digest('hex') as AssetId) {
      const probe = { container: 'mp4', durationMs: 10_000, ...(takenMs === undefined ? {} : { createdAtMs: takenMs }) }
      await catalog.addAsset({ id, name, size: 1, mime: 'video/mp4', kind: 'video', importedAtMs: 1, probe }, { node: ids[0]!, path: name })
      if (albums.length > 0) await catalog.editAsset(id, { addAlbums: [...albums] })
      catalog.assetsChanged.emit([id])
      return { kind: 'asset', id }
    },
    async put(entries) {
      const mine = owners(partitionOfSubject(entries.subject) as Partition)
      await Promise.all(nodes.filter(({ id }) => mine.includes(id)).map(({ index }) => index.put(entries)))
    },
    kill({ id }) {
      dead.add(id)
      net.kill(id)
    },
    async stop() {
      await Promise.all(nodes.map(({ index }) => index.stop()))
      await rm(folder, { recursive: true, force: true })
    }
  }
}

