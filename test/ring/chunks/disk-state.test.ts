import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { DAMAGED_IN_A_ROW, DiskJudge, HUNG_WRITE_MS, refusalOf, SLOW_PROBE_MS, WHOLE_IN_A_ROW } from '../../../ring/chunks/disk-state.ts'

const MB = 1_000_000
const RESERVE = 512 * MB
const roomy = { freeInodes: 1_000_000, totalInodes: 2_000_000 }
const test = suite('what a disk is')

const judge = (): DiskJudge => new DiskJudge({ reserveBytes: RESERVE, lowBytes: 2 * RESERVE })
const times = (count: number, run: () => void): void => { for (let i = 0; i < count; i++) run() }
const failure = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'write' })

test('a person is warned before the disk is full, and full comes before the last byte', () => {
  const disk = judge()
  const at = (freeBytes: number): string => {
    disk.space({ ...roomy, freeBytes })
    return disk.state()
  }
  assert.deepEqual([2_000, 1_000, 600, 512, 100].map((mb) => at(mb * MB)), ['ok', 'low', 'low', 'full', 'full'])
})

test('space that comes and goes around the reserve does not make the word flap', () => {
  const disk = judge()
  const words = [511, 513, 511, 520, 512, 600, 520].map((mb) => {
    disk.space({ ...roomy, freeBytes: mb * MB })
    return disk.state()
  })
  assert.deepEqual(words, ['full', 'full', 'full', 'full', 'full', 'low', 'low'])
})

test('no free files is full, too; where files are not counted it is not', () => {
  const disk = judge()
  disk.space({ freeBytes: 1e12, freeInodes: 100, totalInodes: 2_000_000 })
  assert.equal(disk.state(), 'full')
  disk.space({ freeBytes: 1e12, freeInodes: 0, totalInodes: 0 })
  assert.equal(disk.state(), 'ok')
  disk.space({ freeBytes: 1e12, freeInodes: 900, totalInodes: 1_000 })
  assert.equal(disk.state(), 'ok', 'a small file system needs fewer')
})

test('what the disk refuses is believed at once, and forgiven after three good tests', () => {
  for (const [code, state] of [['ENOSPC', 'full'], ['EDQUOT', 'full'], ['EROFS', 'read-only'], ['EACCES', 'read-only'], ['EIO', 'failing'], ['ENOENT', 'failing']] as const) {
    const disk = judge()
    disk.space({ ...roomy, freeBytes: 1e12 })
    disk.refused(refusalOf(failure(code)) ?? 'full')
    assert.equal(disk.state(), state, code)
    times(2, () => disk.probed(1))
    assert.equal(disk.state(), state, `${code} after two`)
    disk.probed(1)
    assert.equal(disk.state(), 'ok', `${code} after three`)
  }
})

test('errors that are not the disk’s are not held against it', () => {
  for (const err of [failure('EMFILE'), new Error('a bug'), Object.assign(new Error('gone'), { code: 'ABORT_ERR' })]) assert.equal(refusalOf(err), undefined)
})

test('one slow test is chance, three are a slow disk, and three quick ones end it', () => {
  const disk = judge()
  disk.space({ ...roomy, freeBytes: 1e12 })
  times(2, () => disk.probed(SLOW_PROBE_MS))
  disk.probed(10)
  times(2, () => disk.probed(SLOW_PROBE_MS))
  assert.equal(disk.state(), 'ok')
  disk.probed(SLOW_PROBE_MS)
  assert.equal(disk.state(), 'slow')
  assert.equal(disk.worthTrying(), true, 'slow is better than nothing')
  times(2, () => disk.probed(10))
  assert.equal(disk.state(), 'slow')
  disk.probed(10)
  assert.equal(disk.state(), 'ok')
})

test('a write that does not end stops all others until it does, and trust comes back with quick tests', () => {
  const disk = judge()
  disk.space({ ...roomy, freeBytes: 1e12 })
  disk.waiting(HUNG_WRITE_MS - 1)
  assert.equal(disk.state(), 'ok')
  disk.waiting(HUNG_WRITE_MS)
  assert.deepEqual([disk.state(), disk.worthTrying()], ['slow', false])
  disk.waiting(0)
  assert.deepEqual([disk.state(), disk.worthTrying()], ['slow', true])
  times(3, () => disk.probed(5))
  assert.equal(disk.state(), 'ok')
})

test('damage here and there is for the scrub to mend; one damaged chunk after the other is a failing disk', () => {
  const disk = judge()
  disk.space({ ...roomy, freeBytes: 1e12 })
  for (let i = 0; i < 200; i++) disk.read(i % DAMAGED_IN_A_ROW === 0)
  assert.equal(disk.state(), 'ok')
  times(DAMAGED_IN_A_ROW, () => disk.read(false))
  assert.equal(disk.state(), 'failing')
  times(WHOLE_IN_A_ROW, () => disk.read(true))
  assert.equal(disk.state(), 'ok')
})

test.run()
