import { StorageFullError } from '#protocols/errors.ts'
import type { FileChunkStore } from './file-chunk-store.ts'

/** The part of a node's store that other nodes and its own writes go through. */
export type GatedStore = Pick<FileChunkStore, 'has' | 'get' | 'put' | 'delete' | 'list' | 'summary'>

/** A store whose door for new chunks can be shut. */
export interface WriteGate {
  readonly store: GatedStore
  /** No put begins from now on (StorageFullError with this reason); resolves when those that had begun have ended. */
  close(reason: string): Promise<void>
  open(): void
}

/** Open at first. Reading and deleting is never hindered. */
export function createWriteGate(local: GatedStore): WriteGate {
  const running = new Set<Promise<void>>()
  let shut: string | undefined
  return {
    store: {
      has: (id, options) => local.has(id, options),
      get: (id, options) => local.get(id, options),
      delete: (id, options) => local.delete(id, options),
      list: (partition) => local.list(partition),
      summary: (partition) => local.summary(partition),
      async put(id, bytes, options) {
        if (shut !== undefined) throw new StorageFullError(shut)
        const put = local.put(id, bytes, options)
        running.add(put)
        await put.finally(() => running.delete(put))
      }
    },
    async close(reason) {
      shut = reason
      await Promise.allSettled(running)
    },
    open() { shut = undefined }
  }
}
