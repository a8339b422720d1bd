// needs: chromium ffmpeg perl
import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { AssetList, AssetView, DerivedList, DuplicateList, JobList, LinkMade, MetadataView } from '#protocols/http.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { writeHeifGrid } from '../support/heif-grid.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { writeRaw } from '../support/raw-picture.ts'
import { until } from '../support/until.ts'
import { buildPages, holds, openBrowser, openPage } from '../web/browser.ts'

const test = suite('a card from a phone and a camera: known, watched, scrubbed, cleared of duplicates')

let ring: TestRing
let node: NodeProcess
let card: string
let browser: Browser

test.before(async () => {
  card = await mkdtemp(join(tmpdir(), 'thatdam-card-'))
  await mkdir(join(card, 'DCIM'))
  const film = ['-f', 'lavfi', '-i', 'mandelbrot=s=320x180:r=25', '-f', 'lavfi', '-i', 'sine=f=440', '-t', '3']
  ffmpeg(...film, '-c:v', 'prores_ks', '-c:a', 'pcm_s16le', '-timecode', '01:02:03:04', join(card, 'DCIM/A001.mov'))
  ffmpeg('-i', join(card, 'DCIM/A001.mov'), '-c:v', 'libx264', '-vf', 'scale=160:90', '-pix_fmt', 'yuv420p', '-c:a', 'aac', join(card, 'DCIM/small.mp4'))
  writeHeifGrid(join(card, 'DCIM/IMG_0001.HEIC'))
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=3000x2000:d=1', '-frames:v', '1', join(card, 'inside.jpg'))
  await writeRaw(join(card, 'DCIM/DSC_0002.NEF'), await readFile(join(card, 'inside.jpg')), 6)
  await rm(join(card, 'inside.jpg'))
  ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=128x96:d=1', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', join(card, 'DCIM/IMG_0001.MOV'))
  await writeFile(join(card, 'DCIM/IMG_0001.AAE'), '<plist>edited</plist>')
  for (const piece of ['GX010007.MP4', 'GX020007.MP4']) ffmpeg('-f', 'lavfi', '-i', `color=${piece[3] === '1' ? 'red' : 'blue'}:s=64x64:d=1`, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', join(card, 'DCIM', piece))
  await copyFile(join(card, 'DCIM/A001.mov'), join(card, 'copy of A001.mov'))
  await buildPages()
  browser = await openBrowser()
  ring = await TestRing.create()
  node = await ring.begin('alder')
  assert.equal((await run('scan', card, '--add', '--mode', 'reference', '--node', node.url, '--json')).code, 0)
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await rm(card, { recursive: true, force: true })
})

const api = <T>(path: string): Promise<T> => ring.get<T>(`${node.url}/api/v1${path}`)
const named = async (name: string): Promise<AssetView> => until(async () => (await api<AssetList>('/assets?limit=100')).assets.find((asset) => asset.name === name || asset.locations.some(({ path }) => path.endsWith(name))), `${name} is in`)
const allMade = (id: string): Promise<boolean> => until(async () => (await api<DerivedList>(`/assets/${id}/derived`)).derived.every(({ state }) => state === 'made'), 'all is made of it', 120_000)

