import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AssetId, ChunkId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { once } from '#ring/base/bytes.ts'
import { isOfTexts } from '../../../../node/understanding/analysis/analysis.ts'
import { createSentencesMaker, TEXTS_AT_ONCE } from '../../../../node/understanding/analysis/sentences/sentences-maker.ts'
import { decodeSentences, encodeSentences } from '../../../../node/understanding/analysis/sentences/sentences-reading.ts'
import { createSentencesSource } from '../../../../node/understanding/analysis/sentences/sentences-source.ts'
import { digestOf } from '../../../../node/understanding/analysis/sentences/texts.ts'
import { WRITTEN } from '../../../../node/understanding/analysis/sentences/written.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { PASSAGE_MS } from '../../../../node/understanding/transcripts/passages.ts'
import { createSaidTexts } from '../../../../node/understanding/transcripts/said-texts.ts'
import type { Line, Transcript } from '../../../../node/understanding/transcripts/transcript.ts'
import { createTranscriptStore } from '../../../../node/understanding/transcripts/transcript-store.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'
import { PlantedInference } from '../../../support/planted-inference.ts'

const test = suite('texts of an asset, by what they mean')

const SPACE = 'meanings-1' as SpaceId
const HEARD: Omit<Transcript, 'lines'> = { origin: { kind: 'model', from: 'm@1' }, language: 'en', languageConfidence: 1, languages: [], dropped: 0 }
const line = (text: string, fromMs: number): Line => ({ id: `${fromMs}`, text, fromMs, toMs: fromMs + 1_000, speaker: '', words: [] })

/** What reads texts, over blobs in memory. */
function world() {
  const { ring: { blobs } } = createLibraryRing()
  const inference = new PlantedInference().with('embed-sentences', 'meanings@1', SPACE)
  const store = createTranscriptStore({ blobs })
  const texts = [WRITTEN, createSaidTexts({ store, model: () => undefined })]
  const maker = createSentencesMaker({ inference, texts })
  const put = async (bytes: Uint8Array): Promise<ChunkId> => (await blobs.put(once(bytes))).id
  return {
    inference, maker, put,
    heard: (...lines: Line[]): Promise<ChunkId> => store.put({ ...HEARD, lines }),
    read: async (name: string, asset: Asset): Promise<ChunkId> => put(await maker.read(name, asset, { signal: new AbortController().signal, turn: async () => {} })),
    told: (name: string, asset: Asset) => createSentencesSource({ blobs, texts: texts.find(({ reads }) => reads(name))! }).entriesOf(asset)
  }
}

const asset = (made: Record<string, ChunkId>, title = ''): Asset => ({ facts: { id: 'a1' as AssetId, name: '0001.mp4', kind: 'video', probe: { durationMs: 90_000 } }, title, notes: '', tags: [], made }) as unknown as Asset

test('one model reads what is written and what is said, into one space', async () => {
  const { maker, read, told, heard } = world()
  assert.deepEqual(maker.names(), ['sentences@meanings-1', 'said@meanings-1'])
  assert.ok(maker.names().every(isOfTexts))
  const made = { transcript: await heard(line('a red boat', 1_000), line('on the sea', 3_000), line('and a blue one', PASSAGE_MS + 5_000)) }
  const [written, said] = await Promise.all(maker.names().map(async (name) => {
    const whole = asset(made, 'a red boat')
    return told(name, asset({ ...made, [name]: await read(name, whole) }, 'a red boat'))
  }))
  assert.deepEqual(written!.vectors!.map(({ level, fromMs, toMs }) => [level, fromMs, toMs]), [[0, 0, 90_000]])
  assert.deepEqual(said!.vectors!.map(({ level, fromMs, toMs, pictureMs, space, vector }) => [level, fromMs, toMs, pictureMs, space, vector.indexOf(Math.max(...vector))]), [
    [2, 1_000, 4_000, 2_500, SPACE, 0], [2, PASSAGE_MS + 5_000, PASSAGE_MS + 6_000, PASSAGE_MS + 5_500, SPACE, 2]
  ])
  assert.deepEqual([said!.readings, said!.stale], [['said@meanings-1'], []])
})

