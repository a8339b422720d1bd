// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { AssetList, RecordingList } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { holds, openBrowser, openPage } from '../web/browser.ts'

const test = suite('the pages of a real ring')

let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let folder: MediaFolder
let card: MediaFolder
let dropped: MediaFolder
let browser: Browser
const complaints: string[] = []

async function open(node: NodeProcess, path: string): Promise<Page> {
  const opened = await openPage(browser, `${node.url}${path}`)
  opened.page.on('close', () => complaints.push(...opened.complaints))
  return opened.page
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  birch = await ring.begin('birch')
  await ring.together(2)
  folder = await createMediaFolder(['day1/a.mp4', 'stills/photo.jpg', 'sound/tone.wav'])
  card = await createMediaFolder(['sound/tone.flac'])
  dropped = await createMediaFolder(['stills/web.webp', 'sound/tone.ogg'])
  browser = await openBrowser()
})

test.after(async () => {
  await browser?.close()
  await ring?.end()
  await folder?.remove()
  await card?.remove()
  await dropped?.remove()
})

test('files given to the library page of one node are found on the page of the other', async () => {
  const here = await open(alder, '/library')
  await here.getByLabel('Files to add').first().setInputFiles(folder.whole.map((name) => folder.path(name)))
  await until(async () => (await ring.get<AssetList>(`${birch.url}/api/v1/assets`)).total === 3, 'all three are on birch')
  const there = await open(birch, '/library')
  await there.getByText('3 items').waitFor()
  await there.getByRole('searchbox').fill('phot')
  await there.getByText('1 match').waitFor()
  await Promise.all([here.close(), there.close()])
})

test('a folder given to the library page keeps its paths', async () => {
  const here = await open(birch, '/library')
  await here.getByText('3 items').waitFor()
  await here.getByLabel('Folder to add').first().setInputFiles(card.root)
  const { assets: [clip] } = await until(async () => {
    const list = await ring.get<AssetList>(`${alder.url}/api/v1/assets?q=flac`)
    return list.total === 1 ? list : undefined
  }, 'the folder is on alder')
  assert.match(clip?.locations[0]?.path ?? '', /\/sound\/tone\.flac$/)
  await here.close()
})

test('a folder dropped on the library page is walked to its last file', async () => {
  const here = await open(birch, '/library')
  await here.getByText('4 items').waitFor()
  const input = await here.context().newCDPSession(here)
  const data = { items: [], files: [dropped.root], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await input.send('Input.dispatchDragEvent', { type, x: 600, y: 500, data })
  const name = basename(dropped.root)
  for (const [word, path] of [['ogg', `${name}/sound/tone.ogg`], ['webp', `${name}/stills/web.webp`]] as const) {
    const { assets: [asset] } = await until(async () => {
      const list = await ring.get<AssetList>(`${alder.url}/api/v1/assets?q=${word}`)
      return list.total === 1 ? list : undefined
    }, `${word} is on alder`)
    assert.equal(asset?.locations[0]?.path.endsWith(path), true, `${asset?.locations[0]?.path} ends with ${path}`)
  }
  await here.close()
})

test('a title typed on one page appears on the other, and the clip plays there', async () => {
  const { assets: [clip] } = await ring.get<AssetList>(`${alder.url}/api/v1/assets?kind=video`)
  const here = await open(alder, `/library/${clip?.id}`)
  const there = await open(birch, `/library/${clip?.id}`)
  await here.getByLabel('Title').fill('Kingfisher')
  await until(async () => await there.getByLabel('Title').inputValue() === 'Kingfisher', 'the other page shows the title')
  await holds(there, "document.querySelector('video')?.readyState >= 2")
  await there.evaluate("document.querySelector('video').play()")
  await holds(there, "document.querySelector('video').currentTime > 0.3")
  await Promise.all([here.close(), there.close()])
})

test('a click on the timeline plays what was just recorded, on the node that did not record it', async () => {
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], alder)
  const camera = await until(async () => {
    const seen = await ring.camera('porch', alder)
    return seen?.live ? seen : undefined
  }, 'the camera is live')
  const far = ring.homeOf(camera) === alder ? birch : alder
  await until(async () => {
    const { spans } = await ring.get<RecordingList>(`${far.url}/api/v1/cameras/porch/recordings`)
    return spans.some(({ startMs, endMs }) => endMs - startMs > 20_000)
  }, 'twenty seconds are recorded', 90_000)
  const page = await open(far, '/recordings/porch')
  await page.getByRole('button', { name: '1 min', exact: true }).click()
  const span = await page.locator('.timeline.tall svg .span').last().boundingBox()
  assert.ok(span !== null, 'the recording is on the timeline')
  await page.mouse.click(span.x + span.width / 5, span.y + span.height / 2)
  await holds(page, "document.querySelector('[data-screen=porch]')?.dataset.state === 'ready'", 20_000)
  await holds(page, "document.querySelector('video[data-recording=porch]').videoWidth === 320")
  await page.close()
})

test('the ring page draws 256 partitions and names both nodes', async () => {
  const page = await open(alder, '/ring')
  await page.getByText('nodes answer').waitFor()
  for (const name of ['alder', 'birch']) await page.locator(`[data-member=${name}]`).first().waitFor()
  await page.close()
})

test('no page of the ring has complained in its console', () => {
  assert.deepEqual(complaints, [])
})

test.run()
