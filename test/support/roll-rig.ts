/** Rolls of one node: a ring in memory with real blobs, real jobs and a real importer with sidecars; what begins with `video` is a film, all else no media. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { JobView, OffloadRequest, SafeView } from '#protocols/http.ts'
import { type ChunkId, chunkIdOf } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import type { BlobStore } from '#ring'
import { createBlobStore } from '../../ring/chunks/blob-store.ts'
import type { JobJournal } from '../../node/jobs/job-journal.ts'
import { createJobs, type Jobs } from '../../node/jobs/jobs.ts'
import { createWaitingSidecars } from '../../node/library/deep/waiting-sidecars.ts'
import { createImporter, type Importer } from '../../node/library/importer.ts'
import { createSidecars } from '../../node/organise/xmp/sidecars.ts'
import { createRolls, type Rolls, type RollsRing } from '../../node/offload/rolls/rolls.ts'
import { ROLL_SETTINGS } from '../../node/offload/rolls/roll-record.ts'
import { ALDER, createLibraryRing, type LibraryRing } from './library-ring.ts'

export interface RollRig {
  readonly rolls: Rolls
  readonly jobs: Jobs
  readonly library: LibraryRing
  readonly blobs: BlobStore
  /** Chunks of the ring. */
  readonly stored: Map<ChunkId, Uint8Array>
  /** Resolves when the job of it has ended, however. */
  offload(request: OffloadRequest): Promise<JobView>
  /** Called with the path of each file once the ring has its bytes. */
  onImported: (path: string) => Promise<void>
  safe(): Promise<SafeView>
  stop(): Promise<void>
}

export interface RollRigInit {
  readonly library?: LibraryRing
  readonly stored?: Map<ChunkId, Uint8Array>
  readonly journal?: JobJournal
  /** Where cards are in the machine. */
  readonly slots?: readonly string[]
}

const prober = {
  async probe(path: string) {
    return (await readFile(path)).subarray(0, 5).toString() === 'video' ? { kind: 'video' as const, mime: 'video/mp4', probe: { container: 'mp4' } } : { refused: 'not a media file' }
  }
}

/** One node keeps what it reads back: that is enough for its rule. The same library and chunks are the same node, started again. */
export async function createRollRig({ library = createLibraryRing(), stored = new Map<ChunkId, Uint8Array>(), journal, slots = [] }: RollRigInit = {}): Promise<RollRig> {
  const chunks = {
    async put(bytes: Uint8Array) { const id = chunkIdOf(bytes); stored.set(id, Uint8Array.from(bytes)); return { id, copies: 1 } },
    async get(id: ChunkId) { return stored.get(id) ?? Promise.reject(new Error(`no chunk ${id}`)) }
  }
  const writing = (): (() => void) => () => {}
  const blobs = createBlobStore({ chunks } as never)
  const { catalog } = library.ring
  const ring = {
    ...library.ring, blobs, chunks, writing,
    holdersOf: async (ids: readonly ChunkId[]) => [{ peerId: ALDER, held: ids.map((id) => stored.has(id)) }],
    verification: { chunks: async (ids: readonly ChunkId[], { onGood }: { onGood(peer: string, ids: readonly ChunkId[]): void }) => onGood(ALDER, ids) }
  } as unknown as RollsRing
  const waits = await mkdtemp(join(tmpdir(), 'thatdam-roll-'))
  const waiting = createWaitingSidecars(waits)
  const plain = createImporter({ blobs, catalog, prober, waiting, self: ALDER, writing, log: silentLog })
  const sidecars = createSidecars({ catalog, waiting, self: ALDER, folders: { allowing: () => undefined } })
  const importer: Importer = {
    async importFile(path, options) {
      const result = await sidecars.reading(plain).importFile(path, options)
      await rig.onImported(path)
      return result
    }
  }
  const inSlots = slots.map((path) => ({ path, name: basename(path), kind: '', device: '/dev/sdz1', fileSystem: 'exfat', bytes: 0, removable: true }))
  const jobs = createJobs({ node: 'alder', log: silentLog, ...(journal && { journal }) })
  const rolls = createRolls({ ring, importer, jobs, places: { check: async (path) => path }, version: '0', log: silentLog, cards: async () => inSlots })
  await catalog.records.put(ROLL_SETTINGS, 'safe', { nodes: 1, zones: 1 })
  await jobs.start()
  const rig: RollRig = {
    rolls, jobs, library, blobs, stored,
    onImported: async () => {},
    offload: async (request) => jobs.ended((await rolls.offload(request)).id),
    safe: () => rolls.safe(rolls.find(rolls.list()[0]?.id ?? '')),
    async stop() {
      await jobs.stop()
      await rolls.stop()
      await rm(waits, { recursive: true, force: true })
    }
  }
  return rig
}
