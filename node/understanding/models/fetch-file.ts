import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ChecksumMismatchError, StorageFullError } from '#protocols/errors.ts'
import { MAX_MODEL_FILE_BYTES } from './manifest.ts'

/** What a source gives of a file. */
export interface Opened {
  /** Where the bytes begin: what was asked for, or 0 when the source can not go on there. */
  readonly at: number
  /** Of the whole file. */
  readonly size: number | undefined
  /** Says which bytes these are, so that the rest may be asked for later. */
  readonly tag: string | undefined
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Where files come from. */
export interface Source {
  /** What people call it: a folder, the ring, the host of a mirror. */
  readonly name: string
  /** From `at` on, if it is still what `tag` says. @throws with a sentence a person understands */
  open(path: string, from: { readonly at: number; readonly tag: string | undefined }, signal: AbortSignal): Promise<Opened>
}

export interface FetchOrder {
  /** In the model. */
  readonly path: string
  /** Where it goes. */
  readonly target: string
  /** Hex; undefined: whatever comes. */
  readonly sha256: string | undefined
  readonly size: number | undefined
}

export interface FetchOptions {
  readonly signal: AbortSignal
  readonly onProgress: (bytesDone: number, bytesTotal: number | undefined) => void
}

/** The name stands for a whole file: until then it is `.part`, which the next try goes on with. Answers hash and size. @throws ChecksumMismatchError, StorageFullError, what the source throws */
export async function fetchFile(source: Source, order: FetchOrder, options: FetchOptions): Promise<{ sha256: string; size: number }> {
  const part = `${order.target}.part`
  await mkdir(dirname(order.target), { recursive: true })
  const before = await left(part, order.sha256 !== undefined)
  const opened = await source.open(order.path, before, options.signal)
  const size = opened.size ?? order.size
  if (size !== undefined && size > MAX_MODEL_FILE_BYTES) throw new ChecksumMismatchError(`${order.path} is larger than a model's file may be (${size} bytes)`)
  await writeFile(`${part}.tag`, opened.tag ?? '')
  const { hash, done } = await write(part, opened, order, size, options)
  const found = hash.digest('hex')
  if (order.sha256 !== undefined && found !== order.sha256) return refuse(part, `${order.path} from ${source.name} is not the file it should be: it hashes to ${found.slice(0, 12)}…, not ${order.sha256.slice(0, 12)}…. What came was deleted`)
  await rename(part, order.target)
  await rm(`${part}.tag`, { force: true })
  await syncFolder(dirname(order.target))
  return { sha256: found, size: done }
}

async function write(part: string, { at, bytes }: Opened, { path }: FetchOrder, size: number | undefined, { signal, onProgress }: FetchOptions): Promise<{ hash: Hash; done: number }> {
  const hash = createHash('sha256')
  if (at > 0) for await (const piece of createReadStream(part, { end: at - 1 })) hash.update(piece as Buffer)
  const file = await open(part, at > 0 ? 'r+' : 'w', 0o600)
  let done = at
  try {
    onProgress(done, size)
    for await (const piece of bytes) {
      signal.throwIfAborted()
      if (done + piece.byteLength > (size ?? MAX_MODEL_FILE_BYTES)) return await refuse(part, `more came of ${path} than the ${size ?? MAX_MODEL_FILE_BYTES} bytes it should have. What came was deleted`)
      await put(file, piece, done, path)
      hash.update(piece)
      done += piece.byteLength
      onProgress(done, size)
    }
    await file.truncate(done).catch(() => {}) // what is no file has no end to set
    await file.sync().catch((err) => { throw asFull(err, path) })
  } finally {
    await file.close()
  }
  if (size !== undefined && done < size) throw new Error(`${path} was cut off after ${done} of ${size} bytes; they are kept, pull again`)
  return { hash, done }
}

async function put(file: FileHandle, piece: Uint8Array, at: number, path: string): Promise<void> {
  try {
    for (let done = 0; done < piece.byteLength;) done += (await file.write(piece, done, piece.byteLength - done, at + done)).bytesWritten
  } catch (err) {
    throw asFull(err, path)
  }
}

function asFull(err: unknown, path: string): unknown {
  const { code } = err as { code?: string }
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' ? new StorageFullError(`there is no room for ${path}: free some space where the node keeps its data and pull again, what has arrived is kept`) : err
}

/** What an earlier try left; without a hash to hold the whole against, only when it is known of which bytes it was. */
async function left(part: string, isHeld: boolean): Promise<{ at: number; tag: string | undefined }> {
  const at = (await stat(part).catch(() => undefined))?.size ?? 0
  const tag = await readFile(`${part}.tag`, 'utf8').catch(() => '') || undefined
  return isHeld || tag !== undefined ? { at, tag: isHeld ? undefined : tag } : { at: 0, tag: undefined }
}

async function refuse(part: string, why: string): Promise<never> {
  await rm(part, { force: true })
  await rm(`${part}.tag`, { force: true })
  throw new ChecksumMismatchError(why)
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
