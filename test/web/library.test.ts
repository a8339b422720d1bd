// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { buildPages, chromiumPath, holds, openBrowser, openPage } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { fakeAssets } from './fake-data.ts'
import { type Media, makeMedia } from './media.ts'

const test = suite('library and clip')
let media: Media
let api: FakeApi
let browser: Browser

test.before(async () => {
  await buildPages()
  media = await makeMedia()
  api = await startFakeApi(media)
  browser = await openBrowser()
})
test.before.each(() => { Object.assign(api.state, { assets: fakeAssets(), trash: [], uploads: [], begun: new Map() }) })
test.after(async () => {
  await browser.close()
  await api.close()
})

/** Waits until the stand-in holds what a test expects. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!holds()) {
    if (Date.now() > deadline) assert.fail(`still not so after 5 s: ${holds.toString()}`)
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
}

const asset = (id: string) => api.state.assets.find((one) => one.id === id)

/** Drops made-up files on the page as a folder drop without entries would arrive. */
const drop = (page: Page, files: readonly (readonly [string, string])[]) => page.evaluate(`{
  const transfer = new DataTransfer()
  for (const [name, text] of ${JSON.stringify(files)}) transfer.items.add(new File([text], name))
  for (const type of ['dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }))
}`)

test('typing narrows the grid, and the address keeps the search', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.getByText('24 items').waitFor()
  await page.getByRole('searchbox').fill('maren')
  await page.getByText('1 match').waitFor()
  assert.equal(await page.locator('[data-asset]').count(), 1)
  assert.equal(new URL(page.url()).search, '?q=maren')
  await page.reload()
  await page.getByText('1 match').waitFor()
  assert.equal(await page.getByRole('searchbox').inputValue(), 'maren')
  await page.getByRole('searchbox').press('Escape')
  await page.getByText('24 items').waitFor()
  await page.context().close()
})

test('kind, rating and tag narrow the grid together', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.getByLabel('Kind').selectOption('audio')
  await page.getByText('1 match').waitFor()
  await page.getByLabel('Kind').selectOption('')
  await page.getByLabel('Tag').selectOption('b-roll')
  await page.getByText('2 matches').waitFor()
  await page.getByLabel('Rating').selectOption('4')
  await page.getByText('1 match', { exact: true }).waitFor()
  assert.equal(new URL(page.url()).search, '?tag=b-roll&minRating=4')
  await page.context().close()
})

test('more clips are fetched as the end of the grid comes near', async () => {
  api.state.assets = Array.from({ length: 150 }, (_, at) => ({ ...fakeAssets()[1]!, id: `many-${at}` }))
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.getByText('150 items').waitFor()
  for (let turn = 0; turn < 20 && await page.locator('[data-asset]').count() < 150; turn += 1) await page.mouse.wheel(0, 4000)
  await holds(page, "document.querySelectorAll('[data-asset]').length === 150")
  await page.context().close()
})

test('dropped files are sent with progress, refused ones with their reason, and the grid shows the new ones', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.getByText('24 items').waitFor()
  await drop(page, [['one.png', 'first'], ['two.png', 'second'], ['three.png', 'third'], ['four.png', 'fourth'], ['notes.txt', 'words']])
  const panel = page.getByRole('region', { name: 'Uploads' })
  await panel.getByText('5 files done').waitFor()
  await panel.getByText('This is text, not a picture').waitFor()
  await page.getByText('28 items').waitFor()
  assert.deepEqual(api.state.uploads.map(({ path }) => path).sort(), ['four.png', 'notes.txt', 'one.png', 'three.png', 'two.png'])
  assert.equal(api.state.uploads.find(({ path }) => path === 'three.png')?.bytes, 5)
  await drop(page, [['again.png', 'first']])
  await panel.getByText('already in the library').waitFor()
  await page.context().close()
})

