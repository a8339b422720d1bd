// needs: chromium
/** From a peer's test card, which beeps while it flashes, through a node to the wall of a browser. */
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { LIP_SYNC_MS, lateByClock, staysInStep } from '../support/lip-sync.ts'
import { TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { keepConnections, launchBrowser } from '../support/whep-page.ts'

const test = suite('lip sync from end to end')
let ring: TestRing
let browser: Browser

test.before(async () => {
  ring = await TestRing.create()
  browser = await launchBrowser()
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
})

test(`a peer's beep is heard within ${LIP_SYNC_MS} ms of the picture it belongs to`, async () => {
  const node = await ring.begin('alder')
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180&beep=1' }], node)
  await until(async () => (await ring.camera('porch', node))?.live, 'the camera is live')
  const page = await browser.newPage()
  await keepConnections(page)
  await page.goto(node.url)
  const tile = page.locator('[data-cell=porch]')
  await tile.waitFor()
  await tile.click()
  await staysInStep(page, 'video[data-camera=porch]', lateByClock)
})

test.run()
