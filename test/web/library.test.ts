// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import type { AssetDetail, MotionView } from '#protocols/http.ts'
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
test.before.each(() => { Object.assign(api.state, { assets: fakeAssets(), trash: [], uploads: [], begun: new Map(), searches: [], broken: false }) })
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

test('a search that fails says so in the place of what was shown before, and what it finds is shown when it can be asked again', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.getByText('24 items').waitFor()
  api.state.broken = true
  await page.getByRole('searchbox').fill('maren')
  await page.getByRole('alert').getByText('its disk does not answer').waitFor()
  assert.deepEqual([await page.locator('.cell').count(), await page.getByText('24 matches').count()], [0, 0])
  api.state.broken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('1 match', { exact: true }).waitFor()
  assert.equal(await page.locator('[data-asset]').count(), 1)
  await page.context().close()
})

test('facets narrow the grid together, show how many, and are taken away by their chips', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  const side = page.getByRole('complementary', { name: 'Narrow the library' })
  await side.getByRole('button', { name: 'b-roll 2' }).click()
  await page.getByText('2 matches').waitFor()
  await side.getByRole('button', { name: '★★★★ 1', exact: true }).click()
  await page.getByText('1 match', { exact: true }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('q'), 'tag:b-roll rating:4')
  assert.equal(await page.getByRole('searchbox').inputValue(), 'tag:b-roll rating:4')
  await page.getByRole('button', { name: 'Without rating:4' }).click()
  await page.getByText('2 matches').waitFor()
  await page.context().close()
})

test('the search box offers what may be meant, and says what is wrong with a query', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  const box = page.getByRole('searchbox')
  await box.pressSequentially('ta')
  await page.getByRole('option', { name: 'tag:' }).waitFor()
  await box.press('ArrowDown')
  await box.press('Enter')
  await page.getByRole('option', { name: 'tag:b-roll 1' }).click()
  await page.getByText('2 matches').waitFor()
  assert.equal(await box.inputValue(), 'tag:b-roll ')
  await box.fill('camra:sony')
  await page.getByRole('button', { name: 'Use camera:' }).click()
  await holds(page, "document.querySelector('input[type=search]').value === 'camera:sony'")
  await page.context().close()
})

test('a hit shows why it is one, with the words marked', async () => {
  const { page } = await openPage(browser, `${api.url}/library?q=maren`)
  await holds(page, "document.querySelector('[data-asset=asset-1] mark')?.textContent === 'Maren'")
  await page.context().close()
})

test('below its name a clip shows its tags, else its file, else what kind of file it is', async () => {
  Object.assign(asset('asset-4')!, { title: '', tags: [] })
  const { page } = await openPage(browser, `${api.url}/library`)
  for (const [id, words] of [['asset-2', 'aerial, b-roll'], ['asset-3', 'IMG_8812.mov'], ['asset-4', '1920 × 1080 · prores']]) {
    await page.locator(`[data-asset="${id}"] .asset-words`).getByText(words!, { exact: true }).waitFor()
  }
  await page.context().close()
})

