import assert from 'node:assert/strict'
import { test } from 'uvu'
import { CATCH_UP, evenPace, MAX_HELD_MS, REPAIRS_REMEMBERED_MS, SHORT_REPAIR_MS } from '../../../../node/live/whip/even-pace.ts'

const EVERY_MS = 20

/** A stream of one packet every 20 ms, of which some are repaired; what comes out is when each did. */
function stream(): { send(count: number, repairMs?: number): void; outMs: number[]; delays(): number[] } {
  const outMs: number[] = []
  const sentMs: number[] = []
  let nowMs = 0
  let lastMs = 0
  const pace = evenPace(() => outMs.push(nowMs))
  /** Time passes, and what is due on the way goes. */
  function pass(toMs: number): void {
    for (let restMs = pace.release(nowMs); restMs !== undefined && nowMs + restMs <= toMs; restMs = pace.release(nowMs)) nowMs += restMs
    nowMs = toMs
    pace.release(nowMs)
  }
  return {
    outMs,
    delays: () => outMs.map((ms, i) => ms - sentMs[i]!),
    /** The first of them comes so much later, and the others wait for it. */
    send(count, repairMs = 0) {
      const group: Array<{ packet: Uint8Array; cameMs: number }> = []
      for (let i = 0; i < count; i++) {
        lastMs += EVERY_MS
        sentMs.push(lastMs)
        group.push({ packet: Uint8Array.of(), cameMs: lastMs })
      }
      const repairedMs = group[0]!.cameMs + repairMs
      const waiting = group.filter(({ cameMs }) => cameMs <= repairedMs)
      pass(repairedMs)
      pace.take(waiting, nowMs)
      pace.release(nowMs)
      for (const each of group.slice(waiting.length)) {
        pass(each.cameMs)
        pace.take([each], nowMs)
        pace.release(nowMs)
      }
    }
  }
}
const stepsOf = (outMs: readonly number[]): number[] => outMs.slice(1).map((ms, i) => ms - outMs[i]!)

test('on a line that loses nothing, nothing is held back', () => {
  const { send, delays } = stream()
  send(500)
  assert.deepEqual([...new Set(delays())], [0])
})

test('after one repair the next do not show: packets go on as evenly as they came', () => {
  const { send, outMs } = stream()
  send(50)
  send(50, 320)
  const seen = outMs.length
  for (let i = 0; i < 5; i++) send(50, 320)
  assert.ok(Math.max(...stepsOf(outMs.slice(seen - 1))) <= EVERY_MS, 'the picture would stand still')
})

test('without more of them, what is held back goes again, no faster than a viewer can follow', () => {
  const { send, outMs, delays } = stream()
  send(50, 320)
  send((REPAIRS_REMEMBERED_MS + 320 / CATCH_UP) / EVERY_MS + 10)
  assert.equal(delays().at(-1), 0)
  assert.ok(Math.min(...stepsOf(outMs).slice(50)) >= EVERY_MS * (1 - CATCH_UP) - 0.001)
})

test('short repairs are left to the viewers, and long ones hold back no more than a bound', () => {
  const short = stream()
  for (let i = 0; i < 10; i++) short.send(50, SHORT_REPAIR_MS)
  assert.equal(short.delays().at(-1), 0)
  const long = stream()
  for (let i = 0; i < 10; i++) long.send(200, 2_000)
  assert.ok(long.delays().at(-1)! <= MAX_HELD_MS)
})

test('one repair in forty that takes longer than all others shows', () => {
  const { send, delays } = stream()
  for (let i = 0; i < 39; i++) send(10, 110)
  send(50, 600)
  assert.ok(delays().at(-1)! < 200)
})

test.run()
