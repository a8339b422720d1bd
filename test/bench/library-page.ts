/** The library page over many assets: the real server, search and page in a real Chromium; the ring and what the assets' bytes would be are made up. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { savedSearchRoutes } from '../../node/http/routes/saved-searches.ts'
import { createEdits } from '../../node/organise/edits.ts'
import { createHistory } from '../../node/organise/history.ts'
import { searchRoutes } from '../../node/http/routes/search.ts'
import { createHttpServer, type HttpServerComponents } from '../../node/http/server.ts'
import { createJobs } from '../../node/jobs/jobs.ts'
import { AssetIndex } from '../../ring/catalog/asset-index.ts'
import { SearchThread } from '../../ring/catalog/search/search-thread.ts'
import { NO_TITLES } from '../../ring/catalog/search/titles.ts'
import { ALDER, createLibraryRing } from '../support/library-ring.ts'
import { buildPages, openBrowser, DESKTOP } from '../web/browser.ts'
import { makeMedia } from '../web/media.ts'
import { fill } from './library.ts'
import { type Row, quantile } from './measure.ts'

/** Assets unless `THATDAM_BENCH_ASSETS` says otherwise. */
const ASSETS = Number(process.env['THATDAM_BENCH_ASSETS'] ?? 100_000)
const FRAMES = 240
const VISITS = 5

export interface ServedLibrary { readonly url: string; close(): Promise<void> }

/** A server whose library has `count` assets. */
export async function serveLibrary(count: number): Promise<ServedLibrary> {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  const media = await makeMedia()
  const { ring, chunks: _ } = createLibraryRing()
  const { id: poster } = await ring.blobs.put((async function* () { yield media.posters[0]! })())
  const file = join(dir, 'index.sqlite')
  const search = new SearchThread({ file, log: silentLog, titles: () => NO_TITLES })
  const index = new AssetIndex(file, silentLog)
  index.open('bench')
  await fill(index, count, poster)
  Object.assign(ring.catalog, { search, index: index.model, records: { list: () => [], find: () => undefined } })
  const never = { list: () => [], find: () => undefined } as never
  const server = createHttpServer({
    ring, importer: never, spool: never, scans: never, originals: never, verifications: never, jobs: createJobs({ node: 'alder', log: silentLog }), metrics: createMetrics(), log: silentLog,
    copiesOf: async () => [{ peerId: ALDER, chunks: 1 }], lastVerifiedMs: () => null, cameras: () => ({ cameras: [], nowMs: 1 }), recordings: (camera, fromMs, toMs) => ({ camera, fromMs, toMs, spans: [], gaps: [], hours: [] })
  } satisfies HttpServerComponents, { listen: '127.0.0.1:0', plugins: [searchRoutes({ ring }), savedSearchRoutes({ ring, edits: createEdits({ catalog: ring.catalog, history: createHistory({ catalog: ring.catalog }) }) })] })
  await server.start()
  await search.warm()
  return {
    url: server.url,
    async close() {
      await server.stop()
      await search.stop()
      index.close()
      await rm(dir, { recursive: true })
    }
  }
}

/** Notes when the first clip and the first still are on the screen. */
const WATCH = `(() => {
  const look = () => {
    const card = document.querySelector('.asset-card')
    const image = [...document.querySelectorAll('.asset-card img')].find((one) => one.complete && one.naturalWidth > 0)
    if (card && !window.firstCard) window.firstCard = performance.now()
    if (image) window.firstImage = performance.now()
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})()`

/** Times between frames while the page is scrolled by so many px a frame. */
const SCROLL = (px: number): string => `new Promise((resolve) => {
  const frames = []
  let last = performance.now()
  const step = () => {
    const now = performance.now()
    frames.push(now - last)
    last = now
    if (frames.length >= ${FRAMES}) return resolve(frames)
    window.scrollBy(0, ${px})
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})`

async function frames(page: Page, px: number): Promise<number[]> {
  const all = await page.evaluate(SCROLL(px)) as number[]
  return all.slice(2)
}

const framesRow = (name: string, samples: number[], baseline?: string): Row => ({
  name, unit: 'ms/frame', samples, ...(baseline === undefined ? {} : { baseline }),
  note: `${(1000 / (samples.reduce((sum, ms) => sum + ms, 0) / samples.length)).toFixed(0)} fps, p95 ${quantile(samples, 0.95).toFixed(1)} ms, ${samples.filter((ms) => ms > 34).length} of ${samples.length} frames late by more than one`
})

export async function run(): Promise<Row[]> {
  await buildPages()
  const served = await serveLibrary(ASSETS)
  const browser = await openBrowser()
  try {
    const context = await browser.newContext({ viewport: DESKTOP })
    await context.addInitScript(WATCH)
    const page = await context.newPage()
    const firsts: Array<{ paint: number; card: number; image: number }> = []
    for (let visit = 0; visit <= VISITS; visit++) {
      await page.goto(`${served.url}/library`)
      await page.waitForSelector('.asset-card img[src]')
      for (let turn = 0; turn < 200 && await page.evaluate('window.firstImage === undefined'); turn++) await new Promise((resolve) => { setTimeout(resolve, 50) })
      firsts.push(await page.evaluate("({ paint: performance.getEntriesByType('paint').at(-1)?.startTime ?? NaN, card: window.firstCard, image: window.firstImage })"))
    }
    const calm = await frames(page, 24)
    const fast = await frames(page, 2000)
    const bar = await frames(page, 30_000)
    await page.evaluate("{ document.body.innerHTML = '<div></div>'; document.body.firstChild.style.height = '8000000px'; window.scrollTo(0, 0) }")
    const empty = await frames(page, 24)
    const baseline = 'scrolling an empty page of that height'
    return [
      { name: `first paint, ${ASSETS} assets`, unit: 'ms', samples: firsts.slice(1).map(({ paint }) => paint) },
      { name: 'first clip in the grid', unit: 'ms', samples: firsts.slice(1).map(({ card }) => card), note: `first visit ${firsts[0]?.card.toFixed(0)} ms` },
      { name: 'first still in the grid', unit: 'ms', samples: firsts.slice(1).map(({ image }) => image) },
      framesRow(baseline, empty), framesRow('scrolling the grid, 24 px a frame', calm, baseline), framesRow('2000 px a frame', fast, baseline), framesRow('30,000 px a frame', bar, baseline)
    ]
  } finally {
    await browser.close()
    await served.close()
  }
}
