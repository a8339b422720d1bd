import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { Member } from '#ring'
import { lessLoadedNode, placeViewer } from '../../../../node/live/send/placement.ts'

const test = suite('placement of viewers')
const limits = { localViewers: 4, maxWorkers: 2 }
const busy = { viewers: 100, load: 0.9 }
const local = { viewers: 4, load: 0.1 }

test('the first few viewers stay on the main thread, however busy it is', () => {
  assert.deepEqual(placeViewer({ viewers: 3, load: 1 }, [], limits), { type: 'local' })
  assert.deepEqual(placeViewer(local, [], limits), { type: 'start' })
})

test('the least busy thread takes the viewer, and of equals the one with fewer viewers', () => {
  assert.deepEqual(placeViewer(local, [{ viewers: 1, load: 0.4 }, { viewers: 9, load: 0.2 }], limits), { type: 'worker', at: 1, startAnother: false })
  assert.deepEqual(placeViewer(local, [{ viewers: 9, load: 0.2 }, { viewers: 1, load: 0.2 }], limits), { type: 'worker', at: 1, startAnother: false })
})

test('another thread is started before the ones there are full', () => {
  assert.deepEqual(placeViewer(local, [{ viewers: 50, load: 0.6 }], limits), { type: 'worker', at: 0, startAnother: true })
  assert.deepEqual(placeViewer(local, [{ viewers: 50, load: 0.6 }], { ...limits, maxWorkers: 1 }), { type: 'worker', at: 0, startAnother: false })
})

test('when every thread is busy and no more may be started, a viewer is refused', () => {
  assert.deepEqual(placeViewer(local, [busy], limits), { type: 'start' })
  assert.deepEqual(placeViewer(local, [busy, busy], limits), { type: 'full' })
  assert.deepEqual(placeViewer(local, [busy, { viewers: 3, load: 0.9 }], limits), { type: 'worker', at: 1, startAnother: false }, 'not by a thread that has hardly any')
})

const member = (name: string, viewers: number, more: Partial<Member> = {}): Member =>
  ({ peerId: name, name, self: false, alive: true, state: 'active', presence: { viewers }, ...more }) as unknown as Member

test('a viewer is sent to the live node that has the fewest, and only if that is fewer than here', () => {
  assert.equal(lessLoadedNode([member('a', 9), member('b', 3), member('c', 5)], 20), 'b')
  assert.equal(lessLoadedNode([member('a', 9)], 9), undefined)
  assert.equal(lessLoadedNode([member('a', 1, { self: true })], 9), undefined)
  assert.equal(lessLoadedNode([member('a', 1, { alive: false })], 9), undefined)
  assert.equal(lessLoadedNode([member('a', 1, { state: 'draining' })], 9), undefined)
})

test.run()
