// needs: chromium
/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { type Browser, type Page } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraView } from '#protocols/http.ts'
import { CLOCK_COLUMNS, readBinaryClock } from '../../peer/sources/binary-clock.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { launchBrowser } from '../support/whep-page.ts'

const test = suite('a camera on one node, watched on another')

let ring: TestRing
let browser: Browser
let page: Page
let camera: CameraView
let far: NodeProcess
const problems: string[] = []

interface TileStats { camera: string; framesDecoded: number; audioBytes: number; state: string }
const tile = (): Promise<TileStats | undefined> => page.evaluate(() => {
  const { thatdam } = globalThis as unknown as { thatdam?: { viewers: TileStats[] } }
  return thatdam?.viewers.find((viewer) => viewer.camera === 'porch')
})

/** The picture's luma as the page shows it now, and when that was (Unix ms). */
function grab(): Promise<{ width: number; height: number; luma: number[]; atMs: number }> {
  return page.evaluate(() => {
    const video = document.querySelector<HTMLVideoElement>('[data-camera="porch"] video, video[data-camera="porch"]')
    if (video === null) throw new Error('no video of the camera in the page')
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth
    canvas.height = Math.min(video.videoHeight, 160)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    context?.drawImage(video, 0, 0)
    const atMs = Date.now()
    const { data } = context?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: new Uint8ClampedArray() }
    return { width: canvas.width, height: canvas.height, luma: Array.from({ length: canvas.width * canvas.height }, (_, i) => data[i * 4 + 1] ?? 0), atMs }
  })
}

test.before(async () => {
  ring = await TestRing.create()
  const alder = await ring.begin('alder')
  await ring.begin('birch')
  await ring.begin('cedar')
  await ring.together(3)
  await ring.peer([{ name: 'Porch', source: 'test?size=640x360' }], alder)
  camera = await until(async () => {
    const seen = await ring.camera('porch', alder)
    return seen?.live ? seen : undefined
  }, 'the camera is live')
  const home = ring.homeOf(camera)
  far = [...ring.nodes.values()].find((node) => node !== home) as NodeProcess
  browser = await launchBrowser()
  page = await browser.newPage()
  page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()) })
  page.on('pageerror', (err) => problems.push(String(err)))
  await page.goto(far.url)
})

test.after(async () => {
  await browser?.close()
  await ring?.end()
})

test('decoded frames advance in a browser on a node that does not hold the camera', async () => {
  const first = await until(async () => ((await tile())?.framesDecoded ?? 0) > 0 ? tile() : undefined, 'the first picture')
  await until(async () => ((await tile())?.framesDecoded ?? 0) > (first?.framesDecoded ?? 0) + 60, 'sixty more frames')
})

test('the clock burnt into the picture is read back from the pixels, and it is the clock of now', async () => {
  const { value, atMs } = await until(async () => {
    const picture = await grab()
    const value = readBinaryClock(Uint8Array.from(picture.luma), picture.width)
    return value === undefined ? undefined : { value, atMs: picture.atMs }
  }, `a readable clock of ${CLOCK_COLUMNS} columns`)
  assert.ok(atMs - value > -50 && atMs - value < 3_000, `the picture is ${atMs - value} ms old`)
})

test('the sound arrives with the picture', async () => {
  const before = (await tile())?.audioBytes ?? 0
  await until(async () => ((await tile())?.audioBytes ?? 0) > before + 1_000, 'more sound')
})

test('the camera is being recorded onto two nodes, and the page of the far node says so', async () => {
  const seen = await until(async () => {
    const now = await ring.camera('porch', far)
    return now !== undefined && now.recording && now.durableCopies >= 2 && Date.now() - now.lastDurableMs < 5_000 ? now : undefined
  }, 'a second on two nodes')
  assert.equal(seen.here, false)
  await until(async () => (await page.textContent('body'))?.includes('2 nodes'), 'the page says on how many nodes')
})

test('the page has no error in its console', async () => {
  assert.deepEqual(problems, [])
})

test.run()