test('a search is saved, opened and deleted', async () => {
  const { page } = await openPage(browser, `${api.url}/library?q=maren`)
  await page.getByRole('button', { name: 'Save this search' }).click()
  await page.getByLabel('Name of the search').fill('Interviews')
  await page.getByLabel('Name of the search').press('Enter')
  await page.getByRole('button', { name: 'Interviews', exact: true }).waitFor()
  assert.deepEqual(api.state.searches.map(({ name, q }) => [name, q]), [['Interviews', 'maren']])
  await page.getByRole('searchbox').fill('')
  await page.getByText('24 items').waitFor()
  await page.getByRole('button', { name: 'Interviews', exact: true }).click()
  await page.getByText('1 match', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Delete the saved search Interviews' }).click()
  await until(() => api.state.searches.length === 0)
  await page.context().close()
})

/** Many clips, some of each day, the newest first. */
const many = (count: number): AssetDetail[] => Array.from({ length: count }, (_, at) => ({ ...fakeAssets()[1]!, id: `many-${at}`, title: `Clip ${at}`, importedAtMs: Date.UTC(2026, 10, 20) - Math.floor(at / 30) * 86_400_000 }))

test('of a hundred thousand clips only those near the screen exist, and any is one drag away', async () => {
  api.state.assets = many(100_000)
  const { page, complaints } = await openPage(browser, `${api.url}/library`)
  await page.getByText('100,000 items').waitFor()
  await page.waitForSelector('[data-asset=many-0]')
  const cells = (): Promise<number> => page.locator('.cell').count()
  assert.ok(await cells() < 80, `${await cells()} cells`)
  await page.mouse.move(800, 600)
  for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, 900)
  await holds(page, "Number(document.querySelector('a[data-at]')?.dataset.at) > 30")
  const scale = (await page.getByRole('slider', { name: 'Date' }).boundingBox())!
  await page.mouse.click(scale.x + 20, scale.y + scale.height / 2)
  await holds(page, "[...document.querySelectorAll('a[data-at]')].some(({ dataset: { at, asset } }) => at > 45000 && at < 55000 && asset === 'many-' + at)")
  assert.ok(await cells() < 80, `${await cells()} cells`)
  await page.getByRole('slider', { name: 'Date' }).press('End')
  await page.waitForSelector('[data-asset=many-99999]')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a million clips are scrolled through an element that browsers can lay out, from the first to the last', async () => {
  const assets = many(1)
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.route('**/api/v1/assets/timeline*', (route) => route.fulfill({ json: { total: 1_000_000, unit: 'day', entries: Array.from({ length: 2000 }, (_, at) => [new Date(Date.UTC(2026, 10, 20) - at * 86_400_000).toISOString().slice(0, 10), 500]) } }))
  await page.route(/assets\?.*offset=/, (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get('offset'))
    return route.fulfill({ json: { assets: Array.from({ length: 100 }, (_, at) => ({ ...assets[0], id: `of-${offset + at}` })), total: 1_000_000, cursor: 'x', weak: 0, ranked: false, offset } })
  })
  await page.reload()
  await page.getByText('1,000,000 items').waitFor()
  await page.waitForSelector('[data-asset=of-0]')
  assert.ok(await page.evaluate('document.querySelector(".asset-grid").offsetHeight') as number <= 8_000_000)
  await page.mouse.move(800, 600)
  await page.mouse.wheel(0, 400)
  await holds(page, "[...document.querySelectorAll('a[data-at]')].every(({ dataset: { at } }) => at < 60)")
  await page.locator('[data-asset=of-4]').focus()
  await page.keyboard.press('End')
  await holds(page, "document.activeElement.dataset.asset === 'of-999999'")
  await page.keyboard.press('ArrowUp')
  await holds(page, "document.activeElement.dataset.asset === 'of-999995'")
  await page.keyboard.press('Home')
  await holds(page, "document.activeElement.dataset.asset === 'of-0'")
  await page.context().close()
})

test('clips are selected by key, by range and by hand, looked at with Space, and stay selected while the list moves', async () => {
  api.state.assets = many(300)
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.locator('[data-asset=many-0]').focus()
  await page.keyboard.press('x')
  await page.getByText('1 clip selected').waitFor()
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByText('5 clips selected').waitFor()
  await page.getByLabel('Select Clip 7').click({ modifiers: ['Shift'] })
  await page.getByText('8 clips selected').waitFor()
  await page.mouse.wheel(0, 8000)
  await holds(page, "document.querySelector('[data-asset=many-0]') === null")
  await page.getByText('8 clips selected').waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.evaluate('window.scrollTo(0, 0)')
  await page.locator('[data-asset=many-1]').focus()
  await page.keyboard.press(' ')
  await page.getByRole('dialog', { name: 'Clip 1' }).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('dialog', { name: 'Clip 2' }).waitFor()
  await page.keyboard.press(' ')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.context().close()
})

test('a look goes on past what is loaded, stays on its clip when others arrive, and says what can not be played', async () => {
  api.state.assets = many(300)
  api.state.assets[112] = { ...fakeAssets()[4]!, id: 'many-112', title: 'Clip 112', importedAtMs: many(113)[112]!.importedAtMs }
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.locator('[data-asset=many-0]').focus()
  await page.keyboard.press(' ')
  await page.getByRole('dialog', { name: 'Clip 0', exact: true }).waitFor()
  await holds(page, "(() => { const film = document.querySelector('.preview video'); return film !== null && film.muted && !film.paused })()")
  for (let at = 1; at <= 112; at++) await page.keyboard.press('ArrowRight')
  const dialog = page.getByRole('dialog', { name: 'Clip 112', exact: true })
  await dialog.getByText('This browser cannot play prores.').waitFor()
  api.state.assets.unshift({ ...many(1)[0]!, id: 'new', title: 'New' })
  api.emit({ type: 'assets', ids: ['new'] })
  await page.getByText('301 items').waitFor()
  await dialog.waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('dialog', { name: 'Clip 113', exact: true }).waitFor()
  await page.keyboard.press(' ')
  await holds(page, "document.activeElement.dataset.asset === 'many-113'")
  await page.context().close()
})

