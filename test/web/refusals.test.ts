// needs: chromium ffmpeg
/** What the node does not give, does not do, or would refuse. */
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { buildPages, chromiumPath, expectComplaint, holds, openBrowser, openPage, pageSuite } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const test = pageSuite('refusals')
let api: FakeApi
let browser: Browser

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await api?.close()
})

/** What a node answers that can not. */
const unable = (message: string, status = 503) => ({ status, json: { error: { code: 'ERR_FAKE', message } } })

test('a clip whose bytes are not to be had says the node’s reason, and plays when it is tried again', async () => {
  expectComplaint(/status of 503/)
  const { page } = await openPage(browser, 'about:blank')
  await page.route('**/assets/asset-0/content', (route) => route.fulfill(unable('no node that sees its file answers: start that node')))
  await page.goto(`${api.url}/library/asset-0`)
  await page.getByText('It cannot be played now: no node that sees its file answers: start that node').waitFor()
  assert.equal(await page.getByText('This browser cannot play').count(), 0)
  await page.unroute('**/assets/asset-0/content')
  await page.locator('.stage').getByRole('button', { name: 'Try again' }).click()
  await holds(page, "document.querySelector('video')?.readyState >= 2")
  await page.context().close()
})

test('a choice of an own field that was not saved is told', async () => {
  expectComplaint(/status of 503/)
  const { page } = await openPage(browser, 'about:blank')
  await page.route('**/api/v1/fields', (route) => route.fulfill({ json: { fields: [{ id: 'field-0', name: 'Lens', type: 'choice', choices: ['35 mm', '50 mm'] }] } }))
  await page.route('**/api/v1/assets/asset-0', (route) => route.request().method() === 'PATCH' ? route.fulfill(unable('Its disk does not answer.')) : route.continue())
  await page.goto(`${api.url}/library/asset-0`)
  await page.getByLabel('Lens').selectOption('50 mm')
  await page.getByText('Not saved: Its disk does not answer.').waitFor()
  await page.context().close()
})

test('sidecars that do not come down are told', async () => {
  expectComplaint(/ERR_FAILED/)
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.route('**/api/v1/xmp/package', (route) => route.abort())
  await page.locator('.select-box').first().click()
  await page.getByLabel('Sidecars').selectOption('zip')
  await page.getByText('The sidecars are being packed').waitFor()
  await page.getByText('This node does not answer.').waitFor()
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
