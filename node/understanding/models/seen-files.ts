/** Hashes of files that were read once: a file of the same size and time is not read again. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '#ring/base/durable-file.ts'

export interface SeenFile {
  readonly size: number
  readonly mtimeMs: number
  readonly sha256: string
}

export interface SeenFiles {
  /** Its hash and size; undefined when there is no such file. `fresh`: it is read in any case. @throws the signal's reason */
  look(path: string, options?: { readonly fresh?: boolean; readonly signal?: AbortSignal }): Promise<SeenFile | undefined>
}

const NAME = 'seen-files.json'

/** Kept in `folder`; paths are absolute. */
export function createSeenFiles(folder: string): SeenFiles {
  let loaded: Promise<Map<string, SeenFile>> | undefined
  let saving = Promise.resolve()

  function save(known: ReadonlyMap<string, SeenFile>): Promise<void> {
    return saving = saving.then(async () => {
      await mkdir(folder, { recursive: true })
      await writeDurably(folder, NAME, JSON.stringify(Object.fromEntries(known)))
    }).catch(() => {}) // it is only known less the next time
  }

  return {
    async look(path, { fresh = false, signal } = {}) {
      const known = await (loaded ??= load(folder))
      const now = await stat(path).catch(() => undefined)
      if (now === undefined || !now.isFile()) return undefined
      const before = known.get(path)
      if (!fresh && before?.size === now.size && before.mtimeMs === now.mtimeMs) return before
      const seen = { size: now.size, mtimeMs: now.mtimeMs, sha256: await sha256Of(path, signal) }
      known.set(path, seen)
      await save(known)
      return seen
    }
  }
}

/** Hex. @throws the signal's reason */
export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path, { highWaterMark: 1024 ** 2, ...(signal && { signal }) })) hash.update(bytes as Buffer)
  return hash.digest('hex')
}

async function load(folder: string): Promise<Map<string, SeenFile>> {
  try {
    const entries = Object.entries(JSON.parse(await readFile(join(folder, NAME), 'utf8')) as Record<string, Partial<SeenFile>>)
    return new Map(entries.flatMap(([path, { size, mtimeMs, sha256 }]) => (typeof size === 'number' && typeof mtimeMs === 'number' && typeof sha256 === 'string' ? [[path, { size, mtimeMs, sha256 }] as const] : [])))
  } catch {
    return new Map()
  }
}
