import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createCameraSettings, RECONCILE_MS } from '../../../node/recording/camera-settings.ts'
import { createLedgers } from '../../../node/recording/ledgers.ts'
import { FakeRing, type FakeNode, someSession, until } from '../../ring/catalog/fake-ring.ts'

const test = suite<{ ring: FakeRing }>('camera settings')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const porch = 'porch' as CameraId
const T0 = Date.UTC(2026, 10, 22, 17)
const members = { members: () => [] } as never

function around(node: FakeNode, clock: { nowMs: number }) {
  const ring = { self: node.id, catalog: node.catalog, placement: { homeOf: () => node.id as PeerId }, membership: members }
  const nowMs = (): number => clock.nowMs
  return { settings: createCameraSettings({ ring, log: silentLog, nowMs }), ledgers: createLedgers({ ring, nowMs }) }
}

const states = ({ ledgers }: ReturnType<typeof around>, endMs: number): string[] => ledgers.ledger(porch, T0, endMs).ranges.map(({ startMs, endMs: end, state, reason }) => `${(startMs - T0) / 1000}-${(end - T0) / 1000} ${state}: ${reason}`)

async function twoNodes(ring: FakeRing) {
  const clock = { nowMs: T0 }
  const [alder, birch] = [await ring.node('alder'), await ring.node('birch')]
  await alder.catalog.putCamera({ id: porch, name: 'Porch', source: 'test', createdAtMs: T0, record: true })
  return { clock, alder, birch }
}

test('what is decided on one node holds and is told the same on every node, also after a restart', async ({ ring }) => {
  const { clock, alder, birch } = await twoNodes(ring)
  await alder.catalog.putRecording(someSession('porch', T0, 's1', { endMs: T0 + 60_000, ended: 'recording switched off' }))
  clock.nowMs = T0 + 60_000
  const changed = await around(birch, clock).settings.change(porch, { record: { mode: 'off' }, retention: { days: 7 } })
  assert.equal(changed.reason, 'recording switched off')
  assert.deepEqual(changed.retention, { motionDays: null, days: 7, gigabytes: null, whenFull: 'keep' })
  clock.nowMs = T0 + 120_000
  await around(birch, clock).settings.change(porch, { record: { mode: 'manual' } })
  clock.nowMs = T0 + 150_000
  await around(alder, clock).settings.turn(porch, true)
  clock.nowMs = T0 + 300_000
  const expected = ['0-60 recorded: null', '60-120 not-expected: recording switched off', '120-150 not-expected: not started', '150-165 lost: recording was starting', '165-180 lost: no node was there']
  await alder.restart()
  await alder.catalog.syncWith(birch.id)
  for (const node of [alder, birch]) await until(`${node.id} tells it`, () => JSON.stringify(states(around(node, clock), T0 + 180_000)) === JSON.stringify(expected))
  assert.deepEqual(around(alder, clock).settings.read(porch).record.on, true)
})

test('a decision whose note was lost, and one that won over another behind a cut, are noted afterwards', async ({ ring }) => {
  const { clock, alder, birch } = await twoNodes(ring)
  const plan = { mode: 'off' as const, on: false, schedule: [], timeZone: 'UTC', away: false, sinceMs: T0 + 10_000 }
  await alder.catalog.policy.setPlan(porch, plan) // and then its node died
  clock.nowMs = T0 + 10_000 + RECONCILE_MS
  await around(alder, clock).settings.reconcile()
  await around(alder, clock).settings.reconcile()
  const notes = alder.catalog.index.notes(porch, T0, T0 + 1000).flatMap(({ plans }) => plans)
  assert.deepEqual(notes.map(({ atMs, was, plan: { mode } }) => [atMs, was.mode, mode]), [[T0 + 10_000, 'continuous', 'off']])
  await birch.catalog.syncWith(alder.id)
  ring.cut(alder, birch)
  clock.nowMs = T0 + 100_000
  await around(alder, clock).settings.change(porch, { record: { mode: 'continuous' } })
  clock.nowMs = T0 + 110_000
  await around(birch, clock).settings.change(porch, { record: { away: true } })
  ring.heal()
  await alder.catalog.syncWith(birch.id)
  clock.nowMs = T0 + 200_000
  await around(alder, clock).settings.reconcile()
  const holds = alder.catalog.policy.plan(porch)
  assert.deepEqual(birch.catalog.policy.plan(porch), holds)
  const newest = alder.catalog.index.notes(porch, T0, T0 + 1000).flatMap(({ plans }) => plans).sort((a, b) => b.atMs - a.atMs)[0]
  assert.deepEqual(newest?.plan, holds)
})

