import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { type ChunkId, partitionOfChunk } from '#protocols/ids.ts'
import { Random } from '../../faults/random.ts'
import { bytesOf } from '../../support/fake-ring.ts'
import { MovingRing } from '../../support/moving-ring.ts'

const test = suite('layout changes while data is written')

async function withRing(names: readonly string[], body: (ring: MovingRing) => Promise<void>): Promise<void> {
  const ring = new MovingRing()
  try {
    for (const name of names) {
      await ring.add(name)
      ring.change(name, {})
    }
    await settle(ring)
    await body(ring)
  } finally {
    await ring.end()
  }
}

/** Everybody takes its turns until nothing is on its way. */
async function settle(ring: MovingRing): Promise<void> {
  for (let round = 0; round < 6; round++) {
    for (const node of ring.alive()) await node.turn()
    ring.tidy()
  }
}

let seeds = 0
async function write(ring: MovingRing, random: Random, count: number): Promise<ChunkId[]> {
  const ids: ChunkId[] = []
  for (let i = 0; i < count; i++) ids.push((await random.pick(ring.members()).chunks.put(bytesOf(seeds++, 512))).id)
  return ids
}

test('a write during a change is acknowledged when it holds by the old layout and by the new one', () => withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring) => {
  const random = new Random(1)
  ring.change('dogwood', { weight: 50 })
  ring.change('birch', { weight: 0.02 })
  const [node] = ring.nodes as [MovingRing['nodes'][number]]
  const { transition } = node.placement.layouts()
  assert.equal(transition.older.length, 2)
  for (const id of await write(ring, random, 40)) {
    const partition = partitionOfChunk(id)
    const holders = await ring.holdersOf(id)
    for (const owners of [node.placement.owners(partition), ...node.placement.olderOwners(partition)]) {
      assert.ok(owners.filter((owner) => holders.includes(owner)).length >= 2, `${id} is on ${holders.join(', ')}; the owners are ${owners.join(', ')}`)
    }
  }
}))

test('a node that drains keeps everything until others have it, takes nothing new, and is gone then', () => withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring) => {
  const random = new Random(2)
  const before = await write(ring, random, 60)
  ring.change('cedar', { state: 'draining' })
  const held = ring.node('cedar' as never).local.usage().chunks
  assert.ok(held > 20)
  const during = await write(ring, random, 30)
  assert.equal(ring.node('cedar' as never).local.usage().chunks, held)
  const stateOf = (name: string): string | undefined => ring.entries.find(({ peerId }) => peerId === name)?.state
  await ring.node('cedar' as never).turn()
  assert.equal(stateOf('cedar'), 'draining', 'nobody has confirmed anything yet')
  await ring.node('alder' as never).turn()
  await ring.node('birch' as never).turn()
  await ring.node('cedar' as never).turn()
  assert.equal(stateOf('cedar'), 'draining', 'dogwood has not confirmed yet')
  await settle(ring)
  assert.equal(stateOf('cedar'), 'gone')
  assert.equal(ring.versions.length, 1)
  assert.equal(ring.node('cedar' as never).local.usage().chunks, held, 'what it holds stays on its disk')
  ring.net.kill('cedar' as never)
  for (const id of [...before, ...during]) assert.equal((await ring.holdersOf(id)).filter((peer) => peer !== 'cedar').length, 3)
}))

test('a draining node does not leave while one chunk that only it holds has not arrived', () => withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring) => {
  ring.change('cedar', { state: 'draining' })
  for (const name of ['alder', 'birch', 'dogwood']) await ring.node(name as never).turn()
  assert.equal(ring.node('alder' as never).placement.layouts().progress.moved, 256)
  const { id } = await ring.node('cedar' as never).chunks.put(bytesOf(seeds++))
  for (const name of ['alder', 'birch', 'dogwood']) await ring.node(name as never).local.delete(id)
  await ring.node('cedar' as never).local.put(id, bytesOf(seeds - 1)) // a coordinator that had not heard
  await ring.node('cedar' as never).turn()
  assert.equal(ring.entries.find(({ peerId }) => peerId === 'cedar')?.state, 'draining')
  await settle(ring)
  assert.equal(ring.entries.find(({ peerId }) => peerId === 'cedar')?.state, 'gone')
  assert.equal((await ring.holdersOf(id)).length, 4)
}))

test('whatever changes while everybody writes and some are down, nothing acknowledged is lost, no good copy is let go of early, and one layout is left', async () => {
  for (const seed of [11, 12, 13]) {
    await withRing(['alder', 'birch', 'cedar', 'dogwood'], async (ring) => {
      const random = new Random(seed)
      const names = ['alder', 'birch', 'cedar', 'dogwood', 'elm', 'fir']
      for (const name of names.slice(4)) await ring.add(name)
      const ids = await write(ring, random, 30)
      ring.onDrop = async (node, id) => {
        const partition = partitionOfChunk(id)
        const owners = new Set([...node.placement.owners(partition), ...node.placement.olderOwners(partition).flat()])
        assert.ok(!owners.has(node.id), `${node.id} is an owner and lets go of ${id}`)
        for (const owner of owners) assert.ok(await ring.node(owner).local.has(id), `${node.id} lets go of ${id}, which ${owner} lacks`)
      }
      for (let step = 0; step < 25; step++) {
        const name = random.pick(names)
        const entry = ring.entries.find(({ peerId }) => peerId === name)
        const others = ring.entries.filter(({ peerId, state }) => peerId !== name && state === 'active')
        const dice = random.next()
        if (dice < 0.2) ring.change(name, { weight: random.between(1, 5) }) // joins, when it was not there
        else if (dice < 0.4 && entry?.state === 'active' && others.length > 2) ring.change(name, { state: 'draining' })
        else if (dice < 0.5 && entry?.state === 'draining') ring.change(name, { state: 'active' })
        else if (dice < 0.6 && ring.alive().length === names.length) ring.net.kill(name as never)
        else if (dice < 0.7) for (const { id } of ring.nodes) ring.net.revive(id)
        else if (dice < 0.8 && entry?.state === 'gone') ring.change(name, { state: 'active' })
        ids.push(...await write(ring, random, 3))
        for (const node of random.shuffled(ring.alive()).slice(0, 3)) await node.turn()
        ring.tidy()
      }
      for (const { id } of ring.nodes) ring.net.revive(id)
      await settle(ring)
      assert.equal(ring.versions.length, 1, `seed ${seed}: layouts ${ring.versions.join(', ')}`)
      assert.ok(ring.entries.every(({ state }) => state !== 'draining'), 'whoever was to leave has left')
      const [reader] = ring.members() as [MovingRing['nodes'][number]]
      for (const id of ids) {
        const holders = await ring.holdersOf(id)
        for (const owner of reader.placement.owners(partitionOfChunk(id))) assert.ok(holders.includes(owner), `seed ${seed}: ${owner} lacks ${id}, which is on ${holders.join(', ')}`)
      }
    })
  }
})

test.run()
