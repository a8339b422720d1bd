import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createAlarms, MAX_ALARM_CHARACTERS, MAX_ALARMS } from '../../../ring/base/alarms.ts'

test('an alarm stands from the first time it was raised until it is cleared', () => {
  let nowMs = 1_000
  const alarms = createAlarms({ now: () => nowMs })
  alarms.raise({ key: 'disk-full', severity: 'warning', message: 'little space is left' })
  nowMs = 2_000
  alarms.raise({ key: 'disk-full', severity: 'critical', message: 'no space is left' })
  assert.equal(alarms.active(), [{ key: 'disk-full', severity: 'critical', message: 'no space is left', sinceMs: 1_000 }])
  alarms.clear('disk-full')
  assert.equal(alarms.active(), [])
})

test('only what changes something is told', () => {
  const alarms = createAlarms()
  let told = 0
  alarms.changed.on(() => { told++ })
  alarms.raise({ key: 'a', severity: 'warning', message: 'one' })
  alarms.raise({ key: 'a', severity: 'warning', message: 'one' })
  alarms.clear('b')
  assert.is(told, 1)
  alarms.clear('a')
  assert.is(told, 2)
})

test('neither a long message nor many alarms fill the memory', () => {
  const alarms = createAlarms()
  for (let i = 0; i < MAX_ALARMS + 5; i++) alarms.raise({ key: `${i}`, severity: 'warning', message: 'x'.repeat(10_000) })
  assert.is(alarms.active().length, MAX_ALARMS)
  assert.is(alarms.active()[0]?.message.length, MAX_ALARM_CHARACTERS)
})

test.run()
