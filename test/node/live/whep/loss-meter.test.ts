import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { randomOf } from '../../../support/random.ts'
import { LOSS_WINDOW_MS, lossMeter } from '../../../../node/live/whep/loss-meter.ts'

const test = suite('loss meter')

/** What a viewer does on a line that takes so long there and back. */
interface Viewer { readonly roundTripMs: number; readonly againMs: number }
const NEAR: Viewer = { roundTripMs: 20, againMs: 20 }

/** A line with 60 packets a second for so long, that loses so much of them and of those that are sent again, by chance; each is asked for until it arrives, but while nothing passes. */
function verdicts(seconds: number, percent: (ms: number) => number, { roundTripMs, againMs }: Viewer = NEAR): number {
  let nowMs = 0
  let hopeless = 0
  const random = randomOf(1)
  const meter = lossMeter(() => nowMs)
  const lacking = new Map<number, { arrivedMs: number; askedMs: number; comesMs: number }>()
  const arrives = (): boolean => random() * 100 >= percent(nowMs)
  for (let sequence = 0; nowMs < seconds * 1_000; sequence++) {
    nowMs += 1_000 / 60
    meter.sent()
    if (!arrives()) lacking.set(sequence, { arrivedMs: nowMs, askedMs: nowMs + roundTripMs - againMs, comesMs: Infinity })
    const asked: Array<{ sequence: number; arrivedMs: number }> = []
    for (const [each, lack] of lacking) {
      if (lack.comesMs <= nowMs) lacking.delete(each)
      else if (nowMs - lack.askedMs >= againMs) {
        lack.askedMs = nowMs
        asked.push({ sequence: each, arrivedMs: lack.arrivedMs })
        if (arrives()) lack.comesMs = Math.min(lack.comesMs, nowMs + roundTripMs)
      }
    }
    if (percent(nowMs) < 100 && asked.length > 0 && meter.asked(asked)) hopeless++
  }
  return hopeless
}

test('a line that loses a fifth is one on which sending again helps', () => {
  assert.equal(verdicts(60, () => 20), 0)
})

test('three tenths of a second without a packet do not make a line hopeless, near or far, where each packet is asked for several times before it can be there', () => {
  const dead = (ms: number): number => (ms % 5_000 < 300 ? 100 : 5)
  assert.equal(verdicts(120, dead), 0)
  assert.equal(verdicts(120, dead, { roundTripMs: 300, againMs: 100 }), 0)
})

test('a line on which most is asked for again is found hopeless once a window', () => {
  for (const viewer of [NEAR, { roundTripMs: 300, againMs: 100 }]) {
    const found = verdicts(60, () => 80, viewer)
    assert.ok(found > 20 && found <= 60_000 / LOSS_WINDOW_MS, `${found} times in a minute`)
  }
})

test('who asks for the same packets all the time is found out, however far away', () => {
  let nowMs = 0
  let hopeless = 0
  const meter = lossMeter(() => nowMs)
  while (nowMs < 20_000) {
    nowMs += 1_000 / 60
    meter.sent()
    if (meter.asked(Array.from({ length: 8 }, (_, sequence) => ({ sequence, arrivedMs: -2_000 })))) hopeless++
  }
  assert.ok(hopeless > 5, `${hopeless} times`)
})

test('of a few packets nothing is concluded', () => {
  let nowMs = 0
  const meter = lossMeter(() => nowMs)
  for (let i = 0; i < 20; i++) meter.sent()
  nowMs = LOSS_WINDOW_MS
  assert.equal(meter.asked(Array.from({ length: 20 }, (_, sequence) => ({ sequence, arrivedMs: 0 }))), false)
})

test.run()