test('an edit shows as saved, and is', async () => {
  const { page } = await openPage(browser, `${api.url}/library/asset-0`)
  await page.getByLabel('Notes').fill('Wind noise until 0:12.')
  await page.locator('.save-state[data-state=typing]').waitFor()
  await until(() => asset('asset-0')?.notes === 'Wind noise until 0:12.')
  await holds(page, "document.querySelectorAll('.save-state[data-state=saved]').length === 2")
  await page.getByLabel('Title').fill('Harbour at dawn')
  await page.getByLabel('Title').press('Enter')
  await until(() => asset('asset-0')?.title === 'Harbour at dawn')
  await page.keyboard.press('2')
  await until(() => asset('asset-0')?.rating === 2)
  await page.getByLabel('Add a tag').fill('dawn')
  await page.getByLabel('Add a tag').press('Enter')
  await until(() => asset('asset-0')?.tags.includes('dawn') === true)
  await page.getByLabel('Take off the tag harbour').click()
  await until(() => asset('asset-0')?.tags.includes('harbour') === false)
  await page.context().close()
})

test('an edit from another browser arrives, but never over what is being typed', async () => {
  const { page } = await openPage(browser, `${api.url}/library/asset-0`)
  const title = page.locator('#title')
  await title.waitFor()
  asset('asset-0')!.title = 'from elsewhere'
  api.emit({ type: 'assets', ids: ['asset-0'] })
  await holds(page, "document.querySelector('#title').value === 'from elsewhere'")
  await title.press('End')
  asset('asset-0')!.title = 'from elsewhere again'
  api.emit({ type: 'assets', ids: ['asset-0'] })
  const notice = page.getByText('Changed elsewhere while you type')
  for (let key = 0; key < 50 && !await notice.isVisible(); key += 1) await title.press('x')
  assert.match(await title.inputValue(), /^from elsewherex+$/)
  assert.equal(asset('asset-0')?.title, 'from elsewhere again')
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await until(() => /^from elsewherex+$/.test(asset('asset-0')?.title ?? ''))
  await page.context().close()
})

test('notes typed in two browsers at once are put together', async () => {
  const { page } = await openPage(browser, `${api.url}/library/asset-0`)
  const notes = page.locator('#notes')
  await notes.fill('the end')
  await until(() => asset('asset-0')?.notes === 'the end')
  await notes.press('End')
  asset('asset-0')!.notes = 'Not the end'
  api.emit({ type: 'assets', ids: ['asset-0'] })
  await notes.pressSequentially(' of it')
  await until(() => asset('asset-0')?.notes === 'Not the end of it')
  await holds(page, "document.querySelector('#notes').value === 'Not the end of it' && document.querySelector('#notes').selectionStart === 17")
  await page.context().close()
})

test('a clip plays, and one the browser cannot play offers its original', async () => {
  const { page } = await openPage(browser, `${api.url}/library/asset-0`)
  await holds(page, "document.querySelector('video')?.readyState >= 2 && document.querySelector('video').videoWidth === 640")
  await page.goto(`${api.url}/library/asset-4`)
  await page.getByText('This browser cannot play prores.').waitFor()
  assert.equal(await page.getByRole('link', { name: 'Download the original' }).first().getAttribute('download'), 'bars_master.mov')
  await page.context().close()
})

test('deleting asks first', async () => {
  const { page } = await openPage(browser, `${api.url}/library/asset-3`)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  assert.notEqual(asset('asset-3'), undefined)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL('**/library')
  assert.equal(asset('asset-3'), undefined)
  await page.context().close()
})

test('what was deleted waits in the trash: restored with one press, and deleted for good only after asking', async () => {
  const [first, second] = api.state.assets.splice(0, 2)
  if (first === undefined || second === undefined) assert.fail('there are two clips')
  const trash = { deletedAtMs: Date.now(), purgeAtMs: Date.now() + 12.5 * 86_400_000 }
  api.state.trash = [{ ...first, trash }, { ...second, trash }]
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.getByRole('link', { name: 'Trash' }).click()
  await page.getByText('2 items').waitFor()
  await page.locator(`[data-asset="${first.id}"]`).getByText('12 days left').waitFor()
  await page.locator(`[data-asset="${first.id}"]`).getByRole('button', { name: 'Restore' }).click()
  await page.getByText('1 item,').waitFor()
  assert.equal(api.state.assets.some(({ id }) => id === first.id), true)
  await page.locator(`[data-asset="${second.id}"]`).getByRole('button', { name: 'Delete for good' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click()
  assert.equal(api.state.trash.length, 1)
  await page.getByRole('button', { name: 'Empty the trash' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
  await page.getByText('The trash is empty').first().waitFor()
  assert.equal(api.state.trash.length, 0)
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
