import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { ModelToOpen } from '../../../../node/understanding/inference/asks.ts'
import { openModelProcess, ProcessEndedError } from '../../../../node/understanding/inference/model-process.ts'
import { createModelQueue } from '../../../../node/understanding/inference/model-queue.ts'

const program = new URL('./crashing-child.ts', import.meta.url)
const model: ModelToOpen = { id: 'm', family: 'vision', folder: '/nowhere', dtype: 'fp32', threads: 1, provider: 'cpu' }

test('a process answers each input, and says why it can not', async () => {
  const process = await openModelProcess({ program, model })
  try {
    assert.deepEqual((await process.run('embed-queries', ['a', 'abc'])).map(([length]) => length), [1, 3])
    await assert.rejects(process.run('embed-queries', ['fail']), /it can not read this/)
    await assert.rejects(process.run('transcribe', [{ samples: new Float32Array(1) }]), /can not be asked to transcribe/)
    assert.ok(process.bytes > 1e7, 'it tells its memory')
  } finally {
    await process.end()
  }
  assert.equal(process.alive, false)
})

test('what can not be opened says why, and leaves no process', async () => {
  await assert.rejects(openModelProcess({ program, model: { ...model, folder: '/unopenable' } }), /its files are damaged/)
  await assert.rejects(openModelProcess({ program: new URL('./no-such-child.ts', import.meta.url), model }), ProcessEndedError)
})

test('a process that is ended by a signal, or silent for too long, ends what it was at work on', async () => {
  const crashing = await openModelProcess({ program, model })
  await assert.rejects(crashing.run('embed-queries', ['crash']), (err: Error) => err instanceof ProcessEndedError && /SIGSEGV/.test(err.message))
  const silent = await openModelProcess({ program, model, silenceMs: 1_500 })
  await assert.rejects(silent.run('embed-queries', ['hang']), ProcessEndedError)
})

test('a crash costs nobody else their answer: what was with it is run again, and only what crashes thrice fails', async () => {
  let opened = 0
  const queue = createModelQueue({ batch: 8, open: (signal) => { opened++; return openModelProcess({ program, model, signal }) } })
  try {
    const [good, bad, other] = await Promise.allSettled([queue.ask('embed-queries', ['a', 'bb']), queue.ask('embed-queries', ['crash']), queue.ask('embed-queries', ['ccc'])])
    assert.deepEqual(good.status === 'fulfilled' && good.value.map(([length]) => length), [1, 2])
    assert.equal(other.status, 'fulfilled')
    assert.ok(bad.status === 'rejected' && /3 processes ended over it/.test(String(bad.reason)))
    assert.equal(opened, 4, 'one with all, two alone with what crashes, one for the others')
  } finally {
    await queue.stop(new Error('over'))
  }
})

test.run()
