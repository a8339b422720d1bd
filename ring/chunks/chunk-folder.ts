import { randomUUID } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PARTITIONS, type Partition } from '#protocols/ids.ts'
import { groupCommit } from './keyed-lock.ts'

/** Folder of what is being written, emptied at every start. */
export const TEMPORARY = 'tmp'
const DIGEST_NAME = /^[0-9a-f]{64}$/

/**
 * The files under a chunk store: `<2 hex>/<64 hex>` per chunk, `tmp/` for what is being written, `damaged/` for what did not
 * hash to its name. A file that has its name is whole: it was fsynced before it was renamed.
 */
export interface ChunkFolder {
  /** Make the folders, empty `tmp/`, and tell of every chunk found: digest and size in bytes. */
  open(found: (digest: Uint8Array, bytes: number) => void): Promise<void>
  /** undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>
  /** As `read`, into a buffer; answers how many bytes there were room for. */
  readInto(name: string, into: Uint8Array): Promise<number | undefined>
  /** Write and fsync under a temporary name, then rename; the name itself survives a power cut only after `sync`. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** fsync the folder that names this chunk; calls for one folder share fsyncs. */
  sync(name: string): Promise<void>
  /** Whether `sync` has completed for this chunk's folder since `open`. */
  isSynced(name: string): boolean
  /** Make the file's change time now, durably. */
  renew(name: string): Promise<void>
  /** Size in bytes, or undefined when there is none. */
  size(name: string): number | undefined
  /** False when there was none. */
  remove(name: string): Promise<boolean>
  setAside(name: string): Promise<void>
  /** Throw away what `setAside` kept under this name. */
  discardDamaged(name: string): Promise<void>
  /** Names in a partition, sorted. */
  names(partition: Partition): Promise<string[]>
  /** As `names`, unsorted, before anything else can happen in this process. */
  namesNow(partition: Partition): string[]
  /** When the file last changed, in ms (no program can set this time back), or undefined when there is none. */
  writtenMs(name: string): number | undefined
  /** Names that `setAside` moved away and that were not written again. */
  damaged(): string[]
}

export function createChunkFolder(dir: string): ChunkFolder {
  const temporary = join(dir, TEMPORARY)
  const damaged = join(dir, 'damaged')
  const shards = Array.from({ length: PARTITIONS }, (_, partition) => shardOf(join(dir, hexByte(partition))))
  const synced = new Set<string>()
  const aside = new Set<string>()
  const shard = (name: string): Shard => shards[Number.parseInt(name.slice(0, 2), 16)] as Shard
  const pathOf = (name: string): string => join(shard(name).path, name)

  return {
    async open(found) {
      await mkdir(temporary, { recursive: true })
      await mkdir(damaged, { recursive: true })
      for (const name of await readdir(damaged)) aside.add(name)
      for (const left of await readdir(temporary)) await rm(join(temporary, left), { recursive: true, force: true })
      for (const { path } of shards) await mkdir(path, { recursive: true })
      await syncFolder(dir)
      for (const { path } of shards) {
        for (const name of readdirSync(path).filter(isName)) found(Buffer.from(name, 'hex'), statSync(join(path, name)).size)
        await nextTurn() // a million files take seconds: let the rest of the node breathe between folders
      }
    },
    read: (name) => orUndefined(whole(pathOf(name))),
    readInto: (name, into) => orUndefined(opened(pathOf(name), (file) => fill(file, into))),
    async write(name, bytes) {
      const path = join(temporary, randomUUID())
      try {
        const file = await openSynced(path, bytes)
        await Promise.all([file.close(), rename(path, pathOf(name))])
      } catch (err) {
        await unlink(path).catch(() => {}) // most likely the disk is full: leave no more behind than needed
        throw err
      }
    },
    async sync(name) {
      await shard(name).commit()
      synced.add(name.slice(0, 2))
    },
    async renew(name) {
      const file = await open(pathOf(name), 'r+')
      try {
        const now = new Date()
        await file.utimes(now, now)
        await file.sync() // times are no part of what fdatasync keeps
      } finally {
        await file.close()
      }
    },
    isSynced: (name) => synced.has(name.slice(0, 2)),
    size: (name) => statSync(pathOf(name), { throwIfNoEntry: false })?.size,
    remove: async (name) => await orUndefined(unlink(pathOf(name)).then(() => true)) ?? false,
    async setAside(name) {
      await orUndefined(rename(pathOf(name), join(damaged, name)))
      aside.add(name)
    },
    async discardDamaged(name) {
      if (aside.delete(name)) await orUndefined(unlink(join(damaged, name)))
    },
    names: async (partition) => (await readdir((shards[partition] as Shard).path)).filter(isName).sort(),
    namesNow: (partition) => readdirSync((shards[partition] as Shard).path).filter(isName),
    writtenMs(name) {
      const changedMs = statSync(pathOf(name), { throwIfNoEntry: false })?.ctimeMs
      return changedMs === undefined ? undefined : Math.floor(changedMs)
    },
    damaged: () => [...aside].filter(isName)
  }
}

interface Shard {
  readonly path: string
  readonly commit: () => Promise<void>
}

const shardOf = (path: string): Shard => ({ path, commit: groupCommit(() => syncFolder(path)) })
const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0')
const isName = (name: string): boolean => DIGEST_NAME.test(name)

async function opened<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

/** In one go: `readFile` does it in pieces of half a chunk. */
function whole(path: string): Promise<Uint8Array> {
  return opened(path, async (file) => {
    const bytes = Buffer.allocUnsafeSlow((await file.stat()).size)
    return bytes.subarray(0, await fill(file, bytes))
  })
}

/** Read until the buffer is full or the file ends. */
async function fill(file: FileHandle, into: Uint8Array): Promise<number> {
  let filled = 0
  for (let read = 1; read > 0 && filled < into.byteLength; filled += read) ({ bytesRead: read } = await file.read(into, filled, into.byteLength - filled, filled))
  return filled
}

/** The file with these bytes on disk, still open. */
async function openSynced(path: string, bytes: Uint8Array): Promise<FileHandle> {
  const file = await open(path, 'wx')
  try {
    for (let at = 0; at < bytes.byteLength;) at += (await file.write(bytes, at)).bytesWritten
    await file.datasync() // the size is part of what fdatasync keeps
    return file
  } catch (err) {
    await file.close()
    throw err
  }
}

async function syncFolder(path: string): Promise<void> {
  await opened(path, async (folder) => { await folder.sync() })
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw err
  }
}
