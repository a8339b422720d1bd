/** A node's folders over a ring in memory, with real files and a prober that believes every file that does not begin with `bad`. */
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JobView } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Asset } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import type { Folder, FolderSettings } from '../../../node/folders/folder.ts'
import { createFolderParts, type FolderParts } from '../../../node/folders/parts.ts'
import type { FolderWatchInit } from '../../../node/folders/watch.ts'
import { createJobJournal } from '../../../node/jobs/job-journal.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'
import { NO_WAITING } from '../../../node/library/deep/waiting-sidecars.ts'
import { createImporter } from '../../../node/library/importer.ts'
import { createSidecars } from '../../../node/organise/xmp/sidecars.ts'
import { ALDER, createLibraryRing, type LibraryRing } from '../../support/library-ring.ts'

export interface FolderRig {
  /** Real path of the folder of media. */
  readonly media: string
  readonly data: string
  readonly library: LibraryRing
  readonly parts: FolderParts
  readonly jobs: Jobs
  /** Paths whose bytes were looked at. */
  readonly probed: string[]
  add(settings?: Partial<FolderSettings>): Promise<Folder>
  scan(path?: string, again?: boolean): Promise<JobView>
  asset(name: string): Asset | undefined
  /** Places of an asset as they are now: `missing` or `there`, by path in the folder. */
  places(id: string): Record<string, string>
  /** The same machine after its node was started anew. */
  restart(): Promise<FolderRig>
  stop(): Promise<void>
}

export async function createFolderRig(watch: FolderWatchInit = {}): Promise<FolderRig> {
  const media = await realpath(await mkdtemp(join(tmpdir(), 'thatdam-media-')))
  const data = await realpath(await mkdtemp(join(tmpdir(), 'thatdam-data-')))
  return rigIn(media, data, createLibraryRing(), watch)
}

async function rigIn(media: string, data: string, library: LibraryRing, watch: FolderWatchInit): Promise<FolderRig> {
  const probed: string[] = []
  const prober = {
    async probe(path: string) {
      probed.push(path)
      return (await readFile(path)).subarray(0, 3).toString() === 'bad' ? { refused: 'not a media file' } : { kind: 'video' as const, mime: 'video/mp4', probe: { container: 'mp4' } }
    }
  }
  const jobs = createJobs({ node: 'alder', log: silentLog, journal: createJobJournal({ folder: join(data, 'jobs'), log: silentLog }) })
  const ring = { ...library.ring, network: { serve() {} } as unknown as Ring['network'], membership: { ...library.ring.membership, isAlive: () => true } as Ring['membership'], writing: () => () => {} }
  const plain = createImporter({ blobs: ring.blobs, catalog: ring.catalog, prober, self: ALDER, writing: ring.writing, log: silentLog })
  const importer = createSidecars({ catalog: ring.catalog, waiting: NO_WAITING, self: ALDER, folders: { allowing: (path) => parts.folders.allowing(path) } }).reading(plain)
  const parts: FolderParts = createFolderParts({ ring, importer, jobs, log: silentLog }, { dataFolder: data, ...watch })
  await parts.start()
  await jobs.start()

  async function end(): Promise<void> {
    await jobs.stop()
    await parts.stop()
  }

  return {
    media, data, library, parts, jobs, probed,
    add: (settings = {}) => parts.folders.add(media, settings),
    async scan(path = media, again = false) { return jobs.ended((await parts.scans.scan(path, { again })).id) },
    asset: (name) => [...library.assets.values()].find(({ facts }) => facts.name === name),
    places(id) {
      const asset = [...library.assets.values()].find(({ facts }) => facts.id === id)
      return Object.fromEntries((asset?.locations ?? []).map(({ path, file }) => [path.replace(`${media}/`, ''), file === undefined ? 'copied' : file.missingSinceMs === undefined ? 'there' : 'missing']))
    },
    async restart() {
      await end()
      return rigIn(media, data, library, watch)
    },
    async stop() {
      await end()
      await rm(media, { recursive: true, force: true })
      await rm(data, { recursive: true, force: true })
    }
  }
}
