import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createJobJournal } from '../../../node/jobs/job-journal.ts'
import { MAX_JOBS_OF_KIND } from '../../../node/jobs/kept-jobs.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'

const test = suite<{ folder: string }>('jobs over the end of a node')
test.before.each(async (context) => { context.folder = await mkdtemp(join(tmpdir(), 'thatdam-jobs-')) })
test.after.each(({ folder }) => rm(folder, { recursive: true }))

async function nodeIn(folder: string): Promise<Jobs> {
  const jobs = createJobs({ node: 'alder', log: silentLog, journal: createJobJournal({ folder, log: silentLog }) })
  jobs.register('copy', ({ from }) => ({ kind: 'copy', title: `from ${String(from)}`, params: { from }, async run(job) { job.update({ step: 'again' }) } }))
  await jobs.start()
  return jobs
}

test('what ended is known to the next run of the node, with its files and reasons', async ({ folder }) => {
  const first = await nodeIn(folder)
  const { id } = first.submit({ kind: 'copy', title: 'one', async run(job) {
    job.note({ path: 'b', outcome: 'refused', assetId: null, copies: 0, reason: 'damaged' })
    throw new Error('the card was pulled: put it in again')
  } })
  await first.ended(id)
  await first.stop()
  const { state, error, results, node } = (await nodeIn(folder)).find(id)
  assert.deepEqual([state, error, results[0]?.reason, node], ['failed', 'the card was pulled: put it in again', 'damaged', 'alder'])
})

test('what ran when the power went is interrupted, and is tried again by its kind', async ({ folder }) => {
  const first = await nodeIn(folder)
  const forever = Promise.withResolvers<void>()
  const { id } = first.submit({ kind: 'copy', title: 'one', params: { from: 'card' }, run: () => forever.promise })
  const alien = first.submit({ kind: 'alien', title: 'two', run: () => forever.promise })
  await untilWritten(folder, alien.id)
  const second = await nodeIn(folder) // the first never said goodbye
  assert.deepEqual([second.find(id).state, second.find(id).endedMs === null], ['interrupted', false])
  assert.match(second.find(id).error ?? '', /try it again/)
  assert.deepEqual([second.find(id).retryable, second.find(alien.id).retryable], [true, false])
  assert.match(second.find(alien.id).error ?? '', /begin it anew where it was begun/)
  assert.throws(() => second.retry(alien.id), /can not be made again/)
  second.retry(id)
  const done = await second.ended(id)
  assert.deepEqual([done.state, done.title, done.step], ['done', 'from card', 'again'])
  forever.resolve()
  await first.stop()
})

test('a line that was cut off costs that line, and only the newest jobs are kept', async ({ folder }) => {
  const first = await nodeIn(folder)
  const ids = Array.from({ length: MAX_JOBS_OF_KIND + 5 }, (_, i) => first.submit({ kind: 'copy', title: String(i), async run() {} }).id)
  await Promise.all(ids.slice(-5).map((id) => first.ended(id)))
  await first.stop()
  await appendFile(join(folder, 'history.jsonl'), '{"view":{"id":"half')
  const second = await nodeIn(folder)
  assert.equal(second.list().length, MAX_JOBS_OF_KIND)
  assert.equal(second.find(ids.at(-1) ?? '').state, 'done')
  assert.equal((await readFile(join(folder, 'history.jsonl'), 'utf8')).split('\n').length, MAX_JOBS_OF_KIND + 1)
})

test('a disk that refuses the journal keeps no node from starting, and what comes next is written once it takes it', async ({ folder }) => {
  const first = await nodeIn(folder)
  const before = first.submit({ kind: 'copy', title: 'before', async run() {} })
  await first.ended(before.id)
  await first.stop()
  await appendFile(join(folder, 'history.jsonl'), '{"view":{"id":"half')
  await mkdir(join(folder, 'history.jsonl.tmp')) // no file is written there
  const second = await nodeIn(folder)
  assert.equal(second.find(before.id).title, 'before')
  await rmdir(join(folder, 'history.jsonl.tmp'))
  const after = second.submit({ kind: 'copy', title: 'after', async run() {} })
  await second.ended(after.id)
  await second.stop()
  assert.deepEqual((await nodeIn(folder)).list().map(({ title }) => title).toSorted(), ['after', 'before'])
})

async function untilWritten(folder: string, id: string): Promise<void> {
  for (let text = ''; !text.includes(id); text = await readFile(join(folder, 'history.jsonl'), 'utf8')) await new Promise(setImmediate)
}

test.run()
