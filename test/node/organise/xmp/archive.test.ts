import assert from 'node:assert/strict'
import fastify from 'fastify'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../../node/http/errors.ts'
import { xmpRoutes } from '../../../../node/http/routes/organise/packages.ts'
import { createSelected } from '../../../../node/organise/selected.ts'
import { createXmpJobs } from '../../../../node/organise/xmp/xmp-jobs.ts'
import { MAX_ZIP_FILES } from '../../../../node/organise/zip.ts'
import { someFacts } from '../../../ring/catalog/fake-ring.ts'

const EMPTY = { title: '', notes: '', rating: 0, tags: [], albums: [], fields: {}, marks: { licence: '', label: '', flag: '', state: '', stack: '' }, made: {}, found: {}, locations: [] }
const test = suite('an archive of sidecars')

test('more than an archive holds are refused before any of it is sent, by ids or by a query', async () => {
  const ids = Array.from({ length: MAX_ZIP_FILES + 1 }, (_, i) => i.toString(16).padStart(64, '0'))
  const catalog = { search: { ids: async () => ids } }
  const selected = createSelected({ catalog: catalog as never, albums: {} as never })
  const app = fastify()
  handleErrors(app, silentLog)
  await app.register(xmpRoutes({ selected, xmp: { files: () => { throw new Error('it was begun') } } as never }))
  for (const payload of [{ ids }, { query: {} }]) {
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/api/v1/xmp/package', payload })
    assert.equal(statusCode, 400)
    assert.match(body, /60001 sidecars; at most 60000 fit into one archive/)
  }
  await app.close()
})

test('names of an archive are such that every file system takes them, and differ, whatever the clips are called', async () => {
  const names = ['海'.repeat(120) + '.mp4', '海'.repeat(121) + '.mp4', 'a/b:c.mp4', '😀'.repeat(100) + '.MOV']
  const assets = names.map((name, at) => ({ ...EMPTY, facts: { ...someFacts(`clip ${at}`), name } }))
  const jobs = createXmpJobs({ jobs: { register() {} } as never, sidecars: {} as never, edits: {} as never, selected: { async *assets() { yield* assets } } as never })
  const told: string[] = []
  for await (const { name } of jobs.files({ query: {} })) told.push(name)
  assert.ok(told.every((name) => Buffer.byteLength(name) <= 255 && name.isWellFormed()), told.join())
  assert.deepEqual(told.map((name) => /\.\w+\.xmp$/.exec(name)?.[0]), ['.mp4.xmp', '.mp4.xmp', '.mp4.xmp', '.MOV.xmp'])
  assert.deepEqual([new Set(told).size, told[2]], [4, 'a_b_c.mp4.xmp'])
})

test.run()
