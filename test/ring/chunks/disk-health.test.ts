import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { StorageFullError } from '#protocols/errors.ts'
import { silentLog } from '../../../ring/base/log.ts'
import { createDiskHealth, type DiskHealth, LOOK_MS, MAX_DISK_WRITES, SICK_PROBE_MS } from '../../../ring/chunks/disk-health.ts'
import { HUNG_WRITE_MS, SLOW_PROBE_MS } from '../../../ring/chunks/disk-state.ts'

const test = suite('a disk that is watched')

/** A disk that does as it is told, and a clock that only moves when asked to. */
async function watched(): Promise<{ health: DiskHealth; states: string[]; disk: { freeBytes: number; tookMs: number; fails: string | undefined; probes: number[] }; pass(ms: number): Promise<void>; look(ms: number): Promise<void> }> {
  let nowMs = 1_000
  const disk = { freeBytes: 1e12, tookMs: 1, fails: undefined as string | undefined, probes: [] as number[] }
  const refuse = (): void => { if (disk.fails !== undefined) throw Object.assign(new Error(disk.fails), { code: disk.fails, syscall: 'write' }) }
  const health = createDiskHealth({
    log: silentLog,
    probe: {
      space: async () => ({ freeBytes: disk.freeBytes, freeInodes: 1e6, totalInodes: 1e6 }),
      async roundTrip(bytes) {
        disk.probes.push(bytes)
        nowMs += disk.tookMs
        refuse()
      }
    }
  }, { dir: '/disk', reserveBytes: 1e9, lowBytes: 2e9, nowMs: () => nowMs })
  const states: string[] = []
  health.changed.on(({ state }) => states.push(state))
  async function look(afterMs: number): Promise<void> {
    nowMs += afterMs
    await health.look()
  }
  await look(0)
  return {
    health, states, disk,
    look,
    async pass(ms) { for (const endMs = nowMs + ms; nowMs < endMs;) await look(LOOK_MS) }
  }
}

test('is tested rarely while it is well, often when it is not, and then with a whole chunk', async () => {
  const { disk, pass } = await watched()
  for (let i = 0; i < 30; i++) await pass(1_000)
  assert.deepEqual(disk.probes, [4_096, 4_096, 4_096, 4_096])
  disk.fails = 'EDQUOT'
  for (let i = 0; i < 30; i++) await pass(1_000)
  const since = disk.probes.slice(5)
  assert.ok(since.length >= 10 && since.every((bytes) => bytes === 1_048_576), `${since}`)
})

test('a full disk is never filled further by a test', async () => {
  const { disk, pass, states } = await watched()
  disk.freeBytes = 1e8
  await pass(1_000)
  const before = disk.probes.length
  for (let i = 0; i < 60; i++) await pass(1_000)
  assert.deepEqual([states, disk.probes.length], [['full'], before])
  disk.freeBytes = 1e12
  await pass(1_000)
  assert.deepEqual(states, ['full', 'ok'])
})

test('what a write is refused with is named, believed at once, and over when tests succeed', async () => {
  const { health, disk, pass, states } = await watched()
  disk.fails = 'EROFS'
  await assert.rejects(health.write(async () => { throw Object.assign(new Error('read-only'), { code: 'EROFS', syscall: 'open' }) }), (err: Error) => err instanceof StorageFullError && /EROFS/.test(err.message))
  assert.deepEqual(states, ['read-only'])
  assert.throws(() => health.check(), /the disk of \/disk is read-only/)
  await pass(SICK_PROBE_MS)
  disk.fails = undefined
  for (let i = 0; i < 3; i++) await pass(SICK_PROBE_MS)
  assert.deepEqual([states, health.view().acceptsWrites], [['read-only', 'ok'], true])
  health.check()
})

test('an error that is not the disk’s goes through as it is', async () => {
  const { health, states } = await watched()
  const bug = new TypeError('a bug')
  await assert.rejects(health.write(async () => { throw bug }), bug)
  assert.deepEqual(states, [])
})

