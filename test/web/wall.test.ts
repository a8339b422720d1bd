// needs: chromium ffmpeg
/** The wall in a real browser: layouts, order, sound, full screen, statistics, and streams that stop while nobody looks. */
import assert from 'node:assert/strict'
import type { Browser, Locator, Page } from 'playwright-core'
import { suite } from 'uvu'
import { until } from '../support/until.ts'
import { DESKTOP, PHONE, buildPages, chromiumPath, holds, openBrowser, openPage } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { fakeCameras } from './fake-data.ts'
import { type FakeWhep, startFakeWhep } from './fake-whep.ts'
import { makeMedia } from './media.ts'

const test = suite('wall')
let whep: FakeWhep
let api: FakeApi
let browser: Browser
let page: Page

test.before(async () => {
  await buildPages()
  whep = await startFakeWhep({ pictures: { porch: 'color=s=320x180:r=8:c=gray,format=yuv420p' } })
  api = await startFakeApi(await makeMedia(), { whep: whep.handle })
  browser = await openBrowser()
})
test.before.each(async () => {
  api.state.cameras = fakeCameras()
  ;({ page } = await openPage(browser, api.url))
  await page.waitForSelector('figure')
})
test.after.each(async () => {
  await page.context().close()
  // A context that is closed says no farewell; what it left is not the next test's.
  for (const peer of whep.sessions.values()) await peer.close()
  whep.sessions.clear()
})
test.after(async () => {
  await browser.close()
  await api.close()
  await whep.close()
})

const names = (): Promise<string[]> => page.evaluate("[...document.querySelectorAll('figure .who strong')].map((name) => name.textContent)") as Promise<string[]>
const showsNames = (...expected: string[]): Promise<boolean> => until(async () => {
  assert.deepEqual(await names(), expected)
  return true
}, `the wall shows ${expected.join(', ')}`)
const screenOf = (camera: string): Locator => page.locator(`[data-cell=cam-${camera}]`)
const statesOf = (from: Page = page): Promise<Record<string, string>> => from.evaluate('Object.fromEntries(window.thatdam.viewers.map(({ camera, state }) => [camera, state]))') as Promise<Record<string, string>>

test('a layout is one click, and this browser keeps it', async () => {
  for (const [title, columns] of [['Two by two', '2'], ['Four by four', '4'], ['One large, five small', '3']] as const) {
    await page.getByTitle(title).click()
    await holds(page, `document.querySelector('.wall').dataset.columns === '${columns}'`)
  }
  const widths = await page.evaluate("[...document.querySelectorAll('figure')].map((figure) => figure.getBoundingClientRect().width)") as number[]
  assert.ok((widths[0] ?? 0) > 1.9 * (widths[1] ?? Infinity), `the first is twice as wide: ${widths.join(', ')}`)
  await page.reload()
  await page.waitForSelector('.wall.layout-1\\+5')
  assert.equal(await page.getByRole('radio', { name: 'One large, five small' }).isChecked(), true)
})

test('what does not fit is on further pages, on the full screen as well', async () => {
  await page.getByTitle('One camera').click()
  await showsNames('garage')
  await page.getByText('1 of 3').waitFor()
  await page.keyboard.press(']')
  await showsNames('porch')
  await page.getByRole('button', { name: 'Cameras after' }).click()
  await showsNames('attic')
  await page.keyboard.press('[')
  await showsNames('porch')
  await page.keyboard.press('f')
  await page.getByRole('group', { name: 'Cameras' }).getByRole('button', { name: 'Cameras after' }).click()
  await showsNames('attic')
  await page.keyboard.press('f')
})

test('Shift with an arrow moves a camera, focus stays on it, and the order outlives the page', async () => {
  await showsNames('garage', 'porch', 'attic')
  await screenOf('garage').focus()
  await page.keyboard.press('Shift+ArrowRight')
  await showsNames('porch', 'garage', 'attic')
  assert.equal(await page.evaluate('document.activeElement.dataset.cell'), 'cam-garage')
  await page.getByText('garage is now at place 2 of 3').waitFor({ state: 'attached' })
  await page.reload()
  await showsNames('porch', 'garage', 'attic')
})

test('a camera is dragged by its name to where another is', async () => {
  await page.locator('figure', { hasText: 'attic' }).locator('.who').dragTo(page.locator('figure', { hasText: 'garage' }).locator('.screen'))
  await showsNames('attic', 'garage', 'porch')
})

