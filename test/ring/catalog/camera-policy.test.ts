import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import type { RecordPlan } from '../../../ring/catalog/camera-policy.ts'
import type { Catalog } from '../../../ring/catalog/catalog.ts'
import { MAX_NOTE_ENTRIES } from '../../../ring/catalog/note-entry.ts'
import { FakeRing, someSession, until } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('camera policy')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const porch = 'porch' as CameraId
const T0 = Date.UTC(2026, 10, 22, 17)
const HOUR = '2026-11-22T17'
const plan = (more: Partial<RecordPlan> = {}): RecordPlan => ({ mode: 'continuous', on: false, schedule: [], timeZone: 'UTC', away: false, sinceMs: T0, ...more })

test('plans, retention and kept ranges are the same on every node, and are there after a restart', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  await alder.catalog.policy.setPlan(porch, plan({ mode: 'off' }))
  await alder.catalog.policy.setRetention(porch, { days: 3, gigabytes: null, whenFull: 'oldest' })
  await alder.catalog.policy.keep({ id: 'k1', camera: porch, fromMs: T0, toMs: T0 + 1000, name: 'the fox', createdAtMs: T0 })
  await birch.catalog.policy.setSpace({ lowPercent: 12 })
  await alder.catalog.syncWith(birch.id)
  await birch.restart()
  for (const { catalog: { policy } } of [alder, birch]) {
    assert.equal(policy.plan(porch)?.mode, 'off')
    assert.deepEqual(policy.retention(porch), { days: 3, gigabytes: null, whenFull: 'oldest' })
    assert.deepEqual(policy.kept(porch).map(({ name }) => name), ['the fox'])
    assert.equal(policy.space().lowPercent, 12)
  }
  await birch.catalog.policy.unkeep('k1')
  await until('alder knows', () => alder.catalog.policy.kept().length === 0)
  await assert.rejects(alder.catalog.policy.unkeep('k1'), { code: 'ERR_NOT_FOUND' })
})

test('both sides of a cut note what they know, and both notes stay', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  ring.cut(alder, birch)
  const loss = { fromMs: T0, toMs: T0 + 5_000, reason: 'camera silent', detail: '' }
  await alder.catalog.policy.note(porch, HOUR, (note) => ({ ...note, losses: [loss] }))
  await birch.catalog.policy.note(porch, HOUR, (note) => ({ ...note, plans: [{ atMs: T0, was: plan(), plan: plan({ mode: 'off' }) }] }))
  ring.heal()
  await alder.catalog.syncWith(birch.id)
  for (const { catalog } of [alder, birch]) {
    await until('both notes are listed', () => catalog.index.notes(porch, T0, T0 + 1000).length === 2)
    assert.deepEqual(catalog.index.notes(porch, T0, T0 + 1000).flatMap(({ losses }) => losses), [loss])
  }
  assert.equal(alder.catalog.index.notes(porch, T0 + 86_400_000, T0 + 90_000_000).length, 1, 'the newest decision before is found')
  assert.equal(alder.catalog.index.notes(porch, T0 - 90_000_000, T0 - 86_400_000).length, 1, 'and so is the first one after')
})

test('an hour that is given up leaves a note of when it was, whole after a restart and on every node', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  await alder.catalog.putRecording(someSession('porch', T0, 's1'))
  await alder.catalog.putRecording(someSession('porch', T0 + 2000, 's2'))
  await alder.catalog.putRecording(someSession('porch', T0 + 3_600_000, 's3'))
  assert.deepEqual(alder.catalog.index.hourSizes(porch).map(({ hour, bytes }) => [hour, bytes]), [[HOUR, 20], ['2026-11-22T18', 10]])
  assert.deepEqual(await alder.catalog.policy.dropHour(porch, HOUR), { sessions: 2, bytes: 20 })
  assert.deepEqual(await alder.catalog.policy.dropHour(porch, HOUR), { sessions: 0, bytes: 0 })
  await alder.restart()
  for (const { catalog } of [alder, birch]) {
    await until('it is gone', () => catalog.index.recordings(porch, T0, T0 + 3_600_000).length === 0)
    assert.deepEqual(catalog.index.notes(porch, T0, T0 + 1)[0]?.expired, [{ fromMs: T0, toMs: T0 + 1000 }, { fromMs: T0 + 2000, toMs: T0 + 3000 }])
    assert.equal(catalog.index.recordings(porch, T0 + 3_600_000, T0 + 7_200_000).length, 1)
  }
  let referrers = 0
  for await (const _ of alder.catalog.referrers()) referrers++
  assert.equal(referrers, 1, 'notes stop no look for garbage, and need nothing')
})

