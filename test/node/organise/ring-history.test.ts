import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { Member } from '#ring'
import { mayTurn } from '../../../node/http/sight.ts'
import { createEdits, type Edits } from '../../../node/organise/edits.ts'
import { createHistory } from '../../../node/organise/history.ts'
import { createRingHistory, MAX_TITLE, type RingHistory } from '../../../node/organise/ring-history.ts'
import { HISTORY_PROTOCOL, historyRequestCodec, historyResponseCodec } from '#protocols/history.ts'
import { createFakeNetwork, type FakeNetwork } from '../../support/fake-network.ts'
import { assetIdOf, FakeRing, someFacts } from '../../ring/catalog/fake-ring.ts'

interface Place { readonly edits: Edits; readonly history: RingHistory }
interface Context { ring: FakeRing; network: FakeNetwork; alder: Place; birch: Place; heardMs: number; id: AssetId; rating: () => number | undefined; nowMs: number }

const test = suite<Context>('the history of a ring')
const ME = { kind: 'user', id: 'maren', name: 'Maren' }
const OTHER = { kind: 'user', id: 'paul', name: 'Paul' }
const NAMES = ['alder', 'birch'] as const

test.before.each(async (context) => {
  context.ring = new FakeRing()
  const { catalog } = await context.ring.node('alder')
  const network = context.network = createFakeNetwork()
  Object.assign(context, { nowMs: 1_000, heardMs: 0, id: assetIdOf('clip') })
  await catalog.addAsset(someFacts('clip'), { node: 'alder' as PeerId, path: '/clip' })
  context.rating = () => catalog.index.asset(context.id)?.rating
  const now = (): number => context.nowMs++
  const members = (self: string) => NAMES.map((name) => ({ peerId: name, name, self: name === self, alive: network.isUp(name as PeerId), lastHeardMs: context.heardMs })) as unknown as Member[]
  for (const name of NAMES) { // one catalog for both, as if it were told at once
    const history = createHistory({ catalog, now })
    const ringHistory = createRingHistory({ history, ring: { name, self: name as PeerId, network: network.join(name as PeerId), membership: { members: () => members(name) } }, mayTurn, now })
    ringHistory.start()
    context[name] = { edits: createEdits({ catalog, history }), history: ringHistory }
  }
})
test.after.each(async ({ ring }) => ring.end())

test('what somebody did at one node is undone and done again at another, the newest first, wherever it was', async ({ alder, birch, id, rating }) => {
  await alder.edits.one(ME, id, { rating: 1 })
  await birch.edits.one(ME, id, { rating: 2 })
  await alder.edits.one(ME, id, { rating: 3 })
  const seen: Array<[number | undefined, string]> = []
  for (let n = 0; n < 3; n++) seen.push([(await birch.history.undo(ME), rating()), (await birch.history.list(ME)).entries.map(({ node, state }) => `${node} ${state}`).join(', ')])
  assert.deepEqual(seen, [[2, 'alder undone, birch done, alder done'], [1, 'alder undone, birch undone, alder done'], [0, 'alder undone, birch undone, alder undone']])
  await assert.rejects(birch.history.undo(ME), { code: 'ERR_NOT_FOUND' })
  for (const stars of [1, 2, 3]) {
    await alder.history.redo(ME)
    assert.equal(rating(), stars)
  }
})

test('what was undone before a new edit elsewhere is not done again, unless it is named', async ({ alder, birch, id, rating }) => {
  const step = (await alder.edits.many(ME, [id], { rating: 4 })).undo ?? ''
  await birch.history.undo(ME)
  await birch.edits.one(ME, id, { title: 'Harbour' })
  await assert.rejects(alder.history.redo(ME), { code: 'ERR_NOT_FOUND' })
  assert.equal((await birch.history.redo(ME, step)).entry.node, 'alder')
  assert.equal(rating(), 4)
})

