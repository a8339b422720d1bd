import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Asset } from '#ring'
import { ANALYSIS, type Analysis } from '../../../../node/understanding/analysis/analysis.ts'
import { entriesOf } from '../../../../node/understanding/analysis/entries-of.ts'
import type { Known } from '../../../../node/understanding/analysis/readings/read-made.ts'
import { sceneViews } from '../../../../node/understanding/analysis/scene-views.ts'
import { randomAnalysis, randomBlob, randomReadings } from '../../../support/random-analysis.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('what the index and pages are told')
const PLAIN = { palette: [[0xff0000, 1]] as const, sharpness: 0.5, exposure: { mean: 0.4, black: 0, burnt: 0 }, motion: 0.2, hash: '-' }

/** Two scenes of two seconds, with two pictures and one. */
const analysis: Analysis = {
  durationMs: 4_000,
  pictures: [{ ...PLAIN, atMs: 0, scene: 0, score: 0.3 }, { ...PLAIN, atMs: 1_000, scene: 0, score: 0.9 }, { ...PLAIN, atMs: 2_500, scene: 1, score: 0.5 }],
  scenes: [{ fromMs: 0, toMs: 2_000, begins: 'start', pictures: [0, 2], hero: 1 }, { fromMs: 2_000, toMs: 4_000, begins: 'cut', pictures: [2, 3], hero: 2 }]
}
const head = { analysis: 'blob' as never, model: 'm@1' }
const known = (more: Partial<Known>): Known => ({ analysis, vectors: [], text: [], objects: [], faces: [], captions: [], names: [], stale: [], ...more })
const assetOf = (...names: string[]): Asset => ({ facts: { id: 'a1', kind: 'video', probe: { durationMs: 4_000 } }, made: Object.fromEntries([ANALYSIS, ...names].map((name) => [name, 'blob'])) }) as unknown as Asset

const BOX = [0.1, 0.8, 0.5, 0.1] as const
const HIGHER = [0.1, 0.2, 0.5, 0.1] as const

test('a vector stands for the whole, for each key picture and for each scene, with the moment it stands for', async () => {
  const { vectors } = randomReadings(randomOf(3), analysis, await randomBlob(randomOf(3)))
  const entries = entriesOf(assetOf('vectors@drawn-1'), { known: known({ vectors: [{ ...vectors, medoids: [0, 2] }], names: ['vectors@drawn-1'] }) })
  assert.equal(entries.vectors.map(({ level, fromMs, toMs, pictureMs }) => [level, fromMs, toMs, pictureMs]), [[0, 0, 4_000, 1_000], [1, 0, 1_000, 0], [1, 1_000, 2_000, 1_000], [1, 2_500, 4_000, 2_500], [2, 0, 2_000, 0], [2, 2_000, 4_000, 2_500]])
  assert.equal(entries.vectors[2]?.vector, vectors.pictures.slice(8, 16))
  assert.equal(entries.understood, { ms: 4_000, readings: [ANALYSIS, 'vectors@drawn-1'] })
  assert.ok(Math.abs(Math.hypot(...entries.vectors[0]!.vector) - 1) < 1e-6, 'the mean has length 1')
})

test('lines that stand together are one text, as long as they stand; a thing is told once a picture, when it is sure', () => {
  const entries = entriesOf(assetOf('text@m@1', 'objects@m@1'), { known: known({
    text: [{ ...head, lines: [{ picture: 0, text: 'HARBOUR', box: BOX, confidence: 0.9 }, { picture: 0, text: 'GATE 42', box: HIGHER, confidence: 0.8 }, { picture: 1, text: 'HARB0UR', box: BOX, confidence: 0.5 }, { picture: 1, text: 'GATE 42', box: HIGHER, confidence: 0.9 }, { picture: 2, text: 'THE END', box: BOX, confidence: 0.9 }] }],
    objects: [{ ...head, objects: [{ picture: 2, label: 'dog', box: BOX, confidence: 0.9 }, { picture: 2, label: 'dog', box: HIGHER, confidence: 0.6 }, { picture: 2, label: 'cat', box: BOX, confidence: 0.3 }] }]
  }) })
  const told = entries.words.map(({ sense, fromMs, toMs, text }) => [sense, fromMs, toMs, text])
  assert.equal(told.slice(-2), [['words', 2_500, 4_000, 'THE END'], ['object', 2_500, 4_000, 'dog']])
  assert.ok(told.some(([, from, to, text]) => from === 0 && to === 2_000 && String(text).includes('GATE 42')), JSON.stringify(told))
})

