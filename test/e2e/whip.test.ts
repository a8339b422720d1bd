// needs: chromium
/// <reference lib="dom" />
import assert from 'node:assert/strict'
import { type Browser, type Page } from 'playwright-core'
import { suite } from 'uvu'
import type { RecordingList } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { launchBrowser } from '../support/whep-page.ts'
import { publish } from '../support/whip-page.ts'

const test = suite('a browser as a camera')

let ring: TestRing
let browser: Browser
let publisher: Page
let viewer: Page
let near: NodeProcess
let far: NodeProcess

interface TileStats { camera: string; framesDecoded: number; audioBytes: number; width: number; latencyMs: number | null }
const tile = (): Promise<TileStats | undefined> => viewer.evaluate(() => {
  const { thatdam } = globalThis as unknown as { thatdam?: { viewers: TileStats[] } }
  return thatdam?.viewers.find((each) => each.camera === 'front-door')
})

test.before(async () => {
  ring = await TestRing.create()
  near = await ring.begin('alder')
  far = await ring.begin('birch')
  await ring.together(2)
  browser = await launchBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
  publisher = await browser.newPage()
  await publisher.goto(near.url)
  viewer = await browser.newPage()
  await viewer.goto(far.url)
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
})

test('it goes live from the page for it, by a name and a button', async () => {
  await publisher.goto(`${near.url}/camera`)
  await publisher.getByLabel('Name').fill('Front door')
  await publisher.getByRole('button', { name: 'Go live' }).click()
  await publisher.getByRole('button', { name: 'Stop' }).waitFor()
  await until(async () => /\d+ fps · [\d.,]+ [kM]b\/s/.test(await publisher.textContent('figcaption') ?? ''), 'what leaves the device, in numbers')
  await until(async () => (await publisher.textContent('main'))?.includes('on 2 nodes'), 'and that it is safe on two nodes')
})

test('what it sends is watched on another node', async () => {
  const first = await until(async () => ((await tile())?.framesDecoded ?? 0) > 0 ? tile() : undefined, 'the first picture')
  await until(async () => ((await tile())?.framesDecoded ?? 0) > (first?.framesDecoded ?? 0) + 60, 'sixty more frames')
  await until(async () => ((await tile())?.audioBytes ?? 0) > 1_000, 'its sound')
  assert.match(await viewer.textContent('figure') ?? '', /on alder, from a browser/)
})

test('it is a camera like any other: named, recorded on two nodes, and played back', async () => {
  const seen = await until(async () => {
    const now = await ring.camera('front-door', far)
    return now !== undefined && now.recording && now.durableCopies >= 2 && Date.now() - now.lastDurableMs < 5_000 ? now : undefined
  }, 'a second on two nodes')
  assert.deepEqual([seen.name, seen.source, seen.node?.name, seen.here], ['Front door', 'browser', 'alder', false])
  const spans = await until(async () => {
    const { spans } = await ring.get<RecordingList>(`${far.url}/api/v1/cameras/front-door/recordings`)
    // in one span or more: a browser short of breath changes its resolution, and the next picture begins a new one
    return spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) > 5_000 ? spans : undefined
  }, 'five seconds')
  const film = await ring.bytes(`${far.url}/api/v1/cameras/front-door/play?from=${Math.floor(spans[0]!.startMs)}&to=${Math.ceil(spans.at(-1)!.endMs)}`)
  assert.equal(film.toString('latin1', 4, 8), 'ftyp')
  assert.ok(film.length > 20_000, `${film.length} bytes of it`)
})

test('a second publisher of the same camera is refused, on either node', async () => {
  for (const node of [near, far]) {
    const page = await browser.newPage()
    await page.goto(node.url)
    assert.equal((await publish(page, '/whip/front-door')).status, 409)
    await page.close()
  }
})

test('when it vanishes the camera ends within seconds, and the recording says why', async () => {
  await publisher.close()
  const gone = performance.now()
  await until(async () => (await ring.camera('front-door', near))?.live === false, 'the camera is over')
  assert.ok(performance.now() - gone < 20_000)
  await until(async () => /publisher/.test((await ring.get<RecordingList>(`${far.url}/api/v1/cameras/front-door/recordings`)).spans.at(-1)?.ended ?? ''), 'a reason')
})

test.run()