test('a tile of more pixels than a poster has shows the still, and no other does', async () => {
  const shown: string[][] = []
  for (const [deviceScaleFactor, size] of [[1, '320'], [2, '212'], [2, '320']] as const) {
    const context = await browser.newContext({ viewport: { width: 1040, height: 900 }, deviceScaleFactor })
    const page = await context.newPage()
    await page.goto(`${api.url}/library`)
    await page.getByLabel('Size').selectOption(size)
    await page.waitForSelector('.asset-card img[src]')
    await holds(page, "[...document.querySelectorAll('.asset-card img')].slice(0, 2).every((one) => one.complete && one.naturalWidth > 0)")
    await page.reload() // with this size from the beginning
    await page.waitForSelector('.asset-card img[src]')
    shown.push(await page.evaluate("[...new Set([...document.querySelectorAll('.asset-card img[src]')].map((one) => new URL(one.src).search))]") as string[])
    await context.close()
  }
  assert.deepEqual(shown, [[''], [''], ['?size=large']])
})

test('an album that is renewed still shows every clip that somebody asked for, and the one that has the focus', async () => {
  const clips = many(450)
  const { page } = await openPage(browser, `${api.url}/nowhere`)
  await page.route(/albums\/album-0\/assets/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0)
    return route.fulfill({ json: { assets: clips.slice(from, from + 200), total: clips.length, cursor: from + 200 < clips.length ? String(from + 200) : null, weak: 0, ranked: false, offset: from } })
  })
  await page.goto(`${api.url}/albums/album-0`)
  for (const shown of [200, 400]) {
    await holds(page, `document.querySelectorAll('.assets [data-asset]').length === ${shown}`)
    await page.getByRole('button', { name: 'More', exact: true }).click()
  }
  await page.locator('[data-asset=many-449]').focus()
  clips[449] = { ...clips[449]!, title: 'Renamed' }
  api.emit({ type: 'assets', ids: ['many-449'] })
  await page.locator('[data-asset=many-449]').getByText('Renamed').waitFor()
  assert.equal(await page.locator('.assets [data-asset]').count(), 450)
  await holds(page, "document.activeElement.dataset.asset === 'many-449'")
  await page.context().close()
})

test('as a list, in another order, the page keeps both', async () => {
  const { page } = await openPage(browser, `${api.url}/library`)
  await page.getByLabel('Size').selectOption('list')
  await page.waitForSelector('.asset-line')
  await page.getByLabel('Order').selectOption('name')
  assert.equal(new URL(page.url()).searchParams.get('sort'), 'name')
  await page.reload()
  await page.waitForSelector('.asset-line')
  assert.equal(await page.getByLabel('Order').inputValue(), 'name')
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
  await title.press('x') // from now on somebody types
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

test('a mask that is drawn over a film stands while what is known of its motion is read again', async () => {
  const { page } = await openPage(browser, `${api.url}/nowhere`)
  let reads = 0
  await page.route('**/assets/asset-0/motion?*', (route) => {
    reads++
    return route.fulfill({ json: { width: 640, height: 360, framesPerSecond: 25, durationMs: 4000, samples: [], stretches: [], tracks: [], notes: [], featureTracks: 0, options: { masks: [], zones: [], sensitivity: 50, features: false } } satisfies MotionView })
  })
  await page.goto(`${api.url}/library/asset-0`)
  await page.locator('.motion-part summary').click()
  await page.getByRole('button', { name: 'Draw a mask' }).click()
  for (const [x, y] of [[100, 100], [200, 100], [200, 180]]) await page.locator('.motion-over').click({ position: { x: x!, y: y! } })
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('Mask 1').waitFor()
  const before = reads
  api.emit({ type: 'ring' })
  await until(() => reads > before)
  await page.getByRole('button', { name: 'Draw a zone' }).click() // the answer is shown by then
  await page.getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await page.locator('.motion-over polygon.mask').count(), 1)
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
