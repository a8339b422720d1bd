import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeAnalysis, encodeAnalysis } from '../../../../node/understanding/analysis/codec.ts'
import { FilmReader, MAX_PICTURES } from '../../../../node/understanding/analysis/film-reader.ts'
import { measurePicture, scoreOf } from '../../../../node/understanding/analysis/pictures/measure-picture.ts'
import { SMALL_HEIGHT, SMALL_WIDTH } from '../../../../node/understanding/analysis/shots/frame-features.ts'
import type { Picture } from '../../../../node/understanding/inference/inference.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('from pictures to scenes')
const BYTES = SMALL_WIDTH * SMALL_HEIGHT * 3

const flat = (r: number, g: number, b: number): Uint8Array => Uint8Array.from({ length: BYTES }, (_, at) => [r, g, b][at % 3]!)
const noise = (seed: number, most = 255): Uint8Array => {
  const random = randomOf(seed)
  return Uint8Array.from({ length: BYTES }, () => random() * most)
}
const TINY: Picture = { width: 16, height: 9, rgb: Uint8Array.from({ length: 16 * 9 * 3 }, (_, at) => (at * 7) % 200) }
const large = (rgb: Uint8Array): Picture => ({ width: SMALL_WIDTH, height: SMALL_HEIGHT, rgb })
const reader = (durationMs: number): FilmReader => new FilmReader({ durationMs, hash: () => '-' })

test('every scene has a picture of its own, and its hero is the best of them', () => {
  const film = reader(6_000)
  for (let frame = 0; frame < 150; frame++) {
    const rgb = frame < 50 ? flat(200, 20, 20) : frame < 100 ? noise(3, 90) : flat(20, 20, 200)
    film.push(rgb, SMALL_WIDTH * 3, frame * 40, () => large(rgb))
  }
  const analysis = film.end()
  assert.equal(analysis.scenes.map(({ begins, fromMs, toMs }) => `${begins} ${fromMs}-${toMs}`), ['start 0-2000', 'cut 2000-4000', 'cut 4000-6000'])
  for (const [scene, { pictures: [from, to], hero, fromMs, toMs }] of analysis.scenes.entries()) {
    const its = analysis.pictures.slice(from, to)
    assert.ok(its.every((picture) => picture.scene === scene && picture.atMs >= fromMs && picture.atMs < toMs))
    assert.is(analysis.pictures[hero]!.score, Math.max(...its.map(({ score }) => score)))
  }
  assert.equal(decodeAnalysis(encodeAnalysis(analysis)), analysis)
})

test('a scene too short for a picture of its own is measured small; of a film without pictures nothing is known', () => {
  const film = reader(2_000)
  for (let frame = 0; frame < 50; frame++) {
    const rgb = frame === 0 ? noise(1) : flat(0, 120, 0)
    film.push(rgb, SMALL_WIDTH * 3, frame * 40, () => undefined)
  }
  assert.ok(film.end().pictures.length >= 1)
  assert.throws(() => reader(1_000).end(), /none of its pictures decode/)
})

test('four hours that change all the time have no more pictures than fit, at least two seconds apart', () => {
  const hours = 4 * 3_600_000
  const film = reader(hours)
  const colours = Array.from({ length: 7 }, (_, i) => flat((i * 67) % 200, (i * 31) % 230, (i * 113) % 250))
  for (let atMs = 0, i = 0; atMs < hours; atMs += 12_000, i++) {
    const rgb = colours[i % colours.length]!
    film.push(rgb, SMALL_WIDTH * 3, atMs, () => TINY)
  }
  const { pictures, scenes, durationMs } = film.end()
  assert.is(durationMs, hours)
  assert.ok(pictures.length <= MAX_PICTURES && pictures.length >= scenes.length, `${pictures.length}`)
  for (const { pictures: [from, to] } of scenes) for (let i = from + 1; i < to; i++) assert.ok(pictures[i]!.atMs - pictures[i - 1]!.atMs >= 1_000)
})

test('a still scene has few pictures, one a minute', () => {
  const film = reader(180_000)
  const rgb = noise(9)
  for (let atMs = 0; atMs < 180_000; atMs += 1_000) film.push(rgb, SMALL_WIDTH * 3, atMs, () => TINY)
  const { pictures, scenes } = film.end()
  assert.is(scenes.length, 1)
  assert.ok(pictures.length >= 3 && pictures.length <= 4, `${pictures.length}`)
})

test('colours, light and sharpness are those of the picture', () => {
  const halves = Uint8Array.from({ length: BYTES }, (_, at) => (Math.floor(at / 3) % SMALL_WIDTH < 40 ? [10, 10, 200] : [250, 250, 250])[at % 3]!)
  const measures = measurePicture(large(halves))
  assert.equal(measures.palette.map(([colour, share]) => [colour.toString(16), Math.round(share * 4) / 4]), [['fafafa', 0.75], ['a0ac8', 0.25]])
  assert.ok(Math.abs(measures.exposure.burnt - 0.75) < 0.01)
  assert.is(measurePicture(large(flat(0, 0, 0))).exposure.black, 1)
  const [sharp, soft, grey] = [measurePicture(large(noise(5))), measurePicture(large(noise(5, 20))), measurePicture(large(flat(128, 128, 128)))]
  assert.ok(sharp.sharpness > soft.sharpness && soft.sharpness > grey.sharpness && grey.sharpness === 0)
  assert.ok(scoreOf(sharp, 0) > scoreOf(sharp, 1), 'what moves stands worse for a clip')
  assert.ok(scoreOf(measurePicture(large(flat(0, 0, 0))), 0) < scoreOf(grey, 0), 'black stands for nothing')
})

test.run()
