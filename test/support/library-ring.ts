/** The parts of a ring that the library and the HTTP server ask for, in memory: real hashes, one copy of each chunk. */
import { createHash } from 'node:crypto'
import { NotFoundError } from '#protocols/errors.ts'
import { type AssetId, type ChunkId, chunkIdOf, type PeerId } from '#protocols/ids.ts'
import { createAlarms } from '#ring/base/alarms.ts'
import { emitter } from '#ring/base/emitter.ts'
import type { Asset, AssetFacts, AssetLocation, AssetPatch, AssetQuery, LayoutEntry, Member, PatchOf, RecordFields, Records, RingRecord, SearchPage, SearchQuery, SearchRequest } from '#ring'
import { NO_MARKS } from '../../ring/catalog/asset-marks.ts'
import { createLayoutAdmin } from '../../ring/placement/layout-admin.ts'
import { transitionOf } from '../../ring/placement/layout-version.ts'
import type { HttpServerComponents } from '../../node/http/server.ts'

export const ALDER = 'alder-peer' as PeerId

function recordsInMemory(): Records {
  const kinds = new Map<string, Map<string, RingRecord>>()
  const changed = emitter<string>()
  const of = (kind: string): Map<string, RingRecord> => kinds.get(kind) ?? new Map()
  return {
    changed,
    list: (kind) => [...of(kind).values()],
    find: (kind, id) => of(kind).get(id),
    async put(kind, id, fields: RecordFields) {
      kinds.set(kind, new Map([...of(kind), [id, { id, fields: { ...of(kind).get(id)?.fields, ...fields } }]]))
      changed.emit(kind)
      return { copies: 1 }
    },
    async remove(kind, id) {
      const had = of(kind).delete(id)
      changed.emit(kind)
      return had
    }
  }
}

export interface LibraryRing {
  readonly ring: HttpServerComponents['ring']
  readonly chunks: Map<ChunkId, Uint8Array>
  readonly assets: Map<AssetId, Asset>
  /** A chunk or a manifest. */
  holds(id: ChunkId): boolean
}

const CHUNK = 1_048_576

