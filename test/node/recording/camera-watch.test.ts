import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { RecordedStretch, RecordPlan } from '#ring'
import { createAlarms } from '#ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'
import { CAMERA_MISSING_MS, type CameraWatchComponents, createCameraWatch, NOTED_AFTER_MS, RECORDING_LATE_MS } from '../../../node/recording/camera-watch.ts'
import { defaultPlan, whyNotNow } from '../../../node/recording/expectation.ts'
import { reasonOf } from '../../../node/recording/loss-reason.ts'
import type { Trouble } from '../../../node/recording/loss-notes.ts'

const porch = 'porch' as CameraId
const [alder, birch] = ['alder', 'birch'] as [PeerId, PeerId]
const T0 = Date.UTC(2026, 10, 22, 12)

function watched() {
  const alarms = createAlarms()
  const world = {
    nowMs: 5_000, durableMs: undefined as number | undefined, silentMs: 0, isHere: true, isKnown: true, home: alder, obstacle: undefined as string | undefined, isKeyless: false, isMoving: false, birchHas: false, birchLives: true, takesWrites: true,
    plan: defaultPlan(true) as RecordPlan, stretches: [] as RecordedStretch[], troubles: [] as readonly Trouble[]
  }
  const recorder = { start() {}, stop() {}, recording: () => true, durable: () => world.durableMs === undefined ? undefined : { ms: world.durableMs, copies: 2 }, keptMs: () => 0, obstacle: () => world.obstacle, isKeyless: () => world.isKeyless, whyNot: () => (world.isMoving ? undefined : whyNotNow(world.plan, T0 + world.nowMs)) }
  const ring = {
    self: alder,
    catalog: {
      cameras: () => world.isKnown ? [{ id: porch, name: 'Porch', source: 'test', createdAtMs: 0, record: true }] : [],
      policy: { plan: () => world.plan }, index: { stretches: () => world.stretches }
    },
    membership: { members: () => [{ self: true, name: 'alder', alive: true, presence: { acceptsWrites: world.takesWrites, disk: 'full' } }, { self: false, name: 'birch', alive: world.birchLives, presence: { acceptsWrites: world.takesWrites, disk: 'read-only', cameras: world.birchHas ? [{ cameraId: porch }] : [] } }] },
    placement: { homeOf: () => world.home }
  } as unknown as CameraWatchComponents['ring']
  const watch = createCameraWatch({
    alarms, ring, log: silentLog, nowMs: () => world.nowMs, wallMs: () => T0 + Math.floor(world.nowMs),
    notes: { tell(troubles) { world.troubles = troubles }, stop() {} },
    cameras: () => world.isHere ? [{ camera: { id: porch, name: 'as its machine calls it', silentMs: () => world.silentMs }, recorder }] : []
  })
  return {
    world,
    after(ms: number): string[] {
      watch.look()
      world.nowMs += ms
      watch.look()
      return alarms.active().map(({ key, message }) => `${key}: ${message}`)
    }
  }
}

test('a recording that moves on is no alarm; one that stands still for ten seconds is, until it moves again', () => {
  const { world, after } = watched()
  for (let i = 0; i < 5; i++) {
    world.durableMs = i
    assert.deepEqual(after(RECORDING_LATE_MS - 1), [])
  }
  assert.match(after(RECORDING_LATE_MS)[0] ?? '', /^not-recorded\/porch: Porch is not recorded: its pictures arrive, but nothing of it was stored/)
  world.durableMs = 99
  assert.deepEqual(after(1), [])
  assert.deepEqual(world.troubles, [])
})

test('one that never began is told as well, and a camera that sends nothing is told from disks that take nothing', () => {
  const { world, after } = watched()
  world.silentMs = RECORDING_LATE_MS
  assert.match(after(RECORDING_LATE_MS)[0] ?? '', /it is connected but sends nothing/)
  assert.equal(world.troubles[0]?.reason, 'camera silent')
  world.silentMs = 0
  after(1)
  assert.equal(world.troubles[0]?.reason, 'recorder stuck')
  world.isKeyless = true
  assert.match(after(1)[0] ?? '', /its pictures arrive, but no keyframe.*Have it send a keyframe every second or two/)
  assert.equal(world.troubles[0]?.reason, 'no keyframe came')
  world.isKeyless = false
  world.takesWrites = false
  assert.match(after(1)[0] ?? '', /no disk of the ring takes more/)
  assert.deepEqual([world.troubles[0]?.reason, world.troubles[0]?.detail], ['disk full', 'alder: full, birch: read-only'])
})

test('of a camera that is not recorded the same beginning is told at every look, for the clock of the wall knows whole milliseconds only', () => {
  const { world, after } = watched()
  world.nowMs += 0.4
  const begunMs = Math.floor(T0 + world.nowMs)
  after(NOTED_AFTER_MS)
  const told = Array.from({ length: 10 }, () => {
    after(1_000.3)
    return world.troubles[0]?.fromMs
  })
  assert.deepEqual(told, told.map(() => begunMs))
})

