import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createBlobDoor } from '../../derive/blob-door.ts'
import { createDeriveProcesses } from '../../derive/derive-process.ts'
import type { Originals } from '../../folders/originals.ts'
import { takeRoutes } from '../../http/routes/takes.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import type { Edits } from '../../organise/edits.ts'
import type { Recordings } from '../../recording/recordings.ts'
import { createCameraFootage } from './camera-footage.ts'
import { createCameraMatches } from './camera-matches.ts'
import { createTakeFinder } from './finder.ts'
import { createSameMoments, type SameMoments } from './same-moments.ts'
import { createSyncs } from './syncs.ts'
import type { SoundSync, SyncOrder } from './take-orders.ts'
import { createTakeRecords, type TakeRecords } from './take-records.ts'
import { createTakes, type Takes } from './takes.ts'

export interface TakePartsComponents {
  readonly ring: Ring
  readonly originals: Pick<Originals, 'read'>
  readonly recordings: Pick<Recordings, 'open'>
  readonly edits: Pick<Edits, 'series'>
  readonly jobs: Jobs
  readonly log: Logger
}

/** All of a node that is about several recordings of one moment. */
export interface TakeParts extends Startable, SameMoments {
  readonly records: TakeRecords
  readonly takes: Takes
  readonly routes: FastifyPluginAsync
}

export function createTakeParts({ ring, originals, recordings, edits, jobs, log }: TakePartsComponents): TakeParts {
  const door = createBlobDoor()
  const processes = createDeriveProcesses<SyncOrder, SoundSync>({ program: new URL('./sync-child.ts', import.meta.url) })
  const records = createTakeRecords(ring.catalog.records)
  const syncs = createSyncs({ originals, recordings, door, processes })
  const footage = createCameraFootage({ catalog: ring.catalog, recordings })
  const takes = createTakes({ ring, footage, records, edits, syncs, jobs })
  const finder = createTakeFinder({ ring, records, syncs, cameras: createCameraMatches({ footage, syncs }), jobs, log })
  return { records, takes, ...createSameMoments({ ring, records }), routes: takeRoutes({ catalog: ring.catalog, footage, records, takes }), ...lifecycle([door, processes, finder]) }
}
