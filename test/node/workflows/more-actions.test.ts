import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AlbumView, BatchView, JobView } from '#protocols/http.ts'
import { silentLog } from '#ring/base/log.ts'
import type { JobTask, Jobs } from '../../../node/jobs/jobs.ts'
import { createJobs } from '../../../node/jobs/jobs.ts'
import type { Actions } from '../../../node/workflows/actions.ts'
import { endedJob } from '../../../node/workflows/ended-job.ts'
import { createMoreActions, type MoreActionsComponents } from '../../../node/workflows/more-actions.ts'

const ID = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
interface Context { jobs: Jobs; did: string[]; actions: Actions; report: Record<string, unknown>; edited: { changed: unknown[]; missing: string[]; failed: Array<{ ids: string[]; reason: string }> } }
const test = suite<Context>('what other parts offer to workflows')

const batch = (id: string, name: string): BatchView => ({ id, name }) as BatchView
const asset = (id: string, of: string) => ({ facts: { id, name: `${of}.mp4`, size: 1, mime: 'video/mp4', kind: 'video', importedAtMs: 1, probe: {}, batch: of }, locations: [{ node: 'alder', path: `/media/${of}.mp4` }], tags: [], albums: [], made: {}, found: {}, marks: {}, fields: {}, sidecars: {}, title: '', notes: '', rating: 0, editedAtMs: 0 })
const folder = (id: string, name: string, path: string) => ({ id, name, path })

test.before.each((context) => {
  const { did } = Object.assign(context, { did: [], report: { placed: 2, same: 1, failed: 0 }, edited: { changed: [1], missing: [], failed: [] } }) as Context
  const jobs = context.jobs = createJobs({ node: 'alder', log: silentLog })
  const job = (kind: string): JobView => jobs.submit({ kind, title: kind, async run(handle) { handle.update({ report: context.report }) } })
  const albums = [{ id: '1', name: 'Alpha', path: 'Alpha' }, { id: '2', name: 'Day', path: 'Alpha/Day' }, { id: '3', name: 'Day', path: 'Beta/Day' }] as AlbumView[]
  const assets = [asset(ID, 'one'), asset(OTHER, 'two')]
  context.actions = createMoreActions({
    jobs,
    catalog: {
      index: { assets: ({ batch: of }: { batch: string }) => { const found = assets.filter(({ facts }) => facts.batch === of); return { assets: found, total: found.length } } },
      async editAssets(ids: string[], patch: unknown) { did.push(`edit ${ids.length} ${JSON.stringify(patch)}`); return context.edited }
    },
    parts: {
      folders: { own: () => [folder('f1', 'nas', '/media/nas'), folder('f2', 'nas', '/media/other')], remove: async (id: string) => { did.push(`remove ${id}`) }, add: async (path: string) => ({ path }), holding: async (path: string) => { if (!path.startsWith('/media')) throw new Error(`${path} lies in no folder`) } },
      scans: { forget: async () => {}, scan: async (path: string, { batch: { name } = { name: '' } } = {}) => { did.push(`scan ${path} as ${name}`); return job('scan') } }
    },
    organise: {
      albums: { all: () => albums }, selected: { ids: async ({ query: { q } }: { query: { q: string } }) => { did.push(`find ${q}`); return [ID, OTHER] } },
      batches: { list: () => ({ batches: [batch('one', 'day1'), batch('two', 'day1'), batch('three', 'empty')], total: 3 }), undo: async ({ name }: { name: string }, id: string) => { did.push(`${name} undoes ${id}`); return { trashed: 2, leftCount: 1 } } },
      syncs: { sync: async (id: string, request: object) => { did.push(`sync ${id} ${JSON.stringify(request)}`); return job('sync_album') } }
    },
    rolls: { offload: async (request: object) => { did.push(`offload ${JSON.stringify(request)}`); return job('offload') } }
  } as unknown as MoreActionsComponents)
})
test.after.each(({ jobs }) => jobs.stop())

test('an album is named by its path, its name or its id, and goes below the folder of its category', async ({ actions, did }) => {
  const found = await actions.syncAlbum!({ root: '/out', album: 'Alpha/Day', category: 'edit' }, { dryRun: true })
  assert.deepEqual(found, { album: 'Alpha/Day', category: 'edit', synced: 2, skipped: 1, dest: '/out/edit' })
  await actions.syncAlbum!({ root: '/out', album: '1', copy: false }, { dryRun: false })
  assert.deepEqual(did, ['sync 2 {"folder":"/out/edit","template":"{album}/{name}","mode":"copy","dryRun":true}', 'sync 1 {"folder":"/out","template":"{album}/{name}","mode":"hardlink","dryRun":false}'])
  for (const [album, why] of [['Day', /several albums are called "Day": name one by its path/], ['Gamma', /there is no album "Gamma"/]] as const) await assert.rejects(actions.syncAlbum!({ root: '/out', album }, { dryRun: true }), why)
  for (const category of ['..', 'a/b']) await assert.rejects(actions.syncAlbum!({ root: '/out', album: '1', category }, { dryRun: true }), /the name of one folder/)
})