test('a camera whose codec can not be recorded says so in the alarm and in the ledger', () => {
  const { world, after } = watched()
  world.obstacle = 'its VP9 can not be recorded: VP9: a keyframe without its sync code'
  assert.match(after(RECORDING_LATE_MS)[0] ?? '', /Porch is not recorded: its VP9 can not be recorded: .*Have it send H\.264/)
  assert.deepEqual([world.troubles[0]?.reason, world.troubles[0]?.detail], ['codec can not be recorded', world.obstacle])
  assert.equal(reasonOf(world.obstacle), 'codec can not be recorded')
})

test('a camera that is recorded on motion is missed while something moves and nothing of it is stored, from when it began to move', () => {
  const { world, after } = watched()
  world.plan = { ...defaultPlan(true), mode: 'motion' }
  world.durableMs = T0 + world.nowMs
  assert.deepEqual(after(30_000), [], 'nothing moves')
  const movedMs = T0 + world.nowMs
  world.isMoving = true
  assert.match(after(RECORDING_LATE_MS)[0] ?? '', /Porch is not recorded: its pictures arrive, but nothing of it was stored/)
  assert.deepEqual(world.troubles.map(({ fromMs, reason }) => [fromMs, reason]), [[movedMs, 'recorder stuck']])
  world.silentMs = RECORDING_LATE_MS
  assert.match(after(1)[0] ?? '', /it is connected but sends nothing/)
  world.durableMs = movedMs + 9_000
  assert.deepEqual(after(1), [])
  after(RECORDING_LATE_MS)
  assert.equal(world.troubles[0]?.fromMs, movedMs + 9_000, 'where its recording stopped')
  world.isMoving = false
  assert.deepEqual(after(1), [], 'nothing moves any more')
  assert.deepEqual(world.troubles, [])
})

test('a camera that fell silent and is then disconnected is an alarm all the time', () => {
  const { world, after } = watched()
  world.silentMs = RECORDING_LATE_MS
  assert.equal(after(RECORDING_LATE_MS).length, 1)
  world.isHere = false
  assert.match(after(1)[0] ?? '', /nobody sends it/)
  world.birchHas = true
  assert.deepEqual(after(1), [], 'another node has it')
})

test('a camera that nobody sends is an alarm within thirty seconds on its home, with the reason it left by, and clears by itself', () => {
  const { world, after } = watched()
  assert.ok(CAMERA_MISSING_MS < 30_000)
  world.isHere = false
  world.stretches = [{ session: 's', node: alder, startMs: T0, endMs: T0 + 4_000, ended: '/dev/video0 is gone: waiting for the camera to be plugged in again' }]
  assert.deepEqual(after(NOTED_AFTER_MS), [])
  assert.deepEqual(world.troubles.map(({ fromMs, reason }) => [fromMs, reason]), [[T0 + 4_000, 'camera unplugged']])
  assert.match(after(CAMERA_MISSING_MS)[0] ?? '', /^not-recorded\/porch: Porch is not recorded: its peer says that it is unplugged.*mark it so/)
  world.isHere = true
  assert.deepEqual(after(1), [])
  assert.deepEqual(world.troubles, [])
})

test('a recording that ended because nothing moved any more is not where the trouble begins', () => {
  const { world, after } = watched()
  world.plan = { ...defaultPlan(true), mode: 'motion' }
  world.stretches = [{ session: 's', node: alder, startMs: T0, endMs: T0 + 4_000, ended: 'no motion' }]
  world.isHere = false
  const goneMs = T0 + world.nowMs
  after(NOTED_AFTER_MS)
  assert.deepEqual(world.troubles.map(({ fromMs, reason }) => [fromMs, reason]), [[goneMs, 'peer silent']])
})

test('it is told once, by its home, and not while another node that answers has it', () => {
  const { world, after } = watched()
  world.isHere = false
  world.home = birch
  assert.deepEqual(after(2 * CAMERA_MISSING_MS), [])
  world.home = alder
  world.birchHas = true
  assert.deepEqual(after(2 * CAMERA_MISSING_MS), [])
  world.birchLives = false
  assert.match(after(CAMERA_MISSING_MS)[0] ?? '', /nobody sends it/)
})

test('a camera that is switched off, outside its schedule, not started or marked away is no alarm, here or gone', () => {
  for (const plan of [{ mode: 'off' }, { mode: 'manual' }, { mode: 'scheduled', schedule: [{ days: [1], from: '08:00', to: '09:00' }] }] as Array<Partial<RecordPlan>>) {
    const { world, after } = watched()
    assert.equal(after(RECORDING_LATE_MS).length, 1)
    world.plan = { ...defaultPlan(true), ...plan }
    assert.deepEqual(after(2 * CAMERA_MISSING_MS), [])
    world.isHere = false
    assert.deepEqual(after(2 * CAMERA_MISSING_MS), [])
    assert.deepEqual(world.troubles, [])
  }
  const { world, after } = watched()
  world.plan = { ...defaultPlan(true), away: true }
  world.isHere = false
  assert.deepEqual(after(2 * CAMERA_MISSING_MS), [])
  world.isHere = true
  assert.equal(after(2 * CAMERA_MISSING_MS).length, 1, 'back again, it is recorded like any other')
})

test.run()
