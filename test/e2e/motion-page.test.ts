// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { MotionView } from '#protocols/http.ts'
import { overlap } from '../../node/understanding/motion/tracks/boxes.ts'
import { FILM, makeMovingFilm, SQUARE, squareAt } from '../support/moving-film.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { holds, openBrowser, openPage } from '../web/browser.ts'

const test = suite('motion, on the page of a clip')
/** A film is looked at as fast as a busy machine can, in ms. */
const LOOK_MS = 120_000
let ring: TestRing
let node: NodeProcess
let browser: Browser
let page: Page
let complaints: string[]
let id: string

test.before(async () => {
  ring = await TestRing.create()
  const place = join(ring.dir, 'film.mp4')
  await makeMovingFilm(place)
  node = await ring.begin('alder')
  id = (await ring.upload(node, 'film.mp4', await readFile(place))).results[0]!.assetId!
  await ring.allMade(id, node)
  browser = await openBrowser()
  ;({ page, complaints } = await openPage(browser, `${node.url}/library/${id}`))
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
})

type Bounds = readonly [x: number, y: number, width: number, height: number]

/** What a person sees on the stage, in pixels of the film: the box around lines of the colour of boxes, and which share of a place is red; counted in the page, because it is many pixels. */
async function seen([x, y, width, height]: Bounds): Promise<{ box: Bounds | null; red: number }> {
  const png = (await page.locator('.stage').screenshot()).toString('base64')
  return page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png}'
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    const scale = Math.min(image.width / ${FILM.width}, image.height / ${FILM.height})
    const [left, top] = [(image.width - ${FILM.width} * scale) / 2, (image.height - ${FILM.height} * scale) / 2]
    const { data } = context.getImageData(0, 0, image.width, image.height)
    const [columns, rows] = [new Array(image.width).fill(0), new Array(image.height).fill(0)]
    let red = 0
    for (let y = 0; y < image.height; y++) for (let x = 0; x < image.width; x++) {
      const at = (y * image.width + x) * 4
      const [r, g, b] = [data[at], data[at + 1], data[at + 2]]
      const [fx, fy] = [(x - left) / scale, (y - top) / scale]
      if (r > 170 && g < 100 && b < 100 && fx >= ${x} && fx < ${x + width} && fy >= ${y} && fy < ${y + height}) red++
      if (Math.abs(r - 116) < 30 && Math.abs(g - 211) < 30 && Math.abs(b - 196) < 30) { columns[x]++; rows[y]++ }
    }
    const enough = (count) => count >= 40
    const [first, topmost] = [columns.findIndex(enough), rows.findIndex(enough)]
    return { red: red / (${width * height} * scale * scale), box: first < 0 || topmost < 0 ? null : [(first - left) / scale, (topmost - top) / scale, (columns.findLastIndex(enough) - first + 1) / scale, (rows.findLastIndex(enough) - topmost + 1) / scale] }
  })()`) as Promise<{ box: Bounds | null; red: number }>
}

const squareIn = (seconds: number): Bounds => [...squareAt(seconds), SQUARE.side, SQUARE.side]

async function click(...corners: Array<[x: number, y: number]>): Promise<void> {
  await holds(page, `document.querySelector('.motion-over.drawing').getBoundingClientRect().top >= 0`) // it comes into view
  const box = (await page.locator('.motion-over').boundingBox())!
  for (const [x, y] of corners) await page.mouse.click(box.x + x * box.width, box.y + y * box.height)
  await page.getByRole('button', { name: 'Done' }).click()
}

async function showAt(seconds: number): Promise<void> {
  await page.evaluate(`document.querySelector('.stage video').currentTime = ${seconds}`)
  await holds(page, `(() => { const video = document.querySelector('.stage video'); return !video.seeking && video.readyState >= 2 && Math.abs(Number(document.querySelector('.motion-over').dataset.at) - ${seconds * 1000}) < 2 })()`)
}

test('a zone that is drawn on the picture is looked in, and the thing that moves has a box around it where it is seen', async () => {
  await page.waitForSelector('.stage video')
  await holds(page, `document.querySelector('.stage video').videoWidth > 0`, LOOK_MS)
  await page.locator('summary', { hasText: 'Motion' }).click()
  await page.getByText('Nobody has looked for motion in this film yet.').waitFor()
  await page.getByRole('button', { name: 'Draw a zone' }).click()
  await click([0.5, 0.1], [0.95, 0.1], [0.95, 0.9], [0.5, 0.9])
  await page.getByLabel('Name of zone 1').fill('the right')
  await page.getByRole('button', { name: 'Look for motion' }).click()
  await page.getByText('1 thing moved.').waitFor({ timeout: LOOK_MS })
  const { options } = await ring.get<MotionView>(`${node.url}/api/v1/assets/${id}/motion`)
  assert.equal(options.zones[0]?.name, 'the right')
  for (const [i, [x, y]] of [[0.5, 0.1], [0.95, 0.1], [0.95, 0.9], [0.5, 0.9]].entries()) {
    const [drawnX, drawnY] = options.zones[0]!.polygon[i]!
    assert.ok(Math.abs(drawnX - x!) < 0.01 && Math.abs(drawnY - y!) < 0.01, `corner ${i} is ${drawnX} ${drawnY}`)
  }
  await page.getByText('through the right').waitFor()
  for (const seconds of [2, 3, 4.5]) {
    await showAt(seconds)
    const { box, red } = await seen(squareIn(seconds))
    assert.ok(red > 0.6, `${red} of the square is red at ${seconds} s`) // some of it is yellow, and lines go through it
    assert.ok(box !== null && overlap(squareIn(seconds), box) > 0.75, `at ${seconds} s the square is at ${squareIn(seconds).join()}, its box at ${box?.join()}`)
  }
})

test('the list goes to the moment at which a thing is seen best, the timeline to any; files are there to download', async () => {
  await showAt(0)
  await page.getByRole('button', { name: 'Show Thing 1' }).click()
  const { tracks: [track] } = await ring.get<MotionView>(`${node.url}/api/v1/assets/${id}/motion`)
  await holds(page, `Math.abs(document.querySelector('.stage video').currentTime - ${track!.bestMs / 1000}) < 0.02`)
  await holds(page, `document.querySelector('.motion-picture img').naturalWidth > 0`, LOOK_MS)
  const line = (await page.locator('.motion-timeline svg').boundingBox())!
  await page.mouse.click(line.x + line.width / 2, line.y + line.height / 2)
  await holds(page, `Math.abs(document.querySelector('.stage video').currentTime - 3) < 0.05`)
  for (const name of ['Table (.csv)', 'All of it (.json)', 'Script for Blender', 'Path (.chan)', 'Clip', 'Picture']) {
    const href = await page.getByRole('link', { name, exact: true }).getAttribute('href')
    assert.equal((await fetch(node.url + href)).status, 200, name)
  }
})

test('a mask that is drawn over its way takes the thing out', async () => {
  await page.getByRole('button', { name: 'Draw a mask' }).click()
  await click([0.003, 0.3], [0.997, 0.3], [0.997, 0.7], [0.003, 0.7])
  await page.getByRole('button', { name: 'Look again' }).click()
  await page.getByText('Nothing moved that could be followed.').waitFor({ timeout: LOOK_MS })
  await showAt(3)
  assert.deepEqual(await seen(squareIn(3)), { box: null, red: 0 }, 'no box, and the mask darkens what is below it')
  assert.deepEqual(complaints, [])
})

test.run()
