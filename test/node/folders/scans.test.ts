import { appendFile, chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAssetId } from '#protocols/ids.ts'
import { writeXmp } from '../../../node/organise/xmp/write-xmp.ts'
import { NO_MARKS } from '../../../ring/catalog/asset-marks.ts'
import { createFolderRig, type FolderRig } from './folder-rig.ts'

interface Context { rig: FolderRig }
const test = suite<Context>('scans of folders')

test.before.each(async (context) => { context.rig = await createFolderRig() })
test.after.each(({ rig }) => rig.stop())

const put = (rig: FolderRig, name: string, text: string): Promise<void> => writeFile(join(rig.media, name), text)
const failure = (work: Promise<unknown>): Promise<{ code?: string; message: string } | undefined> => work.then(() => undefined, (err) => err)

test('an imported folder is copied into the ring; junk, links out and what is excluded are passed over', async ({ rig }) => {
  await mkdir(join(rig.media, 'Proxy'))
  await mkdir(join(rig.media, '.hidden'))
  for (const name of ['one.mov', 'Proxy/one.mov', '.hidden/two.mov', '._one.mov', 'Thumbs.db', 'take.tmp.mov']) await put(rig, name, name)
  await put(rig, 'bad.mov', 'bad')
  await symlink('/etc', join(rig.media, 'etc'))
  await rig.add({ exclude: ['proxy', '*.tmp.*'] })
  const job = await rig.scan()
  assert.equal([job.state, job.filesTotal, job.filesDone, job.imported, job.refused], ['done', 2, 2, 1, 1])
  assert.is(job.bytesDone, job.bytesTotal)
  assert.equal(job.results.map(({ outcome }) => outcome), ['refused', 'imported'])
  assert.is(rig.library.assets.size, 1)
  const asset = rig.asset('one.mov')!
  assert.ok(asset.facts.blob)
  assert.equal(rig.places(asset.facts.id), { 'one.mov': 'copied' })
})

test('only what is included is taken', async ({ rig }) => {
  await mkdir(join(rig.media, '2026'))
  for (const name of ['a.mov', 'b.mp4', '2026/c.MOV', 'd.wav']) await put(rig, name, name)
  await rig.add({ include: ['*.mov', '2026/**'] })
  await rig.scan()
  assert.equal([...rig.library.assets.values()].map(({ facts }) => facts.name).sort(), ['a.mov', 'c.MOV'])
})

test('bytes of a referenced folder stay where they are, and are read from there', async ({ rig }) => {
  await put(rig, 'one.mov', 'the film')
  await utimes(join(rig.media, 'one.mov'), 1_700_000_000, 1_700_000_000)
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const asset = rig.asset('one.mov')!
  assert.equal([asset.facts.blob, asset.facts.modifiedAtMs, rig.library.chunks.size], [undefined, 1_700_000_000_000, 0])
  const bytes: Uint8Array[] = []
  for await (const piece of rig.parts.originals.read(asset, { start: 4, end: 8 })) bytes.push(piece)
  assert.is(Buffer.concat(bytes).toString(), 'film')
  assert.is(await rig.parts.originals.verify(asset, asset.locations[0]!), 'good')
})

test('a file that was written to is not served as what it was', async ({ rig }) => {
  await put(rig, 'one.mov', 'the film')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const asset = rig.asset('one.mov')!
  await put(rig, 'one.mov', 'the FILM')
  await utimes(join(rig.media, 'one.mov'), 1, 1)
  const refused = await failure((async () => { for await (const _ of rig.parts.originals.read(asset)); })())
  assert.match(refused?.message ?? '', /not the file it was/)
  await utimes(join(rig.media, 'one.mov'), asset.facts.modifiedAtMs! / 1_000, asset.facts.modifiedAtMs! / 1_000)
  assert.is(await rig.parts.originals.verify(asset, { ...asset.locations[0]!, file: { modifiedAtMs: asset.facts.modifiedAtMs! } }), 'damaged', 'a clock set back hides it from all but a reading')
})

