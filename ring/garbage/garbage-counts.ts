import type { Metrics } from '../base/metrics.ts'
import type { GarbageStatus } from './garbage.ts'
import type { Amount } from './sweeper.ts'

/** What was deleted since the start, also as metrics. */
export interface GarbageCounts {
  add(chunks: number, bytes: number): void
  freed(): Amount
}

export function createGarbageCounts(metrics: Metrics | undefined, status: () => GarbageStatus): GarbageCounts {
  const freed = { chunks: 0, bytes: 0 }
  const chunksFreed = metrics?.counter('ring_garbage_chunks_freed_total', 'Chunks of this disk that were deleted because nothing needed them')
  const bytesFreed = metrics?.counter('ring_garbage_bytes_freed_total', 'Bytes of chunks that were deleted because nothing needed them')
  metrics?.gauge('ring_garbage_chunks', 'Chunks of this disk that nothing needed at the last look', () => status().unneeded.chunks)
  metrics?.gauge('ring_garbage_bytes', 'Bytes of chunks of this disk that nothing needed at the last look', () => status().unneeded.bytes)
  metrics?.gauge('ring_garbage_waiting', '1 while garbage can not be told or deleted, for example because a node is silent', () => (status().waiting === null ? 0 : 1))
  return {
    add(chunks, bytes) {
      freed.chunks += chunks
      freed.bytes += bytes
      chunksFreed?.increment(chunks)
      bytesFreed?.increment(bytes)
    },
    freed: () => ({ ...freed })
  }
}
