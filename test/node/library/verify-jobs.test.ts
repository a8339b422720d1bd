import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { Ring, RingFindings } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createJobs } from '../../../node/jobs/jobs.ts'
import { createVerifyJobs, type VerifyJobsComponents } from '../../../node/library/verify-jobs.ts'

test('a verification that is paused has no further page of chunks read until it goes on', async () => {
  const jobs = createJobs({ node: 'alder', log: silentLog })
  const first = Promise.withResolvers<void>()
  let pages = 0
  async function everything({ turn }: Parameters<Ring['verification']['everything']>[0] = {}): Promise<RingFindings> {
    for (; pages < 3; pages++) {
      await turn?.()
      if (pages === 0) jobs.pause(id)
      if (pages === 0) first.resolve()
    }
    return { nodes: [], lost: [] }
  }
  const ring = { verification: { everything, unheld: async () => [] }, membership: { members: () => [] }, localChunks: { usage: () => ({ chunks: 0, usedBytes: 0 }) }, catalog: { index: { assets: () => ({ assets: [], total: 0 }) } } }
  const { id } = createVerifyJobs({ ring, originals: {}, jobs } as unknown as VerifyJobsComponents).everything()
  await first.promise
  await new Promise(setImmediate)
  assert.deepEqual([jobs.find(id).state, pages], ['paused', 1])
  jobs.resume(id)
  assert.deepEqual([(await jobs.ended(id)).state, pages], ['done', 3])
})

test.run()
