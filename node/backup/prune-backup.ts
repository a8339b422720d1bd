import { generationPath, hashOfObject, indexPath, objectsOf } from './backup-format.ts'
import { BackupDamagedError, type BackupTarget } from './backup-target.ts'
import { listGenerations, readGeneration, readIndex } from './generations.ts'
import { ObjectSet } from './object-set.ts'

/** What no generation needs is deleted when it was written longer ago than this, in ms: it may be of a backup that runs now. @default 86400000 */
export const PRUNE_GRACE_MS = 86_400_000

export interface PruneInit {
  /** Generations that stay: the newest. At least 1. */
  readonly keep: number
  /** Unix ms. @default Date.now */
  readonly clock?: () => number
}

export interface PruneResult {
  readonly generations: number
  readonly files: number
  readonly bytes: number
}

/** Delete all but the newest generations, and what only they needed. @throws BackupDamagedError before anything is deleted when one that stays can not be read, BackupTargetError */
export async function pruneBackup(target: BackupTarget, { keep, clock = Date.now }: PruneInit): Promise<PruneResult> {
  const names = await listGenerations(target)
  const needed = new ObjectSet()
  const indexes = new Set<string>()
  for (const name of names.slice(-keep)) {
    const { cameras, records, documents } = await readGeneration(target, name)
    needed.add(cameras, 0)
    if (records !== undefined) needed.add(records, 0)
    for (const document of documents) {
      needed.add(document.snapshot, 0)
      if (indexes.has(indexPath(document))) continue
      indexes.add(indexPath(document))
      for (const entry of await readIndex(target, document)) for (const [hash] of objectsOf(entry)) needed.add(hash, 0)
    }
  }
  if (needed.isFull) throw new BackupDamagedError(`${target.name} has more objects than can be pruned: begin a new backup elsewhere`)

  const leaving = names.slice(0, -keep)
  for (const name of leaving) await target.delete(generationPath(name)) // first: nothing may name what is gone
  await target.flush()
  const oldest = clock() - PRUNE_GRACE_MS
  let files = 0
  let bytes = 0
  for (const folder of ['index/', 'objects/']) {
    for await (const { path, size, writtenMs } of target.list(folder)) {
      const hash = hashOfObject(path)
      const isNeeded = folder === 'index/' ? indexes.has(path) : hash === undefined || needed.has(hash)
      if (isNeeded || writtenMs > oldest) continue
      await target.delete(path)
      files++
      bytes += size
    }
  }
  return { generations: leaving.length, files, bytes }
}
