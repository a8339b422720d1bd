import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { RefusedError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { counted } from '../../../node/jobs/counted.ts'
import { createJobs, type JobHandle } from '../../../node/jobs/jobs.ts'

const jobsOf = () => createJobs({ node: 'alder', log: silentLog })

test('a job tells of its files, and is done when its work is', async () => {
  const jobs = jobsOf()
  const { id } = jobs.submit({ kind: 'copy', title: 'two files', async run(job) {
    job.update({ filesTotal: 2 })
    job.note({ path: 'a', outcome: 'imported', assetId: null, copies: 2, reason: null })
    job.note({ path: 'b', outcome: 'refused', assetId: null, copies: 0, reason: 'damaged' })
  } })
  const done = await jobs.ended(id)
  assert.equal([done.state, done.filesTotal, done.imported, done.refused, done.results[0]?.path].join(), 'done,2,1,1,b')
})

test('what failed says why, and can be tried again under its id', async () => {
  const jobs = jobsOf()
  let tries = 0
  const { id } = jobs.submit({ kind: 'copy', title: 'x', async run() { if (++tries === 1) throw new Error('the disk is away: plug it in') } })
  const failed = await jobs.ended(id)
  assert.equal(`${failed.state}: ${failed.error}`, 'failed: the disk is away: plug it in')
  jobs.retry(id)
  assert.equal((await jobs.ended(id)).state, 'done')
  assert.throws(() => jobs.retry(id), /only a job that failed/)
})

test('a paused job does nothing until it goes on, and a cancelled one ends where it is', async () => {
  const jobs = jobsOf()
  const held = Promise.withResolvers<JobHandle>()
  const go = Promise.withResolvers<void>()
  let steps = 0
  const { id } = jobs.submit({ kind: 'copy', title: 'x', async run(job) {
    held.resolve(job)
    for (await go.promise; ; steps++) await job.turn()
  } })
  await held.promise
  assert.equal(jobs.pause(id).state, 'paused')
  go.resolve()
  await new Promise(setImmediate)
  assert.equal(steps, 0)
  jobs.cancel(id)
  assert.equal((await jobs.ended(id)).state, 'cancelled')
  assert.throws(() => jobs.cancel(id), /has ended/)
})

test('what can not wait in the middle of its work says so instead of being called paused', async () => {
  const jobs = jobsOf()
  const done = Promise.withResolvers<void>()
  const { id, pausable } = jobs.submit({ kind: 'backup', title: 'x', isPausable: false, run: () => done.promise })
  assert.equal(pausable, false)
  assert.throws(() => jobs.pause(id), (err: RefusedError) => err.status === 409 && /can not wait in the middle of its work/.test(err.message))
  assert.equal(jobs.find(id).state, 'running')
  done.resolve()
  assert.equal((await jobs.ended(id)).state, 'done')
})

test('bytes that a paused job reads are held back until it goes on, and counted', async () => {
  const jobs = jobsOf()
  const first = Promise.withResolvers<void>()
  let read = 0
  const source = async function* (): AsyncGenerator<Uint8Array> { for (; ; read++) yield Buffer.alloc(10) }
  const { id } = jobs.submit({ kind: 'copy', title: 'x', async run(job) {
    for await (const _piece of counted(source(), job)) {
      if (job.view.bytesDone === 10) jobs.pause(id)
      if (job.view.bytesDone === 10) first.resolve()
      if (job.view.bytesDone === 50) return
    }
  } })
  await first.promise
  await new Promise(setImmediate)
  assert.deepEqual([jobs.find(id).state, jobs.find(id).bytesDone, read], ['paused', 10, 1])
  jobs.resume(id)
  assert.equal((await jobs.ended(id)).bytesDone, 50)
})

test('stopping the node ends its jobs, and says so in them', async () => {
  const jobs = jobsOf()
  const { id } = jobs.submit({ kind: 'copy', title: 'x', async run(job) { for (;;) { await job.turn(); await new Promise(setImmediate) } } })
  await jobs.stop()
  assert.match(jobs.find(id).error ?? '', /the node was stopped/)
})

test.run()
