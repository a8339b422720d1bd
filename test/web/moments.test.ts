// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { until } from '../support/until.ts'
import { graveFindings } from './axe.ts'
import { buildPages, holds, openBrowser, openPage, PHONE } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { fakeMoments } from './fake-moments.ts'
import { makeMedia } from './media.ts'

const test = suite('the pages of moments')

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
test.before.each(() => { api.state.moments = fakeMoments() })

const open = (path: string) => openPage(browser, api.url + path)
const shot = async (page: Page, name: string): Promise<void> => { if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/${name}.png` }) }

test('a sentence finds moments, grouped by clip, with why, how much was covered and what is off', async () => {
  const { page, complaints } = await open('/moments')
  await page.getByText('Of what is there:').waitFor()
  await shot(page, 'moments-empty')
  await page.keyboard.press('/')
  await page.keyboard.type('harbour under water')
  await page.locator('[data-found=asset-1]').waitFor()
  await page.getByText('97 % of 1,204 h understood; node cedar did not answer').waitFor()
  await page.getByText('Speech is not looked through').waitFor()
  assert.equal(await page.getByRole('link', { name: 'Models and what they are used for' }).getAttribute('href'), '/settings/models')
  assert.deepEqual(await page.locator('[data-found=asset-1] mark').allTextContents(), ['harbour', 'under', 'water'])
  assert.deepEqual(await page.locator('[data-found=asset-1] .why-word').allTextContents(), ['speech “and then the whole harbour was under water”', 'said “the quay had gone”'])
  assert.equal(await page.locator('[data-found=asset-0] .moment').count(), 4)
  await page.getByRole('button', { name: '1 more in this clip' }).click()
  assert.equal(await page.locator('[data-found=asset-0] .moment').count(), 5)
  assert.match(new URL(page.url()).search, /^\?q=harbour\+under\+water$/)
  assert.deepEqual(await graveFindings(page), [])
  await shot(page, 'moments')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('what is typed while the first words are looked for stays', async () => {
  const { page } = await open('/moments')
  await page.getByText('Of what is there:').waitFor()
  const box = page.getByRole('searchbox')
  await box.fill('har')
  await page.evaluate(`(() => {
    const put = history.replaceState
    history.replaceState = function (...parts) { // a key that is pressed as the address changes
      history.replaceState = put
      const field = document.querySelector('[role=searchbox]')
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'harbour')
      field.dispatchEvent(new Event('input', { bubbles: true }))
      return put.apply(history, parts)
    }
  })()`)
  await until(() => api.state.moments.asked.at(-1) === 'q=harbour&limit=30', 'all that was typed is asked for')
  assert.equal(await box.inputValue(), 'harbour')
  await page.context().close()
})

test('clips appear while others are still looked for', async () => {
  api.state.moments.betweenMs = 1500
  const { page } = await open('/moments?q=harbour')
  await page.locator('[data-found=asset-0]').waitFor()
  assert.equal(await page.getByText('97 % of 1,204 h understood').count(), 0)
  await page.getByText('looking on…').waitFor()
  await page.locator('[data-found=asset-1]').waitFor()
  await page.context().close()
})

test('a moment plays without sound while the pointer rests on it, and of a camera what it recorded then', async () => {
  const { page, complaints } = await open('/moments?q=harbour')
  const tile = page.locator('[data-moment="asset-0@1000"]')
  await tile.hover()
  await holds(page, "(() => { const film = document.querySelector('[data-moment=\"asset-0@1000\"] video'); return film !== null && film.muted && film.dataset.playing === 'true' && film.currentTime >= 1 })()")
  assert.match(await page.locator('[data-moment="asset-0@1000"] video').getAttribute('src') ?? '', /asset-0\/content$/)
  await page.locator('h1').hover()
  await page.locator('.moment-film').waitFor({ state: 'detached' })
  await page.locator('[data-found=cam-porch] .moment').hover()
  await holds(page, "document.querySelector('[data-found=cam-porch] video')?.dataset.playing === 'true'")
  assert.deepEqual(api.state.plays.at(-1), { camera: 'cam-porch', from: Date.UTC(2026, 10, 27, 3), to: Date.UTC(2026, 10, 27, 3, 0, 20) })
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('keys lead from the box to a moment and into the clip at it, and back to the same results', async () => {
  const { page, complaints } = await open('/moments?q=harbour')
  await page.locator('[data-found=asset-7]').waitFor()
  const asked = api.state.moments.asked.length
  await page.keyboard.press('/')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await holds(page, "document.activeElement?.dataset.moment === 'asset-0@2400'")
  await page.keyboard.press('Enter')
  await page.locator('[data-scene="1"][aria-current=true]').waitFor()
  assert.equal(new URL(page.url()).search, '?t=2400')
  await holds(page, "Math.abs(document.querySelector('.stage video').currentTime - 2.4) < 0.1")
  await page.goBack()
  await page.locator('[data-found=asset-7]').waitFor()
  assert.equal(api.state.moments.asked.length, asked, 'what was found is kept')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

/** Drops or pastes a picture. */
const give = (page: Page, event: 'drop' | 'paste') => page.evaluate(`(async () => {
  const bytes = await (await fetch('/api/v1/assets/asset-6/content')).blob()
  const transfer = new DataTransfer()
  transfer.items.add(new File([bytes], 'sketch.png', { type: 'image/png' }))
  window.dispatchEvent(${event === 'drop' ? "new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })" : "new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })"})
})()`)

test('a picture that is dropped or pasted is looked for, as a JPEG', async () => {
  const { page, complaints } = await open('/moments?q=harbour&kind=video')
  await page.locator('[data-found=asset-0]').waitFor()
  await give(page, 'drop')
  await page.getByText('sketch.png').waitFor()
  await until(() => api.state.moments.asked.at(-1) === 'image/jpeg ffd8ff filter=type%3Avideo&limit=30', 'the picture is asked for')
  await page.locator('[data-found=asset-0]').waitFor()
  await page.getByRole('button', { name: 'Do not look for this picture' }).click()
  await page.getByText('A sentence finds the second').waitFor()
  await give(page, 'paste')
  await page.getByText('sketch.png').waitFor()
  await page.getByRole('searchbox').fill('boats')
  await until(() => api.state.moments.asked.at(-1)?.includes('q=boats') === true, 'words take the place of the picture')
  await page.getByText('sketch.png').waitFor({ state: 'detached' })
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('whoever looked for a picture finds more like a moment, and what an address asks for', async () => {
  const { page, complaints } = await open('/moments')
  await page.getByText('Of what is there:').waitFor()
  await give(page, 'drop')
  await page.getByText('sketch.png').waitFor()
  await page.getByRole('link', { name: 'More like Tide coming in at the harbour at 0:02.4' }).click()
  await page.locator('.meant').getByText('Tide coming in at the harbour').waitFor()
  await until(() => api.state.moments.asked.at(-1) === 'like=asset-0%402400&limit=30', 'that moment is asked for')
  await give(page, 'paste')
  await page.getByText('sketch.png').waitFor()
  await page.evaluate("document.querySelector('nav a[href=\"/library\"]').click()")
  await page.getByText('24 items').waitFor()
  await page.getByRole('searchbox').fill('maren')
  await page.getByRole('link', { name: 'Find “maren” inside films and pictures' }).click()
  await until(() => api.state.moments.asked.at(-1) === 'q=maren&limit=30', 'the words are asked for')
  assert.equal(await page.getByText('sketch.png').count(), 0)
  assert.equal(new URL(page.url()).search, '?q=maren')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('filters narrow what is looked through, and stand in the address', async () => {
  const { page } = await open('/moments?q=boat')
  await page.locator('[data-found=asset-0]').waitFor()
  await page.getByRole('button', { name: 'Filters' }).click()
  await page.getByRole('button', { name: 'Speech', exact: true }).click()
  await page.getByRole('button', { name: 'Scenes and passages', exact: true }).click()
  await page.getByLabel('Kind').selectOption('video')
  await page.getByLabel('Camera', { exact: true }).selectOption('camera:cam-porch')
  await page.getByLabel('from').fill('2026-11-01')
  await until(() => api.state.moments.asked.at(-1)?.includes('from=') === true, 'all of it is asked for')
  const asked = new URLSearchParams(api.state.moments.asked.at(-1))
  assert.deepEqual([asked.get('q'), asked.get('sense'), asked.get('level'), asked.get('filter'), asked.get('within'), asked.get('from')], ['boat', 'speech', '2', 'type:video', 'camera:cam-porch', String(new Date('2026-11-01T00:00:00').getTime())])
  await page.reload()
  await page.getByRole('button', { name: 'Filters (5)' }).waitFor()
  assert.deepEqual(await graveFindings(page), [])
  await shot(page, 'moments-filters')
  await page.getByRole('button', { name: 'Without filters' }).click()
  await until(() => api.state.moments.asked.at(-1) === 'q=boat&limit=30', 'nothing narrows it')
  await page.context().close()
})

test('what fails is said, what breaks off is kept, and nothing found says how much was looked through', async () => {
  api.state.moments.refuses = 'The node looks for too much at once: wait a moment.'
  const { page } = await open('/moments?q=harbour')
  await page.getByRole('alert').getByText('looks for too much').waitFor()
  api.state.moments.refuses = ''
  api.state.moments.breaksOff = true
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('The answer broke off').waitFor()
  assert.equal(await page.locator('.found').count(), 6)
  api.state.moments.breaksOff = false
  api.state.moments.found = []
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Part of the library is not understood yet').waitFor()
  assert.equal(await page.getByRole('link', { name: 'Look in the library' }).getAttribute('href'), '/library?q=harbour')
  await page.context().close()
})

test('more like a moment is found from its tile, and from the picture a clip is at', async () => {
  const { page, complaints } = await open('/moments?q=harbour')
  await page.getByRole('link', { name: 'More like Tide coming in at the harbour at 0:02.4' }).click()
  await page.locator('.meant').getByText('Tide coming in at the harbour').waitFor()
  await until(() => api.state.moments.asked.at(-1) === 'like=asset-0%402400&limit=30', 'that picture is asked for')
  await page.goto(`${api.url}/library/asset-0`)
  await page.locator('[data-scene="2"]').click()
  await page.locator('[data-scene="2"][aria-current=true]').waitFor()
  await page.getByRole('link', { name: 'More like this picture' }).click()
  await until(() => api.state.moments.asked.at(-1) === 'like=asset-0%402600&limit=30', 'the picture the clip is at')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a clip shows its scenes, what is in each, what is not there yet and why, and what it hangs together with', async () => {
  const { page, complaints } = await open('/library/asset-0')
  await page.getByText('3 scenes').waitFor()
  await page.locator('[data-scene-words="0"]').getByText('boat ×3').waitFor()
  await page.locator('[data-scene="1"]').click()
  await page.locator('[data-scene-words="1200"]').getByText('a crane over the quay').waitFor()
  await page.getByRole('button', { name: 'HARBOUR MASTER' }).click()
  await holds(page, "Math.abs(document.querySelector('.stage video').currentTime - 1.4) < 0.05")
  await page.getByText('1 thing not there yet: speech').click()
  await page.getByText('no model is there that writes down what is said', { exact: true }).waitFor()
  const related = page.locator('.related')
  for (const name of ['drone_0231.mp4', 'Storefront, vertical', 'Interview with Maren', 'Rehearsal 1']) await related.getByText(name).waitFor()
  assert.equal(await related.getByRole('link', { name: 'Storefront' }).getAttribute('href'), '/library/asset-3?t=400')
  assert.equal(await related.getByRole('link', { name: 'harbour, water' }).getAttribute('href'), '/moments/map?topic=topic-0')
  assert.deepEqual(await graveFindings(page), [])
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/asset.png`, fullPage: true })
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a picture in which nothing was recognised says so', async () => {
  const { scenes } = api.state.moments
  const [first] = scenes.scenes
  api.state.moments.scenes = { ...scenes, scenes: [{ ...first!, brightness: 0.1, caption: null, tags: [], objects: [], words: [], speech: [] }] }
  const { page } = await open('/library/asset-6')
  await page.getByText('Nothing in it was recognised or read; it is dark').waitFor()
  await page.context().close()
})

