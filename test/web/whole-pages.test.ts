// needs: chromium ffmpeg
/** Every page as people find it, on a desktop and on a phone, dark and light: with content, empty, of what is not known, and of a node that can not answer. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { findings } from './axe.ts'
import { buildPages, chromiumPath, DESKTOP, expectComplaint, keepPicture, openBrowser, openPage, pageSuite, PHONE, showScheme } from './browser.ts'
import { fill, PAGES } from './every-page.ts'
import { type FakeApi, type FakeState, startFakeApi } from './fake-api.ts'
import { NO_OTHERS } from './fake-others.ts'
import { makeMedia } from './media.ts'

/** Pages of which there is nothing to show, and what they say. */
const EMPTY: readonly (readonly [path: string, words: string])[] = [
  ['/', 'Attach one on any machine'],
  ['/library', 'Drop files or whole folders anywhere'],
  ['/library?q=nothing', 'Try fewer of them'],
  ['/library/duplicates', 'Nothing looks alike'],
  ['/albums/album-0', 'Drag clips from the library'],
  ['/trash', 'can be restored here'],
  ['/folders', 'No folder is read yet'],
  ['/imports', 'Nothing was imported yet'],
  ['/imports/batch-0', 'may still be in the trash'],
  ['/takes', 'select clips in the library and put them in step'],
  ['/moments', 'Say what is seen, said or written'],
  ['/moments?q=harbour', 'Try other words'],
  ['/moments/map', 'There is no map yet'],
  ['/recordings', 'Attach one, and its day fills up here'],
  ['/jobs', 'No job was started yet'],
  ['/workflows', 'A workflow does one thing after the other'],
  ['/rolls', 'No card was offloaded yet'],
  ['/settings', 'Accounts are for those who come from elsewhere'],
  ['/settings/keys', 'say what it is for, and make it'],
  ['/settings/links', 'Open a clip and choose Share'],
  ['/settings/audit', 'Nobody did anything'],
  ['/settings/cloud', 'are copied into an S3 bucket'],
  ['/settings/webhooks', 'No address is called yet']
]

/** Addresses of what nobody knows, and what stands there. */
const UNKNOWN: readonly (readonly [path: string, words: string])[] = [
  ['/nowhere', 'There is no such page'],
  ['/library/nothing', 'This clip is not in the library'],
  ['/albums/nothing', 'This album is not there'],
  ['/imports/nothing', 'This import is not known'],
  ['/takes/nothing', 'There is no such take'],
  ['/rolls/nothing', 'This card is not known'],
  ['/recordings/nothing', 'There is no such camera']
]

/** Nothing of these has to be asked of a node. */
const NEEDS_NO_NODE = ['/camera', '/moments']

const test = pageSuite('whole pages')
let api: FakeApi
let browser: Browser
let page: Page

/** Nothing anywhere. */
function clear(state: FakeState): void {
  Object.assign(state, { cameras: [], assets: [], trash: [], jobs: [], workflows: [], duplicates: [], kept: [], motions: [], masters: [], said: [], alarms: [], searches: [], others: { ...state.others, ...NO_OTHERS } })
  state.moments.found = []
  state.moments.map = { nodes: [], edges: [], topics: [], off: ['No pictures are looked at: no model is chosen.'], notes: [] }
}

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
  page = (await openPage(browser, 'about:blank')).page
  fill(api.state)
})
test.after(async () => {
  await browser?.close()
  await api?.close()
})

/** Whatever on the page can have the focus, and does not show that it has. */
const HIDES_FOCUS = `[...document.querySelectorAll('main :is(a[href], button, input, select, textarea, summary, [tabindex]):not([tabindex="-1"])')].filter((element) => {
  element.focus({ preventScroll: true })
  if (document.activeElement !== element || !element.matches(':focus-visible')) return false
  const shows = [element, element.nextElementSibling].some((each) => each !== null && getComputedStyle(each).outlineStyle !== 'none') || getComputedStyle(element).strokeWidth === '3px'
  return !shows
}).map((element) => element.outerHTML.slice(0, 160))`

/** A page fits, its title names it, its console is silent, axe-core finds nothing in it: on a desktop in the dark and on a phone in the light. */
async function isWhole(name: string): Promise<void> {
  assert.match(await page.title(), /ThatDAM/)
  for (const [viewport, scheme] of [[DESKTOP, 'dark'], [PHONE, 'light']] as const) {
    await page.setViewportSize(viewport)
    await showScheme(page, scheme)
    if (process.env['SHOTS'] !== undefined) await keepPicture(page, `${viewport.width} ${scheme} ${name}`, true)
    assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false, `${viewport.width} pixels wide it scrolls sideways`)
    assert.deepEqual(await findings(page), [], `${viewport.width} pixels wide, ${scheme}`)
  }
}

/** Anew, so that nothing is remembered of the page before. */
async function visit(path: string): Promise<void> {
  await page.setViewportSize(DESKTOP)
  await page.goto(api.url + path)
}

for (const [path, sign] of PAGES) {
  test(`${path} is whole, and shows where the focus is`, async () => {
    await visit(path)
    await page.locator(sign).first().waitFor()
    await isWhole(path)
    await page.keyboard.press('Tab') // from here on the focus is shown
    assert.deepEqual(await page.evaluate(HIDES_FOCUS), [])
  })
}

for (const [path, words] of UNKNOWN) {
  test(`${path} says that there is no such thing, and leads away`, async () => {
    expectComplaint(/status of 404/)
    await visit(path)
    await page.getByText(words).first().waitFor()
    assert.equal(await page.locator('.notice .actions :is(a, button)').count() > 0, true)
    await isWhole(path)
  })
}

for (const [path, sign] of PAGES.filter(([each]) => !NEEDS_NO_NODE.includes(each))) {
  test(`${path} says what is wrong with a node that can not answer, and is there when that is mended`, async () => {
    expectComplaint(/status of 503/)
    api.state.broken = true
    await visit(path)
    await page.getByText('Look at the disk of this machine').first().waitFor()
    api.state.broken = false
    await page.getByRole('button', { name: 'Try again' }).first().click()
    await page.locator(sign).first().waitFor()
  })
}

for (const [path, words] of EMPTY) {
  test(`${path} says how it is filled while it is empty`, async () => {
    clear(api.state)
    await visit(path)
    await page.getByText(words).first().waitFor()
    await isWhole(`empty ${path}`)
  })
}

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
