import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { JobView, SyncRequest } from '#protocols/http.ts'
import type { AssetId, ChunkId, PeerId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import type { Folder } from '../../../../node/folders/folder.ts'
import { createJobs, type Jobs } from '../../../../node/jobs/jobs.ts'
import { createOrganise, type Organise } from '../../../../node/organise/organise.ts'
import { MAX_SEGMENT_BYTES } from '../../../../node/organise/short-name.ts'
import { numbered, pathOf } from '../../../../node/organise/sync/path-template.ts'
import { createSyncs, type SyncsComponents } from '../../../../node/organise/sync/syncs.ts'
import { type FakeNode, FakeRing, someFacts } from '../../../ring/catalog/fake-ring.ts'
import { until } from '../../../support/until.ts'

interface Context { ring: FakeRing; alder: FakeNode; organise: Organise; jobs: Jobs; dir: string; out: string; album: string; sync: (more?: Partial<SyncRequest>) => Promise<JobView> }
const test = suite<Context>('an album as folders')
const ME = { kind: 'local', id: '', name: 'me' }
const blobs = new Map<ChunkId, Buffer>()

async function add({ alder, dir }: Context, name: string, text = `bytes of ${name}`, more: object = {}): Promise<AssetId> {
  const facts = someFacts(name, { id: createHash('sha256').update(text).digest('hex') as AssetId, size: text.length, ...more })
  blobs.set(facts.blob, Buffer.from(text))
  await writeFile(join(dir, 'originals', name.replaceAll('/', '_')), text)
  await alder.catalog.addAsset(facts, { node: 'alder' as PeerId, path: join(dir, 'originals', name.replaceAll('/', '_')) })
  return facts.id
}

async function tree(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  return all.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.thatdam')).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
}

test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.alder = await context.ring.node('alder')
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-sync-'))
  context.out = join(context.dir, 'out')
  await mkdir(join(context.dir, 'originals'))
  await mkdir(join(context.dir, 'data'))
  context.jobs = createJobs({ node: 'alder', log: silentLog })
  const ring = { catalog: context.alder.catalog, self: 'alder', name: 'alder', id: 'r', membership: { members: () => [] }, network: { publish: async () => {}, subscribe: () => {}, serve: () => {} }, blobs: { async *read(blob: ChunkId) { yield blobs.get(blob) } } }
  context.organise = createOrganise({ ring: ring as never, originals: { read: ({ facts: { blob } }, range, options) => (ring as unknown as { blobs: { read(...what: unknown[]): AsyncIterable<Uint8Array> } }).blobs.read(blob, range, options) }, folders: { allowing: () => ({ path: context.dir }) as Folder }, jobs: context.jobs, log: silentLog }, { data: join(context.dir, 'data') })
  await context.organise.start()
  const album = await context.organise.albums.create(ME, { name: 'Film' })
  context.album = album.id
  context.sync = async (more = {}) => context.jobs.ended((await context.organise.syncs.sync(album.id, { folder: context.out, ...more })).id)
})
test.after.each(async ({ ring, dir, jobs, organise }) => {
  await jobs.stop()
  await organise.stop()
  await ring.end()
  await rm(dir, { recursive: true, force: true })
})

test('files are copied by the template, and a second pass touches nothing', async (context) => {
  const { organise: { edits }, album, out, sync } = context
  const ids = [await add(context, 'a.mp4', 'a', { importedAtMs: Date.UTC(2025, 1, 3) }), await add(context, 'b.png', 'b', { kind: 'image', probe: { container: 'png', createdAtMs: Date.UTC(2024, 4, 6) } })]
  await edits.many(ME, ids, { addAlbums: [album] })
  const job = await sync({ template: '{year}/{album}/{type}/{name}' })
  assert.deepEqual([job.state, job.report], ['done', { placed: 2, same: 0, removed: 0, kept: 0, failed: 0 }])
  assert.deepEqual(await tree(out), ['2024/Film/image/b.png', '2025/Film/video/a.mp4'])
  assert.equal(await readFile(join(out, '2025/Film/video/a.mp4'), 'utf8'), 'a')
  assert.deepEqual((await sync({ template: '{year}/{album}/{type}/{name}' })).report, { placed: 0, same: 2, removed: 0, kept: 0, failed: 0 })
})

