import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'
import { writeDurably } from '#ring/base/durable-file.ts'

/** Where a node keeps which folders its own administrator let it read. */
export const ALLOWED_FILE = 'folders.json'

interface Allowed {
  readonly path: string
  /** Another file system is mounted there, or was when its files were last seen. */
  readonly isMount: boolean
}

/**
 * The folders this node may read, by the ids of their records. It is a file of this machine and no record of the ring: what another member
 * writes into the catalog gives nobody a look at this machine's files.
 */
export interface AllowedFolders {
  load(): Promise<void>
  get(id: string): Allowed | undefined
  /** Durable when it resolves. */
  set(id: string, allowed: Allowed): Promise<void>
  remove(id: string): Promise<void>
}

export function createAllowedFolders(folder: string): AllowedFolders {
  let allowed = new Map<string, Allowed>()
  let writing = Promise.resolve()

  function save(): Promise<void> {
    const text = `${JSON.stringify(Object.fromEntries(allowed), undefined, 1)}\n`
    writing = writing.catch(() => {}).then(() => writeDurably(folder, ALLOWED_FILE, text))
    return writing
  }

  return {
    async load() { allowed = await read(join(folder, ALLOWED_FILE)) },
    get: (id) => allowed.get(id),
    async set(id, entry) {
      allowed.set(id, { path: entry.path, isMount: entry.isMount })
      await save()
    },
    async remove(id) { if (allowed.delete(id)) await save() }
  }
}

/** @throws InvalidInputError for a file that is none of ours: nothing is read by guesswork */
async function read(file: string): Promise<Map<string, Allowed>> {
  const text = await readFile(file, 'utf8').catch((err: { code?: string }) => {
    if (err.code === 'ENOENT') return '{}'
    throw err
  })
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, Allowed>)
    return new Map(entries.filter(([, { path }]) => typeof path === 'string' && path.startsWith('/')).map(([id, { path, isMount }]) => [id, { path, isMount: isMount === true }]))
  } catch {
    throw new InvalidInputError(`${file} can not be read: it names the folders this node may read. Mend it, or move it away and add the folders again`)
  }
}
