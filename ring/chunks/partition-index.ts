import { PARTITIONS, type Partition } from '#protocols/ids.ts'

/** What a node holds of a partition, in a form two nodes can compare in 40 bytes. */
export interface PartitionSummary {
  readonly chunks: number
  /** XOR of the digests of the chunks held: 32 bytes, all zero when none is. */
  readonly digest: Uint8Array
}

/** Counts and XOR digests of the 256 partitions, kept current by `add` and `remove`. */
export interface PartitionIndex {
  readonly chunks: number
  add(digest: Uint8Array): void
  remove(digest: Uint8Array): void
  summary(partition: Partition): PartitionSummary
  /** Replace what is known of a partition by these digests; answers what was known before. */
  reset(partition: Partition, digests: Iterable<Uint8Array>): PartitionSummary
}

export function createPartitionIndex(): PartitionIndex {
  const rows = Array.from({ length: PARTITIONS }, () => ({ chunks: 0, digest: new Uint8Array(32) }))
  let total = 0

  function toggle(digest: Uint8Array, by: 1 | -1): void {
    const row = rows[digest[0] ?? 0]
    if (row === undefined) return
    row.chunks += by
    total += by
    for (let i = 0; i < 32; i++) row.digest[i] = (row.digest[i] ?? 0) ^ (digest[i] ?? 0)
  }

  function summary(partition: Partition): PartitionSummary {
    const row = rows[partition]
    return row === undefined ? { chunks: 0, digest: new Uint8Array(32) } : { chunks: row.chunks, digest: row.digest.slice() }
  }

  return {
    get chunks() { return total },
    add: (digest) => toggle(digest, 1),
    remove: (digest) => toggle(digest, -1),
    summary,
    reset(partition, digests) {
      const before = summary(partition)
      rows[partition] = { chunks: 0, digest: new Uint8Array(32) }
      total -= before.chunks
      for (const digest of digests) toggle(digest, 1)
      return before
    }
  }
}

/** True when both summaries describe the same set of chunks. */
export function sameSummary(a: PartitionSummary, b: PartitionSummary): boolean {
  return a.chunks === b.chunks && a.digest.length === b.digest.length && a.digest.every((byte, i) => byte === b.digest[i])
}
