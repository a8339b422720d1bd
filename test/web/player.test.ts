// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { buildPages, chromiumPath, DESKTOP, holds, openBrowser, openPage, PHONE } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
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
  Object.assign(api.state, { plays: [], thumbnails: [], kept: [], playsFail: false, recordedUntilMs: Date.now() })
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
  const context = canvas.getContext('2d')
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

const open = (path: string, viewport: { width: number; height: number } = DESKTOP): ReturnType<typeof openPage> => openPage(browser, `${api.url}${path}`, viewport)

test('a moment in the address plays, and the picture is the one of that moment', async () => {
  const from = Date.now() - 10 * 60_000
  const { page, complaints } = await open(`/recordings/cam-porch?t=${from}`)
  await showsPast(page, 'cam-porch', from + 300)
  await page.keyboard.press(' ')
  await holds(page, "document.querySelector('video[data-recording]').paused")
  await until(async () => secondOf(await headOf(page)) === await page.evaluate(SECOND_SHOWN('cam-porch')), 'the picture shows the second of the clock')
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/past.png` })
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test.run()
