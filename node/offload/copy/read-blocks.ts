/** The bytes of a file in blocks of shared memory; past the page cache where the file system can. */
import { constants, type FileHandle, open } from 'node:fs/promises'

/** Bytes read at a time. @default 4194304 */
export const BLOCK_BYTES = 4 * 1024 ** 2
/** What O_DIRECT wants addresses, offsets and lengths to be a multiple of, in bytes; every disk of today is satisfied by it. */
const ALIGNMENT = 4_096
/** Large buffers lie on pages of their own, this far behind their beginning. */
const LIKELY = [0, 4_080, 4_064, 4_032]

/** `direct`: from the medium itself. `cached`: through the page cache, so perhaps from memory. */
export type Way = 'direct' | 'cached'

export interface ReadBlocksInit {
  /** Read from the medium itself, if that can be done. @default false */
  readonly direct?: boolean
  readonly signal?: AbortSignal
}

export interface BlockReader {
  /** How it is read; settled once the first block came. */
  readonly way: Way
  /** The bytes are the reader's until the next one is asked for. */
  blocks(): AsyncGenerator<Uint8Array>
}

/** Each call of `blocks` opens and closes the file. */
export function readBlocks(path: string, { direct = false, signal }: ReadBlocksInit = {}): BlockReader {
  let way: Way = 'cached'
  return {
    get way() { return way },
    async *blocks() {
      const shared = new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES + ALIGNMENT))
      const opened = direct ? await openDirect(path, shared) : undefined
      way = opened === undefined ? 'cached' : 'direct'
      const { file, offset } = opened ?? { file: await open(path, 'r'), offset: 0 }
      try {
        const block = shared.subarray(offset, offset + BLOCK_BYTES)
        for (let at = 0, read = BLOCK_BYTES; read > 0; at += read) {
          signal?.throwIfAborted()
          read = (await file.read(block, 0, BLOCK_BYTES, at)).bytesRead
          if (read > 0) yield block.subarray(0, read)
          if (opened !== undefined && read % ALIGNMENT !== 0) break // the end: a direct read can not go on from here
        }
      } finally {
        await file.close()
      }
    }
  }
}

/** Where in the memory a page begins can not be asked, but tried. undefined when the file can not be read so. */
async function openDirect(path: string, shared: Uint8Array): Promise<{ file: FileHandle; offset: number } | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_DIRECT).catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'EINVAL' || err.code === 'ENOTSUP' || err.code === 'EOPNOTSUPP') return undefined
    throw err
  })
  if (file === undefined) return undefined
  for (const offset of [...LIKELY, ...Array.from({ length: ALIGNMENT / 16 }, (_, i) => i * 16)]) {
    const isAligned = await file.read(shared, offset, ALIGNMENT, 0).then(() => true, (err: NodeJS.ErrnoException) => {
      if (err.code === 'EINVAL') return false
      throw err
    }).catch(async (err) => {
      await file.close()
      throw err
    })
    if (isAligned) return { file, offset }
  }
  await file.close()
  return undefined
}
