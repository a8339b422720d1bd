import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Logger } from '../base/log.ts'

/** Longest one step of mending may take, in milliseconds. @default 600000 */
export const MEND_MS = 600_000

const CHILD = join(import.meta.dirname, 'mend-child.ts')

/**
 * Put a damaged LevelDB aside into `folder` and whatever is whole of it into a new one in its place: an empty one when nothing can be had of it.
 * Answers where the old one is now.
 */
export async function mendDatabase(dir: string, folder: string, log: Logger): Promise<string> {
  const work = workOf(dir)
  await rm(work, { recursive: true, force: true })
  await mkdir(work)
  const fresh = join(work, 'new')
  if (!await repairInto(dir, work, fresh) && !await salvageInto(dir, work, fresh)) {
    log.error('nothing can be read of %s; an empty log is begun', dir)
    await rm(fresh, { recursive: true, force: true })
    await mkdir(fresh)
  }
  const aside = await putAside(dir, folder)
  await rename(fresh, dir)
  await rm(work, { recursive: true })
  return aside
}

/** A process that ended between putting the old one aside and putting the new one in its place left none: answers whether it did. */
export async function finishMending(dir: string): Promise<boolean> {
  if ((await readdir(dir)).length > 0) return false
  return rename(join(workOf(dir), 'new'), dir).then(() => true, () => false)
}

const workOf = (dir: string): string => `${dir}.mending`

/** One step in a process of its own. */
export function mend(verb: 'check' | 'repair' | 'salvage', ...dirs: string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CHILD, verb, ...dirs], { timeout: MEND_MS, killSignal: 'SIGKILL' }, (failure, _stdout, stderr) => {
      resolve({ ok: failure === null, output: stderr.split('\n').find((line) => line.includes('Error:'))?.trim() ?? '' })
    })
  })
}

// More comes back after LevelDB's own repair, if that survives.
async function repairInto(dir: string, work: string, fresh: string): Promise<boolean> {
  const copy = join(work, 'repaired')
  await cp(dir, copy, { recursive: true })
  return (await mend('repair', copy)).ok && salvaged(copy, fresh)
}

async function salvageInto(dir: string, work: string, fresh: string): Promise<boolean> {
  const copy = join(work, 'copy')
  await cp(dir, copy, { recursive: true })
  return salvaged(copy, fresh)
}

async function salvaged(copy: string, fresh: string): Promise<boolean> {
  await rm(fresh, { recursive: true, force: true })
  return (await mend('salvage', copy, fresh)).ok
}

async function putAside(dir: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (let n = 1; ; n++) {
    const aside = join(folder, `${basename(dir)}-${n}`)
    try {
      await mkdir(aside)
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw err
    }
    await rename(dir, aside) // in place of the empty folder
    return aside
  }
}
