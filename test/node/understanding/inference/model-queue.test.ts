import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { ModelProcess } from '../../../../node/understanding/inference/model-process.ts'
import { createModelQueue, type ModelQueueInit } from '../../../../node/understanding/inference/model-queue.ts'
import { until } from '../../../support/until.ts'

/** Answers when it is let; tells what it was given. */
function fakeProcess() {
  const runs: Array<{ readonly inputs: readonly string[]; readonly signal: AbortSignal | undefined; readonly done: (fail?: Error) => void }> = []
  const state = { opened: 0, ended: 0 }
  const open = async (): Promise<ModelProcess> => {
    state.opened++
    let [alive, count] = [true, 0]
    return {
      get alive() { return alive }, get runs() { return count }, bytes: 1,
      async run(_ask, inputs, { signal } = {}) {
        count++
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        runs.push({ inputs: inputs as unknown as string[], signal, done: (fail) => (fail === undefined ? resolve() : reject(fail)) })
        await promise
        return inputs.map((text) => Float32Array.of((text as string).length)) as never
      },
      async end() {
        if (alive) state.ended++
        alive = false
      }
    }
  }
  return { open, runs, state, run: (place: number) => until(() => runs[place], `run ${place}`) }
}

const queueOf = (fake: ReturnType<typeof fakeProcess>, init: Partial<ModelQueueInit> = {}) => createModelQueue({ open: fake.open, batch: 4, ...init })

test('inputs of several callers share a run, each caller gets its own answers, and who waits comes first', async () => {
  const fake = fakeProcess()
  const queue = queueOf(fake)
  const first = queue.ask('embed-queries', ['1'])
  await fake.run(0)
  const [background, urgent] = [queue.ask('embed-queries', ['22', '333', '4444']), queue.ask('embed-queries', ['55555', '666666'], { urgent: true })]
  fake.runs[0]!.done()
  assert.deepEqual((await fake.run(1)).inputs, ['55555', '666666', '22', '333'])
  fake.runs[1]!.done()
  assert.deepEqual((await urgent).map(([length]) => length), [5, 6])
  ;(await fake.run(2)).done()
  assert.deepEqual((await background).map(([length]) => length), [2, 3, 4])
  assert.deepEqual((await first).map(([length]) => length), [1])
  await queue.stop(new Error('over'))
  assert.equal(fake.state.ended, 1)
})

test('different questions to one model are not put into one run', async () => {
  const fake = fakeProcess()
  const queue = queueOf(fake)
  const asked = [queue.ask('embed-queries', ['a']), queue.ask('embed-sentences', ['b']), queue.ask('embed-queries', ['c'])]
  ;(await fake.run(0)).done()
  ;(await fake.run(1)).done()
  await Promise.all(asked)
  assert.deepEqual(fake.runs.map(({ inputs }) => inputs), [['a', 'c'], ['b']])
  await queue.stop(new Error('over'))
})

test('when a run of several fails each is tried by itself, so that only the bad one fails', async () => {
  const fake = fakeProcess()
  const queue = queueOf(fake)
  const [good, bad] = [queue.ask('embed-queries', ['good']), queue.ask('embed-queries', ['bad'])]
  bad.catch(() => {})
  ;(await fake.run(0)).done(new Error('no'))
  ;(await fake.run(1)).done()
  ;(await fake.run(2)).done(new Error('bad input'))
  assert.equal((await good).length, 1)
  await assert.rejects(bad, /bad input/)
  await queue.stop(new Error('over'))
})

test('what nobody waits for any more is not run, and a run that nobody waits for is told so', async () => {
  const fake = fakeProcess()
  const queue = queueOf(fake, { batch: 1 })
  const [running, waiting] = [new AbortController(), new AbortController()]
  const [first, second] = [queue.ask('embed-queries', ['1'], { signal: running.signal }), queue.ask('embed-queries', ['2'], { signal: waiting.signal })]
  for (const each of [first, second]) each.catch(() => {})
  const run = await fake.run(0)
  waiting.abort(new Error('left'))
  running.abort(new Error('left, too'))
  await assert.rejects(second, /left/)
  await assert.rejects(first, /left, too/)
  assert.equal(run.signal?.aborted, true)
  const third = queue.ask('embed-queries', ['3'])
  run.done()
  ;(await fake.run(1)).done()
  await third
  assert.deepEqual(fake.runs.map(({ inputs }) => inputs[0]), ['1', '3'])
  await queue.stop(new Error('over'))
})

test('more callers or bytes than it takes are turned away', async () => {
  const fake = fakeProcess()
  const queue = queueOf(fake, { maxCalls: 2, maxBytes: 100 })
  const first = queue.ask('embed-queries', ['x'.repeat(49)])
  await assert.rejects(queue.ask('embed-queries', ['abc']), { code: 'ERR_OVERLOADED' })
  const second = queue.ask('embed-queries', ['a'])
  await assert.rejects(queue.ask('embed-queries', ['']), { code: 'ERR_OVERLOADED' })
  ;(await fake.run(0)).done()
  ;(await fake.run(1)).done()
  await Promise.all([first, second])
  assert.equal(queue.waiting, 0)
  await queue.stop(new Error('over'))
})

test('a process is replaced after its number of runs, and ended when nobody asks', async () => {
  const fake = fakeProcess()
  const queue = queueOf(fake, { runsPerProcess: 2, idleMs: 10 })
  for (const place of [0, 1, 2]) {
    const asked = queue.ask('embed-queries', ['a'])
    ;(await fake.run(place)).done()
    await asked
  }
  assert.ok(fake.state.opened >= 2)
  await until(() => fake.state.ended === fake.state.opened, 'the idle one is ended')
  await queue.stop(new Error('over'))
})

test('when the model can not be opened, or the node stops, everybody who waits hears why', async () => {
  const broken = createModelQueue({ batch: 1, open: async () => { throw new Error('damaged') } })
  await Promise.all([1, 2].map(() => assert.rejects(broken.ask('embed-queries', ['a']), /damaged/)))
  const fake = fakeProcess()
  const queue = queueOf(fake)
  const asked = queue.ask('embed-queries', ['a'])
  asked.catch(() => {})
  const run = await fake.run(0)
  const stopped = queue.stop(new Error('the node is stopping'))
  run.done()
  await stopped
  await assert.rejects(asked, /stopping/)
  await assert.rejects(queue.ask('embed-queries', ['a']), /stopping/)
})

test.run()
