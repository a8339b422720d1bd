// needs: ffmpeg
import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetList, AssetView, BatchList, BatchUndo, BulkEditResult, FolderList, ImportResult, JobView, PackageReport } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('sidecars, imports and packages of a real node')

let ring: TestRing
let alder: NodeProcess
let folder: MediaFolder

const xmp = (title: string, tags: readonly string[] = []): string => `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:my="urn:mine" xmp:Rating="3" my:own="kept"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">${title}</rdf:li></rdf:Alt></dc:title><dc:subject><rdf:Bag>${tags.map((tag) => `<rdf:li>${tag}</rdf:li>`).join('')}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`
const api = (path: string): string => `${alder.url}/api/v1${path}`
const all = async (): Promise<AssetView[]> => (await ring.get<AssetList>(api('/assets'))).assets
const named = async (name: string): Promise<AssetView> => {
  const found = (await all()).find((asset) => asset.name === name)
  assert.ok(found, `${name} is in the library`)
  return found
}
const upload = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<ImportResult> => (await ring.upload(alder, name, bytes)).results[0] as ImportResult
const ended = (id: string): Promise<JobView> => until(async () => {
  const job = await ring.get<JobView>(api(`/jobs/${id}`))
  return job.endedMs === null ? undefined : job
}, 'the job ends')
const bytesOf = async (name: string): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await readFile(folder.path(name)))

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  folder = await createMediaFolder(['day1/a.mp4', 'day1/b.mov', 'stills/photo.jpg', 'sound/tone.wav', 'sound/tone.flac'])
})

test.after(async () => {
  await ring?.end()
  await folder?.remove()
})

test('a scan reads the sidecar beside each file, whichever way it is named', async () => {
  await writeFile(folder.path('day1/a.mp4.xmp'), xmp('Harbour', ['sea']))
  await writeFile(folder.path('day1/b.xmp'), xmp('Boats'))
  await ring.send('POST', api('/paths'), { path: folder.root })
  const { id } = await ring.send<JobView>('POST', api('/scan'), { path: folder.path('day1') })
  const job = await ended(id)
  assert.deepEqual([job.imported >= 2, job.refused], [true, 0], JSON.stringify(job.results))
  const [a, b] = [await named('a.mp4'), await named('b.mov')]
  assert.deepEqual([a.title, a.rating, a.tags, b.title, b.batch], ['Harbour', 3, ['sea'], 'Boats', id])
})

test('uploads find their sidecars in either order, and a person\'s words stand', async () => {
  assert.equal((await upload('shoot/photo.xmp', Buffer.from(xmp('Before'))))?.assetId, null)
  await upload('shoot/photo.jpg', await bytesOf('stills/photo.jpg'))
  assert.equal((await named('photo.jpg')).title, 'Before')
  const { assetId } = await upload('shoot/tone.wav', await bytesOf('sound/tone.wav'))
  await ring.send('PATCH', api(`/assets/${assetId}`), { title: 'Mine' })
  const late = await upload('shoot/tone.wav.xmp', Buffer.from(xmp('After', ['tone'])))
  assert.deepEqual([late.outcome, late.assetId], ['imported', assetId])
  const tone = await named('tone.wav')
  assert.deepEqual([tone.title, tone.rating, tone.tags], ['Mine', 3, ['tone']])
  assert.equal((await upload('shoot/x.xmp', Buffer.from('no xmp'))).outcome, 'refused')
})

