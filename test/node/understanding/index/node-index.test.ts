import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite } from 'uvu'
import type { AssetId, CameraId, Partition } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import type { Hit, SliceQuery } from '../../../../node/understanding/index/ask.ts'
import { MAX_HITS_OF_SUBJECT } from '../../../../node/understanding/index/engine.ts'
import type { SubjectEntries, WordsEntry } from '../../../../node/understanding/index/entries.ts'
import { MAX_MATCHES } from '../../../../node/understanding/index/words-search.ts'
import { createNodeIndex, type NodeIndex } from '../../../../node/understanding/index/node-index.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import type { Subject } from '../../../../node/understanding/subject.ts'
import { clusteredVectors, unit } from '../../../support/clustered-vectors.ts'

const SPACE = 'colours-1' as SpaceId
const ALL = Array.from({ length: 256 }, (_, partition) => partition as Partition)
const asset = (name: string): Subject & { kind: 'asset' } => ({ kind: 'asset', id: createHash('sha256').update(name).digest('hex') as AssetId })
const PORCH: Subject = { kind: 'camera', id: 'porch' as CameraId }

const axis = (place: number): Float32Array => Float32Array.from({ length: 8 }, (_, i) => i === place ? 1 : 0)
const words = (text: string, fromMs = 0, sense: WordsEntry['sense'] = 'speech'): WordsEntry => ({ level: 1, sense, fromMs, toMs: fromMs + 1_000, pictureMs: fromMs, text })
const vector = (value: Float32Array, atMs = 0, level: 0 | 1 | 2 = 1) => ({ space: SPACE, level, fromMs: atMs, toMs: atMs + 1_000, pictureMs: atMs, vector: value })
const entries = (subject: Subject, parts: Partial<SubjectEntries>): SubjectEntries => ({ subject, vectors: [], words: [], understood: { ms: 10_000, readings: ['analysis@1', `vectors@${SPACE}`] }, ...parts })
const near = (value: Float32Array, rest: Partial<SliceQuery> = {}): SliceQuery => ({ partitions: ALL, near: { space: SPACE, vector: value }, subjects: 30, ...rest })

const test = suite<{ folder: string; index: NodeIndex }>('the index of a node')

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-index-'))
  context.index = createNodeIndex({ log: silentLog }, { folder: join(context.folder, 'moments') })
  await context.index.start()
})
test.after.each(async ({ index, folder }) => {
  await index.stop()
  await rm(folder, { recursive: true, force: true })
})

async function reopened(context: { folder: string; index: NodeIndex }): Promise<NodeIndex> {
  await context.index.stop()
  context.index = createNodeIndex({ log: silentLog }, { folder: join(context.folder, 'moments') })
  await context.index.start()
  return context.index
}

test('the nearest picture is found first, with where it is', async ({ index }) => {
  await index.put(entries(asset('red'), { vectors: [vector(axis(0), 2_000)] }))
  await index.put(entries(asset('blue'), { vectors: [vector(axis(1), 5_000)] }))
  const { pictures, understoodMs } = await index.find(near(unit(Float32Array.of(1, 0.2, 0, 0, 0, 0, 0, 0))))
  assert.deepEqual(pictures.map(({ subject, fromMs, toMs, level, sense }) => ({ subject, fromMs, toMs, level, sense })), [
    { subject: asset('red'), fromMs: 2_000, toMs: 3_000, level: 1, sense: 'picture' }, { subject: asset('blue'), fromMs: 5_000, toMs: 6_000, level: 1, sense: 'picture' }
  ])
  assert.ok(pictures[0]!.score > 0.9 && pictures[1]!.score < 0.3)
  assert.equal(understoodMs, 20_000)
})

test('words are found by their beginnings, without accents, and say how much of the question they are', async ({ index }) => {
  await index.put(entries(asset('talk'), { words: [words('Wir gehen morgen nach Köln', 4_000), words('und so weiter', 9_000)] }))
  const { words: found } = await index.find({ partitions: ALL, words: 'koln "morgen" (', subjects: 10 })
  assert.deepEqual(found.map(({ fromMs, sense, text, score }) => ({ fromMs, sense, text, whole: score > 0.99 })), [{ fromMs: 4_000, sense: 'speech', text: 'Wir gehen morgen nach Köln', whole: true }])
})

