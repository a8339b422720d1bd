import { join } from 'node:path'
import type { Folders } from '../folders/folders.ts'
import type { Originals } from '../folders/originals.ts'
import type { AssetPatch, Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { NO_WAITING, type WaitingSidecars } from '../library/deep/waiting-sidecars.ts'
import type { LibraryImporter } from '../library/importer.ts'
import { type Albums, createAlbums } from './albums.ts'
import { type Awareness, createAwareness } from './awareness.ts'
import { type Batches, createBatches } from './batches.ts'
import { checkOwnFields, createOwnFields, createProjects, createStates } from './definitions.ts'
import { createEdits, type Edits } from './edits.ts'
import { createHistory, type History } from './history.ts'
import { createHistoryJournal } from './history-journal.ts'
import { createPackages, type Packages } from './package/packages.ts'
import { createRingHistory, type MayTurnOf, type RingHistory } from './ring-history.ts'
import { createSelected, type Selected } from './selected.ts'
import { createSyncs, type Syncs } from './sync/syncs.ts'
import { createSidecars } from './xmp/sidecars.ts'
import { createXmpJobs, type XmpJobs } from './xmp/xmp-jobs.ts'
import { createTags, type Tags } from './tags.ts'

/** What people sort the library by. */
export interface Organise extends Startable {
  readonly awareness: Awareness
  readonly edits: Edits
  readonly history: History
  readonly ringHistory: RingHistory
  readonly albums: Albums
  readonly projects: ReturnType<typeof createProjects>
  readonly fields: ReturnType<typeof createOwnFields>
  readonly states: ReturnType<typeof createStates>
  readonly tags: Tags
  readonly selected: Selected
  readonly packages: Packages
  readonly batches: Batches
  readonly syncs: Syncs
  readonly xmp: XmpJobs
  /** The importer, with sidecars read, and every file in an import. */
  importing(importer: LibraryImporter): LibraryImporter
}

export interface OrganiseComponents {
  ring: Pick<Ring, 'blobs' | 'catalog' | 'id' | 'membership' | 'name' | 'network' | 'self'>
  /** Bytes of assets, in the ring or not. */
  originals: Pick<Originals, 'read'>
  /** What lies outside of them is neither read nor written. @default none */
  folders?: Pick<Folders, 'allowing'>
  jobs: Pick<Jobs, 'ended' | 'register' | 'submit'>
  /** Sidecars that were uploaded before their clips. @default NO_WAITING */
  waiting?: Pick<WaitingSidecars, 'beside'>
  /** What people may take back of what they did. @default nothing, for whoever is limited to albums */
  mayTurn?: MayTurnOf
  log: Logger
}

/** `data`: this node's own folder. */
export function createOrganise({ ring, originals, folders = { allowing: () => undefined }, jobs, waiting = NO_WAITING, mayTurn = ({ albums }) => albums === undefined, log }: OrganiseComponents, { data }: { data: string }): Organise {
  const { catalog } = ring
  const awareness = createAwareness({ ring })
  const history = createHistory({ catalog, journal: createHistoryJournal({ folder: join(data, 'organise'), log }) })
  const ringHistory = createRingHistory({ history, ring, mayTurn })
  const check = (patch: AssetPatch): void => checkOwnFields(fields.list(), patch)
  const edits: Edits = createEdits({ catalog, history, check })
  const albums = createAlbums({ catalog, edits })
  const fields = createOwnFields({ catalog, edits })
  const selected = createSelected({ catalog, albums })
  const batches = createBatches({ ring, edits, selected })
  const sidecars = createSidecars({ catalog, waiting, self: ring.self, folders })
  const syncs = createSyncs({ ring, originals, folders, jobs, albums, selected }, { data })
  return { ...lifecycle([history, ringHistory, awareness, batches, syncs]), batches, syncs, xmp: createXmpJobs({ jobs, sidecars, selected, edits }), importing: (importer) => batches.counting(sidecars.reading(importer)), awareness, edits, history, ringHistory, albums, fields, selected, packages: createPackages({ catalog, albums, edits, selected, check }), projects: createProjects({ catalog, edits }), states: createStates({ catalog, edits }), tags: createTags({ catalog, edits, selected }) }
}