test('a file of an album that did not get to its place fails the step', async (context) => {
  context.report = { placed: 1, same: 0, failed: 1 }
  await assert.rejects(context.actions.syncAlbum!({ root: '/out', album: 'Alpha' }, { dryRun: false }), /1 files were put there, 1 were not/)
})

test('many are edited in one step, found or named; what is missing or refused is said', async (context) => {
  const { actions, did } = context
  assert.equal(await actions.edit!({ ids: [ID], query: 'tag:x' }, { rating: 3 }, { dryRun: true }), 2)
  assert.deepEqual(did, ['find tag:x'])
  assert.equal(await actions.edit!({ ids: [ID, ID] }, { rating: 3, add_tags: ['y'] }, { dryRun: false }), 1)
  assert.equal(did[1], 'edit 1 {"rating":3,"addTags":["y"]}')
  context.edited = { changed: [1], missing: [OTHER], failed: [] }
  await assert.rejects(actions.edit!({ ids: [ID, OTHER] }, { rating: 3 }, { dryRun: false }), /1 assets were changed, but 1 are not in the library: b{64}/)
  context.edited = { changed: [], missing: [], failed: [{ ids: [ID], reason: 'the document is full' }] }
  await assert.rejects(actions.edit!({ ids: [ID] }, { rating: 3 }, { dryRun: false }), /0 of 1 assets were changed, the rest was not: the document is full/)
  await assert.rejects(actions.edit!({ query: ' ' }, { rating: 3 }, { dryRun: false }), /say what to look for/)
})

test('imports of one name are one batch; taking it back takes back each, in the name of who asks', async ({ actions, did }) => {
  const { list, show, remove } = actions.batches!
  assert.deepEqual(await list(), [{ batch: 'day1', count: 2 }])
  assert.deepEqual((await show('day1') as Array<{ id: string; batch: string }>).map(({ id, batch: of }) => [id, of]), [[ID, 'day1'], [OTHER, 'day1']])
  assert.deepEqual((await show('two') as Array<{ id: string }>).map(({ id }) => id), [OTHER])
  await assert.rejects(show('empty'), /there is no batch "empty"/)
  assert.deepEqual(await remove('day1', { kind: 'user', id: 'u', name: 'Somebody' }), { removed: 4, left: 2 })
  assert.equal(await remove('nothing'), undefined)
  assert.deepEqual(did, ['Somebody undoes one', 'Somebody undoes two'])
})

test('a batch of paths is scanned one after the other as one import, and not at all when one may not be read', async ({ actions, did, jobs }) => {
  await assert.rejects(actions.batches!.add({ name: 'x', paths: ['/media/a', '/etc'] }), /\/etc lies in no folder/)
  assert.deepEqual([did, jobs.list()], [[], []])
  const { job_id } = await actions.batches!.add({ name: 'x', paths: ['/media/a', '/media/b'] }) as { job_id: string }
  assert.equal((await jobs.ended(job_id)).state, 'done')
  assert.deepEqual(did, ['scan /media/a as x', 'scan /media/b as x'])
})

test('folders are listed, added and removed by path; a name of two is none', async ({ actions, did }) => {
  const { list, add, remove } = actions.paths!
  assert.deepEqual(await list(), ['/media/nas', '/media/other'])
  assert.deepEqual(await add('/media/new'), { added: '/media/new' })
  await assert.rejects(remove('nas'), /several folders are called "nas": name one by its path/)
  assert.deepEqual([await remove('/media/other'), await remove('/none'), did], [true, false, ['remove f2']])
})

test('a card is counted in a dry run, and offloaded otherwise', async ({ actions, did }) => {
  const card = await mkdtemp(join(tmpdir(), 'thatdam-card-'))
  try {
    await assert.rejects(actions.offload!({ source: card }, { dryRun: true }), /there are no files/)
    await writeFile(join(card, 'a.mov'), 'abc')
    assert.deepEqual(await actions.offload!({ source: card, to: ['/raid'] }, { dryRun: true }), { files: 1, bytes: 3 })
    assert.deepEqual(did, [])
    assert.deepEqual(await actions.offload!({ source: card, to: ['/raid'] }, { dryRun: false }), { files: 1, bytes: 3 })
    assert.deepEqual(did, [`offload {"card":"${card}","to":["/raid"]}`])
  } finally {
    await rm(card, { recursive: true })
  }
})

test('who waits no longer for a job cancels it', async ({ jobs }) => {
  const task: JobTask = { kind: 'scan', title: 'x', run: ({ signal }) => once(signal, 'abort', { signal }).then(() => {}) }
  const { id } = jobs.submit(task)
  const stop = new AbortController()
  const waiting = endedJob(jobs, id, { signal: stop.signal })
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  assert.equal((await jobs.ended(id)).state, 'cancelled')
  const already = jobs.submit(task)
  await assert.rejects(endedJob(jobs, already.id, { signal: stop.signal }), /enough/)
  assert.equal((await jobs.ended(already.id)).state, 'cancelled')
})

test.run()
