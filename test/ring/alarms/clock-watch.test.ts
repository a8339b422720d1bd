import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { CLOCK_TOLERANCE_MS, clockTrouble, createClockWatch } from '../../../ring/alarms/clock-watch.ts'
import { createAlarms } from '../../../ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'

const HOUR = 3_600_000
const others = (...ahead: number[]) => ahead.map((aheadMs, i) => ({ name: ['birch', 'cedar', 'dogwood'][i]!, aheadMs }))

test('of two clocks that differ nobody knows which is wrong; of three it is the one that stands alone', () => {
  assert.match(clockTrouble('alder', others(-3 * HOUR))!, /^The clock of alder is 3 hours ahead of that of birch: set whichever is wrong/)
  assert.match(clockTrouble('alder', others(30 * 24 * HOUR, 30 * 24 * HOUR + 5_000))!, /^The clock of alder is 30 days behind those of the other nodes/)
  assert.equal(clockTrouble('alder', others(30 * 24 * HOUR, 2_000)), undefined, 'cedar says the same')
  assert.match(clockTrouble('alder', others(0, -HOUR, -HOUR))!, /60 minutes ahead/)
  assert.equal(clockTrouble('alder', others(CLOCK_TOLERANCE_MS, -CLOCK_TOLERANCE_MS)), undefined)
  assert.equal(clockTrouble('alder', []), undefined)
})

test('a clock that differs is an alarm until it is set; a node that does not answer says nothing', async () => {
  const alarms = createAlarms()
  const clocks: Record<string, number> = { b: 1_000_000 + HOUR }
  const member = (peerId: string, self = false) => ({ peerId: peerId as PeerId, name: peerId, self, alive: true })
  let nowMs = 1_000_000
  const watch = createClockWatch({
    name: 'alder', alarms, log: silentLog, nowMs: () => nowMs, membership: { members: () => [member('a', true), member('b'), member('c')] },
    ask: async (peer) => clocks[peer] ?? Promise.reject(new Error('no answer'))
  })
  await watch.look()
  assert.deepEqual(alarms.active().map(({ key, message }) => [key, message.split(':')[0]]), [['clock', 'The clock of alder is 60 minutes behind that of b']])
  nowMs += HOUR
  await watch.look()
  assert.deepEqual(alarms.active(), [])
  clocks.b = 1
  await watch.look()
  delete clocks.b
  await watch.look()
  assert.deepEqual(alarms.active(), [], 'nobody answers')
})

test.run()