test('a foreign file is never written over, and what somebody changed stays theirs', async (context) => {
  const { organise: { edits }, album, out, sync } = context
  await mkdir(join(out, 'Film/video'), { recursive: true })
  await writeFile(join(out, 'Film/video/a.mp4'), 'not ours')
  const ids = [await add(context, 'a.mp4', 'ours'), await add(context, 'b.mp4', 'b')]
  await edits.many(ME, ids, { addAlbums: [album] })
  await sync({ removed: 'delete' })
  assert.deepEqual([await tree(out), await readFile(join(out, 'Film/video/a.mp4'), 'utf8'), await readFile(join(out, 'Film/video/a (2).mp4'), 'utf8')], [['Film/video/a (2).mp4', 'Film/video/a.mp4', 'Film/video/b.mp4'], 'not ours', 'ours'])
  await writeFile(join(out, 'Film/video/b.mp4'), 'changed by somebody')
  assert.match((await sync({ removed: 'delete' })).results.find(({ path }) => path.endsWith('b.mp4'))?.reason ?? '', /left alone/)
  await edits.many(ME, ids, { removeAlbums: [album] })
  const job = await sync({ removed: 'delete' })
  assert.deepEqual([job.report?.['removed'], job.report?.['kept']], [1, 1])
  assert.deepEqual([await tree(out), await readFile(join(out, 'Film/video/b.mp4'), 'utf8')], [['Film/video/a.mp4', 'Film/video/b.mp4'], 'changed by somebody'])
})

test('links are made where they can be; what can not be linked is copied, and said', async (context) => {
  const { organise: { edits }, album, out, dir, sync } = context
  const [here, gone] = [await add(context, 'here.mp4', 'here'), await add(context, 'gone.mp4', 'gone')]
  await rm(join(dir, 'originals/gone.mp4'))
  await edits.many(ME, [here, gone], { addAlbums: [album] })
  const job = await sync({ mode: 'hardlink', template: '{name}' })
  assert.equal((await stat(join(out, 'here.mp4'))).ino, (await stat(join(dir, 'originals/here.mp4'))).ino)
  assert.match(job.results.find(({ path }) => path === 'gone.mp4')?.reason ?? '', /copied: its original does not lie/)
  assert.equal(await readFile(join(out, 'gone.mp4'), 'utf8'), 'gone')
  await sync({ mode: 'symlink', template: '{name}', folder: join(dir, 'links') })
  assert.equal(await readlink(join(dir, 'links/here.mp4')), join(dir, 'originals/here.mp4'))
})

test('it is kept in step: what comes and goes in the album does so in the folder, and empty folders go', async (context) => {
  const { organise: { edits, syncs }, album, out, sync } = context
  const [a, b] = [await add(context, 'a.mp4', 'a'), await add(context, 'b.wav', 'b', { kind: 'audio' })]
  await edits.one(ME, a, { addAlbums: [album] })
  await sync({ watch: true, removed: 'delete' })
  await edits.one(ME, b, { addAlbums: [album] })
  await until(async () => (await tree(out)).includes('Film/audio/b.wav'), 'the new one is there')
  await edits.one(ME, a, { removeAlbums: [album] })
  await until(async () => (await readdir(join(out, 'Film'))).join() === 'audio', 'the old one and its folder are gone')
  await syncs.forget(syncs.list()[0]!.id)
  assert.deepEqual(syncs.list(), [])
})

test('while the lists are being built nothing is taken for gone from the album', async (context) => {
  const { alder, organise: { edits }, album, out, sync } = context
  const ids = [await add(context, 'a.mp4', 'a'), await add(context, 'b.mp4', 'b')]
  await edits.many(ME, ids, { addAlbums: [album] })
  await sync({ removed: 'delete' })
  const { search, unindexed } = alder.catalog
  Object.assign(alder.catalog, { unindexed: () => 1, search: { ids: async () => ids.slice(0, 1) } })
  const { state, error } = await sync({ removed: 'delete' })
  assert.deepEqual([state, error], ['failed', 'the lists of this node are being built; ask again in a moment'])
  assert.deepEqual(await tree(out), ['Film/video/a.mp4', 'Film/video/b.mp4'])
  Object.assign(alder.catalog, { unindexed, search })
  assert.deepEqual((await sync({ removed: 'delete' })).report, { placed: 0, same: 2, removed: 0, kept: 0, failed: 0 })
})

