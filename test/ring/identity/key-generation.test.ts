import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { certificateCodec } from '#protocols/join.ts'
import { issueCertificate } from '../../../ring/identity/certificate.ts'
import { type KeyGeneration, settleKey, signGeneration } from '../../../ring/identity/key-generation.ts'
import { keyOfPeer, publicKeyOf, ringIdOf } from '../../../ring/identity/ring-key.ts'
import { peerIdOfSeed } from '../../../ring/network/host.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const first = randomBytes(32)
const firstKey = hex(publicKeyOf(first))
const ringId = ringIdOf(publicKeyOf(first))

interface Machine { readonly seed: Uint8Array; readonly id: PeerId }
const machine = async (): Promise<Machine> => {
  const seed = randomBytes(32)
  return { seed, id: await peerIdOfSeed(seed) }
}
const [alder, birch, mallory, puppet] = await Promise.all([machine(), machine(), machine(), machine()]) as [Machine, Machine, Machine, Machine]
const all: Record<PeerId, 'node'> = Object.fromEntries([alder, birch, mallory].map(({ id }) => [id, 'node' as const]))
const without = (...gone: Machine[]): Record<PeerId, 'node'> => Object.fromEntries(Object.entries(all).filter(([id]) => !gone.some((one) => one.id === id))) as Record<PeerId, 'node'>

/** A change of key made by `author`, who proves membership with `by`, a seed of the key before. */
function change(author: Machine, { by = first, previous = hex(publicKeyOf(by)), members = all, certified = true }: { by?: Uint8Array; previous?: string; members?: Record<PeerId, 'node'>; certified?: boolean } = {}): KeyGeneration & { seed: Uint8Array } {
  const seed = randomBytes(32)
  const certificate = certified ? hex(certificateCodec.encode(issueCertificate(by, { ringId, peerId: author.id, role: 'node' }, 1))) : ''
  const entry = signGeneration(author.seed, { ringKey: hex(publicKeyOf(seed)), previous, author: author.id, certificate, members, removed: [], createdAtMs: 1 })
  return Object.defineProperty(entry as KeyGeneration & { seed: Uint8Array }, 'seed', { value: seed, enumerable: false })
}

const settle = (generations: KeyGeneration[], { pinned = firstKey, revoked = [] as Machine[] } = {}) =>
  settleKey({ ringId, pinned, generations, isRevoked: (peer) => revoked.some(({ id }) => id === peer) })

test('a peer id holds the key that noise proves', () => {
  assert.equal(hex(keyOfPeer(alder.id) ?? new Uint8Array()), hex(publicKeyOf(alder.seed)))
  for (const text of ['', 'alder', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', `${alder.id}x`, '0OIl']) assert.equal(keyOfPeer(text as PeerId), undefined, text)
})

test('a ring without a change goes by its first key, one with changes by the last', () => {
  assert.deepEqual([settle([]).ringKey, settle([]).generation], [firstKey, 0])
  const second = change(alder)
  const third = change(birch, { by: second.seed })
  assert.equal(settle([third, second]).ringKey, third.ringKey)
  assert.equal(settle([third, second]).generation, 2)
  assert.equal(settle([third]).ringKey, firstKey, 'a link is missing')
  assert.equal(settle([], { pinned: third.ringKey }).ringKey, third.ringKey, 'the root document is not here yet')
})

test('two changes made at once settle on the same one from either side, and what was built on the other is dropped', () => {
  for (let round = 0; round < 8; round++) {
    const [one, other] = [change(alder), change(birch)]
    const lowest = one.ringKey < other.ringKey ? one : other
    const longer = [one, other, change(alder, { by: one.seed }), change(birch, { by: other.seed })]
    for (const pinned of [firstKey, one.ringKey, other.ringKey]) assert.equal(settle([one, other], { pinned }).ringKey, lowest.ringKey)
    const ends = longer.slice(2).map(({ ringKey }) => settle(longer, { pinned: ringKey }).ringKey)
    assert.equal(ends[0], ends[1])
  }
})

test("the change of a node that was removed counts for nothing, however it is dressed", () => {
  const ours = change(alder, { members: without(mallory) })
  const theirs = change(mallory)
  for (const pinned of [firstKey, ours.ringKey]) assert.equal(settle([theirs, ours], { pinned, revoked: [mallory] }).ringKey, ours.ringKey)
  assert.equal(settle([theirs], { revoked: [mallory] }).ringKey, firstKey)
  assert.equal(settle([{ ...theirs, author: alder.id }], { revoked: [mallory] }).ringKey, firstKey, 'signed by another than it says')
  assert.equal(settle([{ ...ours, members: all }]).ringKey, firstKey, 'the roll was changed')
})

test('whoever holds only the old seed announces nothing to those who know the new key, under any name', () => {
  const ours = change(alder, { members: without(mallory) })
  for (let round = 0; round < 8; round++) {
    const chain = [change(puppet, { members: { [puppet.id]: 'node' } })]
    for (let length = 0; length < 3; length++) chain.push(change(puppet, { by: chain.at(-1)?.seed ?? first, members: { [puppet.id]: 'node' } }))
    const late = change(puppet, { previous: ours.ringKey })
    assert.equal(settle([...chain, late, ours], { pinned: ours.ringKey, revoked: [mallory] }).ringKey, ours.ringKey)
  }
})

test('a node that believed it comes back once that name is removed too', () => {
  const ours = change(alder, { members: without(mallory) })
  const theirs = change(puppet, { members: { [puppet.id]: 'node' } })
  assert.equal(settle([theirs, ours], { pinned: theirs.ringKey, revoked: [mallory] }).ringKey, theirs.ringKey)
  assert.equal(settle([theirs, ours], { pinned: theirs.ringKey, revoked: [mallory, puppet] }).ringKey, ours.ringKey)
})

test('a key made by a node that was removed later stays, when a member built on it or nothing better is there', () => {
  const second = change(alder)
  const third = change(birch, { by: second.seed, members: without(alder) })
  for (const pinned of [firstKey, second.ringKey, third.ringKey]) assert.equal(settle([second, third], { pinned, revoked: [alder] }).ringKey, third.ringKey)
  assert.equal(settle([second], { pinned: second.ringKey, revoked: [alder] }).ringKey, second.ringKey)
})

test('a node that never got the seed of a key may replace it: the roll names it', () => {
  const second = change(alder)
  const third = change(birch, { previous: second.ringKey, certified: false })
  assert.equal(settle([second, third]).ringKey, third.ringKey)
  assert.equal(settle([second, change(puppet, { previous: second.ringKey, certified: false })]).ringKey, second.ringKey)
})

test.run()
