// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { RecordingList } from '#protocols/http.ts'
import { CLOCK_COLUMNS } from '../../peer/sources/binary-clock.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { holds, openBrowser, openPage } from '../web/browser.ts'

/** Cameras in step show pictures that were taken within this, in ms. */
const IN_STEP_MS = 100
/** A live picture was taken not longer ago than this, in ms: a busy machine is allowed for. */
const LIVE_MS = 5_000

const test = suite('one player for live and past')
let ring: TestRing
let alder: NodeProcess
let browser: Browser
let page: Page
let complaints: string[]

/** When the pictures of these elements were taken, by the clocks painted in them; null where there is none to read. */
const TAKEN = (selectors: readonly string[]): string => `(${JSON.stringify(selectors)}).map((selector) => {
  const video = document.querySelector(selector)
  if (video === null || video.readyState < 2) return null
  const canvas = globalThis.thatdamCanvas ??= document.createElement('canvas')
  const cell = video.videoWidth / ${CLOCK_COLUMNS}
  canvas.width = video.videoWidth; canvas.height = Math.ceil(cell * 2)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(video, 0, 0)
  const cells = Array.from({ length: 52 }, (_, i) => context.getImageData(Math.floor((i % ${CLOCK_COLUMNS} + 0.5) * cell), Math.floor((Math.floor(i / ${CLOCK_COLUMNS}) + 0.5) * cell), 1, 1).data[1] > 127)
  const bits = cells.slice(2, 50)
  if (!cells[0] || cells[1] || !cells[51] || cells[50] !== (bits.filter(Boolean).length % 2 === 1)) return null
  return bits.reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0)
})`
const taken = (...selectors: string[]): Promise<Array<number | null>> => page.evaluate(TAKEN(selectors))
const PAST = ['[data-recording=porch]', '[data-recording=garage]']
const LIVE = ['[data-live=porch]', '[data-live=garage]']

async function recordedSeconds(camera: string): Promise<number> {
  const { spans } = await ring.get<RecordingList>(`${alder.url}/api/v1/cameras/${camera}/recordings`)
  return spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / 1000
}

/** What the clock says, Unix ms. */
const playhead = async (): Promise<number> => Number(await page.locator('[data-playhead]').getAttribute('data-playhead'))

async function clickAt(ms: number): Promise<void> {
  const box = (await page.locator('.dvr-timeline').boundingBox())!
  const [from, to] = (await page.locator('.dvr-timeline').getAttribute('data-view') ?? '').split(' ').map(Number) as [number, number]
  await page.mouse.click(box.x + (ms - from) / (to - from) * box.width, box.y + 15)
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder')
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }, { name: 'Garage', source: 'test?size=416x234' }], alder)
  browser = await openBrowser()
  await until(async () => Math.min(await recordedSeconds('porch'), await recordedSeconds('garage')) > 18, 'eighteen seconds of both are recorded', 90_000)
  const opened = await openPage(browser, `${alder.url}/recordings/porch?with=garage`)
  page = opened.page
  complaints = opened.complaints
})

test.after(async () => {
  await browser?.close()
  await ring?.end()
})

test('the page begins live', async () => {
  await until(async () => {
    const times = await taken(...LIVE)
    return times.every((ms) => ms !== null && Math.abs(Date.now() - ms) < LIVE_MS)
  }, 'both cameras show now', 60_000)
})

test('a click back on the timeline plays both from there, in step', async () => {
  await page.getByRole('button', { name: '1 min', exact: true }).click()
  const { spans } = await ring.get<RecordingList>(`${alder.url}/api/v1/cameras/garage/recordings`)
  const wanted = (spans.at(-1)?.endMs ?? 0) - 12_000
  await clickAt(wanted)
  await until(async () => (await taken(...PAST)).every((ms) => ms !== null && ms >= wanted - 1500 && ms < Date.now() - 3000), 'both play from that moment on', 90_000)
  await until(async () => {
    const apart: number[] = []
    for (let i = 0; i < 10; i++) {
      const [one, other] = await taken(...PAST)
      apart.push(one === null || other === null || one === undefined || other === undefined ? Infinity : Math.abs(one - other))
      await new Promise((resolve) => { setTimeout(resolve, 60) })
    }
    return Math.max(...apart) < IN_STEP_MS
  }, `ten looks in a row find them within ${IN_STEP_MS} ms`, 60_000)
})

test('standing still, both show the same moment, and a step is a step for both', async () => {
  await page.keyboard.press('k')
  const showTheClock = async (clock: number): Promise<boolean> => (await taken(...PAST)).every((ms) => ms !== null && Math.abs(ms - clock) < IN_STEP_MS)
  await holds(page, `${JSON.stringify(PAST)}.every((selector) => document.querySelector(selector).paused)`)
  const stoodAt = await until(async () => {
    const clock = await playhead()
    return await showTheClock(clock) ? clock : undefined
  }, 'both show the moment of the clock')
  await page.keyboard.press('Shift+ArrowLeft')
  await until(async () => Math.abs(await playhead() - stoodAt + 1000) < 1, 'the clock stands one second back')
  await until(() => showTheClock(stoodAt - 1000), 'so do both pictures')
})

test('played fast it catches up with what is being recorded and goes on live, without a reload', async () => {
  await page.evaluate('globalThis.sameDocument = true')
  await page.getByLabel('Speed').selectOption('4')
  await page.keyboard.press(' ')
  await holds(page, "document.querySelector('[data-screen=porch]').dataset.state === 'live'", 60_000)
  await until(async () => (await taken(...LIVE)).every((ms) => ms !== null && Math.abs(Date.now() - ms) < LIVE_MS), 'both show now', 60_000)
  assert.equal(await page.evaluate('globalThis.sameDocument'), true)
})

test('pictures of the recording appear under the pointer', async () => {
  const box = (await page.locator('.dvr-timeline').boundingBox())!
  const [from, to] = (await page.locator('.dvr-timeline').getAttribute('data-view') ?? '').split(' ').map(Number) as [number, number]
  await page.mouse.move(box.x + (Date.now() - 15_000 - from) / (to - from) * box.width, box.y + 15)
  await holds(page, "document.querySelector('[data-thumbnail]')?.naturalWidth === 240")
})

test('the console was quiet', () => {
  assert.deepEqual(complaints, [])
})

test.run()
