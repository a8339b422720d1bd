import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { NotAcceptableOfferError, NotFoundError, OverloadedError, PreconditionRequiredError } from '#protocols/errors.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { Member } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createRingViewers } from '../../../../node/live/whep/ring-viewers.ts'
import type { WhepSessions } from '../../../../node/live/whep/whep-sessions.ts'
import { createFakeNetwork, type FakeNetwork } from '../../../support/fake-network.ts'

const test = suite('viewers for whom there is no room')
const PORCH = 'porch' as CameraId
const ID = 'a'.repeat(22)
const [FULL, FREE, THIRD] = ['full', 'free', 'third'] as unknown as [PeerId, PeerId, PeerId]

interface Stub extends WhepSessions { readonly said: string[]; full: boolean }

/** The sessions of a node that is full, or takes one viewer. */
function sessions(full: boolean): Stub {
  const stub: Stub = {
    said: [], full,
    async create(camera, offer, { lowDelay = false } = {}) {
      if (stub.full) throw new OverloadedError('this node is full')
      if (offer === 'nonsense') throw new NotAcceptableOfferError('nothing in it')
      stub.said.push(`create ${camera} ${offer}${lowDelay ? ' at once' : ''}`)
      return offer === 'VP8' ? { id: ID, offer: 'ours', validUntilMs: 9 } : { id: ID, answer: 'v=0 answer', tag: '"one"' }
    },
    async accept(_camera, id, answer) { stub.said.push(`accept ${id} ${answer}`) },
    async patch(_camera, id, fragment, ifMatch) {
      stub.said.push(`patch ${id} ${fragment} ${ifMatch}`)
      if (ifMatch === undefined) throw new PreconditionRequiredError('send If-Match')
      return ifMatch === '*' ? { tag: '"two"', fragment: 'a=ice-ufrag:new' } : undefined
    },
    async close(_camera, id) {
      if (stub.full) throw new NotFoundError('no such session')
      stub.said.push(`close ${id}`)
    },
    knows: () => true, has: () => false, count: () => (stub.full ? 9 : 0), start() {}, stop() {}
  }
  return stub
}

let network: FakeNetwork
let full: Stub
let free: Stub
let viewers: WhepSessions
const alive = new Map<PeerId, number>()
const membersAs = (self: PeerId) => (): Member[] => [...alive].map(([peerId, viewers]) => ({ peerId, self: peerId === self, alive: true, state: 'active', presence: { viewers } }) as unknown as Member)

function node(peer: PeerId, own: WhepSessions): WhepSessions {
  alive.set(peer, own.count())
  return createRingViewers({ own, log: silentLog, ring: { network: network.join(peer), membership: { members: membersAs(peer) } } })
}

test.before.each(() => {
  alive.clear()
  network = createFakeNetwork()
  full = sessions(true)
  free = sessions(false)
  viewers = node(FULL, full)
  node(FREE, free)
})

test('an offer is handed to the node that serves fewer, and its session is kept as one of this node', async () => {
  assert.deepEqual(await viewers.create(PORCH, 'v=0', { lowDelay: true }), { id: ID, answer: 'v=0 answer', tag: '"one"' })
  assert.ok(viewers.has(PORCH, ID))
  assert.ok(!viewers.has('garden' as CameraId, ID), 'a session is of its camera only')
  assert.equal(await viewers.patch(PORCH, ID, 'a=mid:0', '"one"'), undefined)
  assert.deepEqual(await viewers.patch(PORCH, ID, 'a=mid:0', '*'), { tag: '"two"', fragment: 'a=ice-ufrag:new' })
  await assert.rejects(viewers.patch(PORCH, ID, 'a=mid:0', undefined), PreconditionRequiredError)
  await viewers.close(PORCH, ID)
  assert.ok(!viewers.has(PORCH, ID))
  await assert.rejects(viewers.close(PORCH, ID), NotFoundError)
  assert.deepEqual(free.said, ['create porch v=0 at once', `patch ${ID} a=mid:0 "one"`, `patch ${ID} a=mid:0 *`, `patch ${ID} a=mid:0 undefined`, `close ${ID}`])
})

test('an offer of the other node\'s comes back, and its answer goes there', async () => {
  assert.deepEqual(await viewers.create(PORCH, 'VP8'), { id: ID, offer: 'ours', validUntilMs: 9 })
  await viewers.accept(PORCH, ID, 'yes')
  assert.deepEqual(free.said, ['create porch VP8', `accept ${ID} yes`])
})

test('a node that has room keeps its viewers', async () => {
  full.full = false
  await viewers.create(PORCH, 'v=0')
  assert.deepEqual([full.said.length, free.said.length], [1, 0])
})

test('nobody is handed on twice, and what a full node hears of another that is full, or gone, is its own no', async () => {
  free.full = true
  const third = sessions(false)
  node(THIRD, third)
  alive.set(THIRD, 5) // more than the second, which is full without having said so yet
  await assert.rejects(viewers.create(PORCH, 'v=0'), { message: 'this node is full' })
  assert.deepEqual(third.said, [])
  network.kill(FREE)
  await assert.rejects(viewers.create(PORCH, 'v=0'), { message: 'this node is full' })
  alive.clear()
  await assert.rejects(viewers.create(PORCH, 'v=0'), OverloadedError)
})

test('sessions that were handed on are remembered until the other node says that they are over; then there is room for others', async () => {
  const over = new Set<string>()
  let made = 0
  const other: WhepSessions = {
    ...free,
    create: async () => ({ id: `session-number-${String(++made).padStart(6, '0')}`, answer: '', tag: '' }),
    async patch(_camera, id) {
      if (over.has(id)) throw new NotFoundError('no such session')
      throw new PreconditionRequiredError('send If-Match')
    }
  }
  alive.clear()
  viewers = createRingViewers({ own: full, log: silentLog, ring: { network: network.join('small' as PeerId), membership: { members: membersAs('small' as PeerId) } } }, { maxHandedOn: 3 })
  alive.set('small' as PeerId, 9)
  node(THIRD, other)
  const ids: string[] = []
  for (let i = 0; i < 3; i++) ids.push((await viewers.create(PORCH, 'v=0')).id)
  await assert.rejects(viewers.create(PORCH, 'v=0'), OverloadedError)
  assert.ok(ids.every((id) => viewers.has(PORCH, id)), 'none is forgotten for its age')
  over.add(ids[1]!)
  ids.push((await viewers.create(PORCH, 'v=0')).id)
  assert.deepEqual(ids.map((id) => viewers.has(PORCH, id)), [true, false, true, true])
  over.add(ids[0]!)
  await assert.rejects(viewers.patch(PORCH, ids[0]!, '', undefined), NotFoundError)
  assert.ok(!viewers.has(PORCH, ids[0]!))
})

test('what is wrong with an offer is said as the other node says it', async () => {
  await assert.rejects(viewers.create(PORCH, 'nonsense'), NotAcceptableOfferError)
})

test.run()
