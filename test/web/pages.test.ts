// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { DESKTOP, PHONE, buildPages, chromiumPath, holds, openBrowser, openPage } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

/** Every page, and something that is only there when it has drawn what it is for. */
const PAGES: readonly (readonly [string, string])[] = [
  ['/', 'video[data-camera=cam-porch]'],
  ['/library', '[data-asset=asset-0] img'],
  ['/library/asset-0', '#title'],
  ['/library/asset-5', 'audio'],
  ['/library/asset-6', '.stage img'],
  ['/recordings', '.timeline .span'],
  ['/recordings/cam-porch', '.timeline .gap'],
  ['/ring', '.ring-chart .arc'],
  ['/nowhere', '.notice']
]

const test = suite('pages')
let api: FakeApi
let browser: Browser

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
})
test.after(async () => {
  await browser.close()
  await api.close()
})

for (const [name, viewport] of [['a desktop', DESKTOP], ['a phone', PHONE]] as const) {
  for (const [path, sign] of PAGES) {
    test(`${path} renders on ${name}, complains of nothing and never scrolls sideways`, async () => {
      const { page, complaints } = await openPage(browser, api.url + path, viewport)
      await page.waitForSelector(sign)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false)
      assert.match(await page.title(), /ThatDAM/)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }
}

test('a camera that nobody publishes is waited for, and says so', async () => {
  const { page } = await openPage(browser, api.url)
  await page.getByText('Waiting for the picture').first().waitFor()
  await page.getByText('Not live now').waitFor()
  await holds(page, "window.thatdam.viewers.every((viewer) => viewer.state === 'waiting')")
  const viewers = await page.evaluate('window.thatdam.viewers.map((viewer) => viewer.camera)') as string[]
  assert.deepEqual(viewers.sort(), ['cam-attic', 'cam-garage', 'cam-porch'])
  await page.context().close()
})

test('on a phone the cameras stand under one another', async () => {
  const { page } = await openPage(browser, api.url, PHONE)
  await page.waitForSelector('figure')
  const lefts = await page.evaluate("[...document.querySelectorAll('figure')].map((figure) => figure.getBoundingClientRect().left)") as number[]
  assert.equal(new Set(lefts).size, 1)
  await page.context().close()
})

test('the recording light goes by the clock of the node, not of the browser', async () => {
  const { page } = await openPage(browser, 'about:blank')
  await page.clock.install({ time: new Date(Date.now() - 86_400_000) })
  api.state.cameras = api.state.cameras.map((camera) => ({ ...camera, lastDurableMs: camera.id === 'cam-porch' ? Date.now() : camera.lastDurableMs }))
  await page.goto(api.url)
  await page.locator('figure', { hasText: 'porch' }).getByText(/on 2 nodes, \d s ago/).waitFor()
  await page.context().close()
})

test('`?` shows the keys, Esc closes them, and `/` goes to the search', async () => {
  const { page } = await openPage(browser, `${api.url}/ring`)
  await page.waitForSelector('.arc')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('/')
  await holds(page, "location.pathname === '/library' && document.activeElement.type === 'search'")
  await page.context().close()
})

test('arrows move among the clips and Enter opens one', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.locator('[data-asset=asset-0]').focus()
  await page.keyboard.press('ArrowRight')
  await holds(page, "document.activeElement.dataset.asset === 'asset-1'")
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await holds(page, "document.activeElement.dataset.asset === 'asset-6'")
  await page.keyboard.press('Enter')
  await page.waitForURL('**/library/asset-6')
  await page.context().close()
})

test('the ring page shows what moves, who leaves and who is gone', async () => {
  const { ring } = api.state
  const [alder, birch, cedar] = ring.members
  assert.ok(alder && birch && cedar)
  api.state.ring = { ...ring, members: [alder, birch, { ...cedar, state: 'draining' }], layout: { version: 8, older: [7], moved: 214, partitions: 256 }, gone: [{ peerId: 'x', name: 'oak' }] }
  const { page } = await openPage(browser, `${api.url}/ring`)
  await holds(page, '/Layout 7 → 8: 214 of 256 partitions moved/.test(document.querySelector(".movement").textContent) && /cedar leaves when/.test(document.querySelector(".movement").textContent)')
  await holds(page, '/handing over its parts/.test(document.querySelector("[data-member=cedar]").textContent) && /oak/.test(document.querySelector(".gone").textContent)')
  await page.context().close()
  api.state.ring = ring
})

test('an empty ring says how to fill it, and a failing node says why', async () => {
  const { cameras, assets } = api.state
  Object.assign(api.state, { cameras: [], assets: [] })
  const { page } = await openPage(browser, api.url)
  await page.getByText('No camera yet').waitFor()
  await page.goto(`${api.url}/library`)
  await page.getByText('The library is empty').waitFor()
  Object.assign(api.state, { cameras, assets, broken: true })
  await page.goto(`${api.url}/library`)
  await page.getByText('Look at the disk of this machine').waitFor()
  api.state.broken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.waitForSelector('[data-asset]')
  await page.context().close()
})

test('when the node dies the page names the other nodes, and goes on when it is back', async () => {
  const mortal = await startFakeApi(await makeMedia())
  mortal.state.ring = { ...mortal.state.ring, members: mortal.state.ring.members.map((member) => ({ ...member, http: member.self ? '' : `http://${member.name}.example:8082/` })) }
  const { page } = await openPage(browser, mortal.url)
  await page.getByText('connected', { exact: true }).waitFor()
  await mortal.close()
  const banner = page.getByRole('alert')
  await banner.getByText('alder does not answer.').waitFor()
  assert.equal(await banner.getByRole('link', { name: 'birch' }).getAttribute('href'), 'http://birch.example:8082/')
  const again = await startFakeApi(await makeMedia(), { port: Number(new URL(mortal.url).port) })
  await banner.waitFor({ state: 'detached' })
  await page.context().close()
  await again.close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
