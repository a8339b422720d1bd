import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { join } from '../../../../node/understanding/takes/joining.ts'
import { footageId, type Recording } from '../../../../node/understanding/takes/recording.ts'
import { type Angle, MAX_ANGLES } from '../../../../node/understanding/takes/take.ts'
import { createTakeRecords, type TakeRecords, TAKES } from '../../../../node/understanding/takes/take-records.ts'
import { recordsInMemory, takeAsset, takeAssetId } from '../../../support/take-fakes.ts'

const test = suite<{ raw: ReturnType<typeof recordsInMemory>; takes: TakeRecords }>('takes as records')

test.before.each((context) => {
  context.raw = recordsInMemory()
  context.takes = createTakeRecords(context.raw)
})

const angle = (number: number, offsetMs = 0, more: Partial<Angle> = {}): Angle => ({ recording: takeAssetId(number), offsetMs, driftPpm: 0, by: 'sound', confidence: 0.9, ...more })
const heard = (offsetMs: number) => ({ offsetMs, driftPpm: 0, confidence: 0.8 })
const placesOf = (takes: TakeRecords): Record<string, number> => Object.fromEntries(takes.list().flatMap(({ angles }) => angles.map(({ recording, offsetMs }) => [Number.parseInt(recording.slice(0, 8), 16), offsetMs])))

test('what is heard of two makes a take, of a third puts it in, of two takes makes one', async ({ takes }) => {
  assert.equal(await join(takes, takeAsset(1), takeAsset(2), heard(1_000)), true)
  assert.equal(await join(takes, takeAsset(3), takeAsset(2), heard(-500)), true)
  assert.deepEqual(placesOf(takes), { 1: 0, 2: 1_000, 3: 1_500 })
  await join(takes, takeAsset(4), takeAsset(5), heard(200))
  assert.equal(takes.list().length, 2)
  assert.equal(await join(takes, takeAsset(5), takeAsset(1), heard(-2_000)), true)
  assert.deepEqual([takes.list().length, placesOf(takes)], [1, { 1: 0, 2: 1_000, 3: 1_500, 4: 1_800, 5: 2_000 }])
})

test('a take that a person made takes one in that was found, and two of people stay two', async ({ takes }) => {
  const made = await takes.create({ name: 'By hand', by: 'Editor', angles: [angle(1), angle(2, 100)] })
  await takes.create({ name: 'Found', by: '', angles: [angle(3), angle(4, 50), angle(5, 60)] })
  await join(takes, takeAsset(3), takeAsset(1), heard(1_000))
  assert.deepEqual([takes.list().map(({ id }) => id), placesOf(takes)], [[made.id], { 1: 0, 2: 100, 3: -1_000, 4: -950, 5: -940 }])
  await takes.create({ name: 'Another', by: 'Editor', angles: [angle(6), angle(7)] })
  assert.equal(await join(takes, takeAsset(6), takeAsset(1), heard(0)), false)
})

test('a recording that a person took out, or whose take was dissolved, is not put in again', async ({ takes }) => {
  const { id } = await takes.create({ name: 'One', by: '', angles: [angle(1), angle(2), angle(3)] })
  await takes.takeOut(id, [takeAssetId(3)])
  assert.deepEqual([takes.areParted(takeAssetId(1), takeAssetId(3)), takes.areParted(takeAssetId(3), takeAssetId(2)), takes.areParted(takeAssetId(1), takeAssetId(2))], [true, true, false])
  await takes.create({ name: 'Two', by: '', angles: [angle(3), angle(4)] })
  assert.equal(await join(takes, takeAsset(4), takeAsset(1), heard(0)), false, 'nor with all of its new take')
  await takes.dissolve(id)
  assert.throws(() => takes.find(id), NotFoundError)
  assert.deepEqual([takes.of(takeAssetId(1)), takes.areParted(takeAssetId(1), takeAssetId(2))], [undefined, true])
})

test('what a person took out of a take stays out when the take becomes part of another', async ({ takes }) => {
  const found = await takes.create({ name: 'Found', by: '', angles: [angle(1), angle(2), angle(3)] })
  await takes.takeOut(found.id, [takeAssetId(3)])
  const made = await takes.create({ name: 'By hand', by: 'Editor', angles: [angle(4), angle(5)] })
  assert.equal(await join(takes, takeAsset(4), takeAsset(1), heard(0)), true)
  assert.deepEqual([takes.list().map(({ id }) => id), takes.find(made.id).angles.length, takes.find(made.id).out], [[made.id], 4, [takeAssetId(3)]])
  assert.ok(takes.areParted(takeAssetId(1), takeAssetId(3)) && takes.areParted(takeAssetId(5), takeAssetId(3)))
})

test('where one lies on the clock of another is told with its drift, and of two takes nothing is', async ({ takes }) => {
  await takes.create({ name: 'One', by: '', angles: [angle(1, 2_000, { driftPpm: 50 }), angle(2, 12_000, { driftPpm: 150 })] })
  await takes.create({ name: 'Two', by: '', angles: [angle(3), angle(4)] })
  const place = takes.placeOf(takeAssetId(1), takeAssetId(2))!
  assert.deepEqual([Math.round(place.offsetMs * 10), Math.round(place.driftPpm)], [99_995, 100])
  assert.deepEqual([takes.placeOf(takeAssetId(1), takeAssetId(3)), takes.placeOf(takeAssetId(9), takeAssetId(1))], [undefined, undefined])
})

