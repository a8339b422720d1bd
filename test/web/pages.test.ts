// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { graveFindings } from './axe.ts'
import { PHONE, buildPages, chromiumPath, holds, openBrowser, openPage } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

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

test('a camera that nobody publishes is waited for, and says so', async () => {
  const { page } = await openPage(browser, api.url)
  await page.getByText('Waiting for the picture').first().waitFor()
  await page.getByText('Not live now').waitFor()
  await holds(page, "window.thatdam.viewers.every((viewer) => viewer.state === 'waiting')")
  const viewers = await page.evaluate('window.thatdam.viewers.map((viewer) => viewer.camera)') as string[]
  assert.deepEqual(viewers.sort(), ['cam-attic', 'cam-garage', 'cam-porch'])
  await page.context().close()
})

test('Space and Enter on a camera turn its sound on and off, and the page stays where it is', async () => {
  const { page } = await openPage(browser, api.url)
  const screen = page.locator('[data-cell=cam-porch]')
  for (const [key, pressed] of [[' ', 'true'], ['Enter', 'false']] as const) {
    await screen.press(key)
    await holds(page, `document.querySelector('[data-cell=cam-porch]').getAttribute('aria-pressed') === '${pressed}'`)
  }
  assert.equal(await page.evaluate('window.scrollY'), 0)
  await page.context().close()
})

test('the field of the audit log stays while a search fails, and a word that is typed is one search', async () => {
  const { page } = await openPage(browser, `${api.url}/settings/audit`)
  await page.getByText('cedar did not answer').waitFor()
  const asked: string[] = []
  await page.route(/audit\?.*text=/, (route) => {
    asked.push(new URL(route.request().url()).searchParams.get('text') ?? '')
    return route.fulfill({ status: 503, json: { error: { code: 'ERR_FAKE', message: 'The log cannot be read.' } } })
  })
  const field = page.getByRole('searchbox', { name: 'Only entries with' })
  await field.pressSequentially('editor')
  await page.getByRole('alert').getByText('The log cannot be read.').waitFor()
  assert.equal(asked[0], 'editor')
  assert.equal(await field.inputValue(), 'editor')
  await holds(page, "document.activeElement.type === 'search'")
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

for (const [path, name, to] of [['/library', 'Folders', '/folders'], ['/library', 'Duplicates', '/library/duplicates'], ['/library', 'Trash', '/trash'], ['/jobs', 'Workflows', '/workflows']] as const) {
  test(`${path} leads to ${to} on a phone, and the bar says where that belongs`, async () => {
    const { page } = await openPage(browser, api.url + path, PHONE)
    await page.getByRole('link', { name, exact: true }).click()
    await page.waitForURL(`**${to}`)
    assert.equal(await page.locator('.place[aria-current=page]').getAttribute('href'), path)
    await page.context().close()
  })
}

test('on a phone clips are in sight at once, and albums and filters are behind a button', async () => {
  const { page } = await openPage(browser, `${api.url}/library`, PHONE)
  await page.waitForSelector('[data-asset=asset-0] img')
  assert.ok((await page.locator('[data-asset=asset-1]').boundingBox())!.y < PHONE.height - 200, 'the first clips are on the first screen')
  await page.getByRole('button', { name: 'Filters' }).click()
  const side = page.getByRole('dialog', { name: 'Albums and filters' })
  await side.getByRole('button', { name: 'interview 1' }).click()
  assert.deepEqual(await graveFindings(page), [])
  await side.getByRole('button', { name: 'Show 1 match' }).click()
  assert.equal(await page.locator('[data-asset]').count(), 1)
  await page.getByRole('button', { name: 'Filters' }).click()
  await side.getByRole('link', { name: 'Selects' }).click()
  await page.waitForURL('**/albums/album-0')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Albums' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Harbour' }).click()
  await page.waitForURL('**/albums/album-1')
  await page.context().close()
})

test('a list that begins below the screen is there when one scrolls to it', async () => {
  const { page, complaints } = await openPage(browser, `${api.url}/library`)
  await page.waitForSelector('[data-asset=asset-0]')
  await page.evaluate("document.querySelector('.library-head').style.marginBottom = '4000px'; window.dispatchEvent(new Event('resize'))")
  await holds(page, "document.querySelector('[data-asset]') === null && document.querySelector('.asset-grid') !== null")
  await page.evaluate('window.scrollTo(0, document.documentElement.scrollHeight)')
  await page.waitForSelector('[data-asset=asset-0]')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('an album is shared from its page, and its clips are selected by X', async () => {
  const { page } = await openPage(browser, `${api.url}/albums/album-0`)
  await page.locator('[data-asset=asset-0]').focus()
  await page.keyboard.press('x')
  await page.getByText('1 clip selected').waitFor()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Shift+X')
  await page.getByText('3 clips selected').waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  api.state.orders = []
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make the link' }).click()
  await page.getByRole('dialog').getByText(`${api.url}/s/once`).waitFor()
  assert.deepEqual(api.state.orders, ['share album-0'])
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