test('a second scan reads no file, also by a node that was started anew', async ({ rig }) => {
  for (let i = 0; i < 20; i++) await put(rig, `${i}.mov`, `film ${i}`)
  await put(rig, 'bad.mov', 'bad')
  await rig.add({ mode: 'reference' })
  assert.is((await rig.scan()).imported, 20)
  assert.is(rig.probed.length, 21)
  const job = await rig.scan()
  assert.equal([job.imported, job.known, job.refused, rig.probed.length, job.report?.['unchanged']], [0, 20, 1, 21, 21])
  const again = await rig.restart()
  assert.equal([(await again.scan()).report?.['unchanged'], again.probed.length], [21, 0])
  assert.is((await again.scan(again.media, true)).known, 20, 'unless it is told to')
  assert.is(again.probed.length, 21)
  await again.stop()
})

test('ten thousand files are read once', async ({ rig }) => {
  for (let day = 0; day < 100; day++) {
    await mkdir(join(rig.media, `day ${day}`))
    await Promise.all(Array.from({ length: 100 }, (_, i) => put(rig, `day ${day}/${i}.mov`, `film ${day} ${i}`)))
  }
  await rig.add({ mode: 'reference' })
  assert.is((await rig.scan()).imported, 10_000)
  const again = await rig.restart()
  await put(again, 'day 50/new.mov', 'new')
  await rm(join(again.media, 'day 7/7.mov'))
  const before = performance.now()
  const job = await again.scan()
  assert.equal([job.state, job.filesTotal, job.report?.['unchanged'], job.imported, job.report?.['missing'], again.probed.length], ['done', 10_000, 9_999, 1, 1, 1])
  if (process.env['THATDAM_TEST_TIMES']) process.stdout.write(`rescan of 10,000 files: ${Math.round(performance.now() - before)} ms\n`)
  await again.stop()
})

test('what may not be read is refused and tried again; what it hides is not taken to be gone', async ({ rig }) => {
  if (process.getuid?.() === 0) return // root reads everything
  await mkdir(join(rig.media, 'locked'))
  await put(rig, 'locked/one.mov', 'one')
  await put(rig, 'two.mov', 'two')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  await chmod(join(rig.media, 'locked'), 0)
  await put(rig, 'three.mov', 'three')
  await chmod(join(rig.media, 'three.mov'), 0)
  const job = await rig.scan()
  assert.equal([job.refused, job.report?.['missing'], job.report?.['unreadable']], [1, 0, 1])
  assert.match(job.results[0]?.reason ?? '', /give its user read access/)
  await chmod(join(rig.media, 'locked'), 0o700)
  await chmod(join(rig.media, 'three.mov'), 0o600)
  assert.is((await rig.scan()).imported, 1)
})

test('a file whose name is no text is told of, not passed over in silence', async ({ rig }) => {
  if (process.platform !== 'linux') return
  await writeFile(Buffer.concat([Buffer.from(`${rig.media}/caf`), Buffer.of(0xe9), Buffer.from('.mov')]), 'film')
  await put(rig, 'good.mov', 'good')
  await rig.add({ mode: 'reference' })
  const job = await rig.scan()
  assert.equal([job.imported, job.report?.['unreadable']], [1, 1])
})

test('a deleted file is missing, not forgotten; when it is back, so is its place', async ({ rig }) => {
  await put(rig, 'one.mov', 'film')
  await put(rig, 'two.mov', 'other')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const { id } = rig.asset('one.mov')!.facts
  await rename(join(rig.media, 'one.mov'), join(rig.media, '.aside'))
  assert.is((await rig.scan()).report?.['missing'], 1)
  assert.equal(rig.places(id), { 'one.mov': 'missing' })
  const refused = await failure((async () => { for await (const _ of rig.parts.originals.read(rig.asset('one.mov')!)); })())
  assert.is(refused?.code, 'ERR_ORIGINAL_UNAVAILABLE')
  assert.is((await rig.scan()).report?.['missing'], 1, 'and stays so')
  await rename(join(rig.media, '.aside'), join(rig.media, 'one.mov'))
  assert.is((await rig.scan()).report?.['missing'], 0)
  assert.equal([rig.places(id), rig.probed.length], [{ 'one.mov': 'there' }, 2])
})

