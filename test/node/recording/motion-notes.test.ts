import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { HourNote } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createMotionNotes, MOTION_GAP_MS, MOTION_NOTE_MS, WATCH_GAP_MS } from '../../../node/recording/motion-notes.ts'
import { MAX_MOTIONS, motionsOf } from '../../../node/recording/motions.ts'

const test = suite('notes of motion')
const porch = 'porch' as CameraId
const T0 = Date.UTC(2026, 10, 22, 17)
const HOUR = 3_600_000

function world() {
  const notes = new Map<string, HourNote>()
  const state = { nowMs: T0, writes: 0, fails: false }
  const policy = {
    async note(camera: CameraId, hour: string, change: (note: HourNote) => HourNote) {
      if (state.fails) throw new Error('the disk is full')
      state.writes++
      notes.set(hour, change(notes.get(hour) ?? { camera, hour, node: 'n' as PeerId, losses: [], plans: [], expired: [] }))
      return { copies: 1 }
    }
  }
  return { notes, state, made: createMotionNotes({ policy, log: silentLog, nowMs: () => state.nowMs }), index: { notes: () => [...notes.values()] } }
}

test('looks a second apart are time that was watched, and motion in several of them is one', async () => {
  const { notes, state, made, index } = world()
  for (let i = 0; i < 600; i++) {
    made.looked(porch, i >= 100 && i < 130)
    state.nowMs += 1_000
  }
  await made.stop?.()
  const { motion } = notes.get('2026-11-22T17')!
  assert.deepEqual(motion, { watchedMs: 599_000, watched: [{ fromMs: T0, toMs: T0 + 599_001 }], moved: [{ fromMs: T0 + 100_000, toMs: T0 + 129_001 }] })
  assert.ok(state.writes <= 600_000 / MOTION_NOTE_MS + 2, `${state.writes} writes`)
  assert.deepEqual(motionsOf(index, porch, T0, T0 + HOUR).motions, motion!.moved)
  assert.deepEqual(motionsOf(index, porch, T0 + 200_000, T0 + HOUR).motions, [])
})

test('more motions than one answer holds are told in the next, which is asked for from its end on', () => {
  const moved = Array.from({ length: MAX_MOTIONS + 2 }, (_, i) => ({ fromMs: T0 + i * 20_000, toMs: T0 + i * 20_000 + 1_000 }))
  const index = { notes: () => [{ camera: porch, hour: '2026-11-22T17', node: 'n' as PeerId, losses: [], plans: [], expired: [], motion: { watchedMs: HOUR, moved } }] }
  const toMs = T0 + 48 * HOUR
  const first = motionsOf(index, porch, T0, toMs)
  assert.deepEqual([first.truncated, first.motions.length, first.toMs], [true, MAX_MOTIONS, moved[MAX_MOTIONS - 1]!.toMs])
  const rest = motionsOf(index, porch, first.toMs, toMs)
  assert.deepEqual([rest.truncated, rest.motions, rest.toMs], [false, moved.slice(MAX_MOTIONS), toMs])
})

test('a node that dies takes with it only what it saw in the last ten seconds, and no motion that began before', async () => {
  const { notes, state, made, index } = world()
  for (let i = 0; i < 45; i++) {
    made.looked(porch, i >= 43)
    state.nowMs += 1_000
  }
  await nextTurn()
  const { watched } = notes.get('2026-11-22T17')!.motion!
  assert.ok(watched!.at(-1)!.toMs > state.nowMs - MOTION_NOTE_MS, `${watched!.at(-1)!.toMs - state.nowMs}`)
  assert.deepEqual(motionsOf(index, porch, T0, T0 + HOUR).motions, [{ fromMs: T0 + 43_000, toMs: T0 + 43_001 }])
})

test('a pause in looking is not watched, and motion after it is another', async () => {
  const { notes, state, made } = world()
  for (const gapMs of [1_000, MOTION_GAP_MS + 2, 1_000]) {
    made.looked(porch, true)
    state.nowMs += gapMs
  }
  await made.stop?.()
  assert.deepEqual(notes.get('2026-11-22T17')!.motion, { watchedMs: 1_000, watched: [{ fromMs: T0, toMs: T0 + MOTION_GAP_MS + 1_003 }], moved: [{ fromMs: T0, toMs: T0 + 1_001 }, { fromMs: T0 + MOTION_GAP_MS + 1_002, toMs: T0 + MOTION_GAP_MS + 1_003 }] })
})

test('each hour has its own, a node that starts again adds to what it knew, and a disk that takes no note loses only what it was given', async () => {
  const { notes, state, made } = world()
  state.nowMs = T0 + HOUR - 1_500
  for (let i = 0; i < 3; i++, state.nowMs += 1_000) made.looked(porch, i === 0)
  await made.stop?.()
  assert.deepEqual([...notes].map(([hour, { motion }]) => [hour.slice(11), motion!.watchedMs, motion!.moved.length]), [['17', 1_000, 1], ['18', 1_000, 0]])
  assert.deepEqual([...notes.values()].map(({ motion }) => motion!.watched), [[{ fromMs: T0 + HOUR - 1_500, toMs: T0 + HOUR }], [{ fromMs: T0 + HOUR, toMs: T0 + HOUR + 501 }]], 'nothing is missing between two hours')
  state.fails = true
  made.looked(porch, true)
  await made.stop?.()
  state.fails = false
  made.looked(porch, true)
  await made.stop?.()
  assert.equal(notes.get('2026-11-22T18')!.motion!.moved.length, 1)
})

test('what lies between two attachments of a camera is not watched', async () => {
  const { notes, state, made } = world()
  made.begins(porch)
  made.looked(porch, false)
  state.nowMs += 5_000
  made.begins(porch)
  made.looked(porch, false)
  await made.stop?.()
  assert.deepEqual(notes.get('2026-11-22T17')!.motion!.watched, [{ fromMs: T0, toMs: T0 + 1 }, { fromMs: T0 + 5_000, toMs: T0 + 5_001 }])
})

test('a long time without a look is not watched, also where the clock was set back, and of an hour that an older node began to note it is not known', async () => {
  const { notes, state, made } = world()
  made.looked(porch, false)
  state.nowMs += WATCH_GAP_MS + 1
  made.looked(porch, false)
  state.nowMs -= 20_000
  made.looked(porch, false)
  await made.stop?.()
  assert.deepEqual(notes.get('2026-11-22T17')!.motion, { watchedMs: 0, watched: [{ fromMs: T0, toMs: T0 + 1 }, { fromMs: T0 + 10_001, toMs: T0 + 10_002 }, { fromMs: T0 + WATCH_GAP_MS + 1, toMs: T0 + WATCH_GAP_MS + 2 }], moved: [] })
  state.nowMs = T0 + 2 * HOUR
  notes.set('2026-11-22T19', { camera: porch, hour: '2026-11-22T19', node: 'n' as PeerId, losses: [], plans: [], expired: [], motion: { watchedMs: 5, moved: [] } })
  made.looked(porch, false)
  await made.stop?.()
  assert.deepEqual(notes.get('2026-11-22T19')!.motion, { watchedMs: 5, moved: [] })
})

test.run()
