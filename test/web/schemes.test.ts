// needs: chromium ffmpeg
/** Dark and light: as the system has it, until a person chooses. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { buildPages, chromiumPath, DESKTOP, holds, openBrowser, openPage, pageSuite } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { makeMedia } from './media.ts'

const test = pageSuite('schemes')
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

const GROUNDS = { dark: 'rgb(13, 16, 18)', light: 'rgb(243, 246, 246)' } as const
const BARS = { dark: '#0d1012', light: '#f3f6f6' } as const

/** The ground is drawn in a scheme, and the browser's bars take it. */
const shows = (page: Page, scheme: keyof typeof GROUNDS): Promise<void> =>
  holds(page, `getComputedStyle(document.documentElement).backgroundColor === '${GROUNDS[scheme]}' && document.querySelector('meta[name=theme-color]').content === '${BARS[scheme]}'`)
const choose = (page: Page, name: string): Promise<void> => page.locator('.segments label', { hasText: name }).click()

test('the page is as the system is, and follows it while it is open', async () => {
  const { page } = await openPage(browser, `${api.url}/library`, DESKTOP, 'light')
  await shows(page, 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await shows(page, 'dark')
  await page.context().close()
})

test('what a person chooses holds against the system, in every tab and after a reload, until the system is chosen again', async () => {
  const { page } = await openPage(browser, `${api.url}/settings`, DESKTOP, 'dark')
  const other = await page.context().newPage()
  await other.goto(`${api.url}/library`)
  await choose(page, 'Light')
  await shows(page, 'light')
  await shows(other, 'light')
  await page.reload()
  await shows(page, 'light')
  assert.equal(await page.getByRole('radio', { name: 'Light' }).isChecked(), true)
  await choose(page, 'System')
  await shows(page, 'dark')
  await page.context().close()
})

test('the scheme stands before anything is drawn: no page is dark first and light then', async () => {
  const { page } = await openPage(browser, `${api.url}/settings`, DESKTOP, 'dark')
  await choose(page, 'Light')
  await page.addInitScript(`new MutationObserver(() => { window.grounds ??= []; if (document.body !== null) window.grounds.push(document.documentElement.dataset.scheme) }).observe(document, { childList: true, subtree: true, attributes: true })`)
  await page.goto(`${api.url}/library`)
  await page.waitForSelector('[data-asset]')
  assert.deepEqual([...new Set(await page.evaluate('window.grounds') as string[])], ['light'])
  await page.context().close()
})

test('pictures stand on dark ground in both schemes', async () => {
  const { page } = await openPage(browser, `${api.url}/library/asset-0`, DESKTOP, 'light')
  await page.waitForSelector('.stage video')
  await holds(page, "getComputedStyle(document.querySelector('.stage')).backgroundColor === 'rgb(5, 6, 7)'")
  await holds(page, "getComputedStyle(document.querySelector('.stage')).colorScheme === 'dark'")
  await page.context().close()
})

test('a browser that keeps nothing chooses for as long as the page is open', async () => {
  const { page } = await openPage(browser, 'about:blank', DESKTOP, 'dark')
  await page.addInitScript("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError') } })")
  await page.goto(`${api.url}/settings`)
  await choose(page, 'Light')
  await shows(page, 'light')
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
