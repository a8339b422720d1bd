import assert from 'node:assert/strict'
import { suite } from 'uvu'
import * as Y from 'yjs'
import { type CatalogRequest, catalogTopic, MAX_CATALOG_UPDATE_BYTES } from '#protocols/catalog.ts'
import type { PeerId } from '#protocols/ids.ts'
import { catalogProtocol } from '../../../ring/catalog/catalog-wire.ts'
import { type FakeNode, FakeRing, someFacts } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('hostile catalog updates')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const here = { node: 'alder' as PeerId, path: '/a' }

let strangers = 0

/** As if a member sent it, past the codec: another one each time, unless it is named. */
async function send(node: FakeNode, request: CatalogRequest, peerId = `mallory ${strangers++}` as PeerId): Promise<unknown> {
  const handler = node.handlers.get(catalogProtocol.id)
  assert.ok(handler)
  return handler(request as never, { peerId, role: 'node' }, { signal: new AbortController().signal })
}

async function stateOf({ catalog }: FakeNode): Promise<unknown> {
  return [await catalog.asset(someFacts('a').id), catalog.index.assets({}), catalog.layout(), catalog.cameras()]
}

function updateOf(change: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  change(doc)
  return Y.encodeStateAsUpdate(doc)
}

const document = someFacts('a').id.slice(0, 2)

test('garbage, truncated, oversized and misnamed updates are refused, and nothing changes', async ({ ring }) => {
  const alder = await ring.node('alder')
  await alder.catalog.addAsset(someFacts('a'), here)
  const before = await stateOf(alder)
  const good = updateOf((doc) => doc.getMap(someFacts('a').id).set('title', 'hacked'))
  const hostile: CatalogRequest[] = [
    {}, { push: { document, update: new Uint8Array() } }, { push: { document, update: Buffer.from('not an update at all, sorry') } },
    { push: { document, update: Buffer.alloc(64, 255) } }, { push: { document, update: new Uint8Array(MAX_CATALOG_UPDATE_BYTES + 1) } },
    ...['', 'ROOT', '0', '100', 'zz', '../root', '__proto__', 'constructor'].map((name) => ({ push: { document: name, update: good } })),
    ...Array.from({ length: good.length }, (_, i) => ({ push: { document, update: good.subarray(0, i) } })),
    { sync: { document: 'nope', stateVector: Uint8Array.of(0) } }, { sync: { document, stateVector: Buffer.alloc(9, 255) } }, { sync: { document, stateVector: new Uint8Array(2 ** 20 + 1) } }
  ]
  for (const request of hostile) await assert.rejects(send(alder, request), { code: 'ERR_INVALID_MESSAGE' }, JSON.stringify(request).slice(0, 80))
  assert.deepEqual(await stateOf(alder), before)
  await alder.restart()
  assert.deepEqual(await stateOf(alder), before)
})

test('an update with any one byte changed never stops a catalog from working', async ({ ring }) => {
  const alder = await ring.node('alder')
  await alder.catalog.addAsset(someFacts('a'), here)
  const good = updateOf((doc) => {
    doc.getMap(someFacts('a').id).set('title', 'theirs')
    doc.getMap(someFacts('a').id).delete('title')
    doc.getText(`${someFacts('a').id}/notes`).insert(0, 'notes')
  })
  for (let at = 0; at < good.length; at++) {
    for (const bit of [1, 64, 128]) {
      const update = good.slice()
      update[at]! ^= bit
      await send(alder, { push: { document, update } }).catch((err) => assert.equal(err.code, 'ERR_INVALID_MESSAGE', `byte ${at}: ${err.stack}`))
    }
  }
  await alder.catalog.editAsset(someFacts('a').id, { title: 'mine' })
  await alder.restart()
  const asset = await alder.catalog.asset(someFacts('a').id)
  assert.deepEqual([asset?.title, asset?.locations], ['mine', [here]])
  assert.equal(alder.catalog.index.asset(someFacts('a').id)?.title, 'mine')
})

test('well-formed nonsense is stored but never shown', async ({ ring }) => {
  const alder = await ring.node('alder')
  const id = someFacts('a').id
  const nonsense = updateOf((doc) => {
    doc.getMap(id).set('facts', { id, name: 7 })
    doc.getMap(id).set('tag:x', 'yes')
    doc.getMap(`${document}${'0'.repeat(62)}`).set('facts', someFacts('another id'))
    doc.getMap('recordings').set('porch/2026-11-22T12/s', { camera: 'garage' })
    doc.getArray('recordings/x').push([1])
  })
  const text = updateOf((doc) => doc.getText(id).insert(0, 'a text where a map should be'))
  const root = updateOf((doc) => {
    doc.getMap('layout').set('alder', { peerId: 'birch' })
    doc.getMap('layout').set('birch/state', 'active')
    for (const [field, value] of Object.entries({ name: 'cedar', zone: 'x', weight: -1, state: 'active', addresses: [], joinedAtMs: 1, constructor: 1 })) doc.getMap('layout').set(`cedar/${field}`, value)
    doc.getMap('layouts').set('1-0000000000000000', { version: 1, nodes: [{ peerId: 'cedar', zone: '', weight: 1 }] })
    doc.getMap('layouts').set('x', 7)
    doc.getMap('confirmed').set('cedar', { layout: '1-0000000000000000', partitions: 'all of them' })
    doc.getMap('confirmed').set('birch', null)
    doc.getMap('cameras').set('porch', 'a camera')
    doc.getMap('admissions').set('x', null)
  }).slice()
  for (const update of [nonsense, text]) await send(alder, { push: { document, update } })
  await send(alder, { push: { document: 'root', update: root } })
  assert.deepEqual(await stateOf(alder), [undefined, { assets: [], total: 0, cursor: undefined }, [], []])
  await alder.restart()
  assert.deepEqual(await stateOf(alder), [undefined, { assets: [], total: 0, cursor: undefined }, [], []])
  assert.equal((await alder.catalog.addAsset(someFacts('a'), here)).created, true)
})

test('gossip that is nonsense is ignored', async ({ ring }) => {
  const alder = await ring.node('alder')
  await alder.catalog.addAsset(someFacts('a'), here)
  const before = await stateOf(alder)
  const listener = alder.listeners.get(catalogTopic(ring.ringId))
  for (const bytes of [new Uint8Array(), Buffer.from('hello'), Buffer.alloc(70_000), Buffer.of(10, 2, 48, 48, 18, 3, 255, 255, 255)]) listener?.(bytes, 'mallory' as PeerId)
  await alder.catalog.editAsset(someFacts('a').id, {})
  assert.deepEqual(await stateOf(alder), before)
})

test.run()
