import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fastify from 'fastify'
import { suite } from 'uvu'
import type { JobView, SavedSearchList } from '#protocols/http.ts'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import type { Asset } from '#ring'
import { nameSteps } from '../../../node/http/name-steps.ts'
import { savedSearchRoutes } from '../../../node/http/routes/saved-searches.ts'
import { LOCAL } from '../../../node/http/who.ts'
import type { JobTask } from '../../../node/jobs/jobs.ts'
import { decide } from '../../../node/library/duplicates.ts'
import { MAX_ENTRIES } from '../../../node/organise/history.ts'
import { createOrganise, type Organise } from '../../../node/organise/organise.ts'
import { writeXmp } from '../../../node/organise/xmp/write-xmp.ts'
import { createTakeRecords } from '../../../node/understanding/takes/take-records.ts'
import { createTakes } from '../../../node/understanding/takes/takes.ts'
import { assetIdOf, FakeRing, type FakeNode, someFacts } from '../../ring/catalog/fake-ring.ts'

interface Context { ring: FakeRing; alder: FakeNode; organise: Organise; folder: string; jobs: Promise<void>[] }
const test = suite<Context>('undo')
const ME = { kind: 'user', id: '1', name: 'Editor one' }
const names = ['a', 'b', 'c'].map((letter) => `clip ${letter}`)
const ids = names.map(assetIdOf) as [AssetId, AssetId, AssetId]

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-undo-'))
  context.ring = new FakeRing()
  context.alder = await context.ring.node('alder')
  context.jobs = []
  const jobs = { register() {}, submit: ({ run }: JobTask) => { context.jobs.push(run({ turn: async () => {}, note() {}, update() {}, view: { filesDone: 0, filesTotal: 0 } } as never)); return {} as JobView } }
  context.organise = createOrganise({ ring: { name: 'alder', self: 'alder', catalog: context.alder.catalog } as never, originals: {} as never, folders: { allowing: () => ({ path: context.folder }) as never }, jobs: jobs as never, log: silentLog }, { data: context.folder })
  for (const name of names) await context.alder.catalog.addAsset(someFacts(name), { node: 'alder' as PeerId, path: join(context.folder, name) })
})
test.after.each(async ({ ring, folder }) => {
  await ring.end()
  await rm(folder, { recursive: true })
})

/** All that people may have changed of the three. */
async function stateOf({ alder }: Context): Promise<unknown> {
  return Promise.all(ids.map(async (id) => { const { editedAtMs: _edited, ...rest } = await alder.catalog.asset(id) as Asset; return rest }))
}

for (const action of ['trash', 'stack', 'apart'] as const) {
  test(`what was decided about look-alikes (${action}) is one step, and undone whole`, async (context) => {
    const { alder: { catalog }, organise: { edits, history } } = context
    await edits.one(ME, ids[0], { addTags: ['mine'], rating: 2, notes: 'first' })
    await edits.one(ME, ids[1], { addTags: ['theirs'], rating: 5, notes: 'second', marks: { licence: 'CC BY' } })
    const [before, steps] = [await stateOf(context), history.list(ME).length]
    const { undo } = await decide({ keep: ids[0], others: [ids[1], ids[2]], action }, ME, { catalog, edits })
    const after = await stateOf(context)
    assert.notDeepEqual(after, before)
    assert.equal(history.list(ME).length, steps + 1)
    assert.deepEqual((await history.undo(ME, undo ?? '')).left, [])
    assert.deepEqual(await stateOf(context), before)
    await history.redo(ME)
    assert.deepEqual((await stateOf(context) as Asset[]).map(({ tags, notes, rating, found, marks }) => ({ tags, notes, rating, found, marks })), (after as Asset[]).map(({ tags, notes, rating, found, marks }) => ({ tags, notes, rating, found, marks })))
  })
}

test('sidecars that took the place of people\'s words are one step, and undone whole', async (context) => {
  const { alder, organise: { edits, history, xmp }, folder, jobs } = context
  await edits.many(ME, ids, { title: 'Mine', rating: 1 })
  const before = await stateOf(context)
  const [one] = before as [Asset]
  for (const name of names) {
    await writeFile(join(folder, name), Buffer.alloc(one.facts.size))
    await writeFile(join(folder, `${name}.xmp`), writeXmp({ ...one, title: `Theirs of ${name}`, rating: 4 }))
  }
  xmp.read(ME, { ids: [...ids] }, true)
  await Promise.all(jobs)
  assert.deepEqual(ids.map((id) => alder.catalog.index.asset(id)?.title), names.map((name) => `Theirs of ${name}`))
  const { entry, left } = await history.undo(ME)
  assert.deepEqual([entry.assets, left], [3, []])
  assert.deepEqual((await stateOf(context) as Asset[]).map((asset) => ({ ...asset, found: one.found })), before) // that they were read stays known
})