test('the map opens what is clicked, is moved by keys, says itself in words, and makes albums of topics', async () => {
  const { page, complaints } = await open('/moments/map')
  const canvas = page.locator('.map-box canvas')
  await canvas.waitFor()
  await page.locator('[data-topic=topic-0]').getByText('harbour, water').waitFor()
  await shot(page, 'map')
  const view = async (): Promise<number[]> => (await canvas.getAttribute('data-view') ?? '').split(' ').map(Number)
  const before = await view()
  await canvas.focus()
  await page.keyboard.press('+')
  await page.keyboard.press('ArrowRight')
  const [x = 0, y = 0, scale = 0] = await view()
  assert.ok(scale > (before[2] ?? 0) && x > (before[0] ?? 0))
  await page.locator('[data-topic=topic-0] summary').click()
  await page.locator('[data-topic=topic-0]').getByRole('link', { name: 'Interview with Maren' }).waitFor()
  api.state.moments.map.topics[0]!.assets.push('asset-2')
  await page.reload()
  await page.locator('[data-topic=topic-0]').getByRole('button', { name: 'Make an album of it' }).click()
  assert.equal(await page.getByRole('textbox', { name: 'Name' }).inputValue(), 'harbour, water')
  await page.getByRole('button', { name: 'Make it' }).click()
  await until(() => api.state.moments.albums.length === 2, 'the album is made and filled')
  assert.match(api.state.moments.albums[1] ?? '', /asset-0.*asset-1.*asset-2/)
  assert.deepEqual(await graveFindings(page), [])
  const [atX = 0, atY = 0, atScale = 0] = await view()
  const box = (await canvas.boundingBox())!
  const node = api.state.moments.map.nodes[3]!
  await page.mouse.click(box.x + (node.x - atX) * atScale + box.width / 2, box.y + (node.y - atY) * atScale + box.height / 2)
  await page.waitForURL('**/library/asset-3')
  assert.ok(Number.isFinite(y))
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('on the map, what is left out is not said to be off, and who may only look is offered no albums', async () => {
  api.state.moments.map.topics[0]!.assets.push('asset-2')
  api.state.moments.map.notes.push('The map shows 5 of 3,000 clips, those that belong to topics first.')
  const { page, complaints } = await open('/moments/map')
  const album = page.getByRole('button', { name: 'Make an album of it' })
  await album.waitFor()
  await page.getByRole('list', { name: 'What is left out' }).getByText('The map shows 5 of 3,000 clips').waitFor()
  assert.deepEqual([await page.getByText('can turn it on').count(), await page.getByRole('link', { name: 'Models and what they are used for' }).count()], [0, 0])
  await page.route('**/api/v1/session', (route) => route.fulfill({ json: { kind: 'user', id: 'guest', name: 'Guest', role: 'viewer', limited: false, accounts: true } }))
  await page.reload()
  await page.locator('[data-topic=topic-0]').waitFor()
  await until(async () => await album.count() === 0, 'no album is offered')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('settings say what is understood and why something is not, keep the vocabulary, and look for faces only when people agreed', async () => {
  const { page, complaints } = await open('/settings/understanding')
  await page.locator('[data-task=transcribe]').getByText('Off: no model is there').waitFor()
  await page.locator('[data-task=embed-pictures]').getByText('1 failed').waitFor()
  await shot(page, 'understanding')
  assert.deepEqual(await graveFindings(page), [])
  await page.getByRole('button', { name: 'Look for faces…' }).click()
  assert.equal(await page.getByRole('button', { name: 'Look for faces', exact: true }).isDisabled(), true)
  await page.getByLabel('The people in these pictures agreed to it.').check()
  await page.getByRole('button', { name: 'Look for faces', exact: true }).click()
  await page.getByRole('button', { name: 'Stop and delete all faces' }).waitFor()
  assert.equal(api.state.moments.understanding.faces, true)
  await page.locator('section').filter({ hasText: 'Vocabulary' }).getByRole('button', { name: 'Change…' }).click()
  await page.getByLabel('One word or a few words a line').fill('harbour\nred car, harbour\n\n')
  await page.getByText('2 words of at most').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.vocabulary-words').getByText('red car').waitFor()
  assert.deepEqual(api.state.moments.understanding.vocabulary, ['harbour', 'red car'])
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('the library offers to look inside with the same words', async () => {
  const { page } = await open('/library?q=harbour+tag%3Ab-roll')
  await page.getByRole('link', { name: 'Find “harbour” inside films and pictures' }).click()
  await page.locator('[data-found=asset-0]').waitFor()
  assert.equal(await page.getByRole('searchbox').inputValue(), 'harbour')
  await page.context().close()
})

test('touch plays a moment where it stands', async () => {
  const context = await browser.newContext({ viewport: PHONE, hasTouch: true, isMobile: true })
  const touched = await context.newPage()
  await touched.goto(`${api.url}/moments?q=harbour`)
  await touched.getByRole('button', { name: 'Play Tide coming in at the harbour here' }).first().tap()
  await holds(touched, "document.querySelector('[data-moment=\"asset-0@1000\"] video')?.dataset.playing === 'true'")
  await context.close()
})

test.run()
