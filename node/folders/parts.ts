import type { Ring } from '#ring'
import { lifecycle, type Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Importer } from '../library/importer.ts'
import { type Copies, createCopies } from './copies.ts'
import { createFolders, type Folders } from './folders.ts'
import { createOriginals, type Originals } from './originals.ts'
import { createScans, type Scans } from './scans.ts'
import { createFolderWatch, type FolderWatch, type FolderWatchInit } from './watch.ts'
import { openXattrs, type Xattrs } from './xattrs.ts'

export interface FolderPartsComponents {
  readonly ring: Pick<Ring, 'self' | 'blobs' | 'catalog' | 'network' | 'membership' | 'writing'>
  readonly importer: Importer
  readonly jobs: Jobs
  readonly log: Logger
}

export interface FolderPartsInit extends FolderWatchInit {
  /** The node's data folder. */
  readonly dataFolder: string
}

/** Folders of this machine and what is read in them, wired together. */
export interface FolderParts extends Startable {
  readonly folders: Folders
  readonly scans: Scans
  readonly watch: FolderWatch
  readonly originals: Originals
  readonly copies: Copies
}

export function createFolderParts({ ring, importer, jobs, log: nodeLog }: FolderPartsComponents, { dataFolder, ...init }: FolderPartsInit): FolderParts {
  const log = nodeLog.scope('node:folders')
  let xattrs: Xattrs | undefined
  const folders = createFolders({ catalog: ring.catalog, self: ring.self }, { dataFolder })
  const originals = createOriginals({ ring, folders })
  const scans = createScans({
    folders, importer, jobs, log, blobs: ring.blobs, catalog: ring.catalog, self: ring.self, writing: ring.writing, xattrs: (path) => xattrs?.read(path)
  }, { dataFolder })
  const watch = createFolderWatch({ folders, scans, log }, init)
  const begin: Startable = { async start() { xattrs = await openXattrs((why) => log(why)) }, stop() {} }
  return { folders, scans, watch, originals, copies: createCopies({ ring, originals, jobs }), ...lifecycle([begin, folders, originals, scans, watch]) }
}