test('what one side of a cut keeps and the other gives up comes back to all when they meet, and nothing else of that hour does', async ({ ring }) => {
  const [alder, birch, cedar] = [await ring.node('alder'), await ring.node('birch'), await ring.node('cedar')]
  const names = ({ index }: Catalog): string => index.recordings(porch, T0, T0 + 3_600_000).map(({ session }) => session).join()
  for (const [laterMs, name] of [[0, 'fox'], [1_800_000, 'cat']] as const) await alder.catalog.putRecording(someSession('porch', T0 + laterMs, name))
  for (const node of [birch, cedar]) await alder.catalog.syncWith(node.id)
  ring.cut(birch, alder)
  ring.cut(birch, cedar)
  await birch.catalog.policy.keep({ id: 'k1', camera: porch, fromMs: T0, toMs: T0 + 1_000, name: 'the fox', createdAtMs: T0 })
  assert.deepEqual(await alder.catalog.policy.dropHour(porch, HOUR), { sessions: 2, bytes: 20 })
  await until('cedar heard that it is gone', () => names(cedar.catalog) === '')
  ring.heal()
  await birch.catalog.syncWith(cedar.id)
  await birch.catalog.syncWith(alder.id)
  for (const { catalog } of [alder, birch, cedar]) await until('the fox is there, and the cat is not', () => names(catalog) === 'fox')
  await birch.restart()
  assert.equal(names(birch.catalog), 'fox')
})

test('what is kept while its hour is being given up by the same node stays', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const { index, policy } = catalog
  await catalog.putRecording(someSession('porch', T0, 's1'))
  const keeping = policy.keep({ id: 'k1', camera: porch, fromMs: T0, toMs: T0 + 1_000, name: '', createdAtMs: T0 })
  assert.deepEqual(await policy.dropHour(porch, HOUR, () => policy.kept(porch).length === 0), { sessions: 0, bytes: 0 })
  await keeping
  assert.equal(index.recordings(porch, T0, T0 + 3_600_000).length, 1)
})

test('a camera that comes and goes all the time fills no catalog: one note an hour, and the crowd of its end as one entry', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  for (let i = 0; i < MAX_NOTE_ENTRIES + 30; i++) {
    await catalog.policy.note(porch, HOUR, (note) => ({ ...note, losses: [...note.losses, { fromMs: T0 + i * 1000, toMs: T0 + i * 1000 + 500, reason: 'link cut', detail: 'x'.repeat(500) }] }))
  }
  const [note, ...others] = catalog.index.notes(porch, T0, T0 + 1)
  assert.equal(others.length, 0)
  assert.equal(note?.losses.length, MAX_NOTE_ENTRIES)
  assert.equal(note?.losses.at(-1)?.toMs, T0 + (MAX_NOTE_ENTRIES + 29) * 1000 + 500)
  const { update } = await catalog.copy.snapshot((await catalog.copy.documents())[0]!.name)
  assert.ok(update.byteLength < 80_000, `${update.byteLength} bytes`)
})

test('decisions with long schedules, made again and again, fit a note: the first and the last of them are known', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const long = (i: number): RecordPlan => plan({ mode: 'scheduled', schedule: Array.from({ length: 50 }, () => ({ days: [0, 1, 2, 3, 4, 5, 6], from: '08:00', to: '18:00' })), sinceMs: T0 + i })
  for (let i = 1; i <= 40; i++) await catalog.policy.note(porch, HOUR, (note) => ({ ...note, plans: [...note.plans, { atMs: T0 + i, was: long(i - 1), plan: long(i) }] }))
  const [note] = catalog.index.notes(porch, T0, T0 + 1)
  assert.deepEqual([note?.plans[0]?.was.sinceMs, note?.plans.at(-1)?.plan.sinceMs], [T0, T0 + 40])
})

test('what makes no sense is refused with what to do, and changes nothing', async ({ ring }) => {
  const { catalog: { policy } } = await ring.node('alder')
  const refused = async (write: () => Promise<unknown>, words: RegExp): Promise<void> => assert.rejects(write, (err: { code: string; message: string }) => err.code === 'ERR_INVALID_INPUT' && words.test(err.message))
  await refused(() => policy.setPlan(porch, plan({ timeZone: 'Mars/Olympus' })), /IANA name/)
  await refused(() => policy.setPlan(porch, plan({ mode: 'scheduled' })), /at least one/)
  await refused(() => policy.setPlan(porch, plan({ mode: 'scheduled', schedule: [{ days: [7], from: '08:00', to: '25:00' }] })), /HH:MM/)
  await refused(() => policy.setRetention(porch, { days: 0, gigabytes: null, whenFull: 'keep' }), /days/)
  await refused(() => policy.keep({ id: 'k', camera: porch, fromMs: 5, toMs: 5, name: '', createdAtMs: 0 }), /from before its to/)
  await refused(() => policy.setSpace({ lowPercent: 80 }), /50 percent/)
  assert.equal(policy.plan(porch), undefined)
  assert.equal(policy.retention(porch).days, null)
})

test.run()
