import assert from 'node:assert/strict'
import { test } from 'uvu'
import { PARTITIONS, type PeerId } from '#protocols/ids.ts'
import { layoutTable } from '../../../ring/placement/layout-table.ts'
import type { PlacementNode } from '../../../ring/placement/placement.ts'
import { rankNodes } from '../../../ring/placement/rendezvous.ts'
import { randomOf } from '../../support/random.ts'

const REPLICAS = 3

function nodesOf(next: () => number, count: number, zones: number, maxWeight = 1): PlacementNode[] {
  return Array.from({ length: count }, () => ({
    peerId: `12D3KooW${Math.floor(next() * 2 ** 32).toString(36)}${Math.floor(next() * 2 ** 32).toString(36)}` as PeerId,
    zone: zones === 0 ? '' : `zone ${Math.floor(next() * zones)}`,
    weight: 1 + Math.floor(next() * maxWeight)
  }))
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  return items.map((item) => ({ item, key: next() })).sort((one, other) => one.key - other.key).map(({ item }) => item)
}

const ownersOf = (nodes: readonly PlacementNode[]): PeerId[][] => {
  const table = layoutTable(nodes)
  return Array.from({ length: PARTITIONS }, (_, partition) => table.ranking(partition).slice(0, REPLICAS))
}

test('the answer is the same in whatever order the nodes are named', () => {
  const next = randomOf(1)
  for (let round = 0; round < 50; round++) {
    const nodes = nodesOf(next, 1 + Math.floor(next() * 12), Math.floor(next() * 4), 8)
    const partition = Math.floor(next() * PARTITIONS)
    assert.deepEqual(rankNodes(partition, nodes), rankNodes(partition, shuffled(nodes, next)))
  }
})

test('every node stands in every ranking exactly once', () => {
  const next = randomOf(2)
  const nodes = nodesOf(next, 9, 3, 5)
  for (let partition = 0; partition < PARTITIONS; partition++) assert.deepEqual([...rankNodes(partition, nodes)].sort(), nodes.map(({ peerId }) => peerId).sort())
})

test('over 100 layouts the first owner falls to a node in proportion to its weight, within 5 %', () => {
  const next = randomOf(3)
  const expected = new Map<number, number>()
  const counted = new Map<number, number>()
  for (let round = 0; round < 100; round++) {
    const nodes = nodesOf(next, 3 + Math.floor(next() * 8), 0, 4)
    const total = nodes.reduce((sum, { weight }) => sum + weight, 0)
    const firsts = ownersOf(nodes).map(([first]) => first)
    for (const { peerId, weight } of nodes) {
      expected.set(weight, (expected.get(weight) ?? 0) + PARTITIONS * weight / total)
      counted.set(weight, (counted.get(weight) ?? 0) + firsts.filter((first) => first === peerId).length)
    }
  }
  for (const [weight, share] of expected) {
    const ratio = (counted.get(weight) ?? 0) / share
    assert.ok(Math.abs(ratio - 1) < 0.05, `weight ${weight}: ${ratio.toFixed(3)} of its share`)
  }
})

test('with equal weights no node holds more than a third over its share of the copies', () => {
  const next = randomOf(4)
  for (let round = 0; round < 50; round++) {
    const nodes = nodesOf(next, 5 + Math.floor(next() * 6), 0)
    const copies = ownersOf(nodes).flat()
    const most = Math.max(...nodes.map(({ peerId }) => copies.filter((owner) => owner === peerId).length))
    assert.ok(most / (copies.length / nodes.length) < 1.34, `${most} of ${copies.length} copies on one of ${nodes.length}`)
  }
})

for (const zones of [0, 3]) {
  test(`a node that joins takes its share and moves nothing else (${zones} zones)`, () => {
    const next = randomOf(5 + zones)
    for (let round = 0; round < 40; round++) {
      const nodes = nodesOf(next, 4 + Math.floor(next() * 6), zones, 3)
      const [joining] = nodesOf(next, 1, zones, 3) as [PlacementNode]
      const before = ownersOf(nodes)
      const after = ownersOf([...nodes, joining])
      for (const [partition, owners] of after.entries()) {
        const gained = owners.filter((owner) => !before[partition]?.includes(owner))
        const lost = (before[partition] ?? []).filter((owner) => !owners.includes(owner))
        assert.ok(gained.length <= 1 && lost.length <= 1, `partition ${partition}: ${gained.length} in, ${lost.length} out`)
        assert.ok(gained.length === 0 || gained[0] === joining.peerId || zones > 0)
      }
    }
  })

  test(`a node that leaves gives up its copies and no others move (${zones} zones)`, () => {
    const next = randomOf(50 + zones)
    for (let round = 0; round < 40; round++) {
      const nodes = nodesOf(next, 5 + Math.floor(next() * 6), zones, 3)
      const leaving = nodes[0] as PlacementNode
      const before = ownersOf(nodes)
      const after = ownersOf(nodes.slice(1))
      for (const [partition, owners] of before.entries()) {
        if (!owners.includes(leaving.peerId) && zones === 0) assert.deepEqual(after[partition], owners)
        const moved = owners.filter((owner) => owner !== leaving.peerId && !after[partition]?.includes(owner))
        assert.ok(moved.length <= (zones === 0 ? 0 : 1), `partition ${partition}: ${moved.length} moved`)
      }
    }
  })
}

test('the first owners stand in distinct zones whenever there are that many', () => {
  const next = randomOf(6)
  for (let round = 0; round < 50; round++) {
    const nodes = nodesOf(next, 3 + Math.floor(next() * 8), 4, 5)
    const zoneOf = new Map(nodes.map(({ peerId, zone }) => [peerId, zone]))
    const zones = new Set(zoneOf.values()).size
    for (const owners of ownersOf(nodes)) assert.equal(new Set(owners.map((owner) => zoneOf.get(owner))).size, Math.min(REPLICAS, zones))
  }
})

test('one known answer, so that other programs can check theirs', () => {
  const nodes = ['alder', 'birch', 'cedar', 'dogwood'].map((peerId, index) => ({ peerId: peerId as PeerId, zone: index < 2 ? 'north' : 'south', weight: index + 1 }))
  assert.deepEqual(rankNodes(7, nodes), ['cedar', 'alder', 'dogwood', 'birch'])
})

test.run()
