/** A node's uploads over real HTTP, with a ring in memory and the real records of uploads on disk: all but decoding is real, and what starts with `bad` is refused. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChunkId, chunkIdOf } from '#protocols/ids.ts'
import { ChunkNotFoundError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import type { Network, UploadRecords } from '#ring'
import { createWriteLeases, type WriteLeases } from '../../ring/garbage/write-leases.ts'
import { createUploadRecords } from '../../ring/uploads/ring-uploads.ts'
import { createHttpServer, type HttpServerComponents, type HttpServerInit } from '../../node/http/server.ts'
import { tusRoutes } from '../../node/http/routes/tus.ts'
import { createJobs } from '../../node/jobs/jobs.ts'
import { createWaitingSidecars } from '../../node/library/deep/waiting-sidecars.ts'
import { createImporter } from '../../node/library/importer.ts'
import { createSpool } from '../../node/library/spool.ts'
import { createKnownFiles } from '../../node/uploads/known-files.ts'
import { createUploads, type UploadsInit } from '../../node/uploads/uploads.ts'
import { ALDER, createLibraryRing, type LibraryRing } from './library-ring.ts'

/** Looks at the first bytes alone. */
const prober = {
  async probe(path: string) {
    const file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(3), 0, 3, 0)
    await file.close()
    if (bytesRead === 0) return { refused: 'empty file' }
    return buffer.toString() === 'bad' ? { refused: 'not a media file' } : { kind: 'video' as const, mime: 'video/mp4', probe: { container: 'mp4' } }
  }
}

export interface UploadServer {
  readonly url: string
  readonly library: LibraryRing
  readonly records: UploadRecords & { tidy(): Promise<void> }
  readonly leases: WriteLeases
  /** Chunks that were put, in order; a test may make the next puts fail. */
  readonly puts: ChunkId[]
  refusePuts: Error | undefined
  stop(): Promise<void>
}

export interface UploadServerInit extends Pick<HttpServerInit, 'members' | 'slowRequests'> {
  readonly now?: () => number
  readonly library?: LibraryRing
  readonly uploadsInit?: UploadsInit
}

/** The same folder is the same node, started again. */
export async function startUploadServer(folder: string, { now = Date.now, library = createLibraryRing(), uploadsInit, ...init }: UploadServerInit = {}): Promise<UploadServer> {
  const leases = createWriteLeases()
  const network: Pick<Network, 'self' | 'serve' | 'request'> = { self: ALDER, serve() {}, request: async () => { throw new Error('there is nobody else') } }
  const records = createUploadRecords({ network, membership: { alive: () => [ALDER] }, placement: { targets: () => [ALDER] }, leases, clockOf: async () => now(), seen: { hasLooked: () => true, sureMs: (atMs) => atMs }, log: silentLog, now }, { folder: join(folder, 'uploads') })
  const spool = createSpool({ folder: join(folder, 'tmp') })
  const importer = createImporter({ blobs: library.ring.blobs, catalog: library.ring.catalog, prober, waiting: createWaitingSidecars(join(folder, 'sidecars')), self: ALDER, writing: () => leases.begin(), log: silentLog })
  const state = { puts: [] as ChunkId[], refusePuts: undefined as Error | undefined }
  const chunks = {
    async put(bytes: Uint8Array) {
      if (state.refusePuts !== undefined) throw state.refusePuts
      const id = chunkIdOf(bytes)
      library.chunks.set(id, Buffer.from(bytes))
      state.puts.push(id)
      return { id, copies: 1 }
    },
    async get(id: ChunkId) {
      const bytes = library.chunks.get(id)
      if (bytes === undefined) throw new ChunkNotFoundError(`no chunk ${id}`)
      return bytes
    }
  }
  const uploads = createUploads({ ring: { self: ALDER, chunks, blobs: library.ring.blobs, uploads: records, placement: { targets: () => [ALDER] } as never, writing: () => leases.begin() }, spool, importer, log: silentLog }, uploadsInit)
  const known = createKnownFiles({ ring: { blobs: library.ring.blobs, catalog: library.ring.catalog, verification: { unheld: async (ids) => ids.filter((id) => !library.holds(id)) }, writing: () => leases.begin() }, importer })
  const unused = {} as never
  const components: HttpServerComponents = {
    ring: library.ring, importer, spool, scans: unused, originals: unused, jobs: createJobs({ node: 'alder', log: silentLog }), verifications: unused, metrics: createMetrics(), log: silentLog,
    copiesOf: async () => [], lastVerifiedMs: () => 1, cameras: () => ({ cameras: [], nowMs: 1 }), recordings: unused
  }
  const server = createHttpServer(components, { listen: '127.0.0.1:0', webRoot: join(folder, 'web'), plugins: [tusRoutes({ uploads, known })], ...init })
  for (const part of [spool, records, uploads, server]) await part.start()
  return Object.assign(state, {
    url: server.url, library, records, leases,
    async stop() { for (const part of [server, uploads, records, spool]) await part.stop() }
  })
}