test('all lines of a picture with much text are told', () => {
  const lines = Array.from({ length: 100 }, (_, at) => ({ picture: 2, text: `${`LINE ${at} `.padEnd(54, 'x')} END${at}`, box: [0.1, at / 100, 0.5, 0.008] as const, confidence: 0.9 }))
  const { words } = entriesOf(assetOf('text@m@1'), { known: known({ text: [{ ...head, lines }] }) })
  assert.ok(words.every(({ text, fromMs, toMs }) => text.length <= 2_000 && fromMs === 2_500 && toMs === 4_000), JSON.stringify(words))
  assert.is(words.length, 4)
  for (let at = 0; at < 100; at++) assert.ok(words.some(({ text }) => text.split(/\s/).includes(`END${at}`)), `line ${at}`)
})

test('captions and tags are of scenes, what is said is as it comes, and readings that are gone are not named', () => {
  const entries = entriesOf(assetOf('captions@m@1'), {
    known: known({ captions: [{ ...head, captions: [{ scene: 1, text: 'a boat' }] }], names: ['captions@m@1', 'objects@gone@1'] }),
    tags: [[], [{ name: 'the sea', score: 0.6 }, { name: 'a boat', score: 0.2 }]],
    more: [{ words: [{ level: 1, sense: 'speech', fromMs: 1, toMs: 2, pictureMs: 1, text: 'hello' }], readings: ['captions@m@1'] }]
  })
  assert.equal(entries.words.map(({ sense, level, fromMs, pictureMs, text }) => [sense, level, fromMs, pictureMs, text]), [['caption', 2, 2_000, 2_500, 'a boat'], ['tag', 2, 2_000, 2_500, 'the sea\na boat'], ['speech', 1, 1, 1, 'hello']])
  assert.not.ok(entries.understood.readings.includes('objects@gone@1'))
})

test('a scene is told with what is seen, read and said in it, and with nothing of the others', () => {
  const views = sceneViews('a1' as never, known({
    text: [{ ...head, lines: [0, 1].map((picture) => ({ picture, text: 'HARBOUR', box: BOX, confidence: 0.9 })) }],
    objects: [{ ...head, objects: [{ picture: 2, label: 'dog', box: BOX, confidence: 0.9 }, { picture: 2, label: 'dog', box: HIGHER, confidence: 0.6 }] }]
  }), { tags: [[], [{ name: 'snow', score: 0.7 }]], speech: [{ fromMs: 1_500, toMs: 2_500, text: 'over the cut' }, { fromMs: 3_000, toMs: 3_100, text: 'later' }] })
  assert.equal(views.map(({ words, objects, tags, speech, heroMs, palette }) => [words, objects, tags, speech.map(({ text }) => text), heroMs, palette]), [
    [[{ text: 'HARBOUR', atMs: 0, confidence: 0.9 }], [], [], ['over the cut'], 1_000, ['#ff0000']],
    [[], [{ label: 'dog', count: 2, confidence: 0.9 }], [{ name: 'snow', score: 0.7 }], ['over the cut', 'later'], 2_500, ['#ff0000']]
  ])
})

test('whatever is known, every moment lies in the film and has a picture of it', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomOf(seed)
    const drawn = randomAnalysis(random)
    const readings = randomReadings(random, drawn, await randomBlob(random))
    const { vectors, words } = entriesOf(assetOf(), { known: { ...known({}), analysis: drawn, vectors: [readings.vectors], text: [readings.text], objects: [readings.objects], captions: [readings.captions] } })
    for (const { fromMs, toMs, pictureMs } of [...vectors, ...words]) assert.ok(fromMs <= toMs && fromMs >= 0 && toMs <= drawn.durationMs && drawn.pictures.some(({ atMs }) => atMs === pictureMs), `seed ${seed}`)
  }
})

test.run()
