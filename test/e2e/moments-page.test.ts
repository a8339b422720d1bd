// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { AlbumList, MomentList, RelationMap } from '#protocols/http.ts'
import { beginWithColours } from '../support/models/colour-nodes.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { buildPages, holds, keepPicture, openBrowser, openPage } from '../web/browser.ts'

const test = suite('the pages of moments, on a real node that knows colours')

/** Understanding short films takes seconds on a quiet machine, in ms. */
const UNDERSTOOD_MS = 240_000
/** Of each colour three films, told apart by a small box; one shows three colours after each other. Their names say nothing. */
const FILMS = { 'red 0': ['red'], 'red 1': ['red'], 'red 2': ['red'], 'blue 0': ['blue'], 'blue 1': ['blue'], 'blue 2': ['blue'], all: ['red', 'lime', 'blue'] } as const

let folder: string
let ring: TestRing
let alder: NodeProcess
let browser: Browser
const ids = new Map<string, string>()
const idOf = (what: keyof typeof FILMS): string => ids.get(what)!
const ofColour = (colour: string): string[] => [...ids].filter(([what]) => what.startsWith(colour)).map(([, id]) => id)

function film(colours: readonly string[], at: number, file: string): void {
  const scenes = colours.map((colour) => `color=${colour}:s=320x180:r=25:d=2,drawbox=x=${20 + 40 * at}:y=60:w=24:h=24:color=gray:t=fill`)
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...scenes.flatMap((scene) => ['-f', 'lavfi', '-i', scene]), '-filter_complex', `concat=n=${scenes.length}:v=1`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', file])
}

const get = <T>(path: string): Promise<T> => ring.get<T>(`${alder.url}/api/v1/${path}`)

test.before(async () => {
  await buildPages()
  folder = await mkdtemp(join(tmpdir(), 'thatdam-moments-page-'))
  ring = await TestRing.create()
  await beginWithColours(ring, ['alder'])
  ;[alder, browser] = [ring.node('alder'), await openBrowser()]
  await ring.send('PUT', `${alder.url}/api/v1/understanding`, { vocabulary: ['red', 'green', 'blue'] })
  for (const [at, [what, colours]] of Object.entries(FILMS).entries()) {
    const file = join(folder, `clip-${at}.mp4`)
    film(colours, at, file)
    ids.set(what, (await ring.upload(alder, `clip-${at}.mp4`, await readFile(file))).results[0]!.assetId!)
  }
  await until(async () => {
    const { found, coverage: { understoodMs, totalMs } } = await get<MomentList>('search?q=red&sense=picture')
    return totalMs > 0 && understoodMs === totalMs && found.length === ids.size
  }, 'everything is understood', UNDERSTOOD_MS)
  await until(async () => (await get<RelationMap>('understanding/map')).nodes.length === ids.size, 'everything is on the map', UNDERSTOOD_MS)
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

test('a colour that is typed finds the second at which it is seen, plays it, and leads into the film at it', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/moments`)
  await page.getByRole('searchbox').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('a photo of blue')
  const three = page.locator(`[data-found="${idOf('all')}"] .moment-link`).first()
  await three.waitFor()
  await page.locator('.coverage').getByText('100 %').waitFor()
  const found = await page.locator('[data-found]').evaluateAll((all) => all.map((one) => one.getAttribute('data-found')))
  assert.ok(found.indexOf(idOf('all')) < 4 && ofColour('blue').every((id) => found.indexOf(id) < 4), found.join())
  const atMs = Number(/[?]t=(\d+)$/.exec(await three.getAttribute('href') ?? '')?.[1])
  assert.ok(atMs >= 3900 && atMs <= 6000, `found at ${atMs}`)
  await three.hover()
  const video = `document.querySelector('[data-found="${idOf('all')}"] video')`
  await holds(page, `${video} !== null && ${video}.muted && ${video}.dataset.playing === 'true' && ${video}.currentTime * 1000 >= ${atMs} - 200`)
  await keepPicture(page, 'found')
  await three.press('Enter')
  await page.locator('[data-scene="2"][aria-current=true]').waitFor()
  await holds(page, `Math.abs(document.querySelector('.stage video').currentTime * 1000 - ${atMs}) < 200`)
  assert.equal(await page.locator('.scene-strip [data-scene]').count(), 3)
  await page.locator('.scene-words').getByRole('link', { name: 'blue' }).waitFor()
  await page.locator('[data-scene="1"]').click()
  await page.locator('.scene-words').getByRole('link', { name: 'green' }).waitFor()
  await keepPicture(page, 'clip')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('more like a picture is what looks like it, and like a clip the others of its topic', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/library/${idOf('all')}?t=500`)
  await page.locator('[data-scene="0"][aria-current=true]').waitFor()
  await page.getByRole('link', { name: 'More like this picture' }).click()
  await page.locator('[data-found]').nth(2).waitFor()
  assert.ok([...ofColour('red'), idOf('all')].includes((await page.locator('[data-found]').first().getAttribute('data-found'))!))
  await page.goto(`${alder.url}/library/${idOf('red 0')}`)
  const more = page.getByRole('list', { name: 'More like this' }).getByRole('link')
  await more.nth(2).waitFor()
  const first = (await more.evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''))).slice(0, 3).map((href) => /library\/(\w+)/.exec(href)?.[1])
  assert.deepEqual(first.toSorted(), [idOf('red 1'), idOf('red 2'), idOf('all')].toSorted(), 'the others, and the film that begins with it')
  await page.locator('.related').getByRole('link', { name: 'red', exact: true }).waitFor()
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('the map has a topic of each colour under its name, which becomes an album when a person says so', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/moments/map`)
  await page.locator('[data-topic]').nth(1).waitFor()
  assert.deepEqual((await page.locator('.topic-name').allTextContents()).toSorted(), ['blue', 'red'])
  await keepPicture(page, 'map')
  await page.locator('[data-topic]', { hasText: 'red' }).getByRole('button', { name: 'Make an album of it' }).click()
  await page.getByRole('button', { name: 'Make it' }).click()
  await until(async () => (await get<AlbumList>('albums')).albums.some(({ name, assets }) => name === 'red' && assets === 3), 'the album holds its clips')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test('settings say which model understood how many clips', async () => {
  const { page, complaints } = await openPage(browser, `${alder.url}/settings/understanding`)
  const task = page.locator('[data-task=embed-pictures]')
  await task.getByText('colour-clip').waitFor()
  await task.getByText('all done').waitFor()
  await keepPicture(page, 'settings')
  assert.deepEqual(complaints, [])
  await page.context().close()
})

test.run()
