import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { JobView } from '#protocols/http.ts'
import { silentLog } from '#ring/base/log.ts'
import { createJobs } from '../../../node/jobs/jobs.ts'
import { MAX_JOBS_KEPT, MAX_JOBS_OF_KIND, surplusOf } from '../../../node/jobs/kept-jobs.ts'

let count = 0
const job = (kind: string, change: Partial<JobView> = {}): JobView => ({ id: `${kind} ${++count}`, kind, state: 'done', startedMs: count, endedMs: count, ...change }) as JobView
const many = (n: number, make: () => JobView): JobView[] => Array.from({ length: n }, make)
const runOf = (workflow: string, change: Partial<JobView> = {}): JobView => job('workflow', { report: { workflow }, ...change })

test('what the node does by itself pushes out neither runs of workflows nor what failed', () => {
  const runs = [runOf('night'), runOf('night', { state: 'failed' })]
  const failed = job('proxy', { automatic: true, state: 'failed' })
  const proxies = many(MAX_JOBS_OF_KIND * 3, () => job('proxy', { automatic: true }))
  const gone = surplusOf([...runs, failed, ...proxies])
  assert.equal(gone.length, 1 + proxies.length - MAX_JOBS_OF_KIND)
  assert.ok([...runs, failed, ...proxies.slice(-10)].every((each) => !gone.includes(each)))
})

test('a workflow that runs often leaves the runs of the others', () => {
  const weekly = runOf('weekly')
  const gone = surplusOf([weekly, ...many(MAX_JOBS_OF_KIND + 3, () => runOf('every-minute'))])
  assert.deepEqual([gone.length, gone.includes(weekly)], [3, false])
})

test('of too many in all goes first what the node began by itself and is done, then what else is done, never what runs', () => {
  const kinds = Array.from({ length: Math.ceil(MAX_JOBS_KEPT / MAX_JOBS_OF_KIND) }, (_, i) => `kind ${i}`)
  const failed = kinds.flatMap((kind) => many(MAX_JOBS_OF_KIND, () => job(kind, { state: 'failed' }))).slice(0, MAX_JOBS_KEPT - 2)
  const running = job('scan', { state: 'running', endedMs: null })
  const [own, asked] = [job('derive', { automatic: true }), job('copy')]
  assert.deepEqual(surplusOf([running, asked, own, ...failed]), [own])
  assert.deepEqual(surplusOf([running, asked, own, ...failed, job('scan', { state: 'failed' })]), [own, asked])
})

test('a node forgets its jobs that way', async () => {
  const jobs = createJobs({ node: 'alder', log: silentLog })
  const run = jobs.submit({ kind: 'workflow', title: 'night', async run(handle) { handle.update({ report: { workflow: 'night' } }) } })
  for (let i = 0; i <= MAX_JOBS_OF_KIND + 20; i++) await jobs.ended(jobs.submit({ kind: 'proxy', title: `${i}`, isAutomatic: true, async run() {} }).id)
  assert.equal(jobs.find(run.id).state, 'done')
  assert.ok(jobs.list().length <= MAX_JOBS_OF_KIND + 2)
})

test.run()
