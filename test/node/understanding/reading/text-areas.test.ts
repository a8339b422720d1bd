import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_AREAS, type TextArea, type TextMap, textAreas, WIDENED } from '../../../../node/understanding/inference/reading/text-areas.ts'

/** A map of 0, with what `is` says. */
function mapOf(width: number, height: number, sure: (x: number, y: number) => number): TextMap {
  return { width, height, values: Float32Array.from({ length: width * height }, (_, at) => sure(at % width, Math.floor(at / width))) }
}
const inside = (x: number, y: number, [left, top, right, bottom]: readonly number[]): boolean => x >= left! && x < right! && y >= top! && y < bottom!
const near = (a: number, b: number, by: number): boolean => Math.abs(a - b) <= by
/** What a rectangle is widened by, on both sides together. */
const by = (length: number, thickness: number): number => (length * thickness * WIDENED) / (length + thickness)

test('an area is as long and as thick as it is, and wider by the measure that the network was taught with', () => {
  const [area, ...others] = textAreas(mapOf(200, 100, (x, y) => inside(x, y, [20, 40, 120, 52]) ? 0.9 : 0))
  assert.is(others.length, 0)
  assert.ok(near(area!.length, 100 + by(100, 12), 0.01) && near(area!.thickness, 12 + by(100, 12), 0.01))
  assert.ok(near(area!.centre[0], 70, 0.01) && near(area!.centre[1], 46, 0.01) && near(area!.angle, 0, 1e-9) && near(area!.confidence, 0.9, 1e-6))
})

for (const degrees of [20, -35, 80]) {
  test(`a line at ${degrees}° is told at ${degrees}°`, () => {
    const [cos, sin] = [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)]
    const [area] = textAreas(mapOf(300, 300, (x, y) => {
      const [along, aside] = [(x - 150) * cos + (y - 150) * sin, (y - 150) * cos - (x - 150) * sin]
      return Math.abs(along) <= 80 && Math.abs(aside) <= 8 ? 1 : 0
    }))
    assert.ok(near(area!.angle * 180 / Math.PI, degrees, 2), `${area!.angle * 180 / Math.PI}`)
    assert.ok(near(area!.length, 160 + by(160, 16), 4) && near(area!.thickness, 16 + by(160, 16), 4), `${area!.length} × ${area!.thickness}`)
  })
}

test('specks and areas that are hardly text are none', () => {
  assert.equal(textAreas(mapOf(100, 100, (x, y) => inside(x, y, [10, 10, 13, 13]) ? 1 : inside(x, y, [40, 40, 90, 50]) ? 0.5 : 0)), [])
})

test('two lines one under the other are two, and pieces of one line that reach into each other are one', () => {
  const under = textAreas(mapOf(200, 100, (x, y) => inside(x, y, [20, 20, 150, 30]) || inside(x, y, [20, 45, 150, 55]) ? 1 : 0))
  const pieces = textAreas(mapOf(200, 100, (x, y) => inside(x, y, [20, 20, 80, 30]) || inside(x, y, [84, 20, 150, 30]) ? 1 : 0))
  assert.equal([under.length, pieces.length], [2, 1])
  assert.ok(near(pieces[0]!.centre[0], 85, 1) && pieces[0]!.length > 130)
})

test('a map that is text all over is one area, and one of a thousand specks is not more work than is allowed', () => {
  assert.is(textAreas(mapOf(960, 960, () => 1)).length, 1)
  const many: TextArea[] = textAreas(mapOf(960, 960, (x, y) => x % 24 < 12 && y % 24 < 5 ? 1 : 0))
  assert.ok(many.length > 0 && many.length <= MAX_AREAS)
})

test.run()
