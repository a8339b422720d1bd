/** What overlays and wall decide, run without a browser. */
import assert from 'node:assert/strict'
import { test } from 'uvu'
import { BANDS, bandOf, rangeOf } from '../../web/src/live/overlays/false-colour.ts'
import { guidesOf } from '../../web/src/live/overlays/guides.ts'
import { ireOf } from '../../web/src/live/overlays/ire.ts'
import { lookOf } from '../../web/src/live/overlays/look.ts'
import { NO_OVERLAYS, hasOverlays, parseOverlays } from '../../web/src/live/overlays/overlay-settings.ts'
import { placeBeside } from '../../web/src/live/overlays/place-beside.ts'
import { inOrder, moved, pageOf } from '../../web/src/live/wall/arrange.ts'
import { LAYOUTS, LAYOUT_NAMES, gridOf } from '../../web/src/live/wall/layouts.ts'

test('black is 0 IRE, white is 100, and green weighs most', () => {
  assert.equal(ireOf(0, 0, 0), 0)
  assert.ok(Math.abs(ireOf(255, 255, 255) - 100) < 1e-9)
  assert.ok(Math.abs(ireOf(0, 255, 0) - 71.52) < 1e-9)
})

test('a grey card of 18 % lies in the band of middle grey, and bands never overlap', () => {
  const encoded = 1.099 * 0.18 ** 0.45 - 0.099
  assert.equal(bandOf(encoded * 100)?.name, 'Middle grey, 18 %')
  assert.deepEqual([1, 5, 20, 54, 97, 100].map((ire) => bandOf(ire)?.name), ['Crushed black', 'Near black', undefined, 'Light skin', 'Near white', 'Clipped white'])
  BANDS.forEach(({ fromIre, toIre }, at) => assert.ok(fromIre < toIre && toIre <= (BANDS[at + 1]?.fromIre ?? Infinity)))
  assert.deepEqual(BANDS.map(rangeOf), ['below 2.5', '2.5–7', '40–45', '52–56', '95–99', 'above 99'])
})

test('settings of another version or another hand become whole ones', () => {
  assert.deepEqual(parseOverlays(null), NO_OVERLAYS)
  assert.deepEqual(parseOverlays({ zebra: 'yes', zebraIre: 9000, peakingColour: 'toString', scope: 7, mask: '__proto__' }), NO_OVERLAYS)
  const own = { ...NO_OVERLAYS, zebra: true, zebraIre: 80, mask: '9:16' as const }
  assert.deepEqual(parseOverlays(JSON.parse(JSON.stringify(own))), own)
  assert.equal(hasOverlays(NO_OVERLAYS), false)
  assert.equal(hasOverlays(own), true)
})

test('what is off asks the shader for nothing', () => {
  const { falseColour, zebra, secondZebra, peak } = lookOf(NO_OVERLAYS, 1e9, 2)
  assert.deepEqual([falseColour, zebra[0] > 100, secondZebra[0] > 100, peak[0]], [false, true, true, 0])
  assert.ok(lookOf({ ...NO_OVERLAYS, peaking: true, peakingStrength: 100 }, 0, 1).peak[0] < lookOf({ ...NO_OVERLAYS, peaking: true, peakingStrength: 0 }, 0, 1).peak[0])
})

test('guides divide the picture, and with a mask the part it leaves', () => {
  const plain = guidesOf(1000, 600, { ...NO_OVERLAYS, thirds: true, safe: true })
  assert.deepEqual(plain.lines.map(({ x1, y1 }) => [Math.round(x1), Math.round(y1)]), [[333, 0], [0, 200], [667, 0], [0, 400]])
  assert.deepEqual(plain.frames.map(({ x, y, width }) => [x, y, width].map(Math.round)), [[35, 21, 930], [50, 30, 900]])
  assert.deepEqual(guidesOf(1920, 1080, { ...NO_OVERLAYS, mask: '9:16' }).window, { x: (1920 - 607.5) / 2, y: 0, width: 607.5, height: 1080 })
  assert.equal(Math.round(guidesOf(1920, 1080, { ...NO_OVERLAYS, mask: '2.39:1' }).window.height), 803)
  assert.deepEqual(guidesOf(1920, 1080, { ...NO_OVERLAYS, mask: '1:1', thirds: true }).lines[0], { x1: 780, y1: 0, x2: 780, y2: 1080 })
})

test('cameras stand as they were placed, new ones after them, live ones first', () => {
  const cameras = [['a', true], ['b', false], ['c2', true], ['c10', true]].map(([id, live]) => ({ id: String(id), name: String(id), live: live === true }))
  assert.deepEqual(inOrder(cameras, []).map(({ id }) => id), ['a', 'c2', 'c10', 'b'])
  assert.deepEqual(inOrder(cameras, ['b', 'gone', 'a']).map(({ id }) => id), ['b', 'a', 'c2', 'c10'])
})

test('a move puts one where another is, in both directions, and else changes nothing', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 'a', 'c'), ['b', 'c', 'a'])
  assert.deepEqual(moved(['a', 'b', 'c'], 'c', 'a'), ['c', 'a', 'b'])
  for (const [id, to] of [['a', 'a'], ['x', 'a'], ['a', 'x'], ['a', undefined]] as const) assert.deepEqual(moved(['a', 'b'], id, to), ['a', 'b'])
})

test('what does not fit is on further pages, and a page that is gone is the last', () => {
  const items = Array.from({ length: 9 }, (_, at) => at)
  assert.deepEqual(pageOf(items, 4, 1), { shown: [4, 5, 6, 7], page: 1, pages: 3 })
  assert.deepEqual(pageOf(items, 4, 7), { shown: [8], page: 2, pages: 3 })
  assert.deepEqual(pageOf(items, Infinity, 0), { shown: items, page: 0, pages: 1 })
  assert.equal(pageOf([], 4, 0).pages, 1)
})

test('every layout has a grid for its cells; the automatic one holds any number, all of it on the full screen', () => {
  assert.deepEqual([...LAYOUT_NAMES].sort(), Object.keys(LAYOUTS).sort())
  for (const count of [1, 2, 5, 30]) for (const fits of [true, false]) {
    const { columns, rows } = gridOf('auto', count, fits)
    assert.ok(columns * rows >= count && (fits || columns <= 3))
  }
  assert.deepEqual([gridOf('auto', 30, true).columns, gridOf('1+5', 2, false).columns], [6, 3])
})

test('the panel stands right of its tile, left when there is no room, and always inside the window', () => {
  const panel = { width: 300, height: 500 }
  const window = { width: 1440, height: 900 }
  assert.deepEqual(placeBeside({ left: 240, right: 700, top: 100 }, panel, window), { left: 708, top: 100 })
  assert.deepEqual(placeBeside({ left: 900, right: 1400, top: 600 }, panel, window), { left: 592, top: 392 })
  assert.deepEqual(placeBeside({ left: 0, right: 1440, top: 0 }, panel, window), { left: 1132, top: 8 })
  assert.deepEqual(placeBeside({ left: 0, right: 200, top: 0 }, panel, { width: 200, height: 300 }), { left: 8, top: 8 })
})

test.run()
