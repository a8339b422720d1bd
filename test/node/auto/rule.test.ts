import assert from 'node:assert/strict'
import { test } from 'uvu'
import { follow, decide, type Decision, LITTLE_DISK_BYTES, type Surroundings, wouldFound } from '../../../node/auto/rule.ts'

const RING = { ring: 'ab12cd34ef56ab12', at: '10.0.0.2', via: 'mDNS' }
const bare: Surroundings = { isNode: false, invite: undefined, cameras: 0, freeBytes: 10 * LITTLE_DISK_BYTES, rings: [], rivals: [], self: 'b', waitedMs: 60_000 }
const of = (change: Partial<Surroundings>): Decision => decide({ ...bare, ...change })
const why = (change: Partial<Surroundings>): string => {
  const decision = of(change)
  assert.equal(decision.become, 'nothing')
  return 'why' in decision ? decision.why : ''
}

test('a folder that is a node’s stays one, whatever else there is', () => {
  assert.deepEqual(of({ isNode: true, invite: 'peer', rings: [RING], rivals: ['a'], waitedMs: 0 }), { become: 'node', how: 'return' })
})

test('an invite decides at once: its role is the machine’s', () => {
  assert.deepEqual(of({ invite: 'node', cameras: 2, freeBytes: 0, waitedMs: 0 }), { become: 'node', how: 'join' })
  assert.deepEqual(of({ invite: 'peer', cameras: 1, waitedMs: 0 }), { become: 'peer' })
  assert.match(why({ invite: 'peer' }), /no camera is here: plug one in/)
})

test('an invite that can not be read is waited for and said, and no ring is founded meanwhile', () => {
  assert.equal(why({ unread: 'the file "invite" holds no invite' }), 'the file "invite" holds no invite')
  assert.deepEqual(of({ isNode: true, unread: 'x' }), { become: 'node', how: 'return' })
})

test('a camera that is here and can not be used is said with its reason', () => {
  assert.match(why({ invite: 'peer', refused: ['HD Webcam: permission denied: add this user to the group "video"'] }), /no camera here can be used \(HD Webcam: permission denied: add this user to the group "video"\), or add --camera/)
})

test('a ring that is noticed is not entered without an invite, and none is founded beside it; it is said which invite to print', () => {
  assert.match(why({ rings: [RING] }), /^ring ab12cd34ef56 at 10\.0\.0\.2 \(mDNS\) is here.*"thatdam invite node".*--join INVITE/)
  assert.match(why({ rings: [RING], cameras: 1, freeBytes: LITTLE_DISK_BYTES - 1 }), /"thatdam invite peer"/)
  assert.match(why({ rings: [RING], cameras: 1 }), /"thatdam invite node"/)
})

test('a machine with cameras and little disk founds no ring', () => {
  assert.match(why({ cameras: 1, freeBytes: LITTLE_DISK_BYTES - 1 }), /founds none/)
})

test('a ring is founded when nobody was noticed for a while', () => {
  assert.match(why({ waitedMs: 14_999 }), /looking for a ring/)
  assert.deepEqual(of({ waitedMs: 15_000 }), { become: 'node', how: 'found' })
})

test('of any machines that look at the same time exactly one founds', () => {
  for (const signs of [['a', 'b'], ['c', 'a', 'b'], ['e', 'd', 'c', 'b', 'a']]) {
    const founders = signs.filter((self) => of({ self, rivals: signs.filter((sign) => sign !== self) }).become === 'node')
    assert.deepEqual(founders, ['a'])
  }
})

test('a machine that would found none is not waited for: it does not say that it looks', () => {
  for (const none of [{ cameras: 1, freeBytes: 0 }, { unread: 'half an invite' }, { invite: 'peer' }, { rings: [RING] }, { isNode: true }] as const) assert.equal(wouldFound({ ...bare, ...none }), false, JSON.stringify(none))
  assert.equal(wouldFound({ ...bare, waitedMs: 0, rivals: ['a'] }), true)
})

test('a node goes to another ring only when it is invited there, and only out of one that is empty', () => {
  const [own, other] = ['a'.repeat(64), 'b'.repeat(64)]
  const seen = [{ ring: own.slice(0, 16), at: '10.0.0.1', via: 'mDNS' }]
  assert.deepEqual(follow({ ringId: own, invited: undefined, whyKept: undefined, rings: seen }), { go: false, why: '' }, 'its own ring is no other')
  assert.equal(follow({ ringId: own, invited: other, whyKept: undefined, rings: [] }).go, true)
  assert.equal(follow({ ringId: own, invited: own, whyKept: undefined, rings: [] }).go, false, 'it is there already')
  for (const whyKept of ['it knows cameras', 'it holds 3 assets', 'other machines are or were in it']) {
    const answer = follow({ ringId: own, invited: other, whyKept, rings: [] })
    assert.equal(answer.go, false)
    assert.match(answer.why, new RegExp(`not empty \\(${whyKept}\\): it stays`))
  }
  const told = follow({ ringId: own, invited: undefined, whyKept: undefined, rings: [...seen, { ring: other.slice(0, 16), at: '10.0.0.2', via: 'mDNS' }] })
  assert.equal(told.go, false)
  assert.match(told.why, /ring bbbbbbbbbbbb at 10\.0\.0\.2 \(mDNS\) is here, and this node is alone in an empty one: .*thatdam invite node/)
})

test.run()
