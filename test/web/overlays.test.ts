// needs: chromium ffmpeg
/** What overlays paint in a real browser over pictures whose every pixel is known, sent as video and decoded as any camera's. */
import assert from 'node:assert/strict'
import type { Browser, Locator, Page } from 'playwright-core'
import { suite } from 'uvu'
import { BANDS, bandOf } from '../../web/src/live/overlays/false-colour.ts'
import { until } from '../support/until.ts'
import { buildPages, chromiumPath, holds, openBrowser, openPage } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import { type FakeWhep, startFakeWhep } from './fake-whep.ts'
import { makeMedia } from './media.ts'

const WIDTH = 640
const HEIGHT = 360
/** From 0 IRE in the first column to 100 in the last. */
const RAMP = `color=s=${WIDTH}x${HEIGHT}:r=8,format=yuv420p,geq=lum='16+219*X/639':cb=128:cr=128`
/** A sharp edge at column 160, strong above row 240 and faint below; above, one of the same strength spread over 16 columns around column 480, and a highlight of two by two pixels. */
const EDGES = `color=s=${WIDTH}x${HEIGHT}:r=8,format=yuv420p,geq=lum='if(between(X,304,305)*between(Y,24,25),235,if(lt(X,160),40,if(gte(Y,240),90,clip(200-10*(X-472),40,200))))':cb=128:cr=128`
const SHARP = 160
const ROW = 100

const test = suite('overlays')
let whep: FakeWhep
let api: FakeApi
let browser: Browser
let page: Page

test.before(async () => {
  await buildPages()
  whep = await startFakeWhep({ pictures: { porch: RAMP, garage: EDGES } })
  api = await startFakeApi(await makeMedia(), { whep: whep.handle })
  browser = await openBrowser()
  api.state.cameras = api.state.cameras.filter(({ live }) => live)
  ;({ page } = await openPage(browser, api.url))
})
test.before.each(async () => {
  await page.evaluate('localStorage.clear()')
  await page.reload()
})
test.after(async () => {
  await browser.close()
  await api.close()
  await whep.close()
})

const figure = (camera: string): Locator => page.getByRole('figure', { name: `Camera ${camera}` })
const layer = (camera: string, name: string): string => `document.querySelector('figure[aria-label="Camera ${camera}"] [data-layer=${name}]')`

/** Opens the panel of a camera's overlays; every control in it is found by its name. */
async function panelOf(camera: string): Promise<Locator> {
  await page.getByRole('button', { name: `Overlays of ${camera}` }).click()
  const panel = page.getByRole('dialog', { name: `Overlays of ${camera}` })
  await panel.waitFor()
  return panel
}

type Pixel = readonly [number, number, number, number]

/** A part of what a layer's canvas holds, row after row. */
async function pixelsOf(camera: string, name: string, x: number, y: number, width: number, height: number): Promise<Pixel[]> {
  const data = await page.evaluate(`[...${layer(camera, name)}.getContext('2d').getImageData(${x}, ${y}, ${width}, ${height}).data]`) as number[]
  return Array.from({ length: width * height }, (_, at) => data.slice(at * 4, at * 4 + 4) as unknown as Pixel)
}

