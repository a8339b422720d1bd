import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { createUnderstandingCoverage } from '../../../../node/understanding/analysis/coverage.ts'
import { createRingFailures, type RingFailures } from '../../../../node/understanding/analysis/ring-failures.ts'
import { createFakeNetwork } from '../../../support/fake-network.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'
import { until } from '../../../support/until.ts'

const test = suite('what the ring could not understand')
const NAMES = ['alder', 'birch', 'cedar'] as const

function someRing(failures: Record<typeof NAMES[number], Record<string, number>>) {
  const net = createFakeNetwork()
  const members = (self: string) => NAMES.map((name) => ({ name, peerId: name as never as PeerId, self: name === self, alive: net.isUp(name as never) }))
  const all = NAMES.map((name) => createRingFailures({ ring: { network: net.join(name as never), membership: { members: () => members(name) as never } }, analyses: { failures: () => new Map(Object.entries(failures[name])) } }, { timeoutMs: 200 }))
  return { net, all }
}

test('every node tells the same: the sum of what each could not', async () => {
  const { all } = someRing({ alder: { 'analysis@1': 2 }, birch: { 'analysis@1': 3, 'text@a': 1 }, cedar: {} })
  for (const one of all) {
    const { counts, silent } = await one.counts()
    assert.deepEqual([Object.fromEntries(counts), silent], [{ 'analysis@1': 5, 'text@a': 1 }, []])
  }
})

test('who does not answer in time, and who is away, is named, and the rest is told', async () => {
  const { net, all: [alder] } = someRing({ alder: { 'analysis@1': 2 }, birch: { 'analysis@1': 3 }, cedar: { 'analysis@1': 9 } })
  net.hang('birch' as never)
  net.kill('cedar' as never)
  let told: Awaited<ReturnType<RingFailures['counts']>> | undefined
  void alder!.counts().then((answer) => { told = answer })
  const { counts, silent } = await until(() => told, 'it is told')
  assert.deepEqual([counts.get('analysis@1'), silent], [2, ['birch', 'cedar']])
})

test('the settings count what any node could not understand, and say who was not heard', async () => {
  const { net, all: [alder] } = someRing({ alder: {}, birch: { 'analysis@1': 1 }, cedar: {} })
  net.kill('cedar' as never)
  const { ring } = createLibraryRing()
  const view = await createUnderstandingCoverage({ ring, failures: alder!, wanted: { of: () => [] }, inference: { model: () => undefined, whyNot: () => 'no model' }, whyOff: () => 'no model', settings: { faces: () => undefined, vocabulary: () => [] } }).view()
  assert.deepEqual([view.tasks.find(({ task }) => task === 'analyse')?.failed, view.coverage.silent], [1, ['cedar']])
})

test.run()
