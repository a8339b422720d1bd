import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { type Angle, MAX_ANGLES } from '../../../../node/understanding/takes/take.ts'
import { createTakeRecords, type TakeRecords } from '../../../../node/understanding/takes/take-records.ts'
import { createTakes, type Takes } from '../../../../node/understanding/takes/takes.ts'
import { type Footage, footageId } from '../../../../node/understanding/takes/recording.ts'
import { recordsInMemory, takeAsset, takeAssetId } from '../../../support/take-fakes.ts'

const test = suite<{ records: TakeRecords; takes: Takes; submitted: string[] }>('takes by hand')
const ME = { kind: 'local' } as never
const angle = (number: number): Angle => ({ recording: takeAssetId(number), offsetMs: number, driftPpm: 0, by: 'sound', confidence: 0.9 })

test.before.each((context) => {
  const raw = recordsInMemory()
  const submitted: string[] = context.submitted = []
  const assets = new Map(Array.from({ length: MAX_ANGLES + 5 }, (_, i) => [takeAssetId(i + 1), takeAsset(i + 1)]))
  const catalog = { records: raw, asset: async (id: never) => assets.get(id) }
  const footage = { find: async (stretch: Footage) => ({ title: 'Gate', facts: { ...takeAsset(1).facts, id: footageId(stretch) } }), known: () => undefined }
  const jobs = { register() {}, submit({ title }: { title: string }) { submitted.push(title); return { title } } }
  context.records = createTakeRecords(raw)
  context.takes = createTakes({ ring: { catalog }, footage, records: context.records, edits: { series: () => ({ record: raw.put }) }, syncs: {}, jobs } as never)
})

test('what would not become a take is refused before anything is listened to', async ({ takes, records, submitted }) => {
  const { id } = await records.create({ name: 'Nearly full', by: '', angles: Array.from({ length: MAX_ANGLES - 1 }, (_, i) => angle(i + 1)) })
  const fresh = [takeAssetId(MAX_ANGLES + 1), takeAssetId(MAX_ANGLES + 2)]
  await assert.rejects(takes.sync({ by: 'me', assets: fresh, into: id }), (err: Error) => err instanceof InvalidInputError && /at most 60 recordings: these would be 61/.test(err.message))
  await assert.rejects(takes.sync({ by: 'me', assets: fresh, name: '   ' }), InvalidInputError)
  assert.deepEqual(submitted, [])
  await takes.sync({ by: 'me', assets: fresh, name: ' Talk ' })
  await takes.sync({ by: 'me', assets: fresh.slice(1), into: id })
  assert.deepEqual(submitted, ['Talk', 'Nearly full'])
})

test('a change of which a part can not be is not made at all', async ({ takes, records }) => {
  const before = await records.create({ name: 'One', by: '', angles: [angle(1), angle(2), angle(3)] })
  const move = [{ recording: takeAssetId(1), offsetMs: 77 }]
  await assert.rejects(takes.change(ME, before.id, { move, name: '  ' }), InvalidInputError)
  await assert.rejects(takes.change(ME, before.id, { move, remove: [takeAssetId(9)] }), NotFoundError)
  assert.deepEqual(records.find(before.id), before)
})

test('a camera is one angle of a take, and what says it to be two is refused', async ({ takes, submitted }) => {
  const stretch = (fromMs: number) => ({ camera: 'gate' as CameraId, fromMs, toMs: fromMs + 1_000 })
  await assert.rejects(takes.sync({ by: 'me', footage: [stretch(1), stretch(5_000)] }), (err: Error) => err instanceof InvalidInputError && /one angle of a take: say one stretch/.test(err.message))
  await takes.sync({ by: 'me', assets: [takeAssetId(2)], footage: [stretch(1)], name: 'With the gate' })
  assert.deepEqual(submitted, ['With the gate'])
})

test.run()