test('cameras are left out and ordered in a dialog, by keys too', async () => {
  await page.getByRole('button', { name: 'Choose cameras' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cameras on the wall' })
  await dialog.getByRole('checkbox', { name: 'garage' }).uncheck()
  await dialog.getByRole('checkbox', { name: /attic/ }).press('Alt+ArrowUp')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await showsNames('attic', 'porch')
  await page.reload()
  await showsNames('attic', 'porch')
  await until(async () => (await statesOf())['cam-garage'] === undefined, 'nobody watches what is left out')
  await page.getByRole('button', { name: 'Choose cameras' }).click()
  await dialog.getByRole('button', { name: 'All, by name' }).click()
  await showsNames('garage', 'porch', 'attic')
})

const heard = (): Promise<string[]> => page.evaluate("[...document.querySelectorAll('video')].filter((video) => !video.muted).map((video) => video.dataset.camera)") as Promise<string[]>
const hears = (...cameras: string[]): Promise<boolean> => until(async () => {
  assert.deepEqual(await heard(), cameras)
  return true
}, `heard: ${cameras.join(', ')}`)

test('sound follows the pointer when it is told to, one camera at a time, and a click holds it', async () => {
  await screenOf('porch').hover()
  await hears()
  await page.getByRole('button', { name: 'Sound follows the pointer' }).click()
  await screenOf('porch').hover()
  await hears('cam-porch')
  await screenOf('garage').hover()
  await hears('cam-garage')
  await page.getByRole('heading', { name: 'Live' }).hover()
  await hears()
  await screenOf('porch').click()
  await screenOf('garage').hover()
  await hears('cam-porch')
  await screenOf('porch').click()
  await hears()
})

test('keyboard focus is heard as the pointer is', async () => {
  await page.getByRole('button', { name: 'Sound follows the pointer' }).click()
  await screenOf('garage').focus()
  await page.keyboard.press('ArrowRight')
  await hears('cam-porch')
})

test('nothing sounds before someone has clicked or typed, and the tile says so', async () => {
  await page.getByRole('button', { name: 'Sound follows the pointer' }).click()
  // Whatever Playwright evaluates in a page counts as someone's act there, so the browser's answer is given for it.
  await page.addInitScript("const activation = { hasBeenActive: false }; Object.defineProperty(navigator, 'userActivation', { value: activation }); addEventListener('keydown', () => { activation.hasBeenActive = true })")
  await page.reload()
  await holds(page, "document.querySelector('video[data-camera=cam-porch]')?.videoWidth > 0", 60_000)
  await screenOf('porch').hover()
  await page.getByText('Click once to allow sound').waitFor()
  await hears()
  await page.keyboard.press('a')
  await hears('cam-porch')
})

test('`f` puts the wall on the full screen, or the camera that has the focus', async () => {
  await page.keyboard.press('f')
  await holds(page, "document.fullscreenElement?.classList.contains('wall') === true && document.querySelector('.wall').classList.contains('full')")
  await screenOf('porch').focus()
  await page.keyboard.press('f')
  await holds(page, "document.fullscreenElement?.ariaLabel === 'Camera porch' || document.fullscreenElement?.getAttribute('aria-label') === 'Camera porch'")
  await until(async () => (await statesOf())['cam-garage'] === 'closed', 'what is behind it is paused')
  await page.keyboard.press('f')
  await holds(page, "document.fullscreenElement?.classList.contains('wall') === true")
  await page.getByRole('heading', { name: 'Live' }).evaluate('document.activeElement.blur()')
  await page.keyboard.press('f')
  await holds(page, 'document.fullscreenElement === null')
})

test('`i` shows the statistics of a tile, in numbers', async () => {
  await holds(page, "document.querySelector('video[data-camera=cam-porch]')?.videoWidth > 0", 60_000)
  await screenOf('porch').focus()
  await page.keyboard.press('i')
  const shown = page.locator('figure', { hasText: 'porch' }).locator('.tile-statistics')
  await until(async () => {
    const text = await shown.innerText()
    for (const fact of [/320×180/, /\d+ fps/, /\d+ [kM]b\/s/, /H264/, /Round trip\s+\d+ ms/, /Jitter\s+\d+ ms/, /Buffer\s+\d+ ms/, /Lost\s+\d+ packets/, /Freezes\s+\d/]) assert.match(text, fact)
    return true
  }, 'every number is there', 60_000)
  assert.equal(await page.locator('.tile-statistics').count(), 1)
  await page.keyboard.press('i')
  await shown.waitFor({ state: 'detached' })
})

test('low delay is one click for the whole wall: every stream begins anew with it, and this browser keeps it', async () => {
  await until(async () => Object.values(await statesOf()).filter((state) => state === 'playing').length === 2, 'both play', 60_000)
  const askedLow = (from: number): string[] => whep.asked.slice(from).filter((asked) => asked.endsWith('?delay=low') && !asked.startsWith('cam-attic')).sort()
  whep.asked.length = 0
  await page.getByRole('button', { name: 'Low delay' }).click()
  await until(() => askedLow(0).length === 2 && whep.sessions.size === 2, 'both are asked for again', 60_000)
  assert.deepEqual(askedLow(0), ['cam-garage?delay=low', 'cam-porch?delay=low'])
  await page.reload()
  await page.getByRole('button', { name: 'Low delay', pressed: true }).waitFor()
  await until(() => whep.asked.length > 4 && whep.asked.every((asked) => asked.endsWith('?delay=low')), 'they are asked for so on the next visit', 60_000)
  await page.keyboard.press('l')
  await until(() => whep.asked.at(-1)?.includes('?') === false, 'and as usual again', 60_000)
})

test('tiles that are scrolled away stop their stream, and go on when they are back', async () => {
  const [porch] = fakeCameras()
  assert.ok(porch)
  api.state.cameras = Array.from({ length: 7 }, (_, at) => ({ ...porch, id: `cam-${at}`, name: `cam ${at}` }))
  await until(async () => Object.values(await statesOf()).filter((state) => state === 'playing').length === 2, 'the other page is done with joining', 60_000)
  await page.goto('about:blank')
  await until(() => whep.sessions.size === 0, 'the other page has left')
  const { page: phone } = await openPage(browser, api.url, PHONE)
  const playing = async (): Promise<string[]> => Object.entries(await statesOf(phone)).filter(([, state]) => state === 'playing').map(([camera]) => camera).sort()
  await until(async () => (await playing()).includes('cam-0') && whep.sessions.size < 5, 'what is in sight plays', 60_000)
  assert.equal((await statesOf(phone))['cam-6'], 'closed')
  await phone.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
  await until(async () => (await playing()).includes('cam-6'), 'what came into sight plays', 60_000)
  await until(async () => (await statesOf(phone))['cam-0'] === 'closed' && whep.sessions.size === (await playing()).length, 'what went out of sight has left its node', 60_000)
  await phone.context().close()
})

test('a hidden tab stops every stream but the one that is listened to', async () => {
  const hide = (hidden: boolean): Promise<unknown> => page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} }); document.dispatchEvent(new Event('visibilitychange'))`)
  await until(async () => Object.values(await statesOf()).filter((state) => state === 'playing').length === 2, 'both play', 60_000)
  await hide(true)
  await until(() => whep.sessions.size === 0, 'no session is left', 60_000)
  await hide(false)
  await until(async () => (await statesOf())['cam-garage'] === 'playing', 'it goes on', 60_000)
  await screenOf('garage').click()
  await hide(true)
  await until(async () => (await statesOf())['cam-porch'] === 'closed', 'the silent one stops', 60_000)
  assert.equal((await statesOf())['cam-garage'], 'playing')
})

for (const [device, viewport] of [['a desktop', DESKTOP], ['a phone', PHONE]] as const) {
  test(`no layout scrolls sideways on ${device}, nor does the panel leave the window`, async () => {
    await page.setViewportSize(viewport)
    for (const title of ['Automatic', 'One camera', 'Two by two', 'One large, five small', 'Three by three', 'Four by four']) {
      await page.getByTitle(title).click()
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'), false, title)
    }
    await page.getByTitle('Two by two').click()
    await screenOf('porch').focus()
    await page.keyboard.press('o')
    const box = await page.getByRole('dialog', { name: 'Overlays of porch' }).boundingBox()
    assert.ok(box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= viewport.width && box.y + box.height <= viewport.height, JSON.stringify(box))
  })
}

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