test('nobody is told of the steps of others, nor turns them, however they ask', async ({ alder, birch, id, rating, network }) => {
  const step = (await alder.edits.many(ME, [id], { rating: 4 })).undo ?? ''
  assert.deepEqual((await birch.history.list(OTHER)).entries, [])
  await assert.rejects(birch.history.undo(OTHER, step), { code: 'ERR_NOT_FOUND' })
  const LOCAL = { kind: 'local', id: '', name: 'this machine' }
  await alder.edits.one(LOCAL, id, { title: 'Mine' })
  assert.deepEqual((await birch.history.list(LOCAL)).entries, [], 'who sits at another machine is another one')
  const wild = network.join('stranger' as PeerId)
  const send = (asked: object) => wild.request('alder' as PeerId, { id: HISTORY_PROTOCOL, roles: ['node'], request: historyRequestCodec, response: historyResponseCodec }, { way: '', kind: 'user', id: 'maren', step: '', limitedToAlbums: false, albums: [], editAlbums: [], ...asked })
  for (const asked of [{ kind: 'local', id: '' }, { kind: 'key', id: 'admin-token' }, { kind: 'link' }, { way: 'delete', step }]) await assert.rejects(send(asked), { code: 'ERR_INVALID_INPUT' }, JSON.stringify(asked))
  await assert.rejects(send({ way: 'undo', step: '' }), { code: 'ERR_NOT_FOUND' })
  assert.equal(rating(), 4)
})

test('an account that was limited to albums meanwhile changes nothing outside of them from another node', async ({ alder, birch, id, rating }) => {
  await alder.edits.one(ME, id, { rating: 4 })
  const { restored, left } = await birch.history.undo({ ...ME, albums: ['wedding'], editAlbums: ['wedding'] })
  assert.deepEqual([restored, left.map(({ now }) => now), rating()], [0, ['not yours to change any more'], 4])
})

test('a node that is away is named when something may have been done there since, and only then', async (context) => {
  const { alder, birch, id, network, rating } = context
  await alder.edits.one(ME, id, { rating: 1 })
  context.heardMs = context.nowMs
  const there = (await birch.edits.many(ME, [id], { title: 'Harbour' })).undo ?? ''
  network.kill('birch' as PeerId)
  const { entry, silent } = await alder.history.undo(ME)
  assert.deepEqual([entry.node, silent, rating()], ['alder', ['birch'], 0])
  await assert.rejects(alder.history.undo(ME), { code: 'ERR_NOT_FOUND', message: /birch does not answer/ })
  await assert.rejects(alder.history.undo(ME, there), { code: 'ERR_NOT_FOUND', message: /birch does not answer/ })
  await alder.edits.one(ME, id, { rating: 2 })
  assert.deepEqual((await alder.history.undo(ME)).silent, [], 'it was last heard before that')
  network.revive('birch' as PeerId)
  assert.equal((await alder.history.undo(ME, there)).entry.node, 'birch')
})

test('whoever asks twice at once takes two steps back, also of another node', async ({ alder, birch, id, rating }) => {
  for (const stars of [3, 5]) await alder.edits.one(ME, id, { rating: stars })
  await Promise.all([birch.history.undo(ME), birch.history.undo(ME)])
  assert.equal(rating(), 0)
})

test('a hundred steps with long names, and an undo that leaves long words alone, fit into an answer', async ({ ring, alder, birch, id }) => {
  const words = '漢'.repeat(9_000)
  for (let n = 0; n < 100; n++) await alder.edits.put(ME, 'searches', `s${n}`, { name: `${n}` }, `${n} ${words}`)
  const { entries } = await birch.history.list(ME)
  assert.deepEqual([entries.length, entries[0]?.title.length], [100, MAX_TITLE])
  const step = (await alder.edits.many(ME, [id], { notes: 'mine' })).undo ?? ''
  await ring.nodes.get('alder' as PeerId)?.catalog.editAsset(id, { notes: words })
  const { left } = await birch.history.undo(ME, step)
  assert.deepEqual(left.map(({ field, now }) => [field, now.length < words.length]), [['notes', true]])
})

test.run()