test('edits are written back beside the originals that lie here, and what can not be written says why', async () => {
  const [a, photo] = [await named('a.mp4'), await named('photo.jpg')]
  await ring.send<BulkEditResult>('POST', api('/assets/edit'), { ids: [a.id, photo.id], patch: { title: 'New & better', addTags: ['place/oslo'], marks: { label: 'green' } } })
  const job = await ended((await ring.send<JobView>('POST', api('/xmp/write'), { ids: [a.id, photo.id] })).id)
  assert.deepEqual(job.report, { written: 1, unchanged: 0, elsewhere: 1, failed: 0 })
  assert.match(job.results.find(({ outcome }) => outcome === 'refused')?.reason ?? '', /does not lie in a folder of this node/)
  const written = await readFile(folder.path('day1/a.mp4.xmp'), 'utf8')
  for (const word of ['my:own="kept"', 'New &amp; better', '<rdf:li>place|oslo</rdf:li>', '<xmp:Label>Green</xmp:Label>']) assert.ok(written.includes(word), `${word} is not in ${written}`)
  await writeFile(folder.path('day1/a.mp4.xmp'), 'broken by hand')
  const failed = await ended((await ring.send<JobView>('POST', api('/xmp/write'), { ids: [a.id] })).id)
  assert.deepEqual([failed.report?.['failed'], await readFile(folder.path('day1/a.mp4.xmp'), 'utf8')], [1, 'broken by hand'])
  await writeFile(folder.path('day1/a.mp4.xmp'), xmp('From Lightroom'))
  await ended((await ring.send<JobView>('POST', api('/xmp/read'), { ids: [a.id], replace: true })).id)
  assert.equal((await named('a.mp4')).title, 'From Lightroom')
  const answer = await fetch(api('/xmp/package'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ids: [photo.id] }) })
  const archive = Buffer.from(await answer.arrayBuffer())
  assert.deepEqual([answer.headers.get('content-type'), archive.subarray(0, 2).toString(), archive.includes('photo.jpg.xmp'), archive.includes('place|oslo')], ['application/zip', 'PK', true, true])
})

test('of a folder that is removed nothing is read or written any more', async () => {
  const a = await named('a.mp4')
  await ring.send('PATCH', api(`/assets/${a.id}`), { title: 'Not for the disk' })
  const before = await readFile(folder.path('day1/a.mp4.xmp'), 'utf8')
  const { folders: [path] } = await ring.get<FolderList>(api('/paths'))
  await fetch(api(`/paths/${path!.id}`), { method: 'DELETE' })
  for (const verb of ['write', 'read']) assert.deepEqual((await ended((await ring.send<JobView>('POST', api(`/xmp/${verb}`), { ids: [a.id], ...(verb === 'read' && { replace: true }) })).id)).report, { written: 0, unchanged: 0, elsewhere: 1, failed: 0 })
  assert.equal(await readFile(folder.path('day1/a.mp4.xmp'), 'utf8'), before)
  await ring.send('PATCH', api(`/assets/${a.id}`), { title: 'From Lightroom' })
  await ring.send('POST', api('/paths'), { path: folder.root })
})

test('every import is listed; taking one back leaves what was edited since', async () => {
  const { batches } = await ring.get<BatchList>(api('/batches'))
  assert.deepEqual(batches.map(({ source }) => source), ['upload', 'scan'])
  const scan = batches.find(({ source }) => source === 'scan')!
  assert.equal((await ring.get<AssetList>(api(`/batches/${scan.id}/assets`))).total, 2)
  const undone = await ring.send<BatchUndo>('POST', api(`/batches/${scan.id}/undo`), {})
  assert.deepEqual([undone.trashed, undone.left.map(({ name }) => name)], [1, ['From Lightroom']])
  assert.deepEqual((await all()).map(({ name }) => name).includes('b.mov'), false)
  await ring.send('POST', api('/undo'), { id: undone.undo })
  assert.equal((await named('b.mov')).title, 'Boats')
})

test('a package goes out and comes in over HTTP', async () => {
  for (const format of ['csv', 'xml', 'json']) {
    const text = (await ring.bytes(api(`/packages?format=${format}`))).toString()
    const report = await (await fetch(api(`/packages?format=${format}&dryRun=true`), { method: 'POST', headers: { 'content-type': format === 'json' ? 'application/json' : 'text/plain' }, body: text })).json() as PackageReport
    assert.deepEqual([report.rows, report.matched, report.changed, report.problems], [4, 4, 0, []], format)
  }
})

test('a folder the node may not write into is said, file by file', async () => {
  if (process.getuid?.() === 0) return // root may write anywhere
  const locked = join(folder.root, 'locked')
  await mkdir(locked)
  await writeFile(join(locked, 'tone.flac'), await bytesOf('sound/tone.flac'))
  await ended((await ring.send<JobView>('POST', api('/scan'), { path: locked })).id)
  await chmod(locked, 0o555)
  const job = await ended((await ring.send<JobView>('POST', api('/xmp/write'), { ids: [(await named('tone.flac')).id] })).id)
  await chmod(locked, 0o755)
  assert.match(job.results[0]?.reason ?? '', /may not write/)
})

test.run()
