import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { laidOut, type Place } from '../../../../node/understanding/relations/layout.ts'
import { Neighbours } from '../../../../node/understanding/relations/neighbours.ts'
import { looksAlike, sameScenes } from '../../../../node/understanding/relations/same-scene.ts'
import { heroOf, looksOf, meanLook, type Summary, wordsOf } from '../../../../node/understanding/relations/summary.ts'
import { topicName, UNNAMED } from '../../../../node/understanding/relations/topic-names.ts'
import { anyVector, idOf, near, seenOf, SPACE } from '../../../support/relation-clips.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('layout, names and scenes of relations')

const summary = (number: number, mean: Float32Array): Summary => ({ id: idOf(number), key: 'key', space: SPACE, mean, heroMs: 0, words: [], labels: [], labelled: '', scenes: [], isSearched: true })
const away = (a: Place, b: Place): number => Math.hypot(a.x - b.x, a.y - b.y)

test('what is alike lies nearer than what is not, nothing lies on another, and it is the same every time', async () => {
  const random = randomOf(3)
  const groups = Array.from({ length: 4 }, () => anyVector(random))
  const all = groups.flatMap((middle, group) => Array.from({ length: 15 }, (_, i) => ({ group, one: summary(1 + group * 20 + i, near(middle, 0.85, random)) })))
  const neighbours = new Neighbours()
  for (const [i, { one }] of all.entries()) neighbours.put(one, all.slice(0, i).map((other) => other.one))
  const links = all.flatMap(({ one }) => neighbours.of(one.id).slice(0, 3).filter(({ id }) => one.id < id).map(({ id, likeness }) => ({ a: one.id, b: id, weight: likeness })))
  const places = await laidOut(all.map(({ one }) => one), links)
  const distances = { inside: [] as number[], between: [] as number[] }
  for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) distances[a.group === b.group ? 'inside' : 'between'].push(away(places.get(a.one.id)!, places.get(b.one.id)!))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  assert.ok(mean(distances.inside) * 2 < mean(distances.between), `${mean(distances.inside)} inside, ${mean(distances.between)} between`)
  assert.ok(Math.min(...distances.inside, ...distances.between) > 0.01)
  assert.equal(await laidOut(all.map(({ one }) => one).toReversed(), links), places)
})

test('one clip, and clips that are all the same, have places', async () => {
  const vector = anyVector(randomOf(1))
  assert.equal([...(await laidOut([summary(1, vector)], [])).values()], [{ x: 0.5, y: 0.5 }])
  const same = await laidOut([1, 2, 3].map((number) => summary(number, vector)), [])
  assert.ok([...same.values()].every(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1))
  assert.is(new Set([...same.values()].map(({ x, y }) => `${x} ${y}`)).size, 3)
})

test('neighbours are the most alike, whoever came first, and nobody is left whose neighbour went', () => {
  const random = randomOf(9)
  const middle = anyVector(random)
  const all = Array.from({ length: 40 }, (_, i) => summary(i + 1, near(middle, 0.6 + i / 120, random)))
  const neighbours = new Neighbours()
  for (const [i, one] of all.entries()) neighbours.put(one, all.slice(0, i))
  for (const { id, mean } of all) {
    const expected = all.filter((other) => other.id !== id).map((other) => ({ id: other.id, likeness: other.mean.reduce((sum, value, i) => sum + value * mean[i]!, 0) })).sort((a, b) => b.likeness - a.likeness).slice(0, 12).map((one) => one.id)
    assert.equal(neighbours.of(id).map((one) => one.id), expected)
  }
  neighbours.remove(all[39]!.id)
  assert.ok(all.every(({ id }) => neighbours.of(id).every((one) => one.id !== all[39]!.id)))
})

test('a topic is named by words that most of it has and the rest has not, and by no others', () => {
  const worded = (...words: string[]): { readonly words: string[] } => ({ words })
  const rest = Array.from({ length: 20 }, (_, i) => worded('b-roll', i < 4 ? 'boat' : 'street'))
  const named = (members: Array<{ readonly words: string[] }>): string => topicName(members, [...members, ...rest])
  assert.is(named([worded('harbour', 'b-roll'), worded('harbour', 'b-roll'), worded('b-roll')]), 'harbour')
  assert.is(named([worded('harbour', 'crane'), worded('harbour', 'crane'), worded('harbour')]), 'harbour, crane')
  assert.is(named([worded('b-roll'), worded('b-roll'), worded('b-roll')]), UNNAMED)
  assert.is(named([worded('one'), worded('two'), worded('three')]), UNNAMED)
})

test('words are tags, what models saw, and what people wrote; no names of files', () => {
  assert.equal(wordsOf({ tags: ['Places/Harbour', 'B-roll'], title: 'The tide at DSC0042 coming in' }, ['boat']), ['harbour', 'b-roll', 'boat', 'tide', 'coming'])
})

test('a scene is the same in two clips once, where vectors and layout agree', () => {
  const random = randomOf(2)
  const [quay, crane] = [anyVector(random), anyVector(random)]
  const looks = (...vectors: Float32Array[]) => { const seen = seenOf({ id: idOf(1), scenes: vectors.map((vector) => ({ vector, hash: 'ff00ff00ff00ff00' })) }); return looksOf(seen, seen.vectors[0]!) }
  const pairs = sameScenes(looks(quay, crane), looks(near(crane, 0.96, random), near(crane, 0.94, random), near(quay, 0.5, random)))
  assert.equal(pairs.map(({ a, b, likeness }) => [a.fromMs, b.fromMs, Number(likeness.toFixed(2))]), [[1000, 0, 0.96]])
  assert.equal([looksAlike('-', '-'), looksAlike('-', 'ff00ff00ff00ff00'), looksAlike('ff00ff00ff00ff00', 'ff00ff00ff00ff0f'), looksAlike('ff00ff00ff00ff00', '00ff00ff00ff00ff')], [true, false, true, false])
})

test('vectors that are none are left out, and the picture that stands for a clip is its best', () => {
  const random = randomOf(4)
  const seen = seenOf({ id: idOf(1), scenes: [{ vector: new Float32Array(64), ms: 500 }, { vector: anyVector(random) }, { vector: new Float32Array(64).fill(Number.NaN) }] })
  const looks = looksOf(seen, seen.vectors[0]!)
  assert.equal(looks.map(({ fromMs }) => fromMs), [500])
  assert.is(meanLook([]), undefined)
  assert.is(heroOf(seen), 0)
})

test.run()