test('what is seen and what is heard in a stretch of a camera take the place of their own kind only, also after a restart', async (context) => {
  const stretch = { fromMs: 0, toMs: 10_000 }
  const seen = (text: string): SubjectEntries => entries(PORCH, { stretch, vectors: [vector(axis(0))], words: [words(text, 0, 'object')], understood: { ms: 10_000, readings: [`seen@0-9999@${text}`, `vectors@${SPACE}`] } })
  const heard = (text: string): SubjectEntries => entries(PORCH, { stretch, track: 'sound', words: text === '' ? [] : [words(text)], understood: { ms: 10_000, readings: [`heard@0-9999@${text}`] } })
  for (const each of [seen('bicycle'), heard('hello'), heard('goodbye'), seen('truck')]) await context.index.put(each)
  const index = await reopened(context)
  const found = async (text: string): Promise<number> => (await index.find({ partitions: ALL, words: text, subjects: 9 })).words.length
  assert.deepEqual(await Promise.all(['bicycle', 'truck', 'hello', 'goodbye'].map(found)), [0, 1, 0, 1])
  assert.deepEqual([...index.readings(PORCH)].sort(), ['heard@0-9999@goodbye', 'seen@0-9999@truck', `vectors@${SPACE}`])
  const understood = async (senses?: WordsEntry['sense'][]): Promise<number> => (await index.find({ partitions: ALL, words: 'x', subjects: 1, ...(senses && { senses }) })).understoodMs
  assert.deepEqual([await understood(), await understood(['speech']), await understood(['picture'])], [10_000, 10_000, 10_000], 'its time counts once')
  assert.equal((await index.find({ partitions: ALL, words: 'x', subjects: 1, within: PORCH })).understoodMs, 10_000)
  await index.put(heard(''))
  assert.deepEqual([await found('goodbye'), await found('truck')], [0, 1])
  await index.put(entries(PORCH, { stretch: { fromMs: 0, toMs: 10_000 }, understood: { ms: 0, readings: [] } }))
  assert.deepEqual([[...index.readings(PORCH)], await understood(['speech']), await understood(['picture'])], [['heard@0-9999@'], 10_000, 0], 'what is seen is forgotten by itself')
})

test('words of every script are found, and a part of what is written without spaces', async ({ index }) => {
  const lines: ReadonlyArray<readonly [text: string, asked: string]> = [
    ['это очень хороший день', 'хороший'], ['под ногами лёд и снег', 'лёд'], ['под ногами лёд и снег', 'лед'], ['καλή μέρα σε όλους', 'μέρα'], ['ΚΑΛΟΣ ΛΟΓΟΣ', 'λόγος'], ['우리는 한국 사람입니다', '한국'],
    ['本当にありがとうございます', 'ありがとう'], ['駅前のガイドさん', 'ガイド'], ['駅前のガイドさん', '駅'], ['मैं हिन्दी बोलता हूँ', 'हिन्दी'], ['area of 10² meters', '10²'], ['愿世界和平', '世界'], ['愿世界和平', '平'], ['愿世界和平', '世'], ['ผมรักประเทศไทยมาก', 'ประเทศ']
  ]
  for (const text of new Set(lines.map(([text]) => text))) await index.put(entries(asset(text), { words: [words(text)] }))
  for (const [text, asked] of lines) {
    const { words: found } = await index.find({ partitions: ALL, words: asked, subjects: 30 })
    assert.deepEqual([asked, found.map((hit) => [hit.text, hit.score > 0.99])], [asked, [[text, true]]])
  }
  assert.deepEqual((await index.find({ partitions: ALL, words: '界世', subjects: 30 })).words, [])
})

test('a text that has only the words everybody has is not found', async ({ index }) => {
  for (let i = 0; i < 20; i++) await index.put(entries(asset(`filler ${i}`), { words: [words('on the other hand of the day')] }))
  await index.put(entries(asset('church'), { words: [words('the cathedral of the town')] }))
  const { words: found } = await index.find({ partitions: ALL, words: 'the cathedral', subjects: 30 })
  assert.deepEqual(found.map(({ subject }) => subject), [asset('church')])
})

test('what a filter leaves is found by its words however much it leaves out', async ({ index }) => {
  const everywhere = Array.from({ length: MAX_MATCHES }, (_, at) => words('harbour', at * 1_000))
  await index.put(entries(asset('harbour'), { words: everywhere }))
  await index.put(entries(asset('walk'), { words: [words('and in the evening we went down to the harbour, slowly', 7_000), words('harbour, or so it says on the sign at its gate', 8_000, 'words')] }))
  const found = async (rest: Partial<SliceQuery>): Promise<number[]> => (await index.find({ partitions: ALL, words: 'harbour', subjects: 30, ...rest })).words.map(({ fromMs }) => fromMs).sort()
  assert.deepEqual([await found({ assets: [asset('walk').id], cameras: [] }), await found({ senses: ['words'] })], [[7_000, 8_000], [8_000]])
})

