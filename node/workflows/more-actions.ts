/** What other parts of the node offer to workflows and old clients: albums in folders, imports, folders, cards, edits of many. */
import { join } from 'node:path'
import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { FolderParts } from '../folders/parts.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { lookAtCard } from '../offload/offload.ts'
import type { Rolls } from '../offload/rolls/rolls.ts'
import type { PlacedAlbum } from '../organise/albums.ts'
import type { Organise } from '../organise/organise.ts'
import type { Actions } from './actions.ts'
import { endedJob } from './ended-job.ts'
import { createImportBatches } from './import-batches.ts'

/** Below the folder that was named: the album, and its files by their names. */
export const SYNC_TEMPLATE = '{album}/{name}'

export interface MoreActionsComponents {
  readonly catalog: Pick<Ring['catalog'], 'index' | 'editAssets'>
  readonly jobs: Pick<Jobs, 'submit' | 'register' | 'find' | 'changed' | 'cancel'>
  readonly parts: Pick<FolderParts, 'folders' | 'scans'>
  readonly organise: Pick<Organise, 'albums' | 'batches' | 'selected' | 'syncs'>
  readonly rolls: Pick<Rolls, 'offload'>
}

export function createMoreActions({ catalog, jobs, parts: { folders, scans }, organise: { albums, batches, selected, syncs }, rolls }: MoreActionsComponents): Pick<Actions, 'batches' | 'edit' | 'offload' | 'paths' | 'syncAlbum'> {
  return {
    batches: createImportBatches({ index: catalog.index, batches, folders, scans, jobs }),
    paths: {
      list: async () => folders.own().map(({ path }) => path),
      add: async (path, name) => ({ added: (await folders.add(path, name === undefined ? {} : { name })).path }),
      async remove(name) {
        const [folder, another] = folders.own().filter((each) => [each.path, each.id, each.name].includes(name))
        if (another !== undefined) throw new InvalidInputError(`several folders are called ${JSON.stringify(name.slice(0, 60))}: name one by its path`)
        if (folder === undefined) return false
        await folders.remove(folder.id)
        await scans.forget(folder)
        return true
      }
    },
    async syncAlbum({ root, album: name, category = '', copy = true }, { dryRun, ...options }) {
      const album = albumCalled(albums.all(), name)
      const folder = join(root, checkedCategory(category))
      const { id } = await syncs.sync(album.id, { folder, template: SYNC_TEMPLATE, mode: copy ? 'copy' : 'hardlink', dryRun })
      const { placed, same } = countsOf(doneOr(await endedJob(jobs, id, options)))
      return { album: album.path, category, synced: placed, skipped: same, dest: folder }
    },
    async offload({ source, to }, { dryRun, ...options }) {
      const { files } = await lookAtCard(source, options.signal)
      if (!dryRun) doneOr(await endedJob(jobs, (await rolls.offload({ card: source, ...(to && { to: [...to] }) })).id, options))
      return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
    },
    async edit(which, { add_tags, remove_tags, ...change }, { signal, dryRun }) {
      const ids = [...new Set([...(which.ids ?? []).map(parseAssetId), ...await found(which.query)])]
      signal?.throwIfAborted()
      if (dryRun) return ids.length
      const { changed, missing, failed: [failed] } = await catalog.editAssets(ids, { ...change, ...(add_tags && { addTags: add_tags }), ...(remove_tags && { removeTags: remove_tags }) })
      if (failed !== undefined) throw new RefusedError(`${changed.length} of ${ids.length} assets were changed, the rest was not: ${failed.reason}`)
      if (missing.length > 0) throw new NotFoundError(`${changed.length} assets were changed, but ${missing.length} are not in the library: ${missing[0]}`)
      return changed.length
    }
  }

  async function found(query: string | undefined): Promise<AssetId[]> {
    if (query?.trim() === '') throw new InvalidInputError('say what to look for: "query": "words of a search"')
    return query === undefined ? [] : selected.ids({ query: { q: query } })
  }
}

/** By its path, its name where only one has it, or its id. @throws NotFoundError, InvalidInputError */
function albumCalled(albums: readonly PlacedAlbum[], name: string): PlacedAlbum {
  const exact = albums.find(({ id, path }) => id === name || path === name)
  const [album, another] = exact === undefined ? albums.filter((each) => each.name === name) : [exact]
  if (album === undefined) throw new NotFoundError(`there is no album ${JSON.stringify(name.slice(0, 60))}: make it in the library, or see GET /api/v1/albums`)
  if (another !== undefined) throw new InvalidInputError(`several albums are called ${JSON.stringify(name.slice(0, 60))}: name one by its path, for example ${another.path}`)
  return album
}

/** One folder below the root, or none. @throws InvalidInputError */
function checkedCategory(category: string): string {
  if (category.includes('/') || category.includes('\0') || /^\.+$/.test(category)) throw new InvalidInputError(`a category is the name of one folder, without slashes: ${JSON.stringify(category.slice(0, 60))}`)
  return category
}

/** @throws RefusedError with why a job did not end well */
function doneOr(job: JobView): JobView {
  if (job.state !== 'done') throw new RefusedError(job.error ?? `job ${job.id} was ${job.state}`)
  return job
}

/** @throws RefusedError when a file of an album did not get to its place */
function countsOf(job: JobView): { placed: number; same: number } {
  const { placed = 0, same = 0, failed = 0 } = (job.report ?? {}) as { placed?: number; same?: number; failed?: number }
  if (failed > 0) throw new RefusedError(`${placed} files were put there, ${failed} were not: ${job.results.find(({ outcome }) => outcome === 'refused')?.reason ?? `see job ${job.id}`}`)
  return { placed, same }
}