export function createLibraryRing(): LibraryRing {
  const chunks = new Map<ChunkId, Uint8Array>()
  const manifests = new Map<ChunkId, { size: number; chunks: ChunkId[] }>()
  const assets = new Map<AssetId, Asset>()
  let member: Member = {
    peerId: ALDER, name: 'alder', zone: 'studio', weight: 1, state: 'active', addresses: [], joinedAtMs: 1, self: true, alive: true, lastHeardMs: 1, silentMs: 0, presence: undefined
  }

  const blobs: LibraryRing['ring']['blobs'] = {
    async put(source, options) {
      const hash = createHash('sha256')
      const parts: Uint8Array[] = []
      let size = 0
      for await (const bytes of source) {
        hash.update(bytes)
        parts.push(Buffer.from(bytes))
        size += bytes.byteLength
      options?.onProgress?.(size)
      }
      const all = Buffer.concat(parts)
      const ids = Array.from({ length: Math.ceil(size / CHUNK) }, (_, i) => {
        const piece = all.subarray(i * CHUNK, (i + 1) * CHUNK)
        chunks.set(chunkIdOf(piece), piece)
        return chunkIdOf(piece)
      })
      const id = chunkIdOf(Buffer.from(ids.join()))
      manifests.set(id, { size, chunks: ids })
      return { id, size, sha256: hash.digest('hex'), copies: 1 }
    },
    async join({ size, sha256, chunks: ids }) {
      const id = chunkIdOf(Buffer.from(ids.join()))
      manifests.set(id, { size, chunks: [...ids] })
      return { id, size, sha256, copies: 1 }
    },
    async stat(id) {
      const manifest = manifests.get(id)
      if (manifest === undefined) throw new NotFoundError(`no blob ${id}`)
      return manifest
    },
    async *read(id, range = {}) {
      const { size, chunks: ids } = await this.stat(id)
      const { start = 0, end = size } = range
      for (const [i, chunk] of ids.entries()) {
        const [from, to] = [Math.max(start - i * CHUNK, 0), Math.min(end - i * CHUNK, CHUNK)]
        if (from < to) yield (chunks.get(chunk) ?? new Uint8Array()).subarray(from, to)
      }
    }
  }

  function matches(asset: Asset, query: AssetQuery): boolean {
    const text = [asset.facts.name, asset.title, asset.notes, ...asset.tags].join(' ').toLowerCase()
    return asset.deletedAtMs === undefined && text.includes((query.text ?? '').toLowerCase()) && (query.kind ?? asset.facts.kind) === asset.facts.kind && (query.albums?.some((album) => asset.albums.includes(album)) ?? true)
  }

  function found({ q = '', also = [], within, albums = within }: SearchQuery): Asset[] {
    const terms = [q, ...also].join(' ').split(' ')
    const kind = terms.find((term) => term.startsWith('type:'))?.slice(5)
    const words = terms.filter((term) => !term.includes(':')).join(' ').trim()
    return [...assets.values()].filter((asset) => matches(asset, { text: words, ...(albums && { albums }), ...(kind === undefined ? {} : { kind: kind as 'video' }) }))
  }

  const catalog = {
    records: recordsInMemory(), assetsChanged: emitter<AssetId[]>(),
    async placeFile(id: AssetId, location: AssetLocation) {
      const asset = assets.get(id)
      if (asset === undefined) throw new NotFoundError('no such asset')
      const others = asset.locations.filter(({ node, path }) => node !== location.node || path !== location.path)
      assets.set(id, { ...asset, locations: location.file === undefined ? others : [...others, location] })
      return { copies: 1 }
    },
    async addAsset(facts: AssetFacts, location: AssetLocation, poster?: ChunkId) {
      const known = assets.get(facts.id)
      const others = known?.locations.filter(({ node, path }) => node !== location.node || path !== location.path) ?? []
      assets.set(facts.id, {
        facts: known?.facts.blob === undefined ? { ...facts, ...known?.facts, ...(facts.blob && { blob: facts.blob }) } : known.facts, title: known?.title ?? facts.name, rating: known?.rating ?? 0, tags: known?.tags ?? [], notes: known?.notes ?? '',
        locations: [...others, location], poster: known?.poster ?? poster, marks: known?.marks ?? NO_MARKS, albums: known?.albums ?? [], fields: known?.fields ?? {}, made: known?.made ?? {}, sidecars: known?.sidecars ?? {}, found: known?.found ?? {}, cloud: known?.cloud ?? {}, away: known?.away ?? false, recalledAtMs: known?.recalledAtMs, deletedAtMs: undefined, editedAtMs: known?.editedAtMs ?? 0
      })
      return { copies: 1, created: known === undefined }
    },
    layout: () => [member],
    async putLayout(entry: LayoutEntry) { member = { ...member, ...entry } },
    async asset(id: AssetId) { return assets.get(id) },
    async editAsset(id: AssetId, { addTags = [], removeTags = [], addAlbums = [], removeAlbums = [], marks, made, found, decided, sidecars, deleted, ...patch }: AssetPatch) {
      const asset = assets.get(id)
      if (asset === undefined) throw new NotFoundError('no such asset')
      const tags = [...new Set([...asset.tags, ...addTags])].filter((tag) => !removeTags.includes(tag))
      const albums = [...new Set([...asset.albums, ...addAlbums])].filter((album) => !removeAlbums.includes(album))
      const beside = Object.fromEntries(Object.entries({ ...asset.sidecars, ...sidecars }).filter((entry): entry is [string, ChunkId] => entry[1] !== null))
      const edited = { ...asset, ...patch, sidecars: beside, tags, albums, marks: { ...asset.marks, ...marks }, made: { ...asset.made, ...made } as Asset['made'], found: { ...asset.found, ...found, ...decided }, deletedAtMs: deleted === undefined ? asset.deletedAtMs : deleted ? 1 : undefined }
      assets.set(id, edited)
      return edited
    },
    async editAssets(ids: readonly AssetId[], patch: PatchOf) {
      const known = ids.filter((id) => assets.has(id))
      const changed = await Promise.all(known.map(async (id) => ({ before: assets.get(id) as Asset, after: await catalog.editAsset(id, (typeof patch === 'function' ? patch(assets.get(id) as Asset) : patch) ?? {}) })))
      return { changed, missing: ids.filter((id) => !assets.has(id)), failed: [] }
    },
    search: {
      async page({ offset = 0, limit = 60, ...query }: SearchRequest): Promise<SearchPage> {
        const all = found(query)
        return { hits: all.slice(offset, offset + limit).map((asset) => ({ asset, score: undefined, why: [] })), total: all.length, weak: 0, ranked: false, offset, cursor: undefined }
      },
      has: async (query: SearchQuery, id: AssetId) => found(query).some(({ facts }) => facts.id === id)
    },
    index: {
      sharing: () => [...assets.values()],
      asset(id: AssetId) {
        const asset = assets.get(id)
        return asset?.deletedAtMs === undefined ? asset : undefined
      },
      assets(query: AssetQuery) {
        const all = [...assets.values()].filter((asset) => matches(asset, query))
        const from = Number(query.cursor ?? 0)
        const page = all.slice(from, from + (query.limit ?? 60))
        return { assets: page, total: all.length, cursor: from + page.length < all.length ? String(from + page.length) : undefined }
      }
    }
  } as unknown as LibraryRing['ring']['catalog']

  const ring = {
    id: 'f'.repeat(64), self: ALDER, name: 'alder', blobs, catalog,
    membership: { members: () => [member] },
    placement: { owners: () => [ALDER], replicas: 3, layouts: () => ({ transition: transitionOf([member], []), progress: { moved: 256, isComplete: true } }) },
    localChunks: {
      usage: () => ({ chunks: chunks.size, usedBytes: 1, freeBytes: 1_000, acceptsWrites: true }),
      disk: () => ({ state: 'ok', acceptsWrites: true, freeBytes: 1_000, reserveBytes: 10 })
    },
    alarms: createAlarms(), ringAlarms: { all: () => [], changed: emitter<void>() },
    repairStatus: () => ({ running: false, missingCopies: 0, singleCopies: 0, lastRunMs: 0 }),
    admin: createLayoutAdmin({ layout: catalog, membership: { isAlive: () => true }, unheld: async () => [] }),
    createInvite: (role: 'node' | 'peer', expiresMs: number, uses = 1) => ({ invite: `invite-for-${role}`, role, uses, expiresAt: new Date(expiresMs) }),
    machines: () => [],
    revoke: async () => { throw new Error('nobody to remove') },
    rotateKey: async () => ({ ringKey: '', generation: 1 })
  } as unknown as LibraryRing['ring']
  return { ring, chunks, assets, holds: (id) => chunks.has(id) || manifests.has(id) }
}
