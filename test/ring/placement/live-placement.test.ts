import assert from 'node:assert/strict'
import { test } from 'uvu'
import { PARTITIONS, type CameraId, type Partition, type PeerId } from '#protocols/ids.ts'
import type { LayoutEntry } from '../../../ring/network/layout.ts'
import { createPlacement } from '../../../ring/placement/live-placement.ts'
import { memoryLayout } from '../network/test-hosts.ts'

const NAMES = ['alder', 'birch', 'cedar', 'dogwood', 'elm'] as PeerId[]
const entry = (peerId: PeerId, state: LayoutEntry['state'] = 'active'): LayoutEntry => ({ peerId, name: peerId, zone: '', weight: 1, state, addresses: [], joinedAtMs: 0 })

async function placed(count: number): Promise<{ layout: ReturnType<typeof memoryLayout>; dead: Set<PeerId>; placement: ReturnType<typeof createPlacement> }> {
  const layout = memoryLayout()
  const dead = new Set<PeerId>()
  const placement = createPlacement({ layout, membership: { isAlive: (peer) => !dead.has(peer) }, self: 'alder' as PeerId })
  for (const name of NAMES.slice(0, count)) await layout.putLayout(entry(name))
  return { layout, dead, placement }
}

test('a chunk is kept on three nodes, on two in a ring of two, on one in a ring of one', async () => {
  for (const [nodes, replicas] of [[1, 1], [2, 2], [3, 3], [5, 3]] as const) {
    const { placement } = await placed(nodes)
    assert.equal(placement.replicas, replicas)
    assert.equal(placement.owners(0 as Partition).length, replicas)
  }
})

test('writes go to the live owners and then to the next in line, as many as before', async () => {
  const { placement, dead } = await placed(5)
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const [first, second, third, fourth] = placement.ranking(partition as Partition)
    dead.clear()
    assert.deepEqual(placement.targets(partition as Partition), [first, second, third])
    dead.add(second as PeerId)
    assert.deepEqual(placement.targets(partition as Partition), [first, third, fourth])
    assert.deepEqual(placement.owners(partition as Partition), [first, second, third])
  }
})

test('a camera moves to the next in line when its node dies, and back', async () => {
  const { placement, dead } = await placed(4)
  const home = placement.homeOf('porch' as CameraId)
  dead.add(home)
  assert.ok(placement.homeOf('porch' as CameraId) !== home)
  dead.clear()
  assert.equal(placement.homeOf('porch' as CameraId), home)
})

test('a node that is draining or gone owns nothing, as soon as the layout says so', async () => {
  const { placement, layout } = await placed(4)
  await layout.putLayout(entry('cedar' as PeerId, 'draining'))
  await layout.putLayout(entry('birch' as PeerId, 'gone'))
  for (let partition = 0; partition < PARTITIONS; partition++) assert.deepEqual([...placement.ranking(partition as Partition)].sort(), ['alder', 'dogwood'])
})

test('before there is a layout everything is at home here', () => {
  const placement = createPlacement({ layout: memoryLayout(), membership: { isAlive: () => true }, self: 'alder' as PeerId })
  assert.equal(placement.homeOf('porch' as CameraId), 'alder')
  assert.deepEqual(placement.targets(3 as Partition), [])
})

test.run()