test('a renamed file is recognised without reading it, a moved copy by its hash; edits stay', async ({ rig }) => {
  await put(rig, 'one.mov', 'film')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const { id } = rig.asset('one.mov')!.facts
  await rig.library.ring.catalog.editAsset(parseAssetId(id), { title: 'Heron' })
  await mkdir(join(rig.media, 'day 2'))
  await rename(join(rig.media, 'one.mov'), join(rig.media, 'day 2/renamed.mov'))
  const renamed = await rig.scan()
  assert.equal([renamed.report?.['moved'], renamed.report?.['missing'], rig.probed.length], [1, 0, 1])
  assert.equal(rig.places(id), { 'day 2/renamed.mov': 'there' })
  await put(rig, 'copy.mov', 'film')
  await rm(join(rig.media, 'day 2'), { recursive: true })
  assert.is((await rig.scan()).report?.['moved'], 1)
  assert.equal([rig.places(id), rig.library.assets.size, rig.asset('one.mov')?.title], [{ 'copy.mov': 'there' }, 1, 'Heron'])
})

test('of two files with the same bytes one may go: nothing is missing; when both go, both are', async ({ rig }) => {
  for (const name of ['one.mov', 'other.mov']) await put(rig, name, name)
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const { id } = rig.asset('one.mov')!.facts
  await put(rig, 'renamed.mov', 'one.mov') // as a share shows a renamed file for a moment: at both places
  assert.equal([(await rig.scan()).known, rig.places(id)], [3, { 'one.mov': 'there', 'renamed.mov': 'there' }])
  await rm(join(rig.media, 'one.mov'))
  const job = await rig.scan()
  assert.equal([job.report?.['moved'], job.report?.['missing'], rig.places(id)], [1, 0, { 'renamed.mov': 'there' }])
  await put(rig, 'again.mov', 'one.mov')
  await rig.scan()
  for (const name of ['again.mov', 'renamed.mov']) await rm(join(rig.media, name))
  assert.is((await rig.scan()).report?.['missing'], 2)
  assert.equal(rig.places(id), { 'again.mov': 'missing', 'renamed.mov': 'missing' })
})

test('a changed file is another asset; the old one has lost its last place, and gets it back with its bytes', async ({ rig }) => {
  await put(rig, 'one.mov', 'film')
  await put(rig, 'same.mov', 'twice')
  await put(rig, 'again.mov', 'twice')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const [one, twice] = [rig.asset('one.mov')!.facts.id, [...rig.library.assets.values()].find(({ locations }) => locations.length === 2)!.facts.id]
  await appendFile(join(rig.media, 'one.mov'), ', longer')
  await put(rig, 'again.mov', 'not twice')
  const job = await rig.scan()
  assert.equal([job.imported, job.report?.['changed']], [2, 2])
  assert.equal(rig.places(one), { 'one.mov': 'missing' })
  assert.equal(rig.places(twice), { 'same.mov': 'there' })
  await put(rig, 'one.mov', 'film')
  await rig.scan()
  assert.equal(rig.places(one), { 'one.mov': 'there' })
})

test('a deleted asset does not come back with the next scan', async ({ rig }) => {
  await put(rig, 'one.mov', 'film')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const id = parseAssetId(rig.asset('one.mov')!.facts.id)
  await rig.library.ring.catalog.editAsset(id, { deleted: true })
  await rig.scan()
  await rig.scan(rig.media, true)
  assert.ok(rig.library.assets.get(id)?.deletedAtMs)
})

test('when all files are gone at once, the folder is taken to be gone, and nothing is marked', async ({ rig }) => {
  const folder = join(rig.media, 'nas')
  await mkdir(folder)
  for (let i = 0; i < 12; i++) await put(rig, `nas/${i}.mov`, `film ${i}`)
  await rig.add({ mode: 'reference' })
  await rig.scan()
  await rename(folder, join(rig.media, '.unplugged'))
  const job = await rig.scan()
  assert.is(job.state, 'failed')
  assert.match(job.error ?? '', /is empty, and 12 files were in it\. Is the disk plugged in/)
  assert.is(rig.places(rig.asset('3.mov')!.facts.id)['nas/3.mov'], 'there')
  await rename(join(rig.media, '.unplugged'), folder)
  assert.is((await rig.scan()).report?.['unchanged'], 12)
  await rm(folder, { recursive: true })
  assert.equal([(await rig.scan(rig.media, true)).state, rig.places(rig.asset('3.mov')!.facts.id)], ['done', { 'nas/3.mov': 'missing' }])
})

