import assert from 'node:assert/strict'
import { test } from 'uvu'
import { DEFAULT_SPOOL_BYTES, DEFAULT_SPOOL_MS, packetSpool } from '../../peer/packet-spool.ts'
import { group, numberOf } from './fake-ring.ts'

const FPS = 30

/** A camera of thirty pictures a second with a keyframe each second, on a clock of its own. */
function film(init: { size?: number; maxBytes?: number } = {}) {
  const clock = { ms: 0 }
  const spool = packetSpool({ nowMs: () => clock.ms, maxBytes: init.maxBytes })
  let number = 0
  const shoot = (seconds: number, each: () => void = () => {}): void => {
    for (let i = 0; i < seconds * FPS; i++) {
      spool.push(group(number, number++ % FPS === 0, init.size))
      each()
      clock.ms += 1000 / FPS
    }
  }
  const taken: number[] = []
  const drain = (): void => {
    for (let message = spool.take(); message !== undefined; message = spool.take()) if ('packets' in message) taken.push(...message.packets.packets.map(numberOf))
  }
  return { clock, spool, shoot, taken, drain, count: () => number }
}

test('a link that is cut for thirty seconds costs nothing of an eight-megabit camera', () => {
  const { spool, shoot, taken, drain, count } = film({ size: 8_000_000 / 8 / FPS })
  shoot(5, drain)
  const sent = taken.length
  shoot(DEFAULT_SPOOL_MS / 1000 - 1)
  taken.length = 0
  spool.rewind(true)
  drain()
  assert.equal(spool.droppedPictures(), 0)
  assert.deepEqual(taken, Array.from({ length: count() - taken[0]! }, (_, i) => taken[0]! + i), 'in order, nothing missing')
  assert.ok(taken[0]! <= sent, 'from before the cut')
})

test('of a longer cut the oldest groups go, whole, and what is left is no older than thirty seconds', () => {
  const { spool, shoot, taken, drain, count } = film()
  shoot(2, drain)
  taken.length = 0
  shoot(90)
  spool.rewind(true)
  drain()
  assert.equal(taken[0]! % FPS, 0)
  assert.ok(count() - taken[0]! <= (DEFAULT_SPOOL_MS / 1000) * FPS + FPS)
  assert.ok(count() - taken[0]! >= (DEFAULT_SPOOL_MS / 1000 - 1) * FPS)
  assert.equal(spool.droppedPictures(), taken[0]! - 2 * FPS)
})

test('what is held is bounded in bytes, whatever was sent of it', () => {
  const { spool, shoot, taken, drain } = film({ size: 1_000, maxBytes: 100_000 })
  shoot(60, drain)
  spool.rewind(true)
  taken.length = 0
  drain()
  assert.ok(taken.length <= 100)
  shoot(60)
  taken.length = 0
  drain()
  assert.ok(taken.length <= 100)
  assert.ok(DEFAULT_SPOOL_BYTES <= 64 * 1024 ** 2)
})

test('after a break six seconds are sent again, after a move the newest group', () => {
  const { spool, shoot, taken, drain, count } = film()
  shoot(20, drain)
  taken.length = 0
  spool.rewind()
  drain()
  assert.ok(count() - taken[0]! <= FPS)
  taken.length = 0
  spool.rewind(true)
  drain()
  assert.ok(count() - taken[0]! <= 2 * FPS, 'what was begun anew is sent since then')
  const again = film()
  again.shoot(20, again.drain)
  again.taken.length = 0
  again.spool.rewind(true)
  again.drain()
  assert.ok(again.count() - again.taken[0]! >= 6 * FPS && again.count() - again.taken[0]! <= 8 * FPS)
})

test('what the other end says it did not receive is sent again, however long ago it was sent', () => {
  const { spool, shoot, taken, drain, count } = film()
  shoot(1, drain)
  spool.acknowledge(0)
  shoot(9, drain)
  spool.acknowledge(taken.length)
  const received = count()
  shoot(20, drain)
  assert.ok(spool.unacknowledgedMs() > 19_000, 'and it is known that nothing arrives')
  taken.length = 0
  spool.rewind(true)
  drain()
  assert.ok(taken[0]! <= received, `from picture ${taken[0]} on, of which ${received} were received`)
  assert.deepEqual(taken, Array.from({ length: count() - taken[0]! }, (_, i) => taken[0]! + i))
  assert.equal(spool.unacknowledgedMs(), 0, 'of the next node it is not known yet')
})

test('what was received six seconds ago is let go of', () => {
  const { spool, shoot, taken, drain, count } = film()
  shoot(60, () => {
    drain()
    spool.acknowledge(taken.length)
  })
  taken.length = 0
  spool.rewind(true)
  drain()
  assert.ok(count() - taken[0]! >= 6 * FPS && count() - taken[0]! <= 8 * FPS, `${count() - taken[0]!} pictures`)
})

test('a source without keyframes does not fill the memory', () => {
  const { spool, clock } = film()
  spool.push(group(0, true))
  for (let i = 1; i < 40_000; i++) {
    spool.push(group(i, false, 10_000))
    spool.take()
    clock.ms += 33
  }
  spool.rewind(true)
  assert.ok(spool.needsKeyframe())
})

test.run()
