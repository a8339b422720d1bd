import assert from 'node:assert/strict'
import { test } from 'uvu'
import { randomOf } from '../../../support/random.ts'
import { type Arrived, inOrder, MAX_WAITING } from '../../../../node/live/whip/in-order.ts'

/** Packets are told apart by their one number. */
const packet = (sequence: number): Uint8Array => Uint8Array.of(sequence >> 8 & 0xff, sequence & 0xff)
const numberOf = (bytes: Uint8Array): number => bytes[0]! << 8 | bytes[1]!

function ordered(): { take(...sequences: number[]): void; giveUp(): void; out: number[] } {
  const out: number[] = []
  let nowMs = 0
  const order = inOrder((arrived) => out.push(...arrived.map(({ packet: bytes }) => numberOf(bytes))))
  return { out, giveUp: order.giveUp, take: (...sequences) => { for (const each of sequences) order.take(each & 0xffff, packet(each), nowMs++) } }
}

test('packets that come in any order go on in the order they were sent, across the wrap of the numbers too', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed)
    const first = Math.floor(random() * 0x10000)
    const sent = Array.from({ length: 1 + Math.floor(random() * 200) }, (_, i) => first + i)
    const shuffled = sent.slice(1).map((sequence) => ({ sequence, at: random() })).sort((a, b) => a.at - b.at).map(({ sequence }) => sequence)
    const { take, out } = ordered()
    take(first, ...shuffled)
    assert.deepEqual(out, sent.map((sequence) => sequence & 0xffff), `seed ${seed}`)
  }
})

test('what comes after a missing packet waits for it', () => {
  const { take, out } = ordered()
  take(10, 12, 13)
  assert.deepEqual(out, [10])
  take(11)
  assert.deepEqual(out, [10, 11, 12, 13])
})

test('a packet that will not come is not waited for, and handed on when it comes after all', () => {
  const { take, giveUp, out } = ordered()
  take(10, 12, 14)
  giveUp()
  take(15)
  assert.deepEqual(out, [10, 12, 14, 15])
  take(13)
  assert.deepEqual(out, [10, 12, 14, 15, 13])
  giveUp()
  take(16)
  assert.deepEqual(out.at(-1), 16)
})

test('no more wait than a bound', () => {
  const { take, out } = ordered()
  take(0, ...Array.from({ length: MAX_WAITING }, (_, i) => i + 2))
  assert.deepEqual(out, [0])
  take(MAX_WAITING + 2)
  assert.equal(out.length, MAX_WAITING + 2, 'the last one was one too many')
})

test('a packet that was asked for again counts as come when its absence was noticed', () => {
  const out: Arrived[] = []
  const order = inOrder((arrived) => out.push(...arrived))
  order.take(10, packet(10), 0)
  order.take(12, packet(12), 20)
  order.take(13, packet(13), 30)
  order.take(11, packet(11), 320)
  assert.deepEqual(out.map(({ cameMs }) => cameMs), [0, 20, 20, 30])
})

test('so do several that were lost together, when one of them is lost once more', () => {
  const out: Arrived[] = []
  const order = inOrder((arrived) => out.push(...arrived))
  for (const [sequence, nowMs] of [[10, 0], [14, 20], [12, 320], [13, 321], [15, 330], [11, 700]] as const) order.take(sequence, packet(sequence), nowMs)
  assert.deepEqual(out.map(({ cameMs }) => cameMs), [0, 20, 20, 20, 20, 330])
})

test('a stream that begins anew is not waited for', () => {
  const { take, out } = ordered()
  take(10, 12, 40_000, 40_001)
  assert.deepEqual(out, [10, 12, 40_000, 40_001])
})

test.run()
