import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { emitter } from '#ring/base/emitter.ts'

const test = suite('emitter')

test('a listener that fails is reported, and stops neither the others nor whoever emits', () => {
  const failures: unknown[] = []
  const { on, emit } = emitter<number>((err) => failures.push(err))
  const heard: number[] = []
  on((n) => heard.push(n))
  on(() => { throw new Error('no') })
  on((n) => heard.push(-n))
  emit(1)
  assert.deepEqual([heard, failures.map(String)], [[1, -1], ['Error: no']])
})

test('whoever left hears no more', () => {
  const { on, emit } = emitter<number>()
  const heard: number[] = []
  const leave = on((n) => heard.push(n))
  emit(1)
  leave()
  emit(2)
  assert.deepEqual(heard, [1])
})

test.run()