test('a folder that is not there, or became a link, is refused with what to do', async ({ rig }) => {
  await put(rig, 'one.mov', 'film')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const aside = `${rig.media}-aside`
  await rename(rig.media, aside)
  assert.match((await failure(rig.scan()))?.message ?? '', /not there now.*Is the disk plugged in/)
  await symlink(aside, rig.media)
  assert.match((await failure(rig.scan()))?.message ?? '', /lies in no folder this node may read|has become a link/)
  await rm(rig.media)
  await rename(aside, rig.media)
  assert.is((await rig.scan()).state, 'done')
})

test('nothing outside is read: links to files, a folder that becomes a link, paths with dots', async ({ rig }) => {
  const outside = await mkdtemp(join(tmpdir(), 'thatdam-outside-'))
  await writeFile(join(outside, 'secret.mov'), 'secret')
  await put(rig, 'one.mov', 'film')
  await symlink(join(outside, 'secret.mov'), join(rig.media, 'link.mov'))
  await rig.add({ mode: 'reference' })
  await rig.scan()
  assert.equal([...rig.library.assets.values()].map(({ facts }) => facts.name), ['one.mov'])
  for (const path of [`${rig.media}/../${outside.split('/').at(-1)}/secret.mov`, join(rig.media, 'link.mov'), join(outside, 'secret.mov'), `${rig.media}-other`]) {
    assert.is((await failure(rig.parts.scans.scan(path)))?.code, 'ERR_REFUSED', path)
  }
  await mkdir(join(rig.media, 'day'))
  await put(rig, 'day/two.mov', 'two')
  await rig.scan()
  const asset = rig.asset('two.mov')!
  await rm(join(rig.media, 'day'), { recursive: true })
  await writeFile(join(outside, 'two.mov'), 'TWO')
  await utimes(join(outside, 'two.mov'), asset.facts.modifiedAtMs! / 1_000, asset.facts.modifiedAtMs! / 1_000)
  await symlink(outside, join(rig.media, 'day'))
  const refused = await failure((async () => { for await (const _ of rig.parts.originals.read(asset)); })())
  assert.match(refused?.message ?? '', /leads out of/)
  await rm(outside, { recursive: true })
})

test('the catalog alone gives nobody a look at a folder', async ({ rig }) => {
  await put(rig, 'one.mov', 'film')
  await rig.library.ring.catalog.records.put('paths', 'forged', { node: 'alder-peer', path: rig.media, name: 'forged', mode: 'reference', watch: true })
  assert.is(rig.parts.folders.list().length, 1)
  assert.equal(rig.parts.folders.own(), [])
  assert.is((await failure(rig.parts.scans.scan(rig.media)))?.code, 'ERR_REFUSED')
  const folder = await rig.add()
  await rig.library.ring.catalog.records.put('paths', folder.id, { path: '/etc' })
  assert.equal(rig.parts.folders.own(), [], 'nor does a path that was changed there')
})

test('sidecars go with their file, byte for byte, and are read again when they change', async ({ rig }) => {
  for (const name of ['C0001.MP4', 'IMG_0007.mov']) await put(rig, name, name)
  const beside = { 'C0001M01.XML': '<xml/>', 'C0001.xmp': '<x:xmpmeta/>', 'IMG_0007.mov.srt': '1', 'IMG_O0007.AAE': 'edit', 'other.xmp': 'nobody' }
  for (const [name, text] of Object.entries(beside)) await put(rig, name, text)
  await rig.add({ mode: 'reference' })
  assert.is((await rig.scan()).report?.['sidecars'], 2)
  const sidecars = (name: string): Record<string, string> => ({ ...rig.asset(name)!.sidecars })
  assert.equal(Object.keys(sidecars('C0001.MP4')).sort(), ['C0001.xmp', 'C0001M01.XML'])
  assert.equal(Object.keys(sidecars('IMG_0007.mov')).sort(), ['IMG_0007.mov.srt', 'IMG_O0007.AAE'])
  const before = sidecars('C0001.MP4')['C0001.xmp']
  await put(rig, 'C0001.xmp', '<x:xmpmeta>rated</x:xmpmeta>')
  const job = await rig.scan()
  assert.equal([job.report?.['sidecars'], rig.probed.length], [1, 2])
  const now = sidecars('C0001.MP4')['C0001.xmp']
  assert.not.equal(now, before)
  let text = ''
  for await (const piece of rig.library.ring.blobs.read(now as never)) text += Buffer.from(piece).toString()
  assert.is(text, '<x:xmpmeta>rated</x:xmpmeta>')
})

