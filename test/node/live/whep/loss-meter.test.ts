import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { LOSS_WINDOW_MS, lossMeter } from '../../../../node/live/whep/loss-meter.ts'

const test = suite('loss meter')

/** A line with 60 packets a second for so long, on which of every hundred packets so many are asked for at once. */
function verdicts(seconds: number, percent: (second: number) => number): number {
  let nowMs = 0
  let asked = 0
  let hopeless = 0
  const meter = lossMeter(() => nowMs)
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < 60; i++) {
      nowMs += 1_000 / 60
      meter.sent()
      asked += percent(second) / 100
      if (asked < 1) continue
      if (meter.asked(Math.floor(asked))) hopeless++
      asked -= Math.floor(asked)
    }
  }
  return hopeless
}

test('a line that loses a fifth is one on which sending again helps', () => {
  assert.equal(verdicts(60, () => 20), 0)
})

test('a third of a second without a packet, asked for three times over, does not make a line hopeless', () => {
  assert.equal(verdicts(60, (second) => (second % 10 === 5 ? 90 : 1)), 0)
})

test('a line on which most is asked for again is found hopeless once a window', () => {
  const found = verdicts(60, () => 80)
  assert.ok(found > 20 && found <= 60_000 / LOSS_WINDOW_MS, `${found} times in a minute`)
})

test('of a few packets nothing is concluded', () => {
  let nowMs = 0
  const meter = lossMeter(() => nowMs)
  for (let i = 0; i < 20; i++) meter.sent()
  nowMs = LOSS_WINDOW_MS
  assert.equal(meter.asked(20), false)
})

test.run()
