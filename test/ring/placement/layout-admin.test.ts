import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import type { LayoutEntry } from '../../../ring/network/layout.ts'
import { createLayoutAdmin, type LayoutAdmin } from '../../../ring/placement/layout-admin.ts'

const test = suite('decisions about nodes')
const entry = (name: string, more: Partial<LayoutEntry> = {}): LayoutEntry => ({ peerId: `12D3KooW${name}0000` as PeerId, name, zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 1, ...more })

function ringOf(entries: LayoutEntry[], { dead = [], lost = 0 }: { dead?: string[]; lost?: number } = {}): LayoutAdmin {
  const known = new Map(entries.map((each) => [each.peerId, each]))
  return createLayoutAdmin({
    layout: { layout: () => [...known.values()], putLayout: async (each) => { known.set(each.peerId, each) } },
    membership: { isAlive: (peer) => !dead.includes(known.get(peer)?.name ?? '') },
    unheld: async () => Array.from({ length: lost }, (_, i) => `chunk ${i}` as ChunkId)
  })
}

test('a node is meant by its name, its peer id or the beginning of that, and never by chance', () => {
  const admin = ringOf([entry('alder'), entry('birch'), entry('oak', { peerId: '12D3KooWx' as PeerId }), entry('oak', { peerId: '12D3KooWy' as PeerId }), entry('elm', { peerId: '12D3KooWelm1' as PeerId, state: 'gone' }), entry('elm', { peerId: '12D3KooWelm2' as PeerId })])
  assert.equal(admin.find('alder').name, 'alder')
  assert.equal(admin.find('12D3KooWbirch').name, 'birch')
  assert.equal(admin.find('elm').peerId, '12D3KooWelm2', 'the one that belongs')
  assert.throws(() => admin.find('12D3KooW'), /no node/)
  assert.throws(() => admin.find('12D3KooWelm'), /2 nodes/)
  assert.throws(() => admin.find('oak'), /2 nodes are called oak.*12D3KooWx, 12D3KooWy/)
  assert.throws(() => admin.find('alde'), /no node alde: it has alder, birch/)
})

test('somebody must stay: the last node is neither drained nor struck off', async () => {
  const admin = ringOf([entry('alder'), entry('birch')], { dead: ['alder', 'birch'] })
  await admin.drain('alder')
  assert.equal((await admin.drain('alder')).state, 'draining', 'asked twice')
  await assert.rejects(admin.drain('birch'), /only node that stays/)
  await assert.rejects(admin.remove('birch'), /only node that stays/)
  assert.equal((await admin.undrain('alder')).state, 'active')
})

test('a dead node is struck off, a live one is not, and what may be lost takes force', async () => {
  const nodes = [entry('alder'), entry('birch'), entry('cedar')]
  await assert.rejects(ringOf(nodes).remove('cedar'), /cedar is alive: drain it instead/)
  const losing = ringOf(nodes, { dead: ['cedar'], lost: 3 })
  await assert.rejects(losing.remove('cedar'), /3 chunks .* perhaps only on cedar.*--force/)
  assert.equal(losing.find('cedar').state, 'active')
  assert.deepEqual(await losing.remove('cedar', { force: true }).then(({ entry: { state }, lost }) => [state, lost]), ['gone', 3])
  assert.equal((await losing.remove('cedar')).entry.state, 'gone', 'asked twice')
  for (const decide of [losing.undrain('cedar'), losing.set('cedar', { weight: 2 })]) await assert.rejects(decide, /cedar has left the ring.*new invite/)
})

test('weight and zone are checked before anything changes', async () => {
  const admin = ringOf([entry('alder'), entry('birch')])
  for (const weight of [0, -1, Number.NaN, 1e9]) await assert.rejects(admin.set('birch', { weight }), /a weight is more than 0/)
  await assert.rejects(admin.set('birch', { zone: 'a\nb' }), /printable/)
  assert.deepEqual(await admin.set('birch', { weight: 2, zone: 'barn' }).then(({ weight, zone }) => [weight, zone]), [2, 'barn'])
  assert.equal((await admin.set('birch', { zone: '' })).weight, 2)
})

test.run()
