import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { followAlarms } from '../../../ring/alarms/follow-alarms.ts'
import { createRingWatch } from '../../../ring/alarms/ring-watch.ts'
import { createAlarms } from '../../../ring/base/alarms.ts'
import { emitter } from '../../../ring/base/emitter.ts'
import { silentLog } from '../../../ring/base/log.ts'
import type { DiskView } from '../../../ring/chunks/disk-health.ts'

const GB = 1e9
const PATIENCE_MS = 600_000
const disk = (state: DiskView['state'], freeBytes = 100 * GB): DiskView => ({ state, freeBytes, acceptsWrites: state === 'ok' || state === 'low', reserveBytes: 536_870_912 })

function watched() {
  const alarms = createAlarms()
  const world = {
    nowMs: 1_000_000, disk: disk('ok'), missingCopies: 0, lost: 0,
    birch: { peerId: 'b' as PeerId, name: 'birch', self: false, alive: true, silentMs: 0 }
  }
  const changed = emitter<DiskView>()
  const watch = createRingWatch({
    alarms, name: 'alder', disk: { view: () => world.disk, changed }, log: silentLog, nowMs: () => world.nowMs,
    membership: { members: () => [{ peerId: 'a' as PeerId, name: 'alder', self: true, alive: true, silentMs: 0 }, world.birch] },
    repairStatus: () => ({ missingCopies: world.missingCopies }), scrubStatus: () => ({ lost: world.lost })
  }, { patienceMs: PATIENCE_MS })
  const standing = (): Array<[string, string]> => {
    watch.look()
    return alarms.active().map(({ key, severity }) => [key, severity])
  }
  return { alarms, world, changed, watch, standing }
}

test('each state of the disk but ok is an alarm that names the node and what to do', () => {
  const { world, standing, alarms } = watched()
  for (const [state, severity, words] of [
    ['low', 'warning', /nearly full: when less than 537 MB are free/], ['full', 'critical', /is full.*Free some space or add a node/], ['read-only', 'critical', /read-only.*mount it writable/],
    ['slow', 'warning', /takes seconds/], ['failing', 'critical', /Replace the disk/]
  ] as const) {
    world.disk = disk(state, 0.9 * GB)
    assert.deepEqual(standing(), [['disk', severity]])
    assert.match(alarms.active()[0]?.message ?? '', words)
    assert.match(alarms.active()[0]?.message ?? '', /The disk of alder/)
  }
  world.disk = disk('ok')
  assert.deepEqual(standing(), [])
})

test('space that shrinks while the disk is full is not told again and again', () => {
  const { world, alarms, standing } = watched()
  world.disk = disk('full', 5e8)
  standing()
  let told = 0
  alarms.changed.on(() => { told++ })
  world.disk = disk('full', 4e8)
  standing()
  assert.equal(told, 0)
})

test('a change of the disk is told at once', async () => {
  const { world, changed, watch, alarms } = watched()
  await watch.start()
  world.disk = disk('full')
  changed.emit(world.disk)
  assert.equal(alarms.active().length, 1)
  await watch.stop()
})

test('a member is an alarm only after its patience has run out, and not when it is back', () => {
  const { world, standing } = watched()
  world.birch.alive = false
  world.nowMs += PATIENCE_MS
  world.birch.silentMs = PATIENCE_MS - 1
  assert.deepEqual(standing(), [])
  world.birch.silentMs++
  assert.deepEqual(standing(), [['silent/b', 'warning']])
  world.birch.alive = true
  assert.deepEqual(standing(), [])
})

test('chunks that are short of copies for a moment are repair at work; for long they are an alarm', () => {
  const { world, standing } = watched()
  world.missingCopies = 3
  assert.deepEqual(standing(), [])
  world.nowMs += PATIENCE_MS
  assert.deepEqual(standing(), [['copies-short', 'warning']])
  world.missingCopies = 0
  assert.deepEqual(standing(), [])
  world.missingCopies = 1
  assert.deepEqual(standing(), [], 'the patience begins anew')
})

test('what is lost is critical', () => {
  const { world, standing } = watched()
  world.lost = 1
  assert.deepEqual(standing(), [['chunks-lost', 'critical']])
})

test('following tells what stands, what comes, what gets worse and what is over, each once', () => {
  const alarms = createAlarms()
  alarms.raise({ key: 'a', severity: 'warning', message: 'one' })
  const told: string[] = []
  const leave = followAlarms(alarms, ({ type, alarm }) => told.push(`${type} ${alarm.key} ${alarm.severity}`))
  alarms.raise({ key: 'b', severity: 'warning', message: 'two' })
  alarms.raise({ key: 'b', severity: 'critical', message: 'two' })
  alarms.clear('a')
  leave()
  alarms.clear('b')
  assert.deepEqual(told, ['raised a warning', 'raised b warning', 'raised b critical', 'cleared a warning'])
})

test.run()
