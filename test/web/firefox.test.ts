// needs: firefox-esr ffmpeg
/** Every page in Firefox, on a desktop and on a phone. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { launchFirefox, openInFirefox } from '../support/firefox.ts'
import { findings } from './axe.ts'
import { buildPages, DESKTOP, PHONE } from './browser.ts'
import { fill, PAGES } from './every-page.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const test = suite('pages in Firefox')
let api: FakeApi
let browser: Browser
let page: Page
let complaints: string[]

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  fill(api.state)
  browser = await launchFirefox();
  ({ page, complaints } = await openInFirefox(browser, 'about:blank'))
})
test.after(async () => {
  await browser?.close()
  await api?.close()
})

for (const [path, sign] of PAGES) {
  test(`${path} is whole`, async () => {
    complaints.length = 0
    await page.setViewportSize(DESKTOP)
    await page.goto(api.url + path)
    await page.locator(sign).first().waitFor()
    for (const viewport of [DESKTOP, PHONE]) {
      await page.setViewportSize(viewport)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false, `${viewport.width} pixels wide it scrolls sideways`)
    }
    assert.deepEqual(await findings(page), [])
    assert.deepEqual(complaints, [], 'the console is silent')
  })
}

test.run()
