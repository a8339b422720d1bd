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

/** What a test source sounds like when nothing else is asked for. */
const TONE_HZ = 440

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

/** The loudest frequency of the sound the page receives, and by how many decibels it is above the rest. */
function listen(): Promise<{ hertz: number; aboveNoise: number }> {
  return page.evaluate(async () => {
    const video = document.querySelector<HTMLVideoElement>('[data-camera="porch"] video, video[data-camera="porch"]')
    const [track] = (video?.srcObject as MediaStream | null)?.getAudioTracks() ?? []
    if (track === undefined) throw new Error('the page has no sound of the camera')
    const context = new AudioContext()
    try {
      const analyser = new AnalyserNode(context, { fftSize: 16_384, smoothingTimeConstant: 0 })
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
      const windowMs = Math.ceil(1_000 * analyser.fftSize / context.sampleRate)
      while (context.currentTime * 1_000 < 2 * windowMs) await new Promise((resolve) => { setTimeout(resolve, 20) })
      const decibels = new Float32Array(analyser.frequencyBinCount)
      analyser.getFloatFrequencyData(decibels)
      const loudest = decibels.indexOf(Math.max(...decibels))
      const middle = decibels.toSorted()[decibels.length >> 1] ?? 0
      return { hertz: loudest * context.sampleRate / analyser.fftSize, aboveNoise: Number.isFinite(middle) ? (decibels[loudest] ?? 0) - middle : 0 }
    } finally {
      await context.close()
    }
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

test('the sound is the source\'s tone', async () => {
  const heard = await until(async () => {
    const spectrum = await listen()
    return spectrum.aboveNoise > 30 ? spectrum : undefined
  }, 'a tone that stands out')
  assert.ok(Math.abs(heard.hertz - TONE_HZ) <= 15, `the loudest is ${heard.hertz} Hz`)
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
