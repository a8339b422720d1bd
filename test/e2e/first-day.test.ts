// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { AlbumList, AssetList, CameraList } from '#protocols/http.ts'
import { createMediaFolder, type MediaFolder } from '../support/media-folder.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { graveFindings } from '../web/axe.ts'
import { buildPages, DESKTOP, holds, keepPicture, openBrowser, openPage, PHONE } from '../web/browser.ts'

/** Everybody's first day, in one sitting: each claim goes on where the one before it ended. */
const test = suite('the first day of a videographer')

let ring: TestRing
let node: NodeProcess
let folder: MediaFolder
let browser: Browser
let page: Page
let complaints: string[]

const api = <T>(path: string): Promise<T> => ring.get<T>(`${node.url}/api/v1/${path}`)
const card = (name: string) => page.locator('.asset-card', { hasText: name })

test.before(async () => {
  await buildPages()
  folder = await createMediaFolder(['day1/a.mp4', 'day1/b.mov', 'sound/tone.wav', 'stills/photo.jpg'])
  ring = await TestRing.create()
  node = await ring.begin('alder', { flags: ['--camera', 'Porch', '--source', 'test?size=320x180'] })
  browser = await openBrowser();
  ({ page, complaints } = await openPage(browser, `${node.url}/library`))
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await folder?.remove()
})

test('one: an empty library says how to fill it', async () => {
  await page.getByText('The library is empty').waitFor()
  await page.getByText('Drop files or whole folders anywhere').waitFor()
})

test('two: files are added, with progress, and nothing is left out', async () => {
  await page.getByLabel('Files to add').first().setInputFiles(folder.whole.map((name) => folder.path(name)))
  await page.getByText('4 files done').waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Close uploads' }).click()
  await until(async () => (await api<AssetList>('assets')).total === 4, 'all are in')
})

test('three: each has a picture in the grid', async () => {
  await page.goto(`${node.url}/library`)
  for (const name of ['a.mp4', 'b.mov', 'photo.jpg', 'tone.wav']) await card(name).waitFor()
  await holds(page, "[...document.querySelectorAll('.asset-card img')].length === 4 && [...document.querySelectorAll('.asset-card img')].every((image) => image.naturalWidth > 0)")
})

test('four: a clip plays, picture and sound', async () => {
  await card('a.mp4').click()
  await page.locator('video').waitFor()
  await page.evaluate("{ const video = document.querySelector('video'); video.muted = true; video.play() }")
  await holds(page, "document.querySelector('video').currentTime > 0.3 && document.querySelector('video').videoWidth === 320")
})

test('five: it is named, rated and tagged', async () => {
  await page.locator('#title').fill('Porch in the rain')
  await page.getByRole('radio', { name: '4' }).or(page.getByRole('button', { name: /4 (?:of 5 )?stars?/ })).first().click()
  await page.getByPlaceholder('Add a tag').fill('weather/rain')
  await page.getByPlaceholder('Add a tag').press('Enter')
  await until(async () => {
    const [clip] = (await api<AssetList>('assets?q=name:a.mp4')).assets
    return clip?.title === 'Porch in the rain' && clip.rating === 4 && clip.tags.includes('weather/rain')
  }, 'it is stored')
})

test('six: chosen clips go into an album, in one step that can be undone', async () => {
  await page.goto(`${node.url}/library`)
  for (const name of ['Porch in the rain', 'photo.jpg']) {
    await card(name).hover()
    await page.getByRole('checkbox', { name: new RegExp(`(?:Select|Choose) ${name.replace('.', '\\.')}`) }).check({ force: true })
  }
  await page.getByText('2 clips selected').waitFor()
  await page.getByLabel('Into album').selectOption('new')
  await page.getByLabel('Name', { exact: true }).fill('Rainy days')
  await page.getByRole('button', { name: 'Make it' }).click()
  await until(async () => (await api<AlbumList>('albums')).albums.some(({ name, assets }) => name === 'Rainy days' && assets === 2), 'two are in it')
  await page.getByRole('link', { name: 'Rainy days' }).click()
  await card('photo.jpg').waitFor()
})

test('seven: a few words and a filter find it, and say why', async () => {
  await page.goto(`${node.url}/library`)
  await page.getByRole('combobox', { name: /search/i }).or(page.getByRole('searchbox')).first().fill('rain type:video rating:>=3')
  await page.getByText('1 match').waitFor()
  await card('Porch in the rain').waitFor()
})

test('eight: the camera is watched live, and recorded', async () => {
  await page.goto(node.url)
  await holds(page, "(() => { const video = document.querySelector('video[data-camera=porch]'); return video !== null && video.videoWidth === 320 && video.currentTime > 0 })()", 60_000)
  await until(async () => (await api<CameraList>('cameras')).cameras.some(({ id, lastDurableMs }) => id === 'porch' && lastDurableMs > 0), 'its last second is on disk', 60_000)
})

test('nine: what was deleted by mistake comes back', async () => {
  await page.goto(`${node.url}/library`)
  await card('tone.wav').hover()
  await page.getByRole('checkbox', { name: /(?:Select|Choose) tone\.wav/ }).check({ force: true })
  await page.getByRole('toolbar', { name: 'Selected clips' }).getByRole('button', { name: 'Trash' }).click()
  await until(async () => (await api<AssetList>('assets')).total === 3, 'it is in the trash')
  await page.keyboard.press('Control+z')
  await until(async () => (await api<AssetList>('assets')).total === 4, 'it is back')
})

test('ten: where everything is, and that it is well, is one page', async () => {
  await page.goto(`${node.url}/ring`)
  await page.locator('.ring-chart').waitFor()
  await page.getByText('alder').first().waitFor()
})

test('no page complained of anything on that day', () => {
  assert.deepEqual(complaints, [])
})

const PAGES = ['/', '/library', '/library/duplicates', '/trash', '/folders', '/rolls', '/recordings', '/recordings/porch', '/jobs', '/workflows', '/ring', '/camera']

for (const [name, viewport] of [['a desktop', DESKTOP], ['a phone', PHONE]] as const) {
  test(`on ${name} every page of that node is without a complaint, without sideways scrolling, and axe-core finds nothing grave`, async () => {
    const { total, assets: [first] } = await api<AssetList>('assets')
    assert.ok(total > 0)
    for (const path of [...PAGES, `/library/${first?.id}`]) {
      const opened = await openPage(browser, node.url + path, viewport)
      await opened.page.locator('main h1, main h2, main video, main #title').first().waitFor()
      await opened.page.waitForLoadState('networkidle').catch(() => {}) // a camera that is watched is never idle
      await keepPicture(opened.page, `${name}${path.replace(/[0-9a-f]{64}/, 'clip')}`)
      assert.deepEqual(opened.complaints, [], path)
      assert.equal(await opened.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false, `${path} scrolls sideways`)
      assert.deepEqual(await graveFindings(opened.page), [], path)
      await opened.page.context().close()
    }
  })
}

test.run()
