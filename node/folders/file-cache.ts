import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AssetId } from '#protocols/ids.ts'

/** What was found out about a file, for as long as nothing about it changes. */
export interface SeenFile {
  readonly size: number
  readonly modifiedMs: number
  readonly inode: number
  /** The asset its bytes are; undefined when they were refused. */
  readonly asset?: AssetId | undefined
  /** Why they were refused. */
  readonly reason?: string | undefined
  /** Names, sizes and times of the sidecars that were taken with it. */
  readonly sidecars: string
}

/** Changes held in memory before they are written. @default 500 */
export const FLUSH_EVERY = 500

/**
 * What this node knows of the files of one folder, by their paths in it: they are not read again while size, time and inode stay. A file of
 * lines that is only added to, and written anew when most of it is old. Losing it costs a reading of the folder, nothing else.
 */
export interface FileCache {
  load(): Promise<void>
  get(path: string): SeenFile | undefined
  set(path: string, seen: SeenFile | undefined): Promise<void>
  entries(): IterableIterator<[string, SeenFile]>
  readonly size: number
  flush(): Promise<void>
  /** Forget everything. */
  remove(): Promise<void>
}

type Line = readonly [path: string, size?: number, modifiedMs?: number, inode?: number, asset?: AssetId | null, reason?: string | null, sidecars?: string]

export function createFileCache(file: string): FileCache {
  const seen = new Map<string, SeenFile>()
  let waiting: Line[] = []
  let loading: Promise<void> | undefined
  let writing = Promise.resolve()

  async function load(): Promise<void> {
    const text = await readFile(file, 'utf8').catch((err: { code?: string }) => {
      if (err.code === 'ENOENT') return ''
      throw err
    })
    const lines = text.split('\n')
    for (const line of lines) take(line)
    if (lines.length > 2 * seen.size + 1_000) await rewrite()
  }

  /** A line that was cut off by a crash, or is none, is a file that is read again. */
  function take(line: string): void {
    try {
      const [path, size, modifiedMs, inode, asset, reason, sidecars = ''] = JSON.parse(line) as Line
      if (size === undefined || modifiedMs === undefined || inode === undefined) seen.delete(path)
      else seen.set(path, { size, modifiedMs, inode, asset: asset ?? undefined, reason: reason ?? undefined, sidecars })
    } catch {}
  }

  async function rewrite(): Promise<void> {
    await writeFile(`${file}.tmp`, [...seen].map(([path, entry]) => `${JSON.stringify(lineOf(path, entry))}\n`).join(''), { mode: 0o600 })
    await rename(`${file}.tmp`, file)
  }

  function flush(): Promise<void> {
    const lines = waiting
    waiting = []
    if (lines.length === 0) return writing
    writing = writing.catch(() => {}).then(async () => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 })
    })
    return writing
  }

  return {
    load: () => loading ??= load(),
    get: (path) => seen.get(path),
    async set(path, entry) {
      if (entry === undefined) seen.delete(path)
      else seen.set(path, entry)
      waiting.push(entry === undefined ? [path] : lineOf(path, entry))
      if (waiting.length >= FLUSH_EVERY) await flush()
    },
    entries: () => seen.entries(),
    get size() { return seen.size },
    flush,
    async remove() {
      seen.clear()
      waiting = []
      await writing.catch(() => {})
      await rm(file, { force: true })
    }
  }
}

const lineOf = (path: string, { size, modifiedMs, inode, asset, reason, sidecars }: SeenFile): Line => [path, size, modifiedMs, inode, asset ?? null, reason ?? null, sidecars]
