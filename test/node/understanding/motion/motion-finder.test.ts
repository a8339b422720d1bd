import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { MotionFinder } from '../../../../node/understanding/motion/motion-finder.ts'
import { type Motion, type MotionOptions, NO_AREAS } from '../../../../node/understanding/motion/motion.ts'
import { scoreOf } from '../../../support/motion-score.ts'
import { movingScene, type SceneInit, type Truth } from '../../../support/moving-scene.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('motion in pictures')

function find(init: SceneInit, options: Partial<MotionOptions> = {}): { found: Pick<Motion, 'tracks' | 'samples' | 'stretches'>; truths: Map<number, Truth[]> } {
  const finder = new MotionFinder({ ...NO_AREAS, features: false, ...options })
  const truths = new Map<number, Truth[]>()
  for (const { atMs, picture, truth } of movingScene(init)) {
    truths.set(atMs, truth)
    finder.look(atMs, picture)
  }
  return { found: finder.finish(), truths }
}

test('things are found where they are, through noise and light that changes; the same pictures give the same', () => {
  const init: SceneInit = { seed: 31, things: 2, seconds: 8, noise: 4, light: 0.15 }
  const { found, truths } = find(init)
  const { hits, boxes, truths: all, switches } = scoreOf(truths, found.tracks)
  assert.ok(hits / boxes > 0.85 && hits / all > 0.8 && switches === 0, JSON.stringify({ hits, boxes, all, switches }))
  assert.deepEqual(find(init).found, found)
})

test('nothing is found where nothing moves, also when clouds pass and a lamp is switched', () => {
  assert.deepEqual(find({ seed: 32, things: 0, seconds: 7, noise: 4, light: 0.15, lamp: -0.4 }).found.tracks, [])
})

test('what is masked does not count, and zones are told of', () => {
  const init: SceneInit = { seed: 33, things: 1, seconds: 7 }
  const all = [[0, 0], [1, 0], [1, 1], [0, 1]] as const
  const { tracks, samples, stretches } = find(init, { masks: [all] }).found
  assert.deepEqual([tracks, stretches, samples.filter(([, share]) => share > 0)], [[], [], []])
  const { found } = find(init, { zones: [{ name: 'all', polygon: all }] })
  assert.deepEqual(found.tracks[0]?.zones.map(({ zone }) => zone), ['all'])
  assert.deepEqual(found.stretches[0]?.zones, ['all'])
})

/** A textured ground between whose pixels one can look, and that goes away by so much in each picture. */
function* panned(pictures: number, [dx, dy]: readonly [number, number], width = 200, height = 150): Generator<Uint8Array> {
  const random = randomOf(5)
  const waves = Array.from({ length: 24 }, () => ({ fx: (random() - 0.5) * 0.8, fy: (random() - 0.5) * 0.8, phase: random() * 7 }))
  for (let i = 0; i < pictures; i++) {
    yield Uint8Array.from({ length: width * height }, (_, at) => {
      const [x, y] = [(at % width) + dx * i, Math.floor(at / width) + dy * i]
      let value = 128
      for (const { fx, fy, phase } of waves) value += 12 * Math.sin(fx * x + fy * y + phase)
      return value
    })
  }
}

test('single points are followed to a fifth of a pixel over a ground that pans by parts of pixels', () => {
  const finder = new MotionFinder({ ...NO_AREAS, features: true })
  const pan = [1.37, -0.61] as const
  for (const luma of panned(15, pan)) finder.follow({ luma, width: 200, height: 150 }, false)
  const { features } = finder.finish()
  assert.ok(features.length > 30, `${features.length} points`)
  const off = features.flatMap(({ places: [[x0, y0] = [0, 0], ...places] }) => places.map(([x, y], i) => Math.hypot((x - x0) * 200 + pan[0] * (i + 1), (y - y0) * 150 + pan[1] * (i + 1))))
  const sorted = off.toSorted((a, b) => a - b)
  assert.ok(sorted[Math.floor(sorted.length * 0.95)]! < 0.2, `95 of 100 places are off by less than ${sorted[Math.floor(sorted.length * 0.95)]!.toFixed(3)} pixels`)
})

test('a point does not go on into another scene', () => {
  const finder = new MotionFinder({ ...NO_AREAS, features: true })
  let picture = 0
  for (const luma of [...panned(12, [1, 0]), ...panned(12, [-1, 2])]) finder.follow({ luma, width: 200, height: 150 }, picture++ === 12)
  const { features } = finder.finish()
  assert.ok(features.length > 20)
  assert.deepEqual(features.filter(({ first, places }) => first < 12 && first + places.length > 12), [])
})

test.run()
