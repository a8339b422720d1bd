import assert from 'node:assert/strict'
import { test } from 'uvu'
import { AGAIN_MS, RESEND_BURST, resendBudget } from '../../../../node/live/whep/resend-budget.ts'

const packets = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ sequence: from + i }))

test('a packet is sent again once in a while, however often it is asked for', () => {
  let nowMs = 0
  const budget = resendBudget(() => nowMs)
  assert.equal(budget.grant([...packets(3), ...packets(3)]).length, 3)
  assert.equal(budget.grant(packets(4)).length, 1)
  nowMs += AGAIN_MS
  assert.equal(budget.grant(packets(4)).length, 4)
})

test('beyond a burst as many are sent again as are sent', () => {
  let nowMs = 0
  const budget = resendBudget(() => nowMs)
  const second = (): number => {
    let granted = 0
    for (let i = 0; i < 100; i++, nowMs += 10) {
      for (let j = 0; j < 20; j++) budget.sent()
      granted += budget.grant(packets(200, nowMs * 200)).length
    }
    return granted
  }
  assert.ok(second() >= RESEND_BURST)
  for (let i = 0; i < 3; i++) {
    const granted = second()
    assert.ok(granted > 1_900 && granted < 2_100, `${granted} for 2000 sent`)
  }
})

test.run()