test('what one subject has many of hides nothing of others', async ({ index }) => {
  const many = 2 * MAX_MATCHES
  await index.put(entries(PORCH, { stretch: { fromMs: 0, toMs: many * 2_000 }, words: Array.from({ length: many }, (_, at) => words('person', at * 2_000, 'object')), vectors: Array.from({ length: 2_000 }, (_, at) => vector(axis(0), at * 2_000)) }))
  await index.put(entries(asset('walk'), { words: [words('a person, seen from far away, who goes along the harbour', 7_000, 'object')], vectors: [vector(unit(axis(0).map((value, place) => value + axis(1)[place]! / 4)), 7_000)] }))
  const subjectsOf = (hits: readonly Hit[]): Subject[] => [...new Map(hits.map(({ subject }) => [subject.id, subject])).values()]
  const { pictures, words: texts } = await index.find({ ...near(axis(0)), words: 'person' })
  assert.deepEqual([pictures.length, subjectsOf(pictures), subjectsOf(texts)], [MAX_HITS_OF_SUBJECT + 1, [PORCH, asset('walk')], [PORCH, asset('walk')]])
})

test('only what is asked is answered: partitions, levels, senses, subjects and times', async ({ index }) => {
  await index.put(entries(asset('one'), { vectors: [vector(axis(0), 0, 1), vector(axis(0), 0, 2)], words: [words('harbour', 0, 'words'), words('harbour', 0, 'speech')] }))
  await index.put(entries(PORCH, { stretch: { fromMs: 0, toMs: 10_000 }, vectors: [vector(axis(0), 1_000), vector(axis(0), 8_000)] }))
  const ids = async (rest: Partial<SliceQuery>): Promise<string[]> => (await index.find({ ...near(axis(0)), words: 'harbour', ...rest })).pictures.map(({ subject, fromMs }) => `${subject.kind} ${fromMs}`).sort()
  assert.deepEqual(await ids({ levels: [2] }), ['asset 0'])
  assert.deepEqual(await ids({ assets: [] }), ['camera 1000', 'camera 8000'])
  assert.deepEqual(await ids({ cameras: [], levels: [1] }), ['asset 0'])
  assert.deepEqual(await ids({ assets: [], fromMs: 7_000 }), ['camera 8000'])
  assert.deepEqual(await ids({ partitions: [Number.parseInt(asset('one').id.slice(0, 2), 16) as Partition], levels: [1] }), ['asset 0'])
  assert.deepEqual(await ids({ senses: ['words'] }), [])
  assert.deepEqual((await index.find({ partitions: ALL, words: 'harbour', senses: ['words'], subjects: 5 })).words.map(({ sense }) => sense), ['words'])
})

test('what is put again takes the place of what was there; of a camera only in that stretch', async ({ index }) => {
  await index.put(entries(asset('one'), { vectors: [vector(axis(0))], words: [words('before')] }))
  await index.put(entries(asset('one'), { vectors: [vector(axis(1))], words: [words('after')], understood: { ms: 4_000, readings: ['analysis@1'] } }))
  assert.deepEqual((await index.find(near(axis(0)))).pictures.map(({ score }) => score), [0])
  assert.equal((await index.find({ partitions: ALL, words: 'before', subjects: 5 })).words.length, 0)
  assert.deepEqual([index.readings(asset('one')), (await index.find({ partitions: ALL, words: 'after', subjects: 5 })).understoodMs], [['analysis@1'], 4_000])

  for (const [fromMs, toMs] of [[0, 10_000], [10_000, 20_000], [10_000, 20_000]] as const) {
    await index.put(entries(PORCH, { stretch: { fromMs, toMs }, vectors: [vector(axis(2), fromMs + 500)], understood: { ms: toMs - fromMs, readings: ['live'] } }))
  }
  const { pictures, understoodMs } = await index.find({ partitions: ALL, near: { space: SPACE, vector: axis(2) }, assets: [], subjects: 5 })
  assert.deepEqual(pictures.map(({ fromMs }) => fromMs).sort((a, b) => a - b), [500, 10_500])
  assert.equal(understoodMs, 0) // none by this space's reading
  await index.put(entries(PORCH, { stretch: { fromMs: 10_000, toMs: 20_000 }, vectors: [], understood: { ms: 10_000, readings: ['seen'] } }))
  assert.deepEqual(index.readings(PORCH), ['live', 'seen'], 'a reading stays while any stretch has it')
  await index.put(entries(PORCH, { stretch: { fromMs: 0, toMs: 10_000 }, vectors: [], understood: { ms: 10_000, readings: ['seen'] } }))
  assert.deepEqual(index.readings(PORCH), ['seen'])
})