test('a disk that hangs keeps a few writes and no more; who waits is told, and it is trusted again when it answers', async () => {
  const { health, pass, states } = await watched()
  const fsync = Promise.withResolvers<void>()
  let begun = 0
  const puts = Array.from({ length: 50 }, () => health.bounded(() => health.write(() => {
    begun++
    return fsync.promise
  })))
  const outcomes = Promise.allSettled(puts)
  await pass(HUNG_WRITE_MS)
  const told = await outcomes
  assert.equal(begun, MAX_DISK_WRITES)
  assert.ok(told.every((put) => put.status === 'rejected' && put.reason instanceof StorageFullError && /has not answered a write/.test(put.reason.message)))
  assert.throws(() => health.check(), StorageFullError)
  assert.deepEqual(states, ['slow'])
  fsync.resolve()
  for (let i = 0; i < 4; i++) await pass(SICK_PROBE_MS)
  assert.deepEqual(states, ['slow', 'ok'])
  assert.equal(begun, 50, 'what was waiting was done after all')
  assert.equal(await health.bounded(() => health.write(async () => 7)), 7)
})

test('reads that wait for a disk that hangs, or find no file handle, do not make it a failing one; errors of its own do', async () => {
  const { health, pass, states } = await watched()
  const fsync = Promise.withResolvers<void>()
  const writing = health.write(() => fsync.promise)
  const reads = Promise.allSettled(Array.from({ length: 20 }, () => health.reading(() => fsync.promise)))
  await pass(HUNG_WRITE_MS)
  assert.ok((await reads).every(({ status }) => status === 'rejected'))
  fsync.resolve()
  await writing
  for (let i = 0; i < 4; i++) await pass(SICK_PROBE_MS)
  assert.deepEqual(states, ['slow', 'ok'])
  const fail = (code: string) => Promise.allSettled(Array.from({ length: 20 }, () => health.reading(async () => { throw Object.assign(new Error(code), { code, syscall: 'open' }) })))
  await fail('EMFILE')
  assert.deepEqual(states, ['slow', 'ok'])
  await fail('EIO')
  assert.deepEqual(states, ['slow', 'ok', 'failing'])
})

test('a read that has only begun is not given up for a write that hangs', async () => {
  const { health, pass, look, states } = await watched()
  const [fsync, quick] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
  void health.write(() => fsync.promise)
  const stuck = Promise.allSettled([health.bounded(() => fsync.promise)])
  await pass(HUNG_WRITE_MS)
  assert.deepEqual([states, (await stuck)[0]?.status], [['slow'], 'rejected'])
  const begun = health.bounded(() => quick.promise)
  await look(LOOK_MS / 2)
  quick.resolve('bytes')
  assert.equal(await begun, 'bytes')
  fsync.resolve()
})

test('a process that stood still blames no disk for it, and goes on with what it read', async () => {
  const { health, look, pass, states } = await watched()
  const [fsync, read] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
  const writing = health.write(() => fsync.promise)
  const reading = health.bounded(() => read.promise)
  await look(60_000)
  health.check()
  read.resolve('bytes')
  assert.equal(await reading, 'bytes')
  fsync.resolve()
  await writing
  await pass(1_000)
  assert.deepEqual(states, [])
})

test('a slow disk is asked for nothing new while others can, but still takes what nobody else does', async () => {
  const { health, disk, pass, states } = await watched()
  disk.tookMs = SLOW_PROBE_MS
  for (let i = 0; i < 30; i++) await pass(1_000)
  assert.deepEqual([states, health.view().acceptsWrites], [['slow'], false])
  assert.equal(await health.write(async () => 7), 7)
  disk.tookMs = 1
  for (let i = 0; i < 8; i++) await pass(1_000)
  assert.deepEqual(states, ['slow', 'ok'])
})

test.run()
