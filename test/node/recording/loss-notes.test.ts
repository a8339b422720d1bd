import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { HourNote } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createLossNotes, NOTE_AHEAD_MS, NOTE_EVERY_MS } from '../../../node/recording/loss-notes.ts'

const porch = 'porch' as CameraId
const T0 = Date.UTC(2026, 10, 22, 12)

function world() {
  const written = new Map<string, HourNote>()
  const state = { nowMs: T0, writes: 0, written, isFull: false }
  const notes = createLossNotes({
    log: silentLog, nowMs: () => state.nowMs,
    policy: {
      async note(camera, hour, change) {
        state.writes++
        if (state.isFull) throw new Error('no space left')
        written.set(hour, change(written.get(hour) ?? { camera, hour, node: 'alder' as PeerId, losses: [], plans: [], expired: [] }))
        return { copies: 1 }
      }
    }
  })
  const told = () => [...written.values()].flatMap(({ losses }) => losses).map(({ fromMs, toMs, reason }) => [(fromMs - T0) / 1000, (toMs - T0) / 1000, reason])
  return { notes, state, told }
}

const trouble = (fromS: number, reason = 'peer silent') => ({ camera: porch, fromMs: T0 + fromS * 1000, reason, detail: '' })

test('a trouble is written once a minute while it goes on, a little ahead, and with its true end when it is over', async () => {
  const { notes, state, told } = world()
  for (let s = 0; s < 150; s++) {
    state.nowMs = T0 + s * 1000
    notes.tell([trouble(-10)])
  }
  await notes.stop!()
  assert.equal(state.writes, 2 + Math.floor(150_000 / NOTE_EVERY_MS) + 1, 'at first into the hours before and after twelve')
  assert.deepEqual(told(), [[-10, 0, 'peer silent'], [0, 149, 'peer silent']])
})

test('one that goes on for days writes each hour to its end, and none again', async () => {
  const { notes, state, told } = world()
  for (let minute = 0; minute < 300; minute++) {
    state.nowMs = T0 + minute * 60_000
    notes.tell([trouble(0)])
  }
  state.nowMs = T0 + 5 * 3_600_000
  await notes.stop!()
  assert.deepEqual(told(), [0, 1, 2, 3, 4].map((hour) => [hour * 3600, (hour + 1) * 3600, 'peer silent']))
  assert.ok(state.writes <= 307, `${state.writes} writes`)
})

test('what could not be noted while the disk was full is noted when it has room, from its beginning', async () => {
  const { notes, state, told } = world()
  state.isFull = true
  for (let minute = 0; minute < 130; minute++) {
    state.nowMs = T0 + minute * 60_000
    notes.tell([trouble(0, 'disk full')])
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(told(), [])
  state.isFull = false
  notes.tell([])
  await notes.stop!()
  assert.deepEqual(told(), [[0, 3600, 'disk full'], [3600, 7200, 'disk full'], [7200, 7740.001, 'disk full']])
})

test('another reason is another entry, and hours have notes of their own', async () => {
  const { notes, state, told } = world()
  notes.tell([trouble(0)])
  state.nowMs = T0 + 30_000
  notes.tell([trouble(20, 'disk full')])
  state.nowMs = T0 + 3_590_000
  notes.tell([trouble(20, 'disk full')])
  await Promise.resolve()
  state.nowMs = T0 + 3_700_000
  notes.tell([])
  await notes.stop!()
  assert.deepEqual(told(), [[0, 30, 'peer silent'], [20, 3600, 'disk full'], [3600, 3700, 'disk full']])
  assert.ok(NOTE_AHEAD_MS > NOTE_EVERY_MS, 'there is no hole between two writes')
})

test.run()