test('a person puts back what was taken out', async ({ takes }) => {
  const { id } = await takes.create({ name: 'One', by: '', angles: [angle(1), angle(2)] })
  await takes.takeOut(id, [takeAssetId(2)])
  await takes.place(id, [angle(2, 77, { by: 'person' })])
  assert.deepEqual([takes.find(id).out, placesOf(takes)], [[], { 1: 0, 2: 77 }])
})

test('a take has a name, and not more recordings than can be seen', async ({ takes }) => {
  const many = Array.from({ length: MAX_ANGLES + 1 }, (_, i) => angle(i + 1))
  await assert.rejects(takes.create({ name: 'Many', by: '', angles: many }), InvalidInputError)
  await assert.rejects(takes.create({ name: ' ', by: '', angles: [angle(1), angle(2)] }), InvalidInputError)
  const { id } = await takes.create({ name: 'Full', by: '', angles: many.slice(1) })
  await assert.rejects(takes.place(id, [angle(1)]), InvalidInputError)
})

test('what another member wrote is taken for what it is, and no more', async ({ raw, takes }) => {
  const field = (number: number): string => `a${takeAssetId(number).slice(0, 40)}`
  await raw.put(TAKES, 'odd', { name: 'Odd', by: 7, createdAtMs: 'never', [field(99)]: { ...angle(99, Number.MAX_VALUE), asset: takeAssetId(99) }, [field(98)]: { asset: 'camera:gate@60-5', offsetMs: 0, driftPpm: 0, by: 'sound' }, bogus: angle(3), [`a${'f'.repeat(40)}`]: { asset: 'f'.repeat(64), offsetMs: 5, driftPpm: 0, by: 'sound', confidence: 9 } } as never)
  await raw.put(TAKES, 'nameless', { [field(1)]: angle(1) } as never)
  const [odd, ...others] = takes.list()
  assert.equal(others.length, 0)
  assert.deepEqual([odd?.by, odd?.createdAtMs, odd?.angles], ['', 0, [{ recording: 'f'.repeat(64), offsetMs: 5, driftPpm: 0, by: 'sound', confidence: 0 }]])
})

/** Footage of a camera from so many seconds to so many. */
function footage(camera: string, fromSeconds: number, toSeconds: number): Recording {
  const { facts, ...rest } = takeAsset(1)
  const [fromMs, toMs] = [NOON + fromSeconds * 1_000, NOON + toSeconds * 1_000]
  return { ...rest, title: camera, facts: { ...facts, id: footageId({ camera: camera as CameraId, fromMs, toMs }), probe: { ...facts.probe, createdAtMs: fromMs, createdAtZone: 'utc' } } }
}
const NOON = Date.UTC(2026, 2, 21, 12)
const gate = (fromSeconds: number, toSeconds: number): string => footage('gate', fromSeconds, toSeconds).facts.id

test('footage of a camera in which a clip is heard is an angle, and grows with the next clip where it lies', async ({ takes }) => {
  assert.equal(await join(takes, footage('gate', 0, 60), takeAsset(1), heard(-2_000)), true)
  const [{ id } = assert.fail()] = takes.list()
  assert.deepEqual(takes.find(id).angles.map(({ recording, offsetMs }) => [recording, offsetMs]), [[gate(0, 60), 0], [takeAssetId(1), -2_000]])
  assert.equal(await join(takes, footage('gate', -20, 40), takeAsset(2), heard(500)), true)
  assert.deepEqual(takes.find(id).angles.map(({ recording, offsetMs }) => [recording, offsetMs]), [[gate(-20, 60), -20_000], [takeAssetId(1), -2_000], [takeAssetId(2), -19_500]])
  assert.equal(await join(takes, footage('gate', 10, 30), takeAsset(2), heard(-29_500)), false, 'nothing is new')
  assert.equal(await join(takes, footage('gate', 3_000, 3_060), takeAsset(3), heard(0)), true)
  assert.equal(takes.list().length, 2, 'the same camera at another time is another moment')
})

test('a camera that a person moved stays there when there is more of it, and one that was taken out is not put in again', async ({ takes }) => {
  const { id } = await takes.create({ name: 'By hand', by: 'Editor', angles: [angle(1), { ...angle(2, 3_000, { by: 'person' }), recording: footage('gate', 0, 60).facts.id }] })
  await join(takes, footage('gate', 50, 90), takeAsset(1), heard(0))
  assert.deepEqual(takes.find(id).angles.map(({ recording, offsetMs, by }) => [recording, offsetMs, by]), [[takeAssetId(1), 0, 'sound'], [gate(0, 90), 3_000, 'person']])
  await takes.takeOut(id, [footage('gate', 0, 90).facts.id])
  assert.ok(takes.areParted(takeAssetId(1), footage('gate', 30, 200).facts.id))
  assert.equal(takes.areParted(takeAssetId(1), footage('yard', 30, 200).facts.id), false)
})

test('two takes with the same camera become one in which it is once', async ({ takes }) => {
  await join(takes, footage('gate', 0, 60), takeAsset(1), heard(0))
  await takes.create({ name: 'Other', by: '', angles: [angle(2), { ...angle(3, 40_000), recording: footage('gate', 61, 90).facts.id }] })
  assert.equal(await join(takes, takeAsset(1), takeAsset(2), heard(21_000)), true)
  const [take] = takes.list()
  assert.deepEqual([takes.list().length, take?.angles.map(({ recording }) => recording)], [1, [gate(0, 90), takeAssetId(1), takeAssetId(2)]])
})

test.run()
