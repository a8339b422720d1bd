import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import type { JobView } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { motionRoutes } from '../../../node/http/routes/motion.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'
import { createMotions } from '../../../node/understanding/motion/motions.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'

const test = suite('motion over HTTP')
const PASSWORD = 'four words of mine'

let place: TestPlace
let token: string
let jobs: Jobs
const ids: Record<string, AssetId> = {}

test.before(async () => {
  jobs = createJobs({ node: 'alder', log: silentLog })
  place = await testPlace({ more: (ring) => [motionRoutes({ ring: ring as never, motions: createMotions({ ring, originals: {}, jobs, names: {} } as never, { folder: '/nowhere' }) })] })
  await place.records.put('albums', 'wedding', { name: 'Wedding' })
  for (const [name, album] of [['kiss', 'wedding'], ['plan', '']] as const) {
    const id = ids[name] = createHash('sha256').update(name).digest('hex') as AssetId
    assert.equal((await place.ask(`/api/v1/assets?name=${name}.mp4`, { method: 'POST', token: place.adminToken, body: name, headers: { 'content-type': 'video/mp4' } })).status, 200)
    if (album !== '') await place.library.ring.catalog.editAsset(id, { addAlbums: [album] })
  }
  await place.accounts.users.create({ name: 'Cutter', password: PASSWORD, role: 'editor', limited: true, albums: [{ album: 'wedding', may: 'edit' }] })
  token = (await place.accounts.signIn('cutter', PASSWORD, '127.0.0.1')).access
})
test.after(async () => {
  await jobs?.stop()
  await place?.end()
})

const ask = (path: string, as = token) => place.ask(`/api/v1/${path}`, { token: as })
const begin = (assets: readonly string[]): JobView => jobs.submit({ kind: 'motion', title: 'Motion', report: { assets }, run: async () => {} })

test('who sees one album only is told how far a search for motion is that they began there, and nothing of others', async () => {
  const [own, both, other] = [begin([ids['kiss']!]), begin([ids['kiss']!, ids['plan']!]), jobs.submit({ kind: 'scan', title: '/media', run: async () => {} })]
  const answer = await ask(`assets/${ids['kiss']}/motion/jobs/${own.id}`)
  assert.deepEqual([answer.status, answer.json<JobView>().id], [200, own.id])
  assert.equal((await ask(`jobs/${own.id}`)).status, 403, 'the jobs of the ring are none of theirs')
  for (const [film, job] of [['kiss', both.id], ['plan', both.id], ['kiss', other.id], ['kiss', 'none']] as const) assert.equal((await ask(`assets/${ids[film]}/motion/jobs/${job}`)).status, 404, `${film} ${job}`)
  assert.equal((await ask(`assets/${ids['plan']}/motion/jobs/${both.id}`, place.adminToken)).status, 200)
  assert.equal((await ask(`assets/${ids['plan']}/motion/jobs/${own.id}`, place.adminToken)).status, 404, 'of another film')
})

test('zones of one name are refused', async () => {
  const zone = { name: 'door', polygon: [[0, 0], [1, 0], [1, 1]] }
  const answer = await place.ask(`/api/v1/assets/${ids['kiss']}/motion`, { method: 'POST', token, body: JSON.stringify({ zones: [zone, zone] }), headers: { 'content-type': 'application/json' } })
  assert.equal(answer.status, 400)
})

test.run()
