import { randomBytes } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_LIST_IDS } from '#protocols/chunk.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, type Partition, type PeerId, chunkIdOfDigest, digestOf } from '#protocols/ids.ts'
import { createChunkClient, MAX_PARTITION_CHUNKS } from '../../../ring/replication/chunk-client.ts'
import { bucketOf, bucketsOf, differingBuckets } from '../../../ring/replication/partition-buckets.ts'
import { MIN_BUCKETED_CHUNKS, heldBy } from '../../../ring/replication/partition-difference.ts'

const PEER = 'peer' as PeerId
const PARTITION = 7 as Partition

const randomIds = (count: number): ChunkId[] => Array.from({ length: count }, () => {
  const digest = randomBytes(32)
  digest[0] = PARTITION
  return chunkIdOfDigest(digest)
})

/** A peer that holds these, and counts the ids it had to list. */
function holder(ids: readonly ChunkId[]) {
  const asked = { listed: 0, whole: 0 }
  return {
    asked,
    buckets: async () => bucketsOf(ids.map(digestOf)),
    async list(_peer: PeerId, _partition: Partition, { buckets = [] }: { buckets?: readonly number[] } = {}) {
      if (buckets.length === 0) asked.whole++
      const page = ids.filter((id) => buckets.length === 0 || buckets.includes(bucketOf(digestOf(id))))
      asked.listed += page.length
      return page
    }
  }
}

test('whatever two nodes hold, the answer is what the other one holds', async () => {
  for (const common of [0, 1, MIN_BUCKETED_CHUNKS, 3000]) {
    for (const [more, less] of [[0, 0], [1, 0], [0, 1], [5, 9], [700, 700]] as const) {
      const shared = randomIds(common)
      const theirs = [...shared, ...randomIds(more)]
      const found = await heldBy(PEER, PARTITION, [...shared, ...randomIds(less)], holder(theirs))
      assert.equal([...found].sort(), theirs.sort(), `${common} in common, ${more} more there, ${less} more here`)
    }
  }
})

test('of a large partition only the buckets that differ are listed', async () => {
  const shared = randomIds(4000)
  const peer = holder([...shared, ...randomIds(3)])
  await heldBy(PEER, PARTITION, shared, peer)
  assert.is(peer.asked.whole, 0)
  assert.ok(peer.asked.listed < 150, `${peer.asked.listed} ids were listed for three`)
})

test('equal large partitions list nothing', async () => {
  const shared = randomIds(1000)
  const peer = holder(shared)
  await heldBy(PEER, PARTITION, shared, peer)
  assert.equal(peer.asked, { listed: 0, whole: 0 })
})

test('a bucket in which one chunk replaced another is seen, though the counts are equal', () => {
  const [one, other] = [new Uint8Array(32).fill(3), new Uint8Array(32).fill(3)]
  other[9] = 4
  assert.equal(differingBuckets(bucketsOf([one]), bucketsOf([other])), [3])
})

test('a list without end is refused before it fills the memory', async () => {
  let count = 0
  const page = (length: number): Uint8Array[] => Array.from({ length }, () => {
    const digest = Buffer.alloc(32)
    digest[0] = PARTITION
    digest.writeUInt32BE(++count, 1)
    return digest
  })
  const client = createChunkClient({ request: async () => ({ list: { ids: page(MAX_LIST_IDS), more: true } }) as never })
  const refused = await client.list(PEER, PARTITION).then(() => undefined, (err: Error) => err)
  assert.instance(refused, InvalidMessageError)
  assert.ok(count <= MAX_PARTITION_CHUNKS + MAX_LIST_IDS)
})

test.run()
