import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AssetId } from '#protocols/ids.ts'
import type { Hit } from '../../../../node/understanding/index/ask.ts'
import { fuse, inOrder, MAX_MOMENTS } from '../../../../node/understanding/moments/fuse.ts'
import type { Subject } from '../../../../node/understanding/subject.ts'

const test = suite('hits of several kinds become moments')

const asset = (letter: string): Subject => ({ kind: 'asset', id: letter.repeat(64) as AssetId })
const hit = (subject: Subject, fromMs: number, parts: Partial<Hit> = {}): Hit => ({ subject, level: 1, sense: 'picture', fromMs, toMs: fromMs + 1_000, pictureMs: fromMs, score: 0.3, ...parts })
const said = (subject: Subject, fromMs: number, text: string): Hit => hit(subject, fromMs, { sense: 'speech', text, score: 1 })
const spans = (lists: ReadonlyArray<readonly Hit[]>, limit = 10): Array<ReadonlyArray<[number, number]>> => fuse(lists, limit).map(({ moments }) => moments.map(({ fromMs, toMs }) => [fromMs, toMs]))

test('what is seen and said at one moment goes before what is only seen or only said, however alike', () => {
  const [both, seen, heard] = [asset('b'), asset('a'), asset('c')]
  const found = fuse([[said(heard, 0, 'x'), said(both, 5_000, 'x')], [hit(seen, 0, { score: 0.4 }), hit(both, 5_500)]], 10)
  assert.deepEqual(found.map(({ subject }) => subject), [both, heard, seen])
  assert.deepEqual(found[0]!.moments.map(({ fromMs, toMs, why }) => [fromMs, toMs, why.map(({ sense }) => sense).sort()]), [[5_000, 6_500, ['picture', 'speech']]])
})

test('pictures beside each other are one moment when they are as alike, and two when one is not', () => {
  const film = asset('a')
  assert.deepEqual(spans([[hit(film, 0), hit(film, 1_000, { score: 0.29 }), hit(film, 30_000, { score: 0.28 })]]), [[[0, 2_000], [30_000, 31_000]]])
  const [[best, other] = []] = [fuse([[hit(film, 1_000, { score: 0.9 }), hit(film, 0, { score: 0.2 })]], 10)[0]!.moments]
  assert.deepEqual([best!.fromMs, best!.toMs, best!.pictureMs, other!.fromMs], [1_000, 2_000, 1_000, 0])
  assert.ok(other!.score < best!.score / 2)
})

test('a film that is full of it does not push the others down', () => {
  const full = Array.from({ length: 50 }, (_, at) => hit(asset('a'), at * 10_000, { score: 0.5 }))
  const [first, second] = fuse([[...full, hit(asset('b'), 0, { score: 0.4 })]], 10)
  assert.deepEqual([first!.moments.length, second!.score > 0.95], [MAX_MOMENTS, true])
})

test('a scene is a reason of the best picture in it, and stands for itself where there is none', () => {
  const scene = hit(asset('a'), 0, { level: 2, toMs: 60_000, pictureMs: 20_000, score: 0.25 })
  const [found] = fuse([[hit(asset('a'), 20_000), scene]], 10)
  assert.deepEqual(found!.moments.map(({ level, fromMs, toMs }) => [level, fromMs, toMs]), [[1, 20_000, 21_000]])
  assert.deepEqual(fuse([[scene]], 10)[0]!.moments.map(({ level, fromMs, toMs, pictureMs }) => [level, fromMs, toMs, pictureMs]), [[2, 0, 60_000, 20_000]])
})

test('what is said is one moment by its words and by what it means, at its words', () => {
  const film = asset('a')
  const passage = hit(film, 0, { level: 2, sense: 'meaning', toMs: 30_000, score: 0.8, text: 'all of it' })
  const pictures = [hit(film, 2_000), hit(film, 12_000)]
  const told = fuse([[said(film, 20_000, 'of it')], pictures, [passage]], 10)[0]!.moments.map(({ level, fromMs, why }) => [level, fromMs, why.map(({ sense }) => sense).sort()])
  assert.deepEqual(told, [[1, 20_000, ['meaning', 'speech']], [1, 2_000, ['picture']], [1, 12_000, ['picture']]])
})

test('a passage that goes before the pictures of its film says when it is, and one that comes after them is a reason', () => {
  const [film, other] = [asset('a'), asset('b')]
  const passage = hit(film, 5_000, { level: 2, sense: 'meaning', toMs: 25_000, score: 0.8, text: 'all of it' })
  const momentOf = (pictures: readonly Hit[]): unknown[] => fuse([pictures, [passage]], 10).find(({ subject }) => subject === film)!.moments.map(({ level, fromMs, toMs, why }) => [level, fromMs, toMs, why.length])
  assert.deepEqual(momentOf([hit(other, 0), hit(film, 12_000)]), [[2, 5_000, 25_000, 2]])
  assert.deepEqual(momentOf([hit(film, 12_000), hit(other, 0)]), [[1, 12_000, 13_000, 2]])
  assert.deepEqual(momentOf([]), [[2, 5_000, 25_000, 1]])
})

test('what several nodes have is one hit, and the order never depends on whose answer came first', () => {
  const hits = [hit(asset('a'), 0), hit(asset('b'), 0), hit(asset('a'), 0, { score: 0.31 }), said(asset('a'), 0, 'x')]
  const expected = [said(asset('a'), 0, 'x'), hit(asset('a'), 0, { score: 0.31 }), hit(asset('b'), 0)]
  assert.deepEqual([inOrder(hits), inOrder(hits.toReversed())], [expected, expected])
})

test('scores and reasons stay between 0 and 1, whatever was measured', () => {
  for (const { score, moments } of fuse([[hit(asset('a'), 0, { score: 7 })], [hit(asset('b'), 0, { score: -0.4 })], []], 10)) {
    for (const value of [score, ...moments.flatMap((moment) => [moment.score, ...moment.why.map((reason) => reason.score)])]) assert.ok(value >= 0 && value <= 1, String(value))
  }
  assert.deepEqual(fuse([[], []], 10), [])
})

test.run()
