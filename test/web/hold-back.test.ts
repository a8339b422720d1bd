/** How long a browser is told to hold pictures back. */
import assert from 'node:assert/strict'
import { test } from 'uvu'

// Imported by address: the root type check has no browser types.
const { holdBack, LOSSES_TO_HIDE, LONG_ROUND_TRIP_MS, MAX_HELD_BACK_MS, READINGS_REMEMBERED, waitFor } = await import(new URL('../../web/src/live/hold-back.ts', import.meta.url).href)

interface Line { readonly nacks: number; readonly roundTripMs: number | null }
const told = (lines: readonly Line[]): number[] => {
  const heldBack = holdBack() as (line: Line) => number
  return lines.map((line) => heldBack(line))
}
const losing = (roundTripMs: number | null, seconds = 10): Line[] => Array.from({ length: seconds }, (_, i) => ({ nacks: i + 1, roundTripMs }))

test('on a long line that loses again and again pictures wait until a repair is there, and not for ever', () => {
  assert.deepEqual(told(losing(300)).slice(LOSSES_TO_HIDE - 2, LOSSES_TO_HIDE + 1), [0, 400, 400])
  assert.equal(told(losing(311)).at(-1), 450)
  assert.equal(told(losing(2_000)).at(-1), MAX_HELD_BACK_MS)
})

test('on a short line, one whose length is not known, and one that loses nothing, they are shown as soon as can be', () => {
  for (const line of [losing(LONG_ROUND_TRIP_MS - 1), losing(null), Array.from({ length: 20 }, () => ({ nacks: 0, roundTripMs: 300 }))]) assert.ok(told(line).every((ms) => ms === 0))
})

test('a line that was dead once has nothing wait, and one that loses no more has it no longer', () => {
  const quiet = (nacks: number, seconds: number): Line[] => Array.from({ length: seconds }, () => ({ nacks, roundTripMs: 300 }))
  assert.ok(told([...quiet(0, 5), ...quiet(40, 20)]).every((ms) => ms === 0))
  const after = told([...losing(300, 5), ...quiet(5, READINGS_REMEMBERED)])
  assert.deepEqual([after[4], after.at(-1)], [400, 0])
})

test('another session begins to count anew, and browsers that can not wait are left alone', () => {
  assert.equal(told([...losing(300, 2), { nacks: 0, roundTripMs: 300 }, { nacks: 0, roundTripMs: 300 }]).at(-1), 0)
  const receivers = [{ jitterBufferTarget: 0 }, {}]
  waitFor({ getReceivers: () => receivers }, 400)
  assert.deepEqual(receivers, [{ jitterBufferTarget: 400 }, {}])
})

test.run()