test('what another program writes into a sidecar after the scan fills what is empty, and one that is no XMP is named', async ({ rig }) => {
  const xmp = (attributes: string): string => writeXmp({ title: '', notes: '', rating: 0, tags: [], marks: NO_MARKS, fields: {} }).replace('rdf:about=""', `rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" ${attributes}`)
  await put(rig, 'a.mov', 'the film')
  await rig.add()
  await rig.scan()
  await put(rig, 'a.xmp', xmp('xmp:Rating="4" xmp:Label="Red"'))
  await rig.library.ring.catalog.editAsset(rig.asset('a.mov')!.facts.id, { marks: { label: 'blue' } })
  await rig.scan()
  assert.equal([rig.asset('a.mov')?.rating, rig.asset('a.mov')?.marks.label, rig.probed.length], [4, 'blue', 1])
  await put(rig, 'a.xmp', 'no XMP at all')
  assert.match((await rig.scan()).results.map(({ reason }) => reason).join(), /its sidecar was not read: /)
})

test('a folder that is imported from now on takes in what was only referenced', async ({ rig }) => {
  await put(rig, 'one.mov', 'film')
  const { id } = await rig.add({ mode: 'reference' })
  await rig.scan()
  assert.is(rig.asset('one.mov')?.facts.blob, undefined)
  await rig.parts.folders.change(id, { mode: 'import' })
  await rig.scan()
  assert.is(rig.library.chunks.size, 1)
})

test('a scan that is cancelled marks nothing, and goes on when it is tried again', async ({ rig }) => {
  for (let i = 0; i < 50; i++) await put(rig, `${i}.mov`, `film ${i}`)
  await rig.add({ mode: 'reference' })
  const { id } = await rig.parts.scans.scan(rig.media)
  rig.jobs.cancel(id)
  assert.is((await rig.jobs.ended(id)).state, 'cancelled')
  rig.jobs.retry(id)
  const job = await rig.jobs.ended(id)
  assert.equal([job.state, job.imported + job.known], ['done', 50])
})

test('a scan that the end of the node cut short is tried again by the next run of it, and skips what is done', async (context) => {
  const { rig } = context
  for (const name of ['a.mov', 'b.mov']) await put(rig, name, name)
  await rig.add()
  await rig.scan(join(rig.media, 'a.mov'))
  const { id } = await rig.parts.scans.scan(rig.media)
  const next = context.rig = await rig.restart()
  assert.equal([next.jobs.find(id).state, next.jobs.find(id).retryable], ['interrupted', true])
  next.jobs.retry(id)
  const { state, title, imported, known } = await next.jobs.ended(id)
  assert.equal([state, title, imported, known], ['done', rig.media, 1, 1])
})

test('bytes of a referenced folder that were on their way into the ring are brought there by the next run of the node', async (context) => {
  const { rig } = context
  await put(rig, 'one.mov', 'the film')
  await rig.add({ mode: 'reference' })
  await rig.scan()
  const { id } = await rig.parts.copies.copy(rig.asset('one.mov')!.facts.id)
  const next = context.rig = await rig.restart()
  assert.is(next.jobs.find(id).state, 'interrupted')
  next.jobs.retry(id)
  assert.is((await next.jobs.ended(id)).error, null)
  assert.ok(next.asset('one.mov')!.facts.blob)
})

test.run()
