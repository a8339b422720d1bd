import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import type { Admission } from '../../../ring/network/layout.ts'
import { overusedInvites } from '../../../ring/network/revocation.ts'
import { FakeRing } from '../catalog/fake-ring.ts'

const guest = (name: string, admittedAtMs: number, changes: Partial<Admission> = {}): Admission =>
  ({ peerId: `peer-${name}` as PeerId, role: 'peer', name, inviteKey: 'ab', uses: 1, admittedAtMs, ...changes })

test('of machines that used one invite up on two sides of a cut the earliest stays, in whatever order they are read', () => {
  const [porch, garage] = [guest('porch', 5), guest('garage', 6)]
  for (const order of [[porch, garage], [garage, porch]]) {
    assert.deepEqual(overusedInvites(order).map(({ peerId, reason }) => [peerId, reason]), [['peer-garage', 'its invite had been used by porch']])
  }
  assert.deepEqual(overusedInvites([guest('b', 5), guest('a', 5)]).map(({ name }) => name), ['b'], 'the lower peer id, in the same millisecond')
  assert.deepEqual(overusedInvites([porch, guest('garage', 6, { inviteKey: 'cd' })]), [])
  assert.deepEqual(overusedInvites([guest('porch', 5, { uses: 2 }), guest('garage', 6, { uses: 2 }), guest('yard', 7, { uses: 2 })]).map(({ name }) => name), ['yard'])
  assert.deepEqual(overusedInvites([guest('porch', 5, { uses: undefined }), guest('garage', 6, { uses: undefined })]), [], 'admitted before uses were noted')
})

test('two nodes that were cut off from each other and let two machines in by one invite agree on who stays when they meet', async () => {
  const ring = new FakeRing()
  try {
    const [alder, birch] = [await ring.node('alder'), await ring.node('birch')]
    await alder.catalog.putAdmission(guest('porch', 5))
    await birch.catalog.putAdmission(guest('garage', 6))
    await birch.catalog.putLayout({ peerId: 'peer-garage' as PeerId, name: 'garage', zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 6 })
    await alder.catalog.syncWith(birch.id)
    await birch.catalog.syncWith(alder.id)
    for (const { catalog } of [alder, birch]) {
      assert.deepEqual(catalog.revocations().map(({ peerId, by }) => [peerId, by]), [['peer-garage', '']])
      assert.deepEqual([catalog.isRevoked('peer-garage' as PeerId), catalog.isRevoked('peer-porch' as PeerId)], [true, false])
    }
    const [revocation] = alder.catalog.revocations()
    if (revocation !== undefined) await alder.catalog.putRevocation(revocation)
    assert.equal(alder.catalog.layout()[0]?.state, 'gone')
  } finally {
    await ring.end()
  }
})

test.run()
