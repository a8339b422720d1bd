// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { AlarmView } from '#protocols/http.ts'
import { buildPages, DESKTOP, openBrowser, openPage, PHONE } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const FULL: AlarmView = { key: 'disk', severity: 'critical', message: 'The disk of cedar is full. New footage goes to the other nodes. Free some space or add a node; it goes on by itself.', sinceMs: Date.now() - 90_000, nodes: ['cedar'] }
const SILENT: AlarmView = { key: 'silent/b', severity: 'warning', message: 'birch has not answered for 10 minutes: other nodes make the copies it holds. Start it again, or take it out of the ring.', sinceMs: Date.now() - 900_000, nodes: ['alder', 'cedar'] }

const test = suite('alarms on the pages')
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
test.before.each(() => { api.state.alarms = [] })

for (const path of ['/', '/library', '/recordings', '/ring', '/library/asset-0']) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`${path} says what is wrong, ${viewport.width} pixels wide, and never scrolls sideways`, async () => {
      api.state.alarms = [FULL, SILENT]
      const { page, complaints } = await openPage(browser, api.url + path, viewport)
      await page.getByRole('alert').getByText(FULL.message).waitFor()
      assert.equal(await page.getByText(SILENT.message).isVisible(), false)
      await page.getByText('One more').click()
      await page.getByText(SILENT.message).waitFor()
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }
}

test('an alarm comes and goes while the page is open, without a reload', async () => {
  const { page } = await openPage(browser, `${api.url}/ring`)
  await page.getByText('Everything has all its copies').waitFor()
  assert.equal(await page.getByLabel('Alarms').count(), 0)
  api.state.alarms = [SILENT]
  api.emit({ type: 'alarms' })
  await page.getByRole('status').getByText(SILENT.message).waitFor()
  api.state.alarms = []
  api.emit({ type: 'alarms' })
  await page.getByLabel('Alarms').waitFor({ state: 'detached' })
  await page.context().close()
})

test('a member whose disk is full says so on its card', async () => {
  const [, , cedar] = api.state.ring.members
  Object.assign(cedar ?? {}, { disk: 'full', acceptsWrites: false })
  const { page } = await openPage(browser, `${api.url}/ring`)
  await page.getByText('full: takes no more').waitFor()
  await page.context().close()
})

test.run()
