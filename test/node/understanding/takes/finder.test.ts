import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { SOUND } from '../../../../node/derive/wanted.ts'
import type { JobTask } from '../../../../node/jobs/jobs.ts'
import { createCameraFootage } from '../../../../node/understanding/takes/camera-footage.ts'
import { createCameraMatches } from '../../../../node/understanding/takes/camera-matches.ts'
import { createTakeFinder, LOOKED } from '../../../../node/understanding/takes/finder.ts'
import type { Recording } from '../../../../node/understanding/takes/recording.ts'
import { encodePrint } from '../../../../node/understanding/takes/sound-print.ts'
import type { Syncs } from '../../../../node/understanding/takes/syncs.ts'
import { createTakeRecords } from '../../../../node/understanding/takes/take-records.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { once } from '#ring/base/bytes.ts'
import { silentLog } from '#ring/base/log.ts'
import { memoryBlobs } from '../../../support/memory-blobs.ts'
import { recordsInMemory, takeAsset } from '../../../support/take-fakes.ts'
import { until } from '../../../support/until.ts'

const test = suite('takes found in the background')
const T0 = Date.UTC(2026, 10, 22, 12)
interface Session { readonly startMs: number; readonly endMs: number }

/** A clip of a minute from T0 on, in a ring whose cameras recorded what `sessions` says; whatever is compared was heard by both, by their clocks. */
async function ringWithClip(sessions: Map<CameraId, Session[]>) {
  const blobs = memoryBlobs()
  const { id: sound } = await blobs.put(once(encodePrint([])))
  let clip = takeAsset(1, { createdAtMs: T0, createdAtZone: 'utc' }, { made: { [SOUND]: sound } })
  const none = { on: () => () => {} }
  const catalog = {
    cameras: () => [...sessions.keys()].map((id) => ({ id, name: id })), unindexed: () => 0, layoutChanged: none, assetsChanged: none,
    asset: async () => clip,
    editAsset: async (_id: string, { found }: { found: Record<string, string> }) => { clip = { ...clip, found: { ...clip.found, ...found } } },
    index: {
      asset: () => clip, assets: () => ({ assets: [clip], cursor: undefined }),
      recordings: (camera: CameraId, fromMs: number, toMs: number) => (sessions.get(camera) ?? []).filter(({ startMs, endMs }) => endMs > fromMs && startMs < toMs).map((session) => ({ ...session, codecs: 'avc1.42c01f,opus', width: 640, height: 360 }))
    }
  } as never
  const compared: string[] = []
  const syncs: Syncs = { async sync(first: Recording, second: Recording) {
    compared.push(first.facts.name.split(' ')[0]!)
    return { found: true, offsetMs: second.facts.probe.createdAtMs! - first.facts.probe.createdAtMs!, driftPpm: 0, confidence: 1 } as never
  } }
  const open = async (camera: CameraId, fromMs: number, toMs: number): Promise<Session & { durationMs: number }> => {
    const session = sessions.get(camera)!.find(({ startMs, endMs }) => endMs > fromMs && startMs < toMs)!
    const [startMs, endMs] = [Math.max(fromMs, session.startMs), Math.min(toMs, session.endMs)]
    return { startMs, endMs, durationMs: endMs - startMs }
  }
  const footage = createCameraFootage({ catalog, recordings: { open } as never })
  const records = createTakeRecords(recordsInMemory())
  const job = { signal: new AbortController().signal, view: { filesDone: 0 }, turn: async () => {}, update() {}, note() {} } as never
  const ring = { self: 'alder', blobs, catalog, placement: { targets: () => ['alder'] }, membership: { changed: none } } as never
  const jobs = { submit: ({ run }: JobTask) => { void run(job) } } as never
  const finder = createTakeFinder({ ring, records, syncs, cameras: createCameraMatches({ footage, syncs }), jobs, log: silentLog }, { calmMs: 1, lookMs: 1e9 })
  return { records, finder, compared, clip: (): Asset => clip }
}

test('a clip is compared again with a camera whose recording of its time comes later, is put there, or has more of it, and with no other', async () => {
  const [gate, porch] = ['gate', 'porch'] as CameraId[]
  const sessions = new Map<CameraId, Session[]>([[gate!, []], [porch!, [{ startMs: T0 + 5_000, endMs: T0 + 20_000 }]]])
  const { records, finder, compared, clip } = await ringWithClip(sessions)
  const angles = (): string[] => records.list().flatMap((take) => take.angles.map(({ recording }) => recording.replace(clip().facts.id, 'clip').replaceAll(String(T0).slice(0, 6), '')))
  const looksUntil = async (count: number): Promise<void> => {
    const before = clip().found[LOOKED]
    await finder.look()
    await until(() => compared.length === count && clip().found[LOOKED] !== before, `${count} cameras were listened to`)
  }
  await finder.start()
  try {
    await until(() => clip().found[LOOKED] !== undefined, 'it was compared')
    assert.deepEqual([compared, records.list().length, angles().length], [['porch'], 1, 2])
    sessions.set(gate!, [{ startMs: T0 - 60_000, endMs: T0 + 90_000 }])
    await looksUntil(2)
    assert.deepEqual([compared, angles().length], [['porch', 'gate'], 3], 'what was cut off came back with its recordings')
    sessions.set(porch!, [{ startMs: T0 + 5_000, endMs: T0 + 50_000 }])
    await looksUntil(3)
    assert.equal(compared.at(-1), 'porch')
    assert.ok(angles().some((angle) => angle.startsWith('camera:porch@')) && angles().length === 3, 'it grew')
    assert.ok(records.list()[0]!.angles.some(({ recording }) => recording === `camera:porch@${T0 + 5_000}-${T0 + 50_000}`), angles().join())
    await finder.look()
    sessions.set(porch!, [{ startMs: T0 + 3_000, endMs: T0 + 48_000 }])
    await looksUntil(4)
    assert.deepEqual(compared, ['porch', 'gate', 'porch', 'porch'], 'a clock that was corrected; and what is known is not listened to again')
  } finally {
    await finder.stop()
  }
})

test('what a person parted stays apart, though there is more of it', async () => {
  const porch = 'porch' as CameraId
  const sessions = new Map<CameraId, Session[]>([[porch, [{ startMs: T0, endMs: T0 + 60_000 }]]])
  const { records, finder, clip } = await ringWithClip(sessions)
  await finder.start()
  try {
    await until(() => records.list().length === 1, 'a take')
    await until(() => clip().found[LOOKED] !== undefined, 'it is written')
    const [take] = records.list()
    await records.takeOut(take!.id, take!.angles.map(({ recording }) => recording).filter((recording) => recording.startsWith('camera:')))
    const before = clip().found[LOOKED]
    sessions.set(porch, [{ startMs: T0, endMs: T0 + 61_000 }])
    await finder.look()
    await until(() => clip().found[LOOKED] !== before, 'it was listened to again')
    assert.deepEqual(records.list().map(({ angles }) => angles.length), [1])
  } finally {
    await finder.stop()
  }
})

test.run()
