// needs: firefox-esr ffmpeg
/** What people with Firefox do: watch, be a camera, bring files and play them. This Firefox has no H.264 for WebRTC: Mozilla's own would fetch it. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { AssetList } from '#protocols/http.ts'
import { launchFirefox, openInFirefox } from '../support/firefox.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { publish } from '../support/whip-page.ts'
import { buildPages, holds } from '../web/browser.ts'

const test = suite('Firefox on a real ring')

let ring: TestRing
let near: NodeProcess
let far: NodeProcess
let folder: MediaFolder
let browser: Browser
let viewer: Page
const complaints: string[][] = []

/** A page that is closed in any case: a camera that goes on is a load on everything after it. */
async function on(url: string, act: (page: Page) => Promise<void>): Promise<void> {
  const opened = await openInFirefox(browser, url)
  complaints.push(opened.complaints)
  try {
    await act(opened.page)
  } finally {
    await opened.page.close()
  }
}

/** A busy machine may need a second try, of which Firefox tells. */
const isAboutTries = (complaint: string): boolean => complaint.startsWith('WebRTC: ICE failed')

interface Tile { readonly camera: string; readonly framesDecoded: number; readonly audioBytes: number; readonly codec: string }
const tile = async (id: string): Promise<Tile | undefined> => (await viewer.evaluate('thatdam.viewers') as Tile[]).find(({ camera }) => camera === id)

/** The colour in the middle of what is shown. */
const colourOf = (page: Page, video: string): Promise<number[]> => page.evaluate((selector) => {
  const element = document.querySelector<HTMLVideoElement>(selector)!
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')!
  context.drawImage(element, element.videoWidth / 2, element.videoHeight / 2, 1, 1, 0, 0, 1, 1)
  return [...context.getImageData(0, 0, 1, 1).data]
}, video)

/** Firefox's made-up camera shows one colour after another. */
async function isSeen(id: string, codec: string): Promise<void> {
  await until(async () => {
    const now = await tile(id)
    return now !== undefined && now.codec === codec && now.framesDecoded > 30 && now.audioBytes > 1_000
  }, `${codec} and sound of ${id}`, 120_000)
  const first = await colourOf(viewer, `video[data-camera=${id}]`)
  assert.equal(first[3], 255, 'there is a picture')
  await until(async () => String(await colourOf(viewer, `video[data-camera=${id}]`)) !== String(first), 'and it moves')
}

test.before(async () => {
  await buildPages()
  folder = await createMediaFolder(['day1/a.mp4', 'sound/tone.wav', 'stills/photo.jpg'])
  ring = await TestRing.create()
  near = await ring.begin('alder', { flags: ['--camera', 'Porch', '--source', 'test?size=320x180'] })
  far = await ring.begin('birch')
  await ring.together(2)
  browser = await launchFirefox()
  const opened = await openInFirefox(browser, far.url)
  viewer = opened.page
  complaints.push(opened.complaints)
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await folder?.remove()
})

test('a camera whose H.264 it has not for WebRTC is shown over HLS, and the tile says so', async () => {
  await holds(viewer, "document.querySelector('video[data-hls=porch]')?.videoWidth === 320", 60_000)
  await viewer.getByText('HLS, some seconds late').waitFor()
  const at = await viewer.evaluate("document.querySelector('video[data-hls=porch]').currentTime") as number
  await holds(viewer, `document.querySelector('video[data-hls=porch]').currentTime > ${at + 2}`, 60_000)
  assert.equal((await colourOf(viewer, 'video[data-hls=porch]'))[3], 255)
})

test('from the page for it, it is a camera that another node shows, records and keeps twice', () => on(`${near.url}/camera`, async (page) => {
  await page.getByLabel('Name').fill('Front door')
  await page.getByRole('button', { name: 'Go live' }).click()
  await isSeen('front-door', 'VP9')
  await until(async () => (await page.textContent('main'))?.includes('on 2 nodes'), 'it is safe on two nodes')
  assert.match(await page.textContent('figcaption') ?? '', /\d+ fps · [\d.,]+ [kM]b\/s · VP9/)
  await page.getByRole('button', { name: 'Stop' }).click()
  await until(async () => (await ring.camera('front-door', near))?.live === false, 'it is over when it is stopped')
}))

test('VP8, its own first choice, is watched as well', () => on(`${near.url}/library`, async (page) => {
  assert.equal((await publish(page, '/whip/desk')).status, 201)
  await isSeen('desk', 'VP8')
}))

test('files are brought in, shown and played', () => on(`${near.url}/library`, async (page) => {
  await page.getByLabel('Files to add').first().setInputFiles(folder.whole.map((name) => folder.path(name)))
  await page.getByText('3 files done').waitFor({ timeout: 60_000 })
  await until(async () => (await ring.get<AssetList>(`${far.url}/api/v1/assets`)).total === 3, 'they are on the other node')
  await page.goto(`${far.url}/library`)
  await page.locator('.asset-card', { hasText: 'a.mp4' }).click()
  await page.locator('video').waitFor()
  await page.evaluate("{ const video = document.querySelector('video'); video.muted = true; video.play() }")
  await holds(page, "document.querySelector('video').currentTime > 0.3 && document.querySelector('video').videoWidth === 320")
}))

test('a Firefox with WebRTC switched off says so to who would be a camera, and shows cameras over HLS', async () => {
  const bare = await launchFirefox({ 'media.peerconnection.enabled': false })
  try {
    const { page, complaints: here } = await openInFirefox(bare, `${far.url}/camera`)
    await page.getByText('This browser has no WebRTC').waitFor()
    await page.goto(far.url)
    await holds(page, "document.querySelector('video[data-hls=porch]')?.videoWidth === 320", 60_000)
    assert.deepEqual(here, [])
  } finally {
    await bare.close()
  }
})

test('no console complained', () => assert.deepEqual(complaints.flat().filter((each) => !isAboutTries(each)), []))

test.run()