test('equal files are one asset with all its places, and everything that should be made of it is', async () => {
  const asset = await named('DCIM/A001.mov')
  assert.deepEqual((await until(async () => { const one = await named('A001.mov'); return one.locations.length === 2 ? one : undefined }, 'both places')).locations.map(({ path }) => path.slice(card.length)).sort(), ['/DCIM/A001.mov', '/copy of A001.mov'])
  await allMade(asset.id)
  assert.equal(asset.probe.timecode, '01:02:03:04')
  const { groups } = await api<MetadataView>(`/assets/${asset.id}/metadata`)
  assert.ok(groups.some(({ name }) => name === 'Stream 0 (video)') && groups.some(({ tags }) => tags.some(({ name, value }) => name === 'MajorBrand' && /QuickTime/.test(value))))
  const vtt = (await ring.bytes(`${node.url}/api/v1/assets/${asset.id}/sprite.vtt`)).toString()
  assert.match(vtt, /^WEBVTT\n\n00:00:00.000 --> 00:00:00.3\d\d\nsprite#xywh=0,0,160,90/)
  const { jobs } = await api<JobList>('/jobs')
  assert.ok(jobs.some(({ kind, state }) => kind === 'proxy' && state === 'done') && jobs.some(({ kind }) => kind === 'derive'))
})

test('what is not there says why', async () => {
  const { id } = await named('IMG_0001.HEIC')
  const answer = await fetch(`${node.url}/api/v1/assets/${id}/proxy/index.m3u8`)
  assert.equal(answer.status, 404)
  assert.match(await answer.text(), /this asset needs none/)
})

test('the pieces of a take know their places', async () => {
  for (const [name, span] of [['GX010007.MP4', '1/2'], ['GX020007.MP4', '2/2']] as const) await until(async () => (await named(name)).span === span, `${name} is piece ${span}`)
})

test('the edits of the phone stay with the picture', async () => {
  const picture = await named('IMG_0001.HEIC')
  const { sidecars } = await api<MetadataView>(`/assets/${picture.id}/metadata`)
  assert.deepEqual(sidecars, [{ name: 'IMG_0001.AAE', size: 21 }])
  assert.equal((await ring.bytes(`${node.url}/api/v1/assets/${picture.id}/sidecars/IMG_0001.AAE`)).toString(), '<plist>edited</plist>')
})

test('a film that the browser does not know plays by its proxy, and its metadata are found by typing', async () => {
  const asset = await named('DCIM/A001.mov')
  await allMade(asset.id)
  const { page, complaints } = await openPage(browser, `${node.url}/library/${asset.id}`)
  await page.waitForSelector(`video[data-proxy="${asset.id}"]`)
  await page.evaluate(`(() => { const video = document.querySelector('video'); video.muted = true; void video.play() })()`)
  await holds(page, `(() => { const video = document.querySelector('video'); return video.videoWidth === 320 && video.currentTime > 0.5 })()`)
  await holds(page, `Math.abs(document.querySelector('video').duration - 3) < 0.2`)
  await page.getByLabel('Search in the metadata').fill('timecode 01:02')
  await page.locator('.metadata-group dd', { hasText: '01:02:03:04' }).first().waitFor()
  await page.getByText('Timecode', { exact: true }).first().waitFor()
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('pictures that browsers do not show are shown by a JPEG, upright and as large as a screen, also to whoever they are shared with', async () => {
  for (const [name, width, height] of [['IMG_0001.HEIC', 240, 200], ['DSC_0002.NEF', 1_706, 2_560]] as const) {
    const asset = await named(name)
    await allMade(asset.id)
    const { page, complaints } = await openPage(browser, `${node.url}/library/${asset.id}`)
    await holds(page, `(({ naturalWidth, naturalHeight }) => naturalWidth === ${width} && naturalHeight === ${height})(document.querySelector('.stage img'))`)
    await page.getByText('This is a copy made for browsers').waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
    for (const download of [true, false]) {
      const { path } = await ring.send<LinkMade>('POST', `${node.url}/api/v1/links`, { assets: [asset.id], download })
      const view = await until(async () => { const answer = await fetch(`${node.url}${path}/${asset.id}/view`); return answer.ok && answer }, 'it is ready')
      assert.equal(view.headers.get('content-type'), 'image/jpeg')
    }
  }
  const { id } = await named('A001.mov')
  assert.match(await (await fetch(`${node.url}/api/v1/assets/${id}/preview`)).text(), /this asset needs none/)
})

test('moving over a card runs through the film', async () => {
  const asset = await named('DCIM/A001.mov')
  await allMade(asset.id)
  const { page } = await openPage(browser, `${node.url}/library`)
  const scrub = page.locator(`[data-asset="${asset.id}"] .scrub`)
  await scrub.waitFor()
  const box = await scrub.boundingBox()
  if (box === null) throw new Error('the card has no place')
  const at = async (share: number): Promise<string> => {
    await page.mouse.move(box.x + box.width * share, box.y + box.height / 2)
    return await scrub.getAttribute('data-scrub') ?? ''
  }
  await until(async () => await at(0.05) === '0% 0%', 'the first picture')
  await until(async () => await at(0.95) === '100% 0%', 'the last picture')
  await page.context().close()
})

test('a smaller copy is offered beside the original; keeping one brings its tags, and the other is in the trash', async () => {
  const [large, small] = [await named('DCIM/A001.mov'), await named('small.mp4')]
  await Promise.all([allMade(large.id), allMade(small.id)])
  await ring.send('PATCH', `${node.url}/api/v1/assets/${small.id}`, { addTags: ['from the small one'], rating: 4 })
  await until(async () => (await api<DuplicateList>('/duplicates')).groups.some(({ assets }) => assets.some(({ id }) => id === small.id)), 'they are offered')
  const { page, complaints } = await openPage(browser, `${node.url}/library/duplicates`)
  const group = page.locator('.duplicate-group', { has: page.locator(`[data-asset="${small.id}"]`) })
  await group.waitFor()
  assert.deepEqual(await page.evaluate(`[...document.querySelector('.copy[data-asset="${small.id}"]').parentElement.children].map((copy) => copy.dataset.asset)`), [large.id, small.id], 'the larger first')
  await group.getByRole('button', { name: 'Keep one, the rest into the trash' }).click()
  await group.waitFor({ state: 'detached' })
  const kept = await named('DCIM/A001.mov')
  assert.deepEqual([kept.tags, kept.rating], [['from the small one'], 4])
  assert.equal((await api<AssetList>('/assets?trash=true')).assets[0]?.id, small.id)
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test.run()