test('a saved search that was deleted comes back with all it had', async ({ alder, organise: { edits, history } }) => {
  const app = fastify()
  app.decorateRequest('who', { getter: () => LOCAL })
  await app.register(savedSearchRoutes({ ring: { catalog: { records: alder.catalog.records, search: { ids: async () => [] } as never } }, edits }))
  const list = async () => (await app.inject('/api/v1/searches')).json<SavedSearchList>().searches
  const { id } = (await app.inject({ method: 'POST', url: '/api/v1/searches', payload: { name: 'Interviews', q: 'maren', sort: 'name' } })).json<{ id: string }>()
  await app.inject({ method: 'PATCH', url: `/api/v1/searches/${id}`, payload: { name: 'Talks' } })
  const before = await list()
  assert.equal((await app.inject({ method: 'DELETE', url: `/api/v1/searches/${id}` })).statusCode, 204)
  assert.deepEqual(await list(), [])
  await history.undo(LOCAL)
  assert.deepEqual(await list(), before)
  await history.undo(LOCAL)
  assert.deepEqual((await list()).map(({ name }) => name), ['Interviews'])
  await history.undo(LOCAL)
  assert.deepEqual(await list(), [])
  await app.close()
})

test('every edit\'s answer names the step it was, and that very step is undone, once, whatever was done since', async ({ alder, organise: { edits, history } }) => {
  const app = fastify()
  app.decorateRequest('who', null as never)
  app.addHook('onRequest', async (request) => { request.who = LOCAL })
  nameSteps(app)
  await app.register(savedSearchRoutes({ ring: { catalog: { records: alder.catalog.records, search: { ids: async () => [] } as never } }, edits }))
  const send = async (method: 'PATCH' | 'POST' | 'DELETE', url: string, payload?: object) => app.inject({ method, url, ...payload && { payload } })
  const made = await send('POST', '/api/v1/searches', { name: 'Interviews', q: 'maren', sort: 'name' })
  const path = `/api/v1/searches/${made.json<{ id: string }>().id}`
  assert.equal((await send('PATCH', path, { name: 'Interviews' })).headers['undo'], undefined, 'nothing changed')
  const removed = await send('DELETE', path)
  await edits.one(LOCAL, ids[0], { rating: 4 })
  assert.deepEqual(history.list(LOCAL).map(({ id }) => id).slice(1), [removed.headers['undo'], made.headers['undo']])
  await history.undo(LOCAL, String(removed.headers['undo']))
  assert.deepEqual([alder.catalog.records.list('searches').length, alder.catalog.index.asset(ids[0])?.rating], [1, 4])
  await assert.rejects(history.undo(LOCAL, String(removed.headers['undo'])), { status: 409, message: 'deleted the saved search Interviews is undone already' })
  await app.close()
})

test('whoever asks twice at once takes two steps back, and two forth', async ({ alder, organise: { edits, history } }) => {
  for (const rating of [3, 5]) await edits.one(ME, ids[0], { rating })
  const rating = () => alder.catalog.index.asset(ids[0])?.rating
  const undone = await Promise.all([history.undo(ME), history.undo(ME), history.undo(ME).catch(({ code }: { code: string }) => code)])
  assert.deepEqual([rating(), undone.map((one) => typeof one === 'string' ? one : [one.restored, one.leftCount])], [0, [[1, 0], [1, 0], 'ERR_NOT_FOUND']])
  await Promise.all([history.redo(ME), history.redo(ME)])
  assert.equal(rating(), 5)
})

test('a take that was dissolved, and recordings that were moved and taken out of it, are as they were', async ({ alder: { catalog }, organise: { edits, history } }) => {
  const records = createTakeRecords(catalog.records)
  const takes = createTakes({ ring: { catalog }, footage: {} as never, records, edits, syncs: {} as never, jobs: { register() {} } as never })
  const angle = (asset: AssetId, offsetMs: number) => ({ recording: asset, offsetMs, driftPpm: 0, by: 'sound' as const, confidence: 0.9 })
  const before = await records.create({ name: 'One', by: '', angles: ids.map((id, at) => angle(id, at * 100)) })
  await takes.change(ME, before.id, { name: 'Two', move: [{ recording: ids[1], offsetMs: 7 }], remove: [ids[2]] })
  await takes.dissolve(ME, before.id)
  assert.deepEqual(records.list(), [])
  await history.undo(ME)
  assert.deepEqual([records.find(before.id).name, records.find(before.id).angles.length], ['Two', 2])
  await history.undo(ME)
  assert.deepEqual(records.find(before.id), before)
  await assert.rejects(history.undo(ME), { code: 'ERR_NOT_FOUND' })
})

