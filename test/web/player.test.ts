// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { buildPages, chromiumPath, DESKTOP, holds, openBrowser, openPage, PHONE } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { fakeCameras } from './fake-data.ts'
import { makeMedia, RECORDED_SECONDS, SECOND_BITS } from './media.ts'
import { until } from '../support/until.ts'

const test = suite('the player')
let api: FakeApi
let browser: Browser

test.before(async () => {
  await buildPages()
  api = await startFakeApi(await makeMedia())
  browser = await openBrowser()
})
test.before.each(() => {
  Object.assign(api.state, { plays: [], thumbnails: [], kept: [], playsFail: false, unrecorded: false, recordedUntilMs: Date.now(), behind: new Map(), cameras: fakeCameras() })
})
test.after(async () => {
  await browser.close()
  await api.close()
})

/** The second that is said by the pixels on screen, modulo the length of the fake recording; null when there is no picture. */
const SECOND_SHOWN = (camera: string): string => `(() => {
  const video = document.querySelector('video[data-recording="${camera}"]')
  if (video === null || video.readyState < 2) return null
  const canvas = document.createElement('canvas')
  canvas.width = 640; canvas.height = 360
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(video, 0, 0, 640, 360)
  let value = 0
  for (let bit = 0; bit < ${SECOND_BITS}; bit++) value = value * 2 + (context.getImageData(bit * 64 + 32, 32, 1, 1).data[1] > 127 ? 1 : 0)
  return value
})()`
const secondOf = (ms: number): number => Math.floor(ms / 1000) % RECORDED_SECONDS
const headOf = async (page: Page): Promise<number> => Number(await page.locator('[data-playhead]').getAttribute('data-playhead'))
const viewOf = async (page: Page): Promise<[number, number]> => (await page.locator('.dvr-timeline').getAttribute('data-view') ?? '').split(' ').map(Number) as [number, number]

async function showsPast(page: Page, camera = 'cam-porch', from = 0): Promise<void> {
  await holds(page, `(() => { const screen = document.querySelector('[data-screen="${camera}"]'); const video = screen.querySelector('video[data-recording]'); return screen.dataset.state === 'ready' && !video.paused && Number(document.querySelector('[data-playhead]').dataset.playhead) >= ${from} })()`)
}

/** For a person who wants to look: pictures in the folder that `SHOTS` names. */
async function shot(page: Page, name: string): Promise<void> {
  if (process.env['SHOTS'] !== undefined) await page.screenshot({ path: `${process.env['SHOTS']}/${name}.png` })
}

const open = (path: string, viewport: { width: number; height: number } = DESKTOP): ReturnType<typeof openPage> => openPage(browser, `${api.url}${path}`, viewport)

