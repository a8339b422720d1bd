import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { LivePacket } from '../../../../node/live/live-packet.ts'
import { packetRewriter } from '../../../../node/live/whep/packet-rewriter.ts'

const test = suite('packet rewriter')
const packet = (sequence: number, timestamp: number, arrivedMs = timestamp / 90): LivePacket => ({ sequence, timestamp, arrivedMs, rtp: { timestamp: timestamp % 2 ** 32 } }) as LivePacket

test('distances are kept, and so is a hole the network made', () => {
  const rewriter = packetRewriter(90_000)
  const first = rewriter.next(packet(100, 9_000))
  assert.deepEqual(rewriter.next(packet(103, 12_000)), { sequence: first.sequence + 3, timestamp: first.timestamp + 3_000 })
})

test('what was skipped on purpose leaves no hole in the numbers, but time goes on', () => {
  const rewriter = packetRewriter(90_000)
  const first = rewriter.next(packet(100, 9_000))
  rewriter.cut()
  assert.deepEqual(rewriter.next(packet(200, 99_000)), { sequence: first.sequence + 1, timestamp: first.timestamp + 90_000 })
  assert.equal(rewriter.sourceOf((first.sequence + 1) & 0xffff), 200)
  assert.equal(rewriter.sourceOf(first.sequence & 0xffff), undefined, 'numbers of before the cut mean nothing any more')
})

test('the moments of a source\'s reports are moved as its packets are, to the tick, before and after its clock wraps', () => {
  const rewriter = packetRewriter(48_000)
  for (const timestamp of [2 ** 32 - 5_000, 2 ** 32 + 43_000, 2 ** 33 - 1]) {
    const numbers = rewriter.next(packet(100, timestamp))
    for (const ticks of [-96_000, -1, 0, 7, 4_800_000]) assert.equal(rewriter.timeOf((timestamp + ticks) % 2 ** 32), numbers.timestamp + ticks)
    rewriter.cut()
  }
})

test('another source goes on where the last one stopped, by the time that passed', () => {
  const rewriter = packetRewriter(90_000)
  const first = rewriter.next(packet(100, 9_000, 1_000))
  rewriter.switchSource()
  const next = rewriter.next(packet(60_000, 5, 1_500))
  assert.deepEqual(next, { sequence: first.sequence + 1, timestamp: first.timestamp + 45_000 })
  assert.equal(rewriter.timeOf(5 + 900), next.timestamp + 900)
})

test('a packet sent again has the numbers it had', () => {
  const rewriter = packetRewriter(90_000)
  const numbers = rewriter.next(packet(100, 9_000))
  rewriter.next(packet(101, 9_000))
  assert.deepEqual(rewriter.again(packet(100, 9_000)), numbers)
  assert.equal(rewriter.sourceOf(numbers.sequence), 100)
})

test.run()