test('what is removed is found no more, also after a restart', async (context) => {
  await context.index.put(entries(asset('one'), { vectors: [vector(axis(0))], words: [words('gone')] }))
  await context.index.remove(asset('one'))
  await context.index.remove(asset('never there'))
  for (const isReopened of [false, true]) {
    const index = isReopened ? await reopened(context) : context.index
    const { pictures, words: found, understoodMs } = await index.find({ ...near(axis(0)), words: 'gone' })
    assert.deepEqual([pictures, found, understoodMs, index.readings(asset('one'))], [[], [], 0, []])
  }
})

test('after a restart everything is found as before, and what is known is said at once', async (context) => {
  await context.index.put(entries(asset('red'), { vectors: [vector(axis(0), 2_000)], words: [words('hello')] }))
  const question = { ...near(axis(0)), words: 'hello' }
  const before = await context.index.find(question)
  const index = await reopened(context)
  assert.deepEqual(index.readings(asset('red')), ['analysis@1', `vectors@${SPACE}`])
  assert.deepEqual(await index.find(question), before)
  assert.deepEqual((await index.vectorAt(asset('red'), 0))?.vector, axis(0))
})

test('what is asked while an index is being opened is answered when it is, however long that takes, and it is opened once', async (context) => {
  for (let i = 0; i < 4; i++) await context.index.put(entries(asset(`film ${i}`), { vectors: Array.from({ length: 3_000 }, (_, at) => vector(axis(i), at)) }))
  await context.index.stop()
  context.index = createNodeIndex({ log: silentLog }, { folder: join(context.folder, 'moments'), timeoutMs: 1 })
  await context.index.start()
  const [{ pictures }, known] = await Promise.all([context.index.find(near(axis(2))), context.index.vectorAt(asset('film 1'), 5)])
  assert.deepEqual([pictures[0]?.subject, known?.vector], [asset('film 2'), axis(1)])
})

test('a file that is no index any more is begun anew, and whoever fills it is told by what it has', async (context) => {
  await context.index.put(entries(asset('red'), { vectors: [vector(axis(0))] }))
  await context.index.stop()
  const file = await open(join(context.folder, 'moments', 'moments.sqlite'), 'r+')
  await file.write(Buffer.alloc(8_192, 0x2a), 0, 8_192, 0)
  await file.close()
  const index = await reopened(context)
  assert.deepEqual(index.readings(asset('red')), [])
  await index.put(entries(asset('red'), { vectors: [vector(axis(0))] }))
  assert.equal((await index.find(near(axis(0)))).pictures.length, 1)
})

test('vectors that are none, or of another length than their space, are refused, and nothing of their subject is kept', async ({ index }) => {
  await index.put(entries(asset('good'), { vectors: [vector(axis(0))] }))
  await assert.rejects(index.put(entries(asset('bad'), { vectors: [vector(Float32Array.of(Number.NaN, 1))] })), /finite/)
  await assert.rejects(index.put(entries(asset('short'), { vectors: [vector(axis(0)), vector(Float32Array.of(1, 0))], words: [words('kept')] })), /numbers/)
  assert.equal((await index.find({ ...near(axis(0)), words: 'kept' })).words.length, 0)
  assert.equal((await index.size()).subjects, 1)
})

test('killed at any moment, it opens with every change that was acknowledged, and each subject whole', async (context) => {
  await context.index.stop()
  for (let round = 0; round < 3; round++) {
    const folder = join(context.folder, `killed-${round}`)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'endless-putter.ts'), folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const acknowledged: number[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(Number(line))
      if (acknowledged.length === 20 + round * 7) child.kill('SIGKILL')
    }
    if (child.signalCode === null && child.exitCode === null) await once(child, 'exit')
    const index = createNodeIndex({ log: silentLog }, { folder })
    await index.start()
    try {
      const source = clusteredVectors({ dimensions: 8 })
      const { vectors, words: texts, subjects } = await index.size()
      assert.ok(subjects >= acknowledged.length, `${subjects} of ${acknowledged.length}`)
      assert.deepEqual([vectors, texts], [subjects * 40, subjects * 3]) // what the child puts of each
      for (const i of acknowledged) assert.deepEqual(index.readings(asset(String(i))), ['analysis@1'])
      assert.ok((await index.find(near(source.next()))).pictures.length > 0)
    } finally {
      await index.stop()
    }
  }
})

test.run()