test('what a node decided whose clock ran ahead holds until the next decision, and no longer', async ({ ring }) => {
  const { clock, alder, birch } = await twoNodes(ring)
  clock.nowMs = T0 + 400 * 86_400_000
  await around(birch, clock).settings.change(porch, { record: { mode: 'off' } })
  await until('alder knows', () => alder.catalog.policy.plan(porch)?.mode === 'off')
  clock.nowMs = T0 + 60_000
  await around(alder, clock).settings.change(porch, { record: { mode: 'continuous' } })
  assert.equal(alder.catalog.policy.plan(porch)?.sinceMs, T0 + 60_000)
  clock.nowMs = T0 + 300_000
  await around(alder, clock).settings.reconcile()
  assert.deepEqual(states(around(alder, clock), T0 + 180_000), ['0-60 not-expected: recording switched off', '60-75 lost: recording was starting', '75-180 lost: no node was there'])
  assert.equal(alder.catalog.index.notes(porch, T0, T0 + 1_000).flatMap(({ plans }) => plans).filter(({ atMs }) => atMs < T0 + 3_600_000).length, 1, 'nothing has to be noted again')
})

test('what can not be done is refused with what to do', async ({ ring }) => {
  const { clock, alder } = await twoNodes(ring)
  const { settings, ledgers } = around(alder, clock)
  await assert.rejects(settings.turn(porch, true), { code: 'ERR_INVALID_INPUT', message: /mode is continuous. Set/ })
  await assert.rejects(settings.change('none' as CameraId, { record: { mode: 'off' } }), { code: 'ERR_NOT_FOUND' })
  await assert.rejects(settings.change(porch, { record: { mode: 'scheduled' } }), { code: 'ERR_INVALID_INPUT', message: /at least one/ })
  await assert.rejects(settings.change(porch, { retention: { days: 3 }, record: { timeZone: 'Mars/Olympus' } }), { code: 'ERR_INVALID_INPUT', message: /IANA/ })
  await assert.rejects(settings.change(porch, { record: { preRollSeconds: 61 } }), { code: 'ERR_INVALID_INPUT', message: /0 to 60 seconds before it and end 0 to 3600/ })
  await assert.rejects(settings.change(porch, { record: { master: 'vhs' as never } }), { code: 'ERR_INVALID_INPUT', message: /as-sent .*prores or ffv1/ })
  assert.equal(settings.read(porch).retention.days, null, 'nothing of a change that is refused is made')
  assert.throws(() => ledgers.ledger('none' as CameraId, 0, 1), { code: 'ERR_NOT_FOUND' })
})

test('the seconds around a motion and the master are decided for one camera, and are what they were where nobody decided', async ({ ring }) => {
  const { clock, alder, birch } = await twoNodes(ring)
  const before = around(alder, clock).settings.read(porch).record
  assert.deepEqual([before.preRollSeconds, before.postRollSeconds, before.master], [5, 10, 'as-sent'])
  clock.nowMs = T0 + 1_000
  await around(birch, clock).settings.change(porch, { record: { mode: 'motion', preRollSeconds: 0, postRollSeconds: 90, master: 'ffv1' } })
  clock.nowMs = T0 + 2_000
  await around(birch, clock).settings.change(porch, { record: { away: true } })
  await alder.catalog.syncWith(birch.id)
  const { mode, preRollSeconds, postRollSeconds, master } = around(alder, clock).settings.read(porch).record
  assert.deepEqual([mode, preRollSeconds, postRollSeconds, master], ['motion', 0, 90, 'ffv1'])
  assert.equal(alder.catalog.policy.plan(porch)?.masterSinceMs, T0 + 1_000, 'masters are made of what was recorded since then')
})

test('days are those of the time zone, and their sums are all of their seconds', async ({ ring }) => {
  const { clock, alder } = await twoNodes(ring)
  await alder.catalog.putRecording(someSession('porch', T0, 's1', { endMs: T0 + 3_600_000, ended: 'the publisher left' }))
  clock.nowMs = T0 + 40 * 3_600_000
  const { days } = around(alder, clock).ledgers.days(porch, Date.UTC(2026, 10, 21, 23), Date.UTC(2026, 10, 23, 23), 'Europe/Berlin')
  assert.deepEqual(days.map(({ day, recordedSeconds, lostSeconds, notExpectedSeconds }) => [day, recordedSeconds, lostSeconds, notExpectedSeconds]), [['2026-11-22', 3_600, 5 * 3_600, 18 * 3_600], ['2026-11-23', 0, 86_400, 0]])
})

test.run()
