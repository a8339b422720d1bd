import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import { type PartitionView, keepersOf, planRepair } from '../../../ring/replication/plan-repair.ts'

const test = suite('plan repair')
const peers = ['alder', 'birch', 'cedar', 'dogwood', 'elder'] as PeerId[]
const [alder, birch, cedar, dogwood] = peers as [PeerId, PeerId, PeerId, PeerId]

test('a silent node keeps its place until its time is over', () => {
  const silentFor = (silentMs: number) => (peer: PeerId) => (peer === birch ? { alive: false, silentMs } : { alive: true, silentMs: 0 })
  assert.deepEqual(keepersOf(peers, 3, silentFor(999), 1_000), [alder, birch, cedar])
  assert.deepEqual(keepersOf(peers, 3, silentFor(1_000), 1_000), [alder, cedar, dogwood])
})

test('a keeper pulls what it lacks, and pushes nothing', () => {
  const plan = planRepair(view({ self: alder, holdings: { alder: 'ab', birch: 'bc', cedar: 'c' } }))
  assert.deepEqual(plan.pull, [{ id: 'c', from: [birch, cedar] }])
  assert.deepEqual(plan.push, [])
  assert.deepEqual(plan.drop, [])
  assert.deepEqual([...plan.short].sort(), ['a', 'b', 'c'])
})

test('a node without a place pushes what keepers lack, and drops only what all owners hold', () => {
  const plan = planRepair(view({ self: dogwood, holdings: { alder: 'ab', birch: 'a', cedar: 'ab', dogwood: 'ab' } }))
  assert.deepEqual(plan.push, [{ id: 'b', to: [birch] }])
  assert.deepEqual(plan.drop, ['a'])
  assert.deepEqual(plan.pull, [])
})

test('nothing is dropped while an owner is away, could not be asked, or the layout is unsettled', () => {
  const all = { alder: 'a', birch: 'a', cedar: 'a', dogwood: 'a' }
  assert.deepEqual(planRepair(view({ self: dogwood, holdings: all })).drop, ['a'])
  assert.deepEqual(planRepair(view({ self: dogwood, holdings: all, alive: [alder, birch, dogwood] })).drop, [])
  assert.deepEqual(planRepair(view({ self: dogwood, holdings: { alder: 'a', birch: 'a', dogwood: 'a' } })).drop, [])
  assert.deepEqual(planRepair(view({ self: dogwood, holdings: all, settled: false })).drop, [])
  assert.deepEqual(planRepair(view({ self: dogwood, holdings: all, owners: [] })).drop, [])
})

test('while data moves keepers also take from the owners of before, who push nothing and let go of nothing', () => {
  const holdings = { alder: 'a', birch: 'a', cedar: 'a', dogwood: 'ab' }
  assert.deepEqual(planRepair(view({ self: alder, holdings, older: [birch, dogwood] })).pull, [{ id: 'b', from: [dogwood] }])
  const plan = planRepair(view({ self: dogwood, holdings, older: [birch, dogwood] }))
  assert.deepEqual([plan.push, plan.drop], [[], []])
})

test('nothing is dropped that an owner of before lacks, or while one of them is away', () => {
  const holdings = { alder: 'ab', birch: 'ab', cedar: 'ab', dogwood: 'a', elder: 'ab' }
  const elder = 'elder' as PeerId
  assert.deepEqual(planRepair(view({ self: elder, holdings, older: [dogwood] })).drop, ['a'])
  assert.deepEqual(planRepair(view({ self: elder, holdings, older: [dogwood], alive: [alder, birch, cedar, elder] })).drop, [])
})

test('carried out by everybody, any state ends with every keeper full and no chunk lost', () => {
  let state = 7
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor(state / 2_147_483_648 * below)
  }
  for (let round = 0; round < 500; round++) {
    const replicas = 1 + random(4)
    const alive = peers.filter(() => random(4) > 0)
    const owners = peers.slice(0, replicas)
    const keepers = keepersOf(peers, replicas, (peer) => ({ alive: alive.includes(peer), silentMs: 5_000 }), random(2) === 0 ? 1_000 : 10_000)
    const disks = new Map(peers.map((peer) => [peer, new Set(['a', 'b', 'c', 'd'].filter(() => random(3) === 0) as ChunkId[])]))
    const before = new Set(alive.flatMap((peer) => [...disks.get(peer) ?? []]))
    for (let turn = 0; turn < 3; turn++) {
      for (const self of alive) {
        const asked = [...new Set([self, ...keepers, ...owners])].filter((peer) => alive.includes(peer))
        const plan = planRepair({ self, owners, older: [], keepers, alive: new Set(alive), settled: true, holdings: new Map(asked.map((peer) => [peer, new Set(disks.get(peer))])) })
        for (const { id } of plan.pull) disks.get(self)?.add(id)
        for (const { id, to } of plan.push) for (const peer of to) disks.get(peer)?.add(id)
        for (const id of plan.drop) disks.get(self)?.delete(id)
      }
    }
    const after = new Set(alive.flatMap((peer) => [...disks.get(peer) ?? []]))
    assert.deepEqual([...after].sort(), [...before].sort(), 'no chunk is lost, none invented')
    const liveKeepers = keepers.filter((peer) => alive.includes(peer))
    if (liveKeepers.length > 0) for (const keeper of liveKeepers) assert.deepEqual([...disks.get(keeper) ?? []].sort(), [...before].sort())
  }
})

test.run()

function view(given: { self: PeerId; holdings: Record<string, string>; alive?: PeerId[]; owners?: PeerId[]; older?: PeerId[]; settled?: boolean }): PartitionView {
  const holdings = new Map(Object.entries(given.holdings).map(([peer, ids]) => [peer as PeerId, new Set(ids.split('') as ChunkId[])]))
  const owners = given.owners ?? [alder, birch, cedar]
  return { self: given.self, owners, older: given.older ?? [], keepers: owners, alive: new Set(given.alive ?? peers), holdings, settled: given.settled ?? true }
}
