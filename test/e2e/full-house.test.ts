// needs: chromium
/// <reference lib="dom" />
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { launchBrowser } from '../support/whep-page.ts'

const test = suite('a node that may serve one viewer, and a page that wants to be the second')

let ring: TestRing
let browser: Browser
let alder: NodeProcess
let birch: NodeProcess

const framesOf = (page: Page): Promise<number> => page.evaluate(() => {
  const { thatdam } = globalThis as unknown as { thatdam?: { viewers: Array<{ camera: string; framesDecoded: number }> } }
  return thatdam?.viewers.find(({ camera }) => camera === 'porch')?.framesDecoded ?? 0
})

async function viewersOf({ url }: NodeProcess): Promise<number> {
  return Number(/^thatdam_live_viewers (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1])
}

async function watch(): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(alder.url)
  await until(async () => await framesOf(page) > 30, 'a second of pictures')
  return page
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder', { flags: ['--max-viewers', '1'] })
  birch = await ring.begin('birch')
  await ring.together(2)
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], alder)
  await until(async () => (await ring.camera('porch', alder))?.live === true, 'the camera is live')
  browser = await launchBrowser()
})

test.after(async () => {
  await browser?.close()
  await ring?.end()
})

test('both pages see the camera by the node they were opened from, and the second is served by the other node', async () => {
  const first = await watch()
  assert.deepEqual([await viewersOf(alder), await viewersOf(birch)], [1, 0])
  const second = await watch()
  assert.deepEqual([await viewersOf(alder), await viewersOf(birch)], [1, 1])
  const seen = [await framesOf(first), await framesOf(second)]
  await until(async () => await framesOf(first) > (seen[0] ?? 0) + 30 && await framesOf(second) > (seen[1] ?? 0) + 30, 'both go on')
})

test('a viewer that leaves is let go by the node that served it', async () => {
  const [, second] = browser.contexts().flatMap((context) => context.pages())
  await second?.close()
  await until(async () => await viewersOf(birch) === 0, 'the other node has let go')
})

test.run()