test('a folder that is kept in step waits for the lists, and follows when they are there', async (context) => {
  const { alder: { catalog }, jobs, organise: { edits, albums }, album, dir, out, sync } = context
  const [a, b] = [await add(context, 'a.mp4', 'a'), await add(context, 'b.mp4', 'b')]
  await edits.one(ME, a, { addAlbums: [album] })
  await sync({ removed: 'delete', watch: true })
  await context.organise.stop()
  let [parts, asked] = [1, 0]
  const selected = { async *assets() { for (const id of parts > 0 ? [] : [a, b]) yield catalog.index.asset(id)! } }
  const unindexed = (): number => { asked++; return parts }
  const components = { ring: { self: 'alder', catalog: { records: catalog.records, assetsChanged: catalog.assetsChanged, index: catalog.index, unindexed } }, originals: { async *read({ facts }: Asset) { yield blobs.get(facts.blob!)! } }, folders: { allowing: () => undefined }, jobs, albums, selected }
  const syncs = createSyncs(components as unknown as SyncsComponents, { data: join(dir, 'data'), indexAgainMs: 5 })
  await syncs.start()
  try {
    await until(() => asked > 2, 'it looked for the lists again and again')
    assert.deepEqual([jobs.list().filter(({ automatic }) => automatic), await tree(out)], [[], ['Film/video/a.mp4']])
    parts = 0
    await until(async () => (await tree(out)).join() === 'Film/video/a.mp4,Film/video/b.mp4', 'it is in step')
  } finally {
    await syncs.stop()
  }
})

test('a disk that is not plugged in is not made up for on another one', async (context) => {
  const { organise: { edits }, album, out, jobs, sync } = context
  const [a, b] = [await add(context, 'a.mp4', 'a'), await add(context, 'b.mp4', 'b')]
  await edits.one(ME, a, { addAlbums: [album] })
  const { state, error } = await sync({ folder: '/mnt/thatdam-no-such-disk/out' })
  assert.deepEqual([state, error], ['failed', 'there is no /mnt/thatdam-no-such-disk: plug its disk in, or make that folder if it is to be there'])
  await assert.rejects(lstat('/mnt/thatdam-no-such-disk'), { code: 'ENOENT' })
  await sync({ watch: true })
  await rm(out, { recursive: true })
  await edits.one(ME, b, { addAlbums: [album] })
  const job = await until(async () => jobs.list().find(({ automatic, state }) => automatic && state === 'failed'), 'the pass that follows the album ends')
  assert.match(job.error ?? '', /plug its disk in/)
  await assert.rejects(lstat(out), { code: 'ENOENT' })
})

test('names are safe and unique whatever people call things, and no link leads out of the folder', async (context) => {
  const { organise: { edits }, album, out, dir, sync } = context
  const names = ['../../etc/passwd', 'CON.mp4', 'x:y?.mp4', 'Same.MP4', 'same.mp4', '.hidden.mp4', `${'ä'.repeat(300)}.mov`, 'trailing. .mp4']
  const ids = []
  for (const [at, name] of names.entries()) ids.push(await add(context, name.slice(0, 60), `t${at}`, { name, importedAtMs: at }))
  await edits.many(ME, ids, { addAlbums: [album] })
  const job = await sync({ template: '{name}' })
  assert.deepEqual([job.report?.['placed'], job.report?.['failed']], [8, 0], JSON.stringify(job.results))
  const files = await tree(out)
  assert.equal(new Set(files.map((file) => file.toLowerCase())).size, 8, files.join())
  for (const file of files) assert.ok(!/[:?]|^\.|[. ]$/.test(file) && Buffer.byteLength(file) <= 255, file)
  await mkdir(join(dir, 'elsewhere'))
  await rm(join(out), { recursive: true })
  await mkdir(out)
  await symlink(join(dir, 'elsewhere'), join(out, 'Film'))
  assert.equal((await sync()).report?.['failed'], 8)
  assert.deepEqual(await readdir(join(dir, 'elsewhere')), [])
})

