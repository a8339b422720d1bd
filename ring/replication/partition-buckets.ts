/** Buckets of a partition: its chunks by the second byte of their digests. */
export const BUCKETS = 256
/** Bytes of a bucket's digest; two different sets of chunks share one by chance once in 2^64. */
export const BUCKET_DIGEST_BYTES = 8

/** The lower level of the tree by which two nodes compare a partition (Merkle, 1987, with XOR as the combining function: order does not matter, and nothing has to be kept). */
export interface PartitionBuckets {
  /** Chunks per bucket, 256 counts. */
  readonly chunks: readonly number[]
  /** XOR of bytes 2 to 9 of the digests per bucket, 256 times 8 bytes. */
  readonly digests: Uint8Array
}

/** `digests`: 32 bytes each, all of one partition. */
export function bucketsOf(digests: Iterable<Uint8Array>): PartitionBuckets {
  const chunks = Array.from({ length: BUCKETS }, () => 0)
  const combined = new Uint8Array(BUCKETS * BUCKET_DIGEST_BYTES)
  for (const digest of digests) {
    const bucket = bucketOf(digest)
    chunks[bucket] = (chunks[bucket] ?? 0) + 1
    // the first byte is the partition's and the second the bucket's: both are the same for all, so the eight after them tell sets apart
    for (let i = 0; i < BUCKET_DIGEST_BYTES; i++) combined[bucket * BUCKET_DIGEST_BYTES + i]! ^= digest[i + 2] ?? 0
  }
  return { chunks, digests: combined }
}

export const bucketOf = (digest: Uint8Array): number => digest[1] ?? 0

/** Buckets that are not the same on both sides, ascending. */
export function differingBuckets(one: PartitionBuckets, other: PartitionBuckets): number[] {
  const isSame = (bucket: number): boolean => {
    if (one.chunks[bucket] !== other.chunks[bucket]) return false
    const at = bucket * BUCKET_DIGEST_BYTES
    return Buffer.compare(one.digests.subarray(at, at + BUCKET_DIGEST_BYTES), other.digests.subarray(at, at + BUCKET_DIGEST_BYTES)) === 0
  }
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) => !isSame(bucket))
}
