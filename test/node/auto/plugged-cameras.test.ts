import assert from 'node:assert/strict'
import { test } from 'uvu'
import { emitter } from '#ring/base/emitter.ts'
import { type NamedSource, oncePlugged } from '../../../node/auto/plugged-cameras.ts'

test('the process for cameras is started with the first that is plugged in, once, and is stopped with the node', async () => {
  const done: string[] = []
  const usable: NamedSource[] = []
  const changed = emitter<void>()
  const cameras = oncePlugged({ usable: () => usable, refused: () => [], changed, start() { done.push('look') }, stop() { done.push('look no more') } }, { start() { done.push('start') }, stop() { done.push('stop') } })
  await cameras.start()
  assert.deepEqual([done, cameras.begun()], [['look'], false])
  usable.push({ name: 'attic Webcam 1', source: 'v4l2:usb-A' })
  changed.emit()
  changed.emit()
  assert.deepEqual([done, cameras.begun()], [['look', 'look no more', 'start'], true])
  await cameras.stop()
  assert.equal(done.at(-1), 'stop')
})

test('a node that never had a camera has nothing to stop', async () => {
  const done: string[] = []
  const cameras = oncePlugged({ usable: () => [], refused: () => [], changed: emitter<void>(), start() {}, stop() {} }, { start() { done.push('start') }, stop() { done.push('stop') } })
  await cameras.start()
  await cameras.stop()
  assert.deepEqual(done, [])
})

test.run()