test('a folder that became a link to elsewhere: what lies there stays, also when it looks like what was placed', async (context) => {
  const { organise: { edits }, album, out, dir, sync } = context
  const id = await add(context, 'a.mp4', 'a')
  await edits.one(ME, id, { addAlbums: [album] })
  await sync({ removed: 'delete' })
  const foreign = join(dir, 'foreign')
  await cp(join(out, 'Film/video'), foreign, { recursive: true, preserveTimestamps: true })
  await rm(join(out, 'Film/video'), { recursive: true })
  await symlink(foreign, join(out, 'Film/video'))
  const kept = await sync({ removed: 'delete' })
  assert.deepEqual([kept.report, kept.results[0]?.path, kept.results[0]?.outcome], [{ placed: 0, same: 0, removed: 0, kept: 0, failed: 1 }, 'Film/video/a.mp4', 'refused'])
  await edits.one(ME, id, { removeAlbums: [album] })
  const { report, results } = await sync({ removed: 'delete' })
  assert.deepEqual([report, results[0]?.path], [{ placed: 0, same: 0, removed: 0, kept: 0, failed: 1 }, 'Film/video/a.mp4'])
  assert.match(results[0]?.reason ?? '', /Film\/video leads out of .*\/out: nothing outside that folder is written/)
  assert.equal(await readFile(join(foreign, 'a.mp4'), 'utf8'), 'a')
  await rm(join(out, 'Film/video'))
  await cp(foreign, join(out, 'Film/video'), { recursive: true, preserveTimestamps: true })
  assert.equal((await sync({ removed: 'delete' })).report?.['removed'], 1, 'what is in the folder again is ours again')
  assert.deepEqual([await readdir(out).then((names) => names.filter((name) => !name.startsWith('.'))), await readdir(foreign)], [[], ['a.mp4']])
})

test('folders that are the node\'s own, relative, or the root are refused; so are templates that make no sense', async ({ dir, organise: { syncs }, album }) => {
  for (const folder of ['out', '/', join(dir, 'data'), join(dir, 'data/chunks'), dir]) await assert.rejects(syncs.sync(album, { folder }), { code: 'ERR_INVALID_INPUT' }, folder)
  for (const template of ['/x/{name}', '{nonsense}/{name}', '{name}/x', 'a//{name}', '{year}']) await assert.rejects(syncs.sync(album, { folder: join(dir, 'o'), template }), { code: 'ERR_INVALID_INPUT' }, template)
  await assert.rejects(syncs.sync('nobody', { folder: join(dir, 'o') }), { code: 'ERR_NOT_FOUND' })
  await assert.rejects(lstat(join(dir, 'o')), { code: 'ENOENT' })
})

test('a dry run says what would be done and does nothing', async (context) => {
  const { organise: { edits, syncs }, album, out, sync } = context
  await edits.one(ME, await add(context, 'a.mp4'), { addAlbums: [album] })
  const job = await sync({ dryRun: true })
  assert.deepEqual([job.results[0]?.reason, syncs.list()], ['would be put there', []])
  await assert.rejects(lstat(out), { code: 'ENOENT' })
})

test('titles keep their extension, and numbers go before it', () => {
  const asset = { facts: someFacts('clip.MOV'), title: 'A/B. take', tags: [], marks: { label: '', state: '' }, rating: 0 } as never
  assert.deepEqual([pathOf(asset, 'Al/bum', '{album}/{title}'), pathOf(asset, 'x', '{tag}/{title}{ext}'), numbered('d/clip.mov', 3)], ['Al∕bum/A∕B. take.MOV', 'no tag/A∕B. take.MOV', 'd/clip (3).mov'])
})

test('a title with a dot and many words behind it keeps its beginning, and fits into what file systems take', () => {
  const facts = { ...someFacts('clip.mov'), name: 'clip.mov' }
  for (const title of [`Interview. ${'long '.repeat(60)}`, `港. ${'日本語'.repeat(60)}`, `.${'é'.repeat(300)}`]) {
    const path = pathOf({ facts, title, tags: [], marks: { label: '', state: '' }, rating: 0 } as never, 'x', '{title}')
    assert.ok(Buffer.byteLength(path) <= MAX_SEGMENT_BYTES && path.endsWith('.mov') && path.startsWith(title.replace(/^\./, '_').slice(0, 40)), path)
    assert.ok(Buffer.byteLength(numbered(path, 1_000)) <= MAX_SEGMENT_BYTES, path)
  }
})

test.run()
