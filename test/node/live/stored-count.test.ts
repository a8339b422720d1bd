import assert from 'node:assert/strict'
import { test } from 'uvu'
import { MARK_EVERY_MS, MAX_MARKS, storedCount } from '../../../node/live/stored-count.ts'

function counted() {
  const world = { nowMs: 0, keptMs: -1 }
  return { world, count: storedCount(() => world.keptMs, () => world.nowMs) }
}

test('messages count as stored when all that had come by then is', () => {
  const { world, count } = counted()
  for (let messages = 1; messages <= 100; messages++) {
    world.nowMs = messages * MARK_EVERY_MS
    count.took(messages)
  }
  assert.equal(count.now(), 0)
  world.keptMs = 40 * MARK_EVERY_MS
  assert.equal(count.now(), 40)
  world.keptMs = 41 * MARK_EVERY_MS - 1
  assert.equal(count.now(), 40, 'the next one came later')
  world.keptMs = Infinity
  assert.equal(count.now(), 100)
})

test('never more is said than is so, and little is held, when messages are many or nothing is ever stored', () => {
  const { world, count } = counted()
  for (let messages = 1; messages <= 20 * MAX_MARKS; messages++) {
    world.nowMs = messages * MARK_EVERY_MS / 10
    count.took(messages)
  }
  for (const keptMs of [3, 5_000, 61_234, 119_990]) {
    world.keptMs = keptMs
    assert.ok(count.now() <= keptMs / MARK_EVERY_MS * 10, `${count.now()} at ${keptMs} ms`)
  }
  assert.ok(count.now() > 19.9 * MAX_MARKS)
})

test.run()