/** What the page shows of a tile's picture, as a person sees it. */
async function shotOf(camera: string): Promise<{ readonly width: number; readonly height: number; readonly at: (x: number, y: number) => Pixel }> {
  const png = (await figure(camera).locator('.screen').screenshot()).toString('base64')
  const { width, height, data } = await page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png}'
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return { width: image.width, height: image.height, data: [...context.getImageData(0, 0, image.width, image.height).data] }
  })()`) as { width: number; height: number; data: number[] }
  const pixel = (from: number): Pixel => data.slice(from, from + 4) as unknown as Pixel
  return { width, height, at: (x, y) => pixel((Math.round(y) * width + Math.round(x)) * 4) }
}

/** Waits until asserts hold: the first frames of a stream may still be on their way. */
const settles = (what: string, claim: () => Promise<void>): Promise<boolean> => until(async () => {
  await claim()
  return true
}, what, 60_000)

const ireOfColumn = (column: number): number => column / (WIDTH - 1) * 100
const columnOf = (ire: number): number => Math.round(ire / 100 * (WIDTH - 1))
const isNear = (a: readonly number[], b: readonly number[], within: number): boolean => b.every((channel, at) => Math.abs((a[at] ?? NaN) - channel) <= within)

/** Which share of a part of the picture is painted over; counted in the page, because it is many pixels. */
function painted(camera: string, x: number, y: number, width: number, height: number): Promise<number> {
  return page.evaluate(`(() => {
    const { data } = ${layer(camera, 'picture')}.getContext('2d').getImageData(${x}, ${y}, ${width}, ${height})
    return data.filter((value, at) => at % 4 === 3 && value > 0).length * 4 / data.length
  })()`) as Promise<number>
}

test('false colour shows every band at the columns where the ramp has its levels, and grey between them', async () => {
  const panel = await panelOf('porch')
  await panel.getByRole('switch', { name: 'False colour' }).check()
  const bounds = BANDS.flatMap(({ fromIre, toIre }) => [fromIre, toIre])
  await settles('bands', async () => {
    const row = await pixelsOf('porch', 'picture', 0, ROW, WIDTH, 1)
    row.forEach((pixel, column) => {
      const ire = ireOfColumn(column)
      if (bounds.some((bound) => bound > 0 && Math.abs(bound - ire) < 0.9)) return
      const grey = ire * 2.55
      const expected = bandOf(ire)?.colour ?? [grey, grey, grey]
      assert.ok(isNear(pixel, expected, 4), `column ${column}, ${ire.toFixed(1)} IRE: ${pixel.join(' ')} is not ${expected.join(' ')}`)
    })
  })
  await panel.getByText('Middle grey, 18 %').waitFor()
})

test('what a person sees of it lies on the picture: purple at its left edge, green at 42, pink at 54, red at its right', async () => {
  const panel = await panelOf('porch')
  await panel.getByRole('switch', { name: 'False colour' }).check()
  await page.keyboard.press('Escape')
  await settles('the tile', async () => {
    const { width, height, at } = await shotOf('porch')
    for (const ire of [1, 4.7, 42.5, 54]) assert.ok(isNear(at(ire / 100 * width, height / 2), bandOf(ire)?.colour ?? [], 8), `${ire} IRE: ${at(ire / 100 * width, height / 2).join(' ')}`)
    assert.ok(isNear(at(width - 2, height - 4), bandOf(100)?.colour ?? [], 8))
  })
})

test('zebra stripes what is above its threshold and nothing below, and follows the threshold', async () => {
  const panel = await panelOf('porch')
  await panel.getByRole('switch', { name: 'Zebra', exact: true }).check()
  for (const ire of [80, 60]) {
    await panel.getByLabel('From').fill(String(ire))
    await settles(`stripes above ${ire}`, async () => {
      assert.equal(await painted('porch', 0, ROW, columnOf(ire - 1), 20), 0)
      const above = await painted('porch', columnOf(ire + 1), ROW, columnOf(99) - columnOf(ire + 1), 20)
      assert.ok(above > 0.4 && above < 0.6, `half of what is above is striped: ${above}`)
    })
  }
  const before = await pixelsOf('porch', 'picture', columnOf(70), ROW, 100, 1)
  await settles('stripes that move', async () => assert.notDeepEqual(await pixelsOf('porch', 'picture', columnOf(70), ROW, 100, 1), before))
})

test('the second zebra marks only a band around its level', async () => {
  const panel = await panelOf('porch')
  await panel.getByRole('switch', { name: 'Second zebra' }).check()
  await settles('a band', async () => {
    assert.equal(await painted('porch', 0, ROW, columnOf(66.5), 20), 0)
    assert.equal(await painted('porch', columnOf(73.5), ROW, WIDTH - columnOf(73.5), 20), 0)
    assert.ok(await painted('porch', columnOf(68.5), ROW, columnOf(71.5) - columnOf(68.5), 20) > 0.3)
  })
})

test('peaking paints the sharp edge and not the blurred one, in its colour; strength decides about the faint', async () => {
  const panel = await panelOf('garage')
  await panel.getByRole('switch', { name: 'Focus peaking' }).check()
  await panel.locator('label[title=green]').click()
  const edge = (y: number, rows: number): Promise<number> => painted('garage', SHARP - 1, y, 1, rows)
  for (const [strength, faint] of [[0, 0], [50, 1], [100, 1]] as const) {
    await panel.getByLabel('Strength').fill(String(strength))
    await settles(`edges at strength ${strength}`, async () => {
      const strong = await edge(10, 200)
      assert.ok(strong > 0.95, `strong: ${strong}`)
      assert.ok(isNear((await pixelsOf('garage', 'picture', SHARP - 1, ROW, 1, 1))[0] ?? [], [40, 255, 80, 255], 2))
      assert.ok(Math.abs(await edge(255, 90) - faint) < 0.05, 'faint')
      assert.equal(await painted('garage', 440, 10, 80, 200), 0, 'blurred')
      assert.equal(await painted('garage', 0, 10, SHARP - 6, 340), 0)
    })
  }
})

test('the waveform of a ramp is its diagonal, the parade three of them, and its histogram has every level', async () => {
  const panel = await panelOf('porch')
  const choose = (scope: string): Promise<void> => panel.locator(`label[title=${scope}]`).click()
  const brightest = (column: readonly Pixel[]): number => column.reduce((best, pixel, row) => pixel[0] + pixel[1] + pixel[2] > (column[best] ?? [0, 0, 0]).slice(0, 3).reduce((a, b) => a + b, 0) ? row : best, 0)
  const rowsOf = async (columns: readonly number[]): Promise<number[]> => {
    const all = await pixelsOf('porch', 'scope', 0, 0, 256, 256)
    return columns.map((x) => brightest(all.filter((_, at) => at % 256 === x)))
  }
  await choose('waveform')
  const columns = Array.from({ length: 32 }, (_, at) => at * 8 + 3)
  await settles('a diagonal', async () => (await rowsOf(columns)).forEach((row, at) => assert.ok(Math.abs(row - (255 - (columns[at] ?? 0))) <= 4, `column ${columns[at]}: row ${row}`)))
  await choose('parade')
  await settles('three diagonals', async () => assert.ok((await rowsOf([41, 128, 215])).every((row) => Math.abs(row - 128) <= 8)))
  await choose('histogram')
  const lit = async (camera: string): Promise<number> => (await pixelsOf(camera, 'scope', 0, 255, 256, 1)).filter((pixel) => pixel[0] + pixel[1] + pixel[2] > 60).length
  // A limited range has 220 codes, which the browser spreads over 256 levels.
  await settles('every level', async () => assert.ok(await lit('porch') > 200, String(await lit('porch'))))
  await panel.getByRole('button', { name: 'Same on every camera' }).click()
  await settles('few levels', async () => assert.ok(await lit('garage') > 2 && await lit('garage') < 120, String(await lit('garage'))))
})

test('a highlight of four pixels is in the waveform, where it is and at its level, and in the histogram', async () => {
  const panel = await panelOf('garage')
  const isLit = (pixels: readonly Pixel[]): boolean => pixels.some((pixel) => pixel[3] > 0)
  await panel.locator('label[title=waveform]').click()
  await settles('it stands above all others', async () => {
    assert.ok(isLit(await pixelsOf('garage', 'scope', 120, 0, 4, 16)))
    assert.ok(!isLit(await pixelsOf('garage', 'scope', 0, 0, 110, 16)) && !isLit(await pixelsOf('garage', 'scope', 140, 0, 100, 16)))
  })
  await panel.locator('label[title=histogram]').click()
  await settles('it has levels of its own', async () => assert.ok(isLit(await pixelsOf('garage', 'scope', 240, 255, 16, 1))))
})

test('guides lie where they divide the picture, and a mask darkens what it hides', async () => {
  const panel = await panelOf('porch')
  for (const name of ['Thirds', 'Centre', 'Safe 93/90']) await panel.getByRole('switch', { name }).check()
  await page.keyboard.press('Escape')
  // A line that lies between two pixels gives each half of its light: it is known by being lighter than the ramp is there.
  const isLine = (at: (x: number, y: number) => Pixel, x: number, y: number, width: number): boolean => [-1, 0, 1].some((dx) => [-1, 0, 1].some((dy) => at(x + dx, y + dy)[0] > x / width * 255 + 20))
  await settles('lines', async () => {
    const { width, height, at } = await shotOf('porch')
    const quarter = height / 4
    for (const [x, y] of [[width / 3, quarter], [width / 4, height / 3], [width / 4, height * 2 / 3], [width / 2, height / 2 - 6], [width * 0.035, quarter], [width * 0.05, quarter], [width / 4, height * 0.035], [width / 4, height * 0.95]] as const) {
      assert.ok(isLine(at, x, y, width), `a line at ${x.toFixed(0)}, ${y.toFixed(0)}`)
    }
    for (const [x, y] of [[width / 3 + 6, quarter], [width / 2, quarter], [width * 0.0425, quarter], [width * 0.02, quarter]] as const) assert.ok(!isLine(at, x, y, width), `none at ${x.toFixed(0)}, ${y.toFixed(0)}`)
  })
  await panelOf('porch')
  for (const name of ['Thirds', 'Centre', 'Safe 93/90']) await panel.getByRole('switch', { name }).uncheck()
  await panel.locator('label[title="1:1"]').click()
  await page.keyboard.press('Escape')
  await settles('a mask', async () => {
    const { width, height, at } = await shotOf('porch')
    const edge = (width + height) / 2
    const [outside, inside] = [at(edge + 4, 40)[0], at(edge - 4, 40)[0]]
    assert.ok(inside > 185 && outside < 70, `${inside} inside, ${outside} outside`)
  })
})

test('several at once: bands below, stripes on them, and each layer goes with its switch', async () => {
  const panel = await panelOf('porch')
  for (const name of ['False colour', 'Second zebra']) await panel.getByRole('switch', { name }).check()
  await settles('both', async () => {
    const row = await pixelsOf('porch', 'picture', columnOf(68.5), ROW, columnOf(71.5) - columnOf(68.5), 12)
    assert.ok(row.some((pixel) => isNear(pixel, [245, 245, 245], 3)) && row.some((pixel) => pixel[0] < 200))
    assert.ok(isNear((await pixelsOf('porch', 'picture', columnOf(54), ROW, 1, 1))[0] ?? [], bandOf(54)?.colour ?? [], 4))
  })
  await panel.getByRole('button', { name: 'All off' }).click()
  await holds(page, "document.querySelectorAll('[data-layer]').length === 0")
})

test('this browser remembers the overlays of a camera, and of that one only', async () => {
  const panel = await panelOf('porch')
  await panel.getByRole('switch', { name: 'Zebra', exact: true }).check()
  await panel.getByLabel('From').fill('77')
  await page.reload()
  await panelOf('porch')
  await holds(page, `${layer('porch', 'picture')} !== null && ${layer('garage', 'picture')} === null`, 60_000)
  assert.equal(await panel.getByLabel('From').inputValue(), '77')
})

test('without WebGL2 the tile says what needs it, and guides are drawn all the same', async () => {
  const { page: poor } = await openPage(browser, 'about:blank')
  await poor.addInitScript("const own = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return kind === 'webgl2' ? null : own.call(this, kind, ...more) }; localStorage.setItem('thatdam.overlays', JSON.stringify({ 'cam-porch': { zebra: true, thirds: true } }))")
  await poor.goto(api.url)
  await poor.getByText('need WebGL2').waitFor({ timeout: 60_000 })
  await holds(poor, `${layer('porch', 'guides')} !== null && ${layer('porch', 'picture')} === null`)
  await poor.context().close()
})

if (chromiumPath === undefined) process.stdout.write('skipped: no Chromium on this machine\n')
else test.run()
