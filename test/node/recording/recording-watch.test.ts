import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import { createAlarms } from '#ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'
import { createRecordingWatch, RECORDING_LATE_MS } from '../../../node/recording/recording-watch.ts'

function watched() {
  const alarms = createAlarms()
  const world = { nowMs: 5_000, durableMs: undefined as number | undefined, silentMs: 0, isHere: true, isRecorded: true }
  const recorder = { start() {}, stop() {}, recording: () => true, durable: () => world.durableMs === undefined ? undefined : { ms: world.durableMs, copies: 2 } }
  const watch = createRecordingWatch({
    alarms, log: silentLog, nowMs: () => world.nowMs,
    cameras: () => world.isHere ? [{ camera: { id: 'porch' as CameraId, name: 'Porch', silentMs: () => world.silentMs }, recorder: world.isRecorded ? recorder : undefined }] : []
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
})

test('one that never began is told as well, and a camera that sends nothing is told from disks that take nothing', () => {
  const { world, after } = watched()
  world.silentMs = RECORDING_LATE_MS
  assert.match(after(RECORDING_LATE_MS)[0] ?? '', /it is connected but sends nothing/)
})

test('a camera that left, or that nobody wants recorded, is none', () => {
  const { world, after } = watched()
  assert.equal(after(RECORDING_LATE_MS).length, 1)
  world.isHere = false
  assert.deepEqual(after(RECORDING_LATE_MS), [])
  Object.assign(world, { isHere: true, isRecorded: false })
  assert.deepEqual(after(RECORDING_LATE_MS), [])
})

test.run()
