import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChunkId } from '#protocols/ids.ts'
import type { VectorsReading } from '../../../../node/understanding/analysis/analysis.ts'
import { DEFAULT_VOCABULARY } from '../../../../node/understanding/analysis/default-vocabulary.ts'
import { createUnderstandingSettings, MAX_VOCABULARY, type UnderstandingSettings } from '../../../../node/understanding/analysis/settings.ts'
import { createTags, MAX_TAGS, promptOf, tagsOfScene, type Tags } from '../../../../node/understanding/analysis/tags.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'
import { COLOURS, PlantedInference, vectorOf } from '../../../support/planted-inference.ts'

interface Context { inference: PlantedInference; settings: UnderstandingSettings; tags: Tags; asked: string[] }
const test = suite<Context>('tags of a vocabulary')

function reading(...colours: string[]): VectorsReading {
  const scenes = new Float32Array(colours.length * 4)
  for (const [i, colour] of colours.entries()) scenes.set(vectorOf(COLOURS[colour]!), i * 4)
  return { analysis: 'blob' as ChunkId, model: 'planted@1', space: 'planted-1' as SpaceId, dimensions: 4, pictures: scenes, scenes, medoids: colours.map((_, i) => i) }
}

test.before.each((context) => {
  const { records } = createLibraryRing().ring.catalog
  context.inference = new PlantedInference().with('embed-pictures')
  context.settings = createUnderstandingSettings({ records })
  context.asked = []
  context.tags = createTags({ settings: context.settings, inference: { embedQueries: (texts, options) => {
    context.asked.push(...texts)
    return context.inference.embedQueries(texts, options)
  } } })
})

test('a scene is tagged with the words it is nearest to, surest first, and with none when it is like no word', async ({ tags, settings }) => {
  await settings.change({ vocabulary: ['red', 'green', 'blue'] })
  const found = await tags.of(reading('red', 'blue', 'white'))
  assert.equal(found?.slice(0, 2).map((scene) => scene.map(({ name }) => name)), [['red'], ['blue']])
  assert.ok(found![0]![0]!.score > 0.9)
  assert.equal(found?.[2], [], 'white is none of them')
})

test('the vocabulary is embedded once, and again when it changes', async ({ tags, settings, asked }) => {
  await settings.change({ vocabulary: ['red', 'green'] })
  await Promise.all([tags.of(reading('red')), tags.of(reading('green'))])
  const once = asked.length
  assert.ok(asked.includes(promptOf('red')))
  await tags.of(reading('red'))
  assert.is(asked.length, once)
  await settings.change({ vocabulary: ['blue'] })
  assert.equal((await tags.of(reading('blue')))?.[0]?.map(({ name }) => name), ['blue'])
  assert.ok(asked.length > once)
})

test('without the model of a space there are no tags of it; a model that fails is asked again', async ({ tags, inference }) => {
  assert.is(await tags.of({ ...reading('red'), space: 'other-1' as SpaceId }), undefined)
  inference.models.clear()
  assert.is(await tags.of(reading('red')), undefined)
  inference.with('embed-pictures')
  assert.is.not(await tags.of(reading('red')), undefined)
})

test('a scene has few tags, however many words are near', () => {
  const words = Array.from({ length: 30 }, (_, i) => `word ${i}`)
  const values = Float32Array.from({ length: 30 * 2 }, (_, i) => i % 2)
  assert.ok(tagsOfScene(Float32Array.of(0, 1), { words, dimensions: 2, values }).length <= MAX_TAGS)
})

test('words are kept once, without what is none; nobody having said anything, the vocabulary is the default one', async ({ settings }) => {
  assert.equal(settings.vocabulary(), DEFAULT_VOCABULARY)
  assert.is(settings.faces(), undefined)
  assert.ok(DEFAULT_VOCABULARY.length >= 150 && DEFAULT_VOCABULARY.every((word) => word.length > 1 && !/\s{2}|^\s|\s$/.test(word)))
  await settings.change({ vocabulary: [' a boat ', 'a boat', '', 'the sea'] })
  assert.equal(settings.vocabulary(), ['a boat', 'the sea'])
  const many = Array.from({ length: MAX_VOCABULARY }, (_, i) => `word number ${i} of a long vocabulary`)
  await settings.change({ vocabulary: many })
  assert.equal(settings.vocabulary(), many)
  await settings.change({ vocabulary: ['one'] })
  assert.equal(settings.vocabulary(), ['one'])
  await settings.change({ vocabulary: [] })
  assert.equal(settings.vocabulary(), [], 'no tags are wanted')
  let why = ''
  await settings.change({ vocabulary: [...many, 'one more'] }).catch((err: Error) => { why = err.message })
  assert.match(why, /1001 words; at most 1000 fit/)
})

test.run()
