// needs: chromium ffmpeg
/** The keys of an editor on the page of a clip, in a real browser. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { buildPages, chromiumPath, holds, openBrowser, openPage, pageSuite } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { fakeAssets } from './fake-data.ts'
import { makeMedia } from './media.ts'

const test = pageSuite('keys of a clip')
const VIDEO = "document.querySelector('.stage video')"
let api: FakeApi
let browser: Browser
let page: Page

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
})
test.before.each(async () => {
  api.state.assets = fakeAssets()
  ;({ page } = await openPage(browser, `${api.url}/library/asset-0`))
  await holds(page, `${VIDEO}.readyState >= 2`)
})
test.after.each(() => page.context().close())
test.after(async () => {
  await browser?.close()
  await api?.close()
})

const timeNow = (): Promise<number> => page.evaluate(`${VIDEO}.currentTime`) as Promise<number>
/** Puts the film at a time, s, and waits for its picture. */
const putAt = async (seconds: number): Promise<void> => {
  await page.evaluate(`${VIDEO}.currentTime = ${seconds}`)
  await holds(page, `!${VIDEO}.seeking`)
}
const near = (expected: number): Promise<void> => holds(page, `Math.abs(${VIDEO}.currentTime - ${expected}) < 0.002`)

test('space plays it and pauses it, and on a button presses that', async () => {
  await page.keyboard.press(' ')
  await holds(page, `!${VIDEO}.paused && ${VIDEO}.currentTime > 0.2`)
  await page.keyboard.press(' ')
  await holds(page, `${VIDEO}.paused`)
  await page.getByRole('button', { name: 'Delete', exact: true }).focus()
  await page.keyboard.press(' ')
  await page.getByRole('dialog').waitFor()
  assert.equal(await page.evaluate(`${VIDEO}.paused`), true)
})

test('L plays and speeds up, K stands still, J goes back', async () => {
  await putAt(2)
  await page.keyboard.press('l')
  await page.keyboard.press('l')
  await holds(page, `!${VIDEO}.paused && ${VIDEO}.playbackRate === 2`)
  await page.keyboard.press('k')
  await holds(page, `${VIDEO}.paused && ${VIDEO}.playbackRate === 1`)
  const stood = await timeNow()
  await page.keyboard.press('j')
  await holds(page, `${VIDEO}.currentTime < ${stood - 0.3}`)
  await page.keyboard.press('k')
  await holds(page, `!${VIDEO}.seeking`)
  assert.ok(await timeNow() < stood - 0.3)
})

test('full stop and comma show the next picture and the one before, by the rate of the clip', async () => {
  await putAt(1.02)
  for (const picture of [26, 27, 28]) {
    await page.keyboard.press('.')
    await near((picture + 0.5) / 25)
  }
  await page.keyboard.press(',')
  await near(27.5 / 25)
})

test('arrows go five seconds and no farther than the ends, with Shift one; the stars keep theirs', async () => {
  await putAt(1.5)
  await page.keyboard.press('Shift+ArrowRight')
  await near(2.5)
  await page.keyboard.press('ArrowRight')
  await holds(page, `${VIDEO}.currentTime === ${VIDEO}.duration`)
  await page.keyboard.press('ArrowLeft')
  await near(0)
  await page.locator('.stars [tabindex="0"]').focus()
  await page.keyboard.press('ArrowLeft')
  await holds(page, 'true')
  assert.equal(await timeNow(), 0)
})

test('whoever types moves nothing', async () => {
  await page.locator('#title').focus()
  await page.keyboard.type('jk l.,')
  assert.deepEqual([await timeNow(), await page.evaluate(`${VIDEO}.paused`)], [0, true])
})

test('the help names them', async () => {
  await page.keyboard.press('?')
  const clip = page.getByRole('dialog').getByRole('region', { name: 'A clip' })
  for (const key of ['Space', 'J K L', '← →', ', .']) await clip.getByText(key, { exact: true }).waitFor()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
