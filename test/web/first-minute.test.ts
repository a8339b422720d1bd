// needs: chromium ffmpeg
/** What people meet in their first minute, on the screens they have: nothing of it is cut off, hidden, or far away. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { buildPages, chromiumPath, DESKTOP, expectComplaint, keepPicture, openBrowser, openPage, pageSuite, PHONE } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { fakeCameras } from './fake-data.ts'
import { makeMedia } from './media.ts'

const TABLET = { width: 768, height: 1024 } as const
/** Eighty characters, as nervous people name things. */
const LONG = 'The one behind the big blue container next to the second gate, wide, spare lens'

const test = pageSuite('the first minute')
let api: FakeApi
let browser: Browser
let page: Page

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
  page = (await openPage(browser, 'about:blank')).page
})
test.after(async () => {
  await browser?.close()
  await api?.close()
})

/** Anew, at a size. */
async function visit(path: string, size: { readonly width: number; readonly height: number } = DESKTOP): Promise<void> {
  await page.setViewportSize(size)
  await page.goto(api.url + path)
}

/** How wide what matches is drawn, px. */
const widthOf = async (selector: string): Promise<number> => (await page.locator(selector).first().boundingBox())?.width ?? 0

for (const size of [TABLET, PHONE]) {
  test(`a camera's long name has a line to itself, ${size.width} pixels wide`, async () => {
    api.state.cameras = fakeCameras().map((camera) => ({ ...camera, name: `${LONG} ${camera.name}` }))
    await visit('/', size)
    await page.locator('.tile .who').first().waitFor()
    await keepPicture(page, `names ${size.width}`)
    assert.ok(await widthOf('.tile .who') > 0.8 * await widthOf('.tile'), 'the name has the width of its tile')
    api.state.cameras = fakeCameras()
  })
}

test('a camera that was never attached says why on the page of its recordings, and nobody is blamed', async () => {
  expectComplaint(/status of 404/)
  await page.route(/\/cameras\/cam-attic\/ledger/, (route) => route.fulfill({ status: 404, json: { error: { code: 'ERR_NOT_FOUND', message: 'there is no camera cam-attic' } } }))
  await visit('/recordings')
  const attic = page.locator('.camera-day', { hasText: 'attic' })
  await attic.getByText('nothing recorded').waitFor()
  await attic.getByText('/dev/video0 is busy').waitFor()
  assert.equal(await attic.getByRole('alert').count(), 0)
  await page.unroute(/ledger/)
})

for (const size of [DESKTOP, PHONE]) {
  test(`a clip is named, rated, shared and fetched without a scroll, ${size.width} pixels wide`, async () => {
    await visit('/library/asset-0', size)
    const { height } = size
    for (const what of [page.getByLabel('Title'), page.getByRole('radiogroup', { name: 'Rating' }), page.getByRole('group', { name: 'Label' }), page.getByRole('button', { name: 'Share' }), page.getByRole('link', { name: 'Download the original' })]) {
      await what.waitFor()
      const box = await what.boundingBox()
      assert.ok(box !== null && box.y + box.height < height - 58, `${what} ends at ${box === null ? 'nowhere' : box.y + box.height}`)
    }
  })
}

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
