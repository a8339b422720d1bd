import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { type Partition, PARTITIONS } from '#protocols/ids.ts'
import { dueMsOf, nextDue, overdueMs } from '../../../ring/replication/scrub-plan.ts'

const test = suite('the order of scrubbing')

const PERIOD = 256_000
const never = (): number[] => Array.from({ length: PARTITIONS }, () => 0)

test('first readings are spread over the first period, in order', () => {
  const history = { sinceMs: 1_000, verifiedMs: never() }
  assert.deepEqual([0, 1, 255].map((partition) => dueMsOf(partition as Partition, history, PERIOD)), [2_000, 3_000, 257_000])
  assert.deepEqual(nextDue(history, PERIOD), { partition: 0, dueMs: 2_000 })
})

test('every partition is read once in every period, and at even distances', () => {
  const verifiedMs = never()
  const read = new Map<number, number[]>()
  let nowMs = 0
  while (nowMs < 3 * PERIOD) {
    const { partition, dueMs } = nextDue({ sinceMs: 0, verifiedMs }, PERIOD)
    nowMs = Math.max(nowMs, dueMs)
    verifiedMs[partition] = nowMs
    read.set(partition, [...read.get(partition) ?? [], nowMs])
  }
  assert.equal(read.size, PARTITIONS)
  for (const times of read.values()) for (const [i, ms] of times.entries()) if (i > 0) assert.equal(ms - (times[i - 1] as number), PERIOD)
})

test('after a long absence the one that waited longest is first, and the delay is said', () => {
  const verifiedMs = never().map((_, partition) => 10_000 + partition)
  verifiedMs[77] = 5_000
  const history = { sinceMs: 1, verifiedMs }
  assert.deepEqual(nextDue(history, PERIOD), { partition: 77, dueMs: 5_000 + PERIOD })
  assert.equal(overdueMs(history, PERIOD, 5_000 + PERIOD + 42), 42)
  assert.equal(overdueMs(history, PERIOD, 6_000), 0)
})

test.run()
