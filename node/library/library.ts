import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { type Cloud, createCloud } from '../cloud/cloud.ts'
import { createBlobDoor } from '../derive/blob-door.ts'
import { createDerivations } from '../derive/derivations.ts'
import { createDeriveProcesses } from '../derive/derive-process.ts'
import { createMaker } from '../derive/makers.ts'
import { createFolderParts, type FolderParts } from '../folders/parts.ts'
import { cloudRoutes } from '../http/routes/cloud.ts'
import { derivedRoutes } from '../http/routes/derived.ts'
import { duplicateRoutes } from '../http/routes/duplicates.ts'
import { folderRoutes } from '../http/routes/folders.ts'
import { organiseRoutes } from '../http/routes/organise/organise.ts'
import { rollRoutes } from '../http/routes/rolls.ts'
import { savedSearchRoutes } from '../http/routes/saved-searches.ts'
import { searchRoutes } from '../http/routes/search.ts'
import { tusRoutes } from '../http/routes/tus.ts'
import { mayTurn } from '../http/sight.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { createCardPlaces } from '../offload/card/card-places.ts'
import { createRollReports } from '../offload/report/roll-reports.ts'
import { createRolls, type Rolls } from '../offload/rolls/rolls.ts'
import { createOrganise, type Organise } from '../organise/organise.ts'
import { createKnownFiles } from '../uploads/known-files.ts'
import { createUploads } from '../uploads/uploads.ts'
import { createDeepProber } from './deep/deep-prober.ts'
import { createExif } from './deep/exif.ts'
import { createWaitingSidecars } from './deep/waiting-sidecars.ts'
import { createImporter, type Importer } from './importer.ts'
import { createProber } from './probe.ts'
import { createSharedCopies, type SharedCopies } from './shared-copies.ts'
import { createSpool, type Spool } from './spool.ts'
import { createVerifyJobs, type VerifyJobs } from './verify-jobs.ts'

export interface LibraryComponents {
  readonly ring: Ring
  readonly jobs: Jobs
  readonly log: Logger
}

export interface LibraryInit {
  /** The node's data folder. */
  readonly data: string
  readonly version: string
}

/** Everything of a node that is about files: how they come in, what is known and made of them, how people sort them, and where copies go. */
export interface Library extends Startable {
  readonly spool: Spool
  /** Into an import, with sidecars read. */
  readonly importer: Importer
  /** For what the node itself makes. */
  readonly plainImporter: Importer
  readonly organise: Organise
  readonly folders: FolderParts
  readonly rolls: Rolls
  readonly cloud: Cloud
  readonly verifications: VerifyJobs
  readonly copies: SharedCopies
  readonly routes: readonly FastifyPluginAsync[]
}

export function createLibrary({ ring, jobs, log }: LibraryComponents, { data, version }: LibraryInit): Library {
  const folder = join(data, 'tmp')
  const exif = createExif({ log })
  const prober = createDeepProber({ prober: createProber({ log }), exif, folder })
  const spool = createSpool({ folder, disk: () => ring.localChunks.disk(), advice: () => whereElse(ring) })
  const waiting = createWaitingSidecars(join(data, 'organise', 'sidecars'))
  const plainImporter = createImporter({ blobs: ring.blobs, catalog: ring.catalog, prober, waiting, self: ring.self, writing: ring.writing, log })
  const organise = createOrganise({ ring, originals: { read: (...what) => folders.originals.read(...what) }, folders: { allowing: (path) => folders.folders.allowing(path) }, jobs, waiting, mayTurn, log: log.scope('node:organise') }, { data })
  const importer = organise.importing(plainImporter)
  const folders = createFolderParts({ ring, importer, jobs, log }, { dataFolder: data })
  const uploads = createUploads({ ring, spool, importer, log: log.scope('node:uploads') })
  const rolls = createRolls({ ring, places: createCardPlaces({ folders: folders.folders }, { dataFolder: data }), importer, jobs, version, log })
  const cloud = createCloud({ ring, originals: folders.originals, jobs, log: log.scope('node:cloud') })
  const door = createBlobDoor()
  const processes = createDeriveProcesses()
  const derivations = createDerivations({ ring, jobs, make: createMaker({ blobs: ring.blobs, originals: folders.originals, door, processes, exif, folder }), log: log.scope('node:derive') })
  const copies = createSharedCopies({ spool, log: log.scope('node:library') }, { folder: join(data, 'shared') })
  const verifications = createVerifyJobs({ ring, originals: folders.originals, jobs })
  return {
    spool, importer, plainImporter, organise, folders, rolls, cloud, verifications, copies,
    routes: [
      organiseRoutes({ organise, catalog: ring.catalog }), folderRoutes({ ring, parts: folders }), tusRoutes({ uploads, known: createKnownFiles({ ring, importer }) }), rollRoutes({ rolls, reports: createRollReports({ ring, rolls }), blobs: ring.blobs }),
      derivedRoutes({ ring, derivations }), duplicateRoutes({ ring, edits: organise.edits }), searchRoutes({ ring }), savedSearchRoutes({ ring, edits: organise.edits }), cloudRoutes({ cloud, catalog: ring.catalog })
    ],
    // the jobs stop before what they work with
    ...lifecycle([prober, spool, waiting, uploads, organise, rolls, door, processes, folders, jobs, cloud, derivations, copies])
  }
}

/** Where to go with what this node can not take. */
function whereElse(ring: Ring): string {
  const others = ring.membership.members().filter(({ self, alive, presence }) => !self && alive && presence?.acceptsWrites === true && presence.http !== '')
  return others.length === 0 ? 'Free some space, or add a node.' : `Upload it to ${others.map(({ name, presence }) => `${name} (${presence?.http})`).join(' or ')}.`
}
