// needs: chromium ffmpeg
/** What people meet in their first minute, on the screens they have: nothing of it is cut off, hidden, or far away. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { buildPages, chromiumPath, DESKTOP, expectComplaint, holds, keepPicture, openBrowser, openPage, pageSuite, PHONE } from './browser.ts'
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

/** Pages that belong to another, and what the arrow before their title leads to. */
const UP: readonly (readonly [path: string, to: string])[] = [
  ['/library/duplicates', '/library'], ['/trash', '/library'], ['/folders', '/library'], ['/imports', '/folders'], ['/imports/batch-0', '/imports'], ['/takes', '/library'], ['/takes/take-0', '/takes'], ['/albums/album-0', '/library'],
  ['/moments/map', '/moments'], ['/recordings/cam-porch', '/recordings'], ['/workflows', '/jobs'], ['/rolls/roll-0', '/rolls'], ['/camera', '/']
]

test('the way up stands before the title of every page that belongs to another', async () => {
  for (const [path, to] of UP) {
    await visit(path, PHONE)
    const back = page.locator('.page-head .row:has(h1) > a:first-child')
    await back.waitFor()
    assert.equal(await back.getAttribute('href'), to, path)
  }
})

test('a tablet gives the page its width, and the rail still names the pages', async () => {
  await visit('/library', TABLET)
  await page.locator('[data-asset=asset-0]').waitFor()
  assert.ok(await widthOf('main') > 0.85 * TABLET.width, `${await widthOf('main')} pixels are the page's`)
  for (const name of ['Live', 'Library', 'Find', 'Recordings', 'Jobs', 'Cards', 'Ring', 'Settings']) {
    const words = page.locator('.rail .place > span', { hasText: name })
    assert.ok((await words.boundingBox())!.width <= await widthOf('.rail'), `${name} fits the rail`)
  }
})

test('on a phone the pages beside the library are named, and the settings are one line', async () => {
  await visit('/library', PHONE)
  for (const name of ['Takes', 'Duplicates', 'Folders', 'Trash']) await page.getByRole('navigation', { name: 'Beside the library' }).getByText(name, { exact: true }).waitFor()
  await visit('/settings/understanding', PHONE)
  await page.locator('.tabs [aria-current=page]').waitFor()
  const tabs = await Promise.all((await page.locator('.tabs .button').all()).map((tab) => tab.boundingBox()))
  assert.equal(new Set(tabs.map((box) => box?.y)).size, 1)
  const open = (await page.locator('.tabs [aria-current=page]').boundingBox())!
  assert.ok(open.x >= 0 && open.x + open.width <= PHONE.width, 'the open one is in sight')
})

/** Whether two things that are on the page lie over one another. */
async function meet(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(async (selector) => (await page.locator(selector).first().boundingBox())!))
  return a!.x < b!.x + b!.width && b!.x < a!.x + a!.width && a!.y < b!.y + b!.height && b!.y < a!.y + a!.height
}

test('what is selected is shared from where it was selected', async () => {
  await visit('/library')
  for (const at of [0, 1]) await page.locator('.cell .select-box').nth(at).click()
  const bar = page.getByRole('toolbar', { name: 'Selected clips' })
  await bar.getByRole('button', { name: 'Share' }).click()
  const dialog = page.getByRole('dialog', { name: 'Share with a link' })
  const asked = page.waitForRequest(/\/links$/)
  await page.route(/\/api\/v1\/links$/, (route) => route.fulfill({ status: 201, json: { link: { hasPassword: false }, path: '/s/secret' } }))
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  assert.deepEqual((await asked).postDataJSON().assets.length, 2)
  await dialog.getByText('/s/secret').waitFor()
  await page.unroute(/\/api\/v1\/links$/)
})

for (const size of [DESKTOP, PHONE]) {
  test(`uploads, what is done to the selection and what is said in passing lie side by side, ${size.width} pixels wide`, async () => {
    expectComplaint(/status of 404/) // the stand-in edits nothing: it is said in passing
    await visit('/library', size)
    await page.getByLabel('Files to add').first().setInputFiles({ name: `${LONG}.txt`, mimeType: 'text/plain', buffer: Buffer.from('words') })
    await page.locator('.upload.bad').waitFor()
    await page.locator('[data-asset=asset-0] .select-box, .cell .select-box').first().click()
    await page.locator('.bulk-bar').waitFor()
    await page.locator('.bulk-bar').getByRole('button', { name: /Pick/ }).click()
    await page.locator('.toast').waitFor()
    await keepPicture(page, `side by side ${size.width}`)
    for (const [one, other] of [['.toast', '.uploads'], ['.toast', '.bulk-bar'], ['.uploads', '.bulk-bar']] as const) assert.equal(await meet(one, other), false, `${one} and ${other}`)
  })
}

test('files dropped on the first page, which is not the library, are added all the same', async () => {
  await visit('/')
  await page.locator('.tile').first().waitFor()
  await page.evaluate(`{
    const transfer = new DataTransfer()
    transfer.items.add(new File(['a film'], 'first day.mov'))
    for (const type of ['dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }))
  }`)
  await page.locator('.upload[data-state=imported]').waitFor()
  assert.equal(api.state.uploads.at(-1)?.path, 'first day.mov')
})

/** Buttons that open a dialog, and whether what is typed then goes into its first field. */
const DIALOGS: readonly (readonly [path: string, button: string, begins: boolean])[] = [
  ['/', 'Choose cameras', false], ['/recordings/cam-porch', 'Settings', false], ['/library/asset-0', 'Share', true], ['/library/asset-0', 'Delete', false], ['/ring', 'Add a machine', true]
]

for (const [path, name, begins] of DIALOGS) {
  test(`${name} on ${path} opens ${begins ? 'at its first field' : 'a dialog'}, Esc closes it, and the focus is back where it was`, async () => {
    await visit(path)
    const button = page.getByRole('button', { name, exact: true })
    await button.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await holds(page, `document.activeElement.matches('dialog ${begins ? '.body .field' : 'header button'}')`)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await button.evaluate((element) => element === element.ownerDocument.activeElement), true)
  })
}

test('what is printed is dark on white, and has no rail', async () => {
  await visit('/ring')
  await page.locator('[data-member=alder]').first().waitFor()
  await page.emulateMedia({ media: 'print' })
  await holds(page, "document.documentElement.dataset.scheme === 'light' && getComputedStyle(document.querySelector('.rail')).display === 'none'")
  await page.emulateMedia({ media: null })
  await holds(page, "document.documentElement.dataset.scheme === 'dark'")
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
