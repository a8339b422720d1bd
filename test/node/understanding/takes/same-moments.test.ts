import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { createSameMoments, type SameMoments } from '../../../../node/understanding/takes/same-moments.ts'
import { footageId } from '../../../../node/understanding/takes/recording.ts'
import { createTakeRecords } from '../../../../node/understanding/takes/take-records.ts'
import { recordsInMemory, takeAsset, takeAssetId } from '../../../support/take-fakes.ts'

const test = suite<{ moments: SameMoments }>('what else was there at the same time')

const NOON = Date.UTC(2026, 2, 21, 12)
const clock = (createdAtMs: number) => ({ createdAtMs, createdAtZone: 'utc' }) as Partial<Asset['facts']['probe']>
const STRETCHES: Readonly<Record<string, ReadonlyArray<readonly [number, number]>>> = { gate: [[-3_600_000, 20_000], [20_500, 40_000], [50_000, 900_000]], yard: [[70_000, 80_000]] }

test.before(async (context) => {
  const assets = [takeAsset(1, clock(NOON)), takeAsset(2), takeAsset(3, clock(NOON + 30_000)), takeAsset(4, {}, { deletedAtMs: 1 }), takeAsset(5, { createdAtMs: NOON, createdAtZone: 'unknown' })]
  const index = {
    asset: (id: string) => assets.find(({ facts }) => facts.id === id),
    stretches: (camera: string, fromMs: number, toMs: number) => STRETCHES[camera]!.map(([from, to]) => ({ startMs: NOON + from, endMs: NOON + to })).filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs)
  }
  const search = { ids: async ({ q }: { q: string }) => { const [, from, to] = /taken:(\S+?)\.\.(\S+)/.exec(q)!; return assets.filter(({ facts: { probe } }) => probe.createdAtMs !== undefined && probe.createdAtMs >= Date.parse(from!) && probe.createdAtMs <= Date.parse(to!)).map(({ facts }) => facts.id) } }
  const catalog = { index, search, asset: async (id: string) => index.asset(id), cameras: () => Object.keys(STRETCHES).map((id) => ({ id })) }
  const records = createTakeRecords(recordsInMemory())
  const angle = { driftPpm: 0, by: 'sound' as const, confidence: 1 }
  await records.create({ name: 'Talk', by: '', angles: [{ ...angle, recording: takeAssetId(1), offsetMs: 100_000 }, { ...angle, recording: takeAssetId(2), offsetMs: 110_000, driftPpm: 100, by: 'person' }, { ...angle, recording: takeAssetId(4), offsetMs: 100_000 }] })
  await records.create({ name: 'At the gate', by: '', angles: [{ ...angle, recording: takeAssetId(3), offsetMs: 0 }, { ...angle, recording: footageId({ camera: 'gate' as CameraId, fromMs: NOON + 35_000, toMs: NOON + 40_000 }), offsetMs: 10_000 }] })
  context.moments = createSameMoments({ ring: { catalog } as never, records })
})

const asset = (number: number) => ({ kind: 'asset' as const, id: takeAssetId(number) })
const camera = (id: string) => ({ kind: 'camera' as const, id: id as CameraId })
const rounded = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => [Math.round(fromMs), Math.round(toMs)]

test('of a clip: the others of its take that were not deleted, and cameras by its clock, each in its own time', async ({ moments }) => {
  const found = await moments.sameMomentsOf(asset(1))
  assert.deepEqual(found.map(({ subject, by, here }) => [subject.id, by, rounded(here)]), [[takeAssetId(2), 'person', [10_000, 60_000]], ['gate', 'clock', [0, 40_000]], ['gate', 'clock', [50_000, 60_000]]])
  assert.deepEqual(found.map(({ span }) => rounded(span)), [[0, 49_995], [NOON, NOON + 40_000], [NOON + 50_000, NOON + 60_000]])
})

test('of a part of a clip: only what was there then', async ({ moments }) => {
  const found = await moments.sameMomentsOf(asset(1), { fromMs: 41_000, toMs: 49_000 })
  assert.deepEqual(found.map(({ subject, span }) => [subject.id, rounded(span)]), [[takeAssetId(2), [30_997, 38_996]]])
  assert.deepEqual(await moments.sameMomentsOf(asset(4)), [], 'what was deleted has none')
})

test('of a clip whose sound a camera heard: that camera where it was heard, whatever the clock of the clip says', async ({ moments }) => {
  const found = await moments.sameMomentsOf(asset(3))
  assert.deepEqual(found.map(({ subject, by, here, span }) => [subject.id, by, rounded(here), rounded(span)]), [['gate', 'sound', [10_000, 15_000], [NOON + 35_000, NOON + 40_000]], ['yard', 'clock', [40_000, 50_000], [NOON + 70_000, NOON + 80_000]]])
})

test('of a camera: other cameras and clips by their clocks, and never by a clock without a zone', async ({ moments }) => {
  const found = await moments.sameMomentsOf(camera('gate'), { fromMs: NOON + 40_000, toMs: NOON + 75_000 })
  assert.deepEqual(found.map(({ subject, span }) => [subject.id, rounded(span)]), [['yard', [NOON + 70_000, NOON + 75_000]], [takeAssetId(1), [40_000, 60_000]], [takeAssetId(3), [10_000, 45_000]]])
  assert.deepEqual(await moments.sameMomentsOf(camera('gate')), [])
})

test.run()
