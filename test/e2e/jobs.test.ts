// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetList, JobView } from '#protocols/http.ts'
import { makeWav } from '../faults/media.ts'
import { Random } from '../faults/random.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('jobs over the end of a node')
/** So many that a scan can be caught in the middle. */
const FILES = 60

let ring: TestRing
let alder: NodeProcess
let media: string

const job = (id: string): Promise<JobView> => ring.get<JobView>(`${alder.url}/api/v1/jobs/${id}`)

test.before(async () => {
  ring = await TestRing.create()
  media = join(ring.dir, 'media')
  await mkdir(media)
  const random = new Random(7, 'jobs')
  for (let i = 0; i < FILES; i++) await writeFile(join(media, `${i}.wav`), makeWav(random, 48_000))
  alder = await ring.begin('alder')
})
test.after(() => ring?.end())

test('a scan that a pulled plug cut short is tried again after the start, skips what is done, and ends well', async () => {
  assert.equal((await run('paths', 'add', media, '--node', alder.url)).code, 0)
  const { id } = await ring.send<JobView>('POST', `${alder.url}/api/v1/scan`, { path: media })
  await until(async () => (await job(id)).imported > 2, 'some of it is done')
  assert.equal((await job(id)).state, 'running')
  await alder.process.kill()
  alder = await ring.begin('alder')
  const cut = await job(id)
  assert.deepEqual([cut.state, cut.retryable, cut.error], ['interrupted', true, 'the node ended before it was through: try it again, what is done is skipped'])
  await ring.send<JobView>('POST', `${alder.url}/api/v1/jobs/${id}/retry`, {})
  const done = await until(async () => {
    const now = await job(id)
    return now.endedMs === null ? undefined : now
  }, 'the scan', 120_000)
  assert.deepEqual([done.state, done.error, done.imported + done.known], ['done', null, FILES])
  assert.ok(done.known > 2, `${done.known} were skipped`)
  assert.equal((await ring.get<AssetList>(`${alder.url}/api/v1/assets?limit=1`)).total, FILES)
})

test.run()
