import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { byCost, nodeChoice, worthMoving } from '../../peer/node-choice.ts'
import { FakeNode, fakeNetwork } from './fake-ring.ts'

const [alder, birch, cedar, dogwood] = ['alder', 'birch', 'cedar', 'dogwood'] as PeerId[] as [PeerId, PeerId, PeerId, PeerId]
const measured = (peer: PeerId, rttMs: number, cameras = 0, viewers = 0) => ({ peer, rttMs, cameras, viewers })

test('owners that are about as near and as busy stay in the order of the ring', () => {
  assert.deepEqual(byCost([measured(alder, 12), measured(birch, 1), measured(cedar, 20)]), [alder, birch, cedar])
})

test('a far owner, and one with many cameras or viewers, comes after the others; one that does not answer comes last', () => {
  assert.deepEqual(byCost([measured(alder, 180), measured(birch, 2), measured(cedar, 90)]), [birch, cedar, alder])
  assert.deepEqual(byCost([measured(alder, 1, 6), measured(birch, 2, 1), measured(cedar, 1, 0, 60)]), [birch, alder, cedar])
  assert.deepEqual(byCost([measured(alder, Infinity), measured(birch, 900)]), [birch, alder])
})

test('a camera moves only for a node that is much better with it on it, so that it does not come back', () => {
  assert.equal(worthMoving(measured(alder, 1, 12), [measured(birch, 1), measured(cedar, 1, 3)]), birch)
  assert.equal(worthMoving(measured(alder, 1, 10), [measured(birch, 1)]), undefined)
  assert.equal(worthMoving(measured(birch, 1, 1), [measured(alder, 1, 11)]), undefined, 'nor the other way')
  assert.equal(worthMoving(measured(alder, 180), [measured(birch, 2)]), birch)
  assert.equal(worthMoving(measured(alder, Infinity), [measured(birch, 2)]), undefined, 'its stream says when it is gone')
  assert.equal(worthMoving(measured(alder, 300), [measured(birch, Infinity)]), undefined)
})

test('only owners are measured; one that is silent costs no more than its time', async () => {
  const nodes = [alder, birch, cedar, dogwood].map((name) => new FakeNode(name))
  const [first, second, third, fourth] = nodes as [FakeNode, FakeNode, FakeNode, FakeNode]
  first.load = { cameras: 9, viewers: 0 }
  second.silent = true
  third.load = { cameras: 0, viewers: 0 }
  const alive = setInterval(() => {}, 1_000) // deadlines alone keep no process running
  const choice = nodeChoice({ network: fakeNetwork(nodes) }, { timeoutMs: 300 })
  assert.deepEqual(await choice.order([alder, birch, cedar, dogwood], new AbortController().signal), [cedar, alder, birch, dogwood])
  clearInterval(alive)
  assert.equal(fourth.stream, undefined)
})

test.run()
