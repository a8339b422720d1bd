import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { suite } from 'uvu'
import { RefusedError } from '#protocols/errors.ts'
import { ANSWER_MS, askDisk, leaveDisk, MAX_ALL_QUESTIONS, MAX_QUESTIONS, questionsUnderWay } from '../../../node/library/outside-disk.ts'

const test = suite('disks that may not answer')

/** Questions that are answered when a test says so. */
function questions(): { ask: () => Promise<number>; begun: () => number; answer: () => void } {
  const open: Array<(value: number) => void> = []
  let begun = 0
  return { ask: () => { begun++; return new Promise((resolve) => { open.push(resolve) }) }, begun: () => begun, answer: () => { for (const resolve of open.splice(0)) resolve(7) } }
}

const turns = async (): Promise<void> => { for (let i = 0; i < 20; i++) await Promise.resolve() }
const outcome = (asked: Promise<unknown>): Promise<string> => asked.then(String, (err: Error) => err instanceof RefusedError ? err.message : `${err}`)

test.before.each(() => mock.timers.enable({ apis: ['setTimeout'] }))
test.after.each(async () => {
  mock.timers.reset()
  await turns()
  assert.equal(questionsUnderWay(), 0, 'every test answers what it asked')
})

test('a few questions are asked at once, and the others in turn', async () => {
  const { ask, begun, answer } = questions()
  const asked = Array.from({ length: MAX_QUESTIONS + 2 }, () => askDisk('/mnt/nas', ask))
  assert.equal(begun(), MAX_QUESTIONS)
  answer()
  await turns()
  assert.equal(begun(), MAX_QUESTIONS + 2)
  answer()
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([7]))
})

test('of a disk that does not answer nothing more is asked until it has, and what came too late is dropped', async () => {
  const { ask, begun, answer } = questions()
  const dropped: number[] = []
  const asked = Array.from({ length: MAX_QUESTIONS + 2 }, () => askDisk('/mnt/nas', ask, (late) => dropped.push(late)))
  const told = Promise.all(asked.map(outcome))
  mock.timers.tick(ANSWER_MS)
  for (const each of await told) assert.match(each, /^the disk or share of \/mnt\/nas does not answer/)
  assert.match(await outcome(askDisk('/mnt/nas', ask)), /does not answer/)
  assert.equal(begun(), MAX_QUESTIONS, 'so many threads wait for it, and no more')
  assert.equal(await askDisk('/mnt/other', async () => 1), 1, 'another disk is asked')
  answer()
  await turns()
  assert.deepEqual(dropped, Array.from({ length: MAX_QUESTIONS }, () => 7))
  assert.equal(await askDisk('/mnt/nas', async () => 1), 1)
})

test('a file on it is closed when it answers, and nobody waits for that', async () => {
  const { ask, answer } = questions()
  const told = outcome(askDisk('/mnt/nas', ask))
  mock.timers.tick(ANSWER_MS)
  await told
  let isClosed = false
  await leaveDisk('/mnt/nas', async () => { isClosed = true })
  assert.equal(isClosed, false)
  answer()
  await turns()
  assert.equal(isClosed, true)
})

test('when too many do not answer, none is asked: the threads that are left are the node\'s own', async () => {
  const { ask, begun, answer } = questions()
  const folders = Array.from({ length: MAX_ALL_QUESTIONS / MAX_QUESTIONS }, (_, i) => `/mnt/${i}`)
  const asked = folders.flatMap((folder) => Array.from({ length: MAX_QUESTIONS }, () => askDisk(folder, ask)))
  const told = Promise.all(asked.map(outcome))
  const waiting = outcome(askDisk('/mnt/well', ask))
  mock.timers.tick(ANSWER_MS)
  assert.match(await waiting, /^\/mnt\/well is not looked at: too many other disks/)
  await told
  assert.equal(begun(), MAX_ALL_QUESTIONS)
  answer()
  await turns()
  assert.equal(await askDisk('/mnt/well', async () => 1), 1)
})

test.run()