test('a moment in the address plays, and the picture is the one of that moment', async () => {
  const from = Date.now() - 10 * 60_000
  const { page, complaints } = await open(`/recordings/cam-porch?t=${from}`)
  await showsPast(page, 'cam-porch', from + 300)
  await page.keyboard.press(' ')
  await holds(page, "document.querySelector('video[data-recording]').paused")
  await until(async () => secondOf(await headOf(page)) === await page.evaluate(SECOND_SHOWN('cam-porch')), 'the picture shows the second of the clock')
  await shot(page, 'past')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

const minutesAgo = (minutes: number): number => (api.state.recordedUntilMs ?? 0) - minutes * 60_000

test('a click on the timeline plays from there, and the pointer shows what was recorded before anybody clicks', async () => {
  const { page, complaints } = await open(`/recordings/cam-porch?t=${minutesAgo(5)}`)
  await showsPast(page)
  const box = (await page.locator('.dvr-timeline svg').first().boundingBox())!
  const [fromMs, toMs] = await viewOf(page)
  const wanted = minutesAgo(10)
  const x = box.x + (wanted - fromMs) / (toMs - fromMs) * box.width
  await page.mouse.move(x, box.y + box.height / 2)
  await page.locator('[data-thumbnail]').waitFor()
  assert.ok(api.state.thumbnails.some((ms) => Math.abs(ms - wanted) <= 60_000), 'a picture of about that moment was asked for')
  await until(() => api.state.thumbnails.length > 4, 'its neighbours are fetched before they are wanted')
  await shot(page, 'peek')
  await page.mouse.down()
  await page.mouse.move(x + 30, box.y + box.height / 2, { steps: 3 })
  await page.mouse.move(x, box.y + box.height / 2, { steps: 3 })
  await page.mouse.up()
  await holds(page, `Math.abs(Number(document.querySelector('[data-playhead]').dataset.playhead) - ${wanted}) < 20000`)
  await showsPast(page)
  assert.match(page.url(), /\?t=\d+$/)
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('a gap is passed over with a word on the picture that says how long and why', async () => {
  const end = minutesAgo(22)
  const { page, complaints } = await open(`/recordings/cam-porch?t=${end - 2500}`)
  await showsPast(page)
  await page.getByText('8 min missing: the camera was unplugged').waitFor()
  await shot(page, 'gap')
  await showsPast(page, 'cam-porch', minutesAgo(14) + 500)
  await page.keyboard.press('k')
  await until(async () => secondOf(await headOf(page)) === await page.evaluate(SECOND_SHOWN('cam-porch')), 'the picture after the gap is shown')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('the timeline is zoomed by wheel, buttons and keys, and moved', async () => {
  const { page } = await open(`/recordings/cam-porch?t=${minutesAgo(10)}`)
  await showsPast(page)
  const length = async (): Promise<number> => { const [from, to] = await viewOf(page); return to - from }
  const box = (await page.locator('.dvr-timeline svg').first().boundingBox())!
  await page.mouse.move(box.x + box.width * 0.3, box.y + 20)
  const [from, to] = await viewOf(page)
  await page.mouse.wheel(0, -200)
  await until(async () => Math.abs(await length() - (to - from) / 2) < 2, 'half as much is shown')
  const [closerFrom, closerTo] = await viewOf(page)
  assert.ok(Math.abs(closerFrom + (closerTo - closerFrom) * 0.3 - (from + (to - from) * 0.3)) < 10_000, 'the moment under the pointer stays')
  await page.mouse.wheel(300, 0)
  await until(async () => (await viewOf(page))[0] > closerFrom, 'it moved')
  await page.mouse.move(box.x, box.y - 100)
  for (const [name, ms] of [['1 week', 604_800_000], ['1 day', 86_400_000], ['1 min', 60_000]] as const) {
    await page.getByRole('button', { name, exact: true }).click()
    await until(async () => await length() === ms, name)
    await shot(page, `zoom-${name.replace(' ', '-')}`)
  }
  await page.keyboard.press('-')
  await until(async () => await length() === 120_000, 'two minutes')
  await page.keyboard.press('PageUp')
  await page.keyboard.press('+')
  await until(async () => await length() === 60_000, 'one minute')
  await page.context().close()
})

test('the keys of an editor: steps, single pictures, faster, backwards, stop', async () => {
  const from = minutesAgo(10)
  const { page, complaints } = await open(`/recordings/cam-porch?t=${from}`)
  await showsPast(page)
  await page.keyboard.press('k')
  await holds(page, "document.querySelector('video[data-recording]').paused")
  const stopped = await headOf(page)
  await page.keyboard.press('ArrowRight')
  await until(async () => Math.abs(await headOf(page) - stopped - 5000) < 60, 'five seconds ahead')
  await page.keyboard.press('Shift+ArrowLeft')
  await until(async () => Math.abs(await headOf(page) - stopped - 4000) < 60, 'one second back')
  await page.keyboard.press('.')
  await until(async () => Math.abs(await headOf(page) - stopped - 4000 - 1000 / 30) < 60, 'one picture ahead')
  await page.keyboard.press('l')
  await page.keyboard.press('l')
  await holds(page, "document.querySelector('video[data-recording]').playbackRate === 2 && document.querySelector('select[aria-label=Speed]').value === '2'")
  await showsPast(page, 'cam-porch', stopped + 5000)
  await page.keyboard.press('j')
  const turned = await headOf(page)
  await until(async () => await headOf(page) < turned - 1500, 'it goes backwards')
  await page.keyboard.press('k')
  await until(async () => secondOf(await headOf(page)) === await page.evaluate(SECOND_SHOWN('cam-porch')), 'and shows where it is')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('several cameras are chosen, play as one, and one with a gap says why and joins again', async () => {
  api.state.behind.set('cam-attic', 240_000) // its gap of eight minutes is four minutes earlier
  const { page, complaints } = await open(`/recordings/cam-porch?t=${minutesAgo(18) - 245_000}`)
  await page.getByRole('button', { name: 'Several in step' }).click()
  for (const name of ['garage', 'attic']) await page.getByLabel(name).check()
  await page.getByRole('button', { name: 'Show them' }).click()
  for (const camera of ['cam-porch', 'cam-garage']) await showsPast(page, camera)
  await page.keyboard.press(' ')
  await holds(page, "[...document.querySelectorAll('video[data-recording]')].every((video) => video.paused)")
  await until(async () => (await Promise.all(['cam-porch', 'cam-garage'].map((camera) => page.evaluate(SECOND_SHOWN(camera))))).every((second) => second !== null), 'both have a picture')
  const seconds = await Promise.all(['cam-porch', 'cam-garage'].map((camera) => page.evaluate(SECOND_SHOWN(camera))))
  assert.equal(seconds[0], seconds[1], 'both show the same second')
  await page.keyboard.press(' ')
  const attic = page.locator('[data-screen="cam-attic"]')
  await attic.getByText('The camera was unplugged').waitFor()
  await shot(page, 'several')
  assert.equal(await page.locator('.dvr-row').count(), 3)
  const back = minutesAgo(18) // the attic's footage begins again
  await page.evaluate(`history.replaceState(null, '', '/recordings/cam-porch?t=${back - 2500}&with=cam-garage,cam-attic')`)
  await page.reload()
  await attic.getByText('The camera was unplugged').waitFor()
  await showsPast(page, 'cam-attic', back)
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('when something moved is drawn above what is recorded', async () => {
  const now = Date.now()
  api.state.motions = [{ fromMs: now - 1_200_000, toMs: now - 1_080_000 }, { fromMs: now - 600_000, toMs: now - 599_000 }]
  const { page } = await openPage(browser, `${api.url}/recordings/cam-porch`)
  await holds(page, "document.querySelectorAll('.dvr-timeline rect.motion').length === 2")
  const widths = await page.evaluate(() => [...document.querySelectorAll('.dvr-timeline rect.motion')].map((each) => each.getBoundingClientRect().width))
  const width = await page.evaluate(() => document.querySelector('.dvr-timeline svg')!.getBoundingClientRect().width)
  assert.ok(Math.abs(widths[0]! / width - 120 / 3_600) < 0.005, `two minutes of an hour are ${widths[0]} of ${width} pixels`)
  assert.ok(widths[1]! >= 1, 'a second is seen, too')
  api.state.motions = []
  await page.context().close()
})

test('a marked range is named, kept, and exported as it is wished', async () => {
  const { page, complaints } = await open(`/recordings/cam-porch?t=${minutesAgo(10)}`)
  await showsPast(page)
  await page.keyboard.press('i')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('o')
  await page.getByLabel('Name of the range').fill('the fox')
  const link = page.getByRole('link', { name: 'Export range' })
  assert.match(await link.getAttribute('href') ?? '', /^\/api\/v1\/cameras\/cam-porch\/export\?from=\d+&to=\d+&cut=exact&name=the\+fox/)
  assert.match(await link.getAttribute('download') ?? '', /^the fox, porch \d{4}-.*Z\.mp4$/)
  await page.getByLabel('How it is cut').selectOption('parts')
  assert.match(await link.getAttribute('href') ?? '', /cut=parts/)
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await page.getByRole('img', { name: 'Kept for good: the fox' }).first().waitFor({ state: 'attached' })
  await shot(page, 'marked')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('what is live is marked while it is seen, and kept', async () => {
  const { page } = await open('/recordings/cam-porch')
  await page.getByRole('button', { name: 'Live', pressed: true }).waitFor()
  const began = Date.now()
  await page.keyboard.press('i')
  await page.getByRole('button', { name: /^In \d\d:\d\d:\d\d$/ }).waitFor()
  await page.keyboard.press('o')
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await until(() => api.state.kept.length === 1, 'it is kept')
  const [kept] = api.state.kept
  assert.ok(kept !== undefined && kept.fromMs >= began - 1000 && kept.toMs > kept.fromMs && kept.toMs <= Date.now() + 1000, JSON.stringify(kept))
  await page.context().close()
})

test('a range of several cameras is kept of each and listed for each; one that refuses is named, and asked again alone', async () => {
  const { page } = await open(`/recordings/cam-porch?t=${minutesAgo(10)}&with=cam-garage`)
  await showsPast(page)
  await page.keyboard.press('i')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('o')
  await page.getByLabel('Name of the range').fill('the fox')
  await page.route('**/api/v1/cameras/cam-garage/kept', (route) => route.request().method() === 'POST' ? route.fulfill({ status: 507, json: { error: { code: 'ERR_FAKE', message: 'the disk is full: make room' } } }) : route.fallback())
  const keep = page.getByRole('button', { name: 'Keep', exact: true })
  await keep.click()
  await page.getByText('Not kept of garage: the disk is full: make room').waitFor()
  await page.unroute('**/api/v1/cameras/cam-garage/kept')
  await keep.click()
  for (const name of ['porch', 'garage']) await page.getByRole('region', { name: `Kept of ${name} for good` }).getByRole('button', { name: 'the fox', exact: true }).waitFor()
  assert.deepEqual(api.state.kept.map(({ camera }) => camera), ['cam-porch', 'cam-garage'])
  await page.context().close()
})

test('a marked range of two cameras is put in step, with each other or with a take', async () => {
  const { page } = await open(`/recordings/cam-porch?t=${minutesAgo(10)}&with=cam-garage`)
  const asked: Array<{ path: string; cameras: string[] }> = []
  await page.route('**/api/v1/takes**', (route) => {
    const { pathname } = new URL(route.request().url())
    if (route.request().method() !== 'POST') return route.fulfill({ json: { takes: [{ id: 'talk', name: 'Talk', by: '', createdAtMs: 1, originMs: 0, durationMs: 5_000, angles: [], missing: 0, notes: [] }], total: 1 } })
    const { footage } = route.request().postDataJSON() as { footage: { camera: string; fromMs: number; toMs: number }[] }
    assert.ok(footage.every(({ fromMs, toMs }) => Number.isInteger(fromMs) && toMs > fromMs))
    asked.push({ path: pathname, cameras: footage.map(({ camera }) => camera) })
    return route.fulfill({ status: 202, json: { title: 'Talk' } })
  })
  await showsPast(page)
  await page.keyboard.press('i')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('o')
  const choice = page.getByLabel('Put the range in step')
  await choice.selectOption({ label: 'With Talk' })
  await choice.selectOption({ label: 'With each other' })
  await until(() => asked.length === 2, 'both are asked for')
  await page.getByText('Talk: the range is being put in step').first().waitFor()
  await shot(page, 'in-step')
  assert.deepEqual(asked, ['/api/v1/takes/talk/angles', '/api/v1/takes'].map((path) => ({ path, cameras: ['cam-porch', 'cam-garage'] })))
  await page.context().close()
})

test('what can not be played says so, and goes on when it can', async () => {
  api.state.playsFail = true
  const { page } = await open(`/recordings/cam-porch?t=${minutesAgo(10)}`)
  await page.getByText('This can not be played now').waitFor()
  api.state.playsFail = false
  await page.keyboard.press(' ')
  await page.keyboard.press(' ')
  await showsPast(page)
  await page.context().close()
})

test('the end of what there is says so, where no camera is live', async () => {
  api.state.cameras = fakeCameras().map((camera) => ({ ...camera, live: false, node: null }))
  const { page } = await open(`/recordings/cam-porch?t=${minutesAgo(0) - 4500}`)
  await page.locator('.edge').getByText('This is the newest there is').waitFor()
  await page.context().close()
})

test('a camera of which nothing was recorded says how that changes', async () => {
  api.state.unrecorded = true
  const { page, complaints } = await open('/recordings/cam-attic')
  await page.getByText('Nothing was recorded of attic yet. Start its machine, or choose in Settings when it is recorded').waitFor()
  await page.getByText('/dev/video0 is busy').waitFor()
  await shot(page, 'empty')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('on a phone everything is there, and nothing is wider than it', async () => {
  const { page, complaints } = await open(`/recordings/cam-porch?t=${minutesAgo(10)}`, PHONE)
  await showsPast(page)
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
  await shot(page, 'phone')
  await page.keyboard.press('i')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('o')
  await page.getByLabel('How it is cut').waitFor()
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
  await page.evaluate('scrollTo(0, 400)')
  await shot(page, 'phone-marked')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