test('what was read of other words is to be made anew; other times of the same words are taken as they are', async () => {
  const { read, told, heard } = world()
  const name = 'said@meanings-1'
  const before = { 'transcript@m@1': await heard(line('a red boat', 1_000)) }
  const reading = await read(name, asset(before))
  const told2 = async (made: Record<string, ChunkId>) => told(name, asset({ ...made, [name]: reading }))
  assert.deepEqual((await told2({ ...before, transcript: await heard(line('a blue boat', 1_000)) }))!.stale, [name], 'somebody wrote it anew')
  assert.deepEqual((await told2({}))!.stale, [name], 'there is no transcript any more')
  const moved = await told2({ transcript: await heard(line('a red boat', 7_000)) })
  assert.deepEqual([moved!.stale, moved!.vectors!.map(({ fromMs }) => fromMs)], [[], [7_000]])
  const [one, other] = [await heard(line('a red boat', 1_000)), await heard(line('a green boat', 2_000))]
  assert.deepEqual((await told2({ 'transcript@a@1': other, 'transcript@m@1': one }))!.stale, [], 'nodes may show either of what models heard')
  assert.deepEqual((await told2({ 'transcript@original': other, 'transcript@m@1': one }))!.stale, [name], 'captions go before')
  assert.equal(await told(name, asset(before)), undefined, 'what was not read is not to be made anew')
})

test('where nobody speaks the reading is there and has no vectors: it is not asked for again', async () => {
  const { inference, read, told, heard } = world()
  const name = 'said@meanings-1'
  const made = { 'transcript@m@1': await heard() }
  const found = await told(name, asset({ ...made, [name]: await read(name, asset(made)) }))
  assert.deepEqual([found!.vectors, found!.readings, found!.stale, inference.seen.get('embed-sentences')], [[], [name], [], undefined])
})

test('much that is said is read in parts, each when it is its turn, and not in two spaces', async () => {
  const { inference, maker, heard } = world()
  const made = { transcript: await heard(...Array.from({ length: TEXTS_AT_ONCE * 2 + 1 }, (_, at) => line(`a red boat ${at}`, at * PASSAGE_MS))) }
  const name = 'said@meanings-1'
  let turns = 0
  const reading = decodeSentences(await maker.read(name, asset(made), { signal: new AbortController().signal, turn: async () => { turns++ } }))
  assert.deepEqual([turns, reading.vectors.values.length / 4, reading.model], [3, TEXTS_AT_ONCE * 2 + 1, 'meanings@1'])
  const changed = maker.read(name, asset(made), { signal: new AbortController().signal, turn: async () => { inference.with('embed-sentences', 'newer@1', 'newer-1') } })
  await assert.rejects(changed, /the model was changed while it read/)
  await assert.rejects(maker.read(name, asset(made), { signal: new AbortController().signal, turn: async () => {} }), { code: 'ERR_MODEL_MISSING' })
})

test('a reading that is none, of another space, or of fewer texts, is to be made anew', async () => {
  const { put, told, heard } = world()
  const name = 'said@meanings-1'
  const transcript = await heard(line('a red boat', 1_000))
  const of = (space: string, values: number, words = 'a red boat') => put(encodeSentences({ written: digestOf([words]), model: 'm@1', vectors: { space: space as SpaceId, dimensions: 4, values: new Float32Array(values) } }))
  const staleOf = async (reading: ChunkId) => (await told(name, asset({ transcript, [name]: reading })))!.stale
  assert.deepEqual(await staleOf(await of(SPACE, 4)), [])
  for (const wrong of [await put(Uint8Array.of(1, 2, 3)), await of('others-1', 4), await of(SPACE, 0), await of(SPACE, 8), await of(SPACE, 4, 'a blue boat'), await of('No Space', 4), await of(SPACE, 5)]) assert.deepEqual(await staleOf(wrong), [name])
})

test.run()
