// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraMotionAreasView } from '#protocols/http.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { graveFindings } from '../web/axe.ts'
import { buildPages, holds, keepPicture, openBrowser, openPage } from '../web/browser.ts'

const test = suite('where motion counts, drawn on the picture of a camera')
/** A busy machine takes its time to begin a camera, in ms. */
const CAMERA_MS = 120_000
const LEFT: ReadonlyArray<readonly [number, number]> = [[0.02, 0.02], [0.5, 0.02], [0.5, 0.98], [0.02, 0.98]]
let ring: TestRing
let node: NodeProcess
let browser: Browser
let page: Page
let complaints: string[]
const areas = (): Promise<CameraMotionAreasView> => ring.get(`${node.url}/api/v1/cameras/porch/motion/areas`)

test.before(async () => {
  await buildPages()
  ring = await TestRing.create()
  node = await ring.begin('alder')
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180&fps=10' }], node)
  await until(async () => (await ring.camera('porch', node))?.live === true, 'the camera is live', CAMERA_MS)
  browser = await openBrowser()
  ;({ page, complaints } = await openPage(browser, `${node.url}/recordings/porch`))
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
})

async function open(): Promise<void> {
  await page.getByRole('button', { name: 'Motion', exact: true }).click({ timeout: CAMERA_MS })
  await holds(page, `document.querySelector('.areas-picture img')?.naturalWidth === 320`, CAMERA_MS)
}

async function draw(kind: 'mask' | 'zone', corners: typeof LEFT): Promise<void> {
  await page.getByRole('button', { name: `Draw a ${kind}` }).click()
  await page.locator('.motion-over.drawing').waitFor()
  const box = (await page.locator('.motion-over').boundingBox())!
  for (const [x, y] of corners) await page.mouse.click(box.x + x * box.width, box.y + y * box.height)
  await page.getByRole('button', { name: 'Done' }).click()
}

/** How bright the left and the right half of the picture are, 0 to 255. */
async function halves(): Promise<[left: number, right: number]> {
  const png = (await page.locator('.areas-picture').screenshot()).toString('base64')
  return page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png}'
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    const context = canvas.getContext('2d', { willReadFrequently: true })
    context.drawImage(image, 0, 0)
    const mean = (x) => {
      const { data } = context.getImageData(x, 4, image.width / 2 - 8, image.height - 8)
      return data.reduce((sum, value, at) => at % 4 === 3 ? sum : sum + value, 0) / (data.length * 3 / 4)
    }
    return [mean(4), mean(image.width / 2 + 4)]
  })()`) as Promise<[number, number]>
}

test('a mask and a zone are drawn on how the camera looks now, hold on the node, and are there when it is opened again', async () => {
  await open()
  const before = await halves()
  await draw('mask', LEFT)
  const after = await halves()
  assert.ok(after[0] < before[0] * 0.7 && Math.abs(after[1] - before[1]) < before[1] * 0.1, `the left is dark: ${before.join()}, then ${after.join()}`)
  await draw('zone', [[0.6, 0.2], [0.9, 0.2], [0.9, 0.8]])
  await page.getByLabel('Name of zone 1').fill('the gate')
  await page.locator('input[type=range]').fill('70')
  assert.deepEqual(await graveFindings(page), [])
  await keepPicture(page, 'motion-areas')
  await page.getByRole('button', { name: 'Save' }).click()
  await until(async () => (await areas()).isWatched, 'it is saved')
  const { masks, zones, sensitivity } = await areas()
  assert.deepEqual([zones.map(({ name }) => name), sensitivity], [['the gate'], 70])
  for (const [drawn, meant] of [[masks[0]!, LEFT], [zones[0]!.polygon, [[0.6, 0.2], [0.9, 0.2], [0.9, 0.8]]]] as const) {
    for (const [i, corner] of meant.entries()) for (const axis of [0, 1] as const) assert.ok(Math.abs(drawn[i]![axis]! - corner[axis]!) < 0.01, `${drawn.join()} is not ${meant.join()}`)
  }
  await page.locator('dialog').waitFor({ state: 'detached' })
  await open()
  const again = await halves()
  assert.ok(again[0] < before[0] * 0.7, 'it is drawn again')
  assert.equal(await page.getByLabel('Name of zone 1').inputValue(), 'the gate')
})

test('two zones of one name are refused with what to do; forgetting it leaves nothing', async () => {
  await draw('zone', [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]])
  await page.getByLabel('Name of zone 2').fill('the gate')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('two zones have the same name').waitFor()
  assert.equal((await areas()).zones.length, 1)
  await page.getByRole('button', { name: 'Forget all of it' }).click()
  await until(async () => !(await areas()).isWatched, 'it is forgotten')
  assert.deepEqual(complaints.filter((text) => !/400/.test(text)), [])
})

test('without a picture it says why, and what is drawn can be changed all the same', async () => {
  await page.route('**/snapshot**', (route) => route.fulfill({ status: 409, body: '{}' }))
  await page.locator('dialog').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Motion', exact: true }).click()
  await page.getByText('the camera is not live').waitFor()
  await draw('zone', [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]])
  await page.getByRole('button', { name: 'Save' }).click()
  await until(async () => (await areas()).zones.length === 1, 'it is saved')
})

test.run()