test('who takes back taking an import back has the clips and may take it back again', async (context) => {
  const { alder: { catalog }, organise: { batches, history, importing } } = context
  const id = assetIdOf('clip new')
  const importer = importing({
    async importFile(path, { batch } = {}) {
      await catalog.addAsset({ ...someFacts('clip new'), batch: batch?.id } as never, { node: 'alder' as PeerId, path })
      return { path, outcome: 'imported', assetId: id, copies: 1, reason: null }
    },
    importKnown: async () => assert.fail('nothing is known')
  })
  await importer.importFile(join(context.folder, 'clip new'), { batch: { id: 'scan-1', source: 'scan' } })
  const { undo, trashed } = await batches.undo(ME, 'scan-1')
  assert.deepEqual([trashed, catalog.index.asset(id), batches.find('scan-1').undoneMs !== null], [1, undefined, true])
  await history.undo(ME, undo ?? '')
  assert.deepEqual([catalog.index.asset(id)?.facts.name, batches.find('scan-1').undoneMs], ['clip new', null])
  await batches.stop()
  assert.equal(batches.find('scan-1').undoneMs, null, 'nor does what was still to be written of it say so')
  assert.equal((await batches.undo(ME, 'scan-1')).trashed, 1)
})

test('what somebody else brought, too, stays when an import is taken back, until theirs is taken back; a folder that is scanned once more brings nothing', async (context) => {
  const { alder: { catalog }, organise: { batches, importing } } = context
  const importer = importing({
    async importFile(path, { batch } = {}) {
      const { created } = await catalog.addAsset({ ...someFacts(basename(path)), batch: batch?.id } as never, { node: 'alder' as PeerId, path })
      return { path, outcome: created ? 'imported' : 'known', assetId: assetIdOf(basename(path)), copies: 1, reason: null }
    },
    importKnown: async (id, { shownPath }) => ({ path: shownPath, outcome: 'known', assetId: id, copies: 0, reason: null })
  })
  for (const name of ['both', 'known', 'mine', 'sidecar.xml']) await importer.importFile(join(context.folder, name), { batch: { id: 'ann', source: 'upload', name: 'of Ann' } })
  await importer.importFile(join(context.folder, 'both'), { batch: { id: 'bob', source: 'upload', name: 'of Bob' } })
  await importer.importKnown(assetIdOf('known'), { shownPath: 'known', batch: { id: 'bob', source: 'upload', name: 'of Bob' } })
  await importer.importFile(join(context.folder, 'sidecar.xml'), { batch: { id: 'bob', source: 'upload', name: 'of Bob' } })
  const dry = await batches.undo(ME, 'ann', true)
  assert.deepEqual([dry.trashed, dry.leftCount, dry.left.map(({ reason }) => reason)], [2, 2, Array(2).fill('it came with of Bob, too')])
  const done = await batches.undo(ME, 'ann')
  assert.deepEqual([done.trashed, done.leftCount, catalog.index.asset(assetIdOf('both'))?.facts.name, catalog.index.asset(assetIdOf('mine'))], [2, 2, 'both', undefined])
  await batches.undo(ME, 'bob')
  assert.equal((await batches.undo(ME, 'ann')).trashed, 2)
  for (const id of ['scan-1', 'scan-2']) await importer.importFile(join(context.folder, 'scanned'), { batch: { id, source: 'scan', name: 'day1' } })
  assert.equal((await batches.undo(ME, 'scan-1', true)).trashed, 1)
  await batches.stop()
})

test('a step that grows while it is undone goes on as another one', async ({ alder, organise: { edits, history } }) => {
  const step = edits.series(ME, 'many')
  await step.assets([ids[0]], { rating: 3 })
  await step.assets([ids[0]], { rating: 4 })
  await history.undo(ME, step.undo ?? '')
  assert.equal(alder.catalog.index.asset(ids[0])?.rating, 0, 'as before the first of its edits')
  await step.assets([ids[1]], { rating: 5 })
  assert.equal(history.list(ME)[0]?.assets, 1)
  await history.undo(ME)
  assert.deepEqual(ids.map((id) => alder.catalog.index.asset(id)?.rating), [0, 0, 0])
})

test(`of somebody who goes on and on the newest ${MAX_ENTRIES} edits are kept`, async ({ organise: { edits, history } }) => {
  for (let i = 1; i <= MAX_ENTRIES + 3; i++) await edits.put(ME, 'albums', 'a', { name: `name ${i}` }, `step ${i}`)
  const titles = history.list(ME).map(({ title }) => title)
  assert.deepEqual([titles.length, titles[0], titles.at(-1)], [MAX_ENTRIES, `step ${MAX_ENTRIES + 3}`, 'step 4'])
})

test.run()
