import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { awarenessCodec } from '#protocols/awareness.ts'
import { type Awareness, createAwareness } from '../../../node/organise/awareness.ts'
import { until } from '../../support/until.ts'

const test = suite<{ nodes: Map<string, Awareness>; send: (bytes: Uint8Array, from: string) => void }>('who is there')
const ASSET = 'a'.repeat(64)
const LOCAL = { kind: 'local', id: '', name: 'this machine' }
const here = (session: string, more: object = {}): string => JSON.stringify({ type: 'here', session, name: '', asset: ASSET, editing: '', ...more })

test.before.each((context) => {
  const listeners = new Map<string, (bytes: Uint8Array, from: string) => void>()
  const members = ['alder', 'birch'].map((name) => ({ peerId: `peer-${name}`, name }))
  context.send = (bytes, from) => { for (const [to, listener] of listeners) if (to !== from) listener(bytes, from) }
  context.nodes = new Map(members.map(({ peerId: self, name }) => [name, createAwareness({
    ring: { id: 'r', name, self, membership: { members: () => members }, network: { publish: async (_topic: string, bytes: Uint8Array) => context.send(bytes, self), subscribe: (_topic: string, listener: never) => { listeners.set(self, listener) } } } as never
  })]))
  for (const node of context.nodes.values()) void node.start()
})
test.after.each(({ nodes }) => { for (const node of nodes.values()) void node.stop() })

test('who looks and who types is known on both nodes, and goes when the page closes', async ({ nodes }) => {
  const page = {}
  nodes.get('alder')?.heard(page, { kind: 'user', id: '7', name: 'Editor one' }, here('session-1', { editing: 'notes', name: 'somebody else' }))
  const there = await until(() => nodes.get('birch')?.people()[0], 'birch knows')
  assert.deepEqual(there, { session: 'session-1', name: 'Editor one', node: 'alder', asset: ASSET, editing: 'notes' })
  nodes.get('alder')?.left(page)
  await until(() => nodes.get('birch')?.people().length === 0, 'birch forgets')
})

test('where nobody signs in a page may say a name; what makes no sense is passed over', async ({ nodes, send }) => {
  const alder = nodes.get('alder')!
  for (const text of ['', '{', '{}', here('short'), here('session-1', { asset: '../x' }), here('session-1', { editing: '<b>' }), here('session-1', { asset: 7 })]) alder.heard({}, LOCAL, text)
  send(Buffer.from('nonsense'), 'peer-birch')
  send(awarenessCodec.encode({ people: [{ session: 'x', name: '', asset: 'y', editing: '' }] }), 'peer-birch')
  assert.deepEqual(alder.people(), [])
  alder.heard({}, LOCAL, here('session-1', { name: ' Guest\u0000 ' }))
  assert.equal(alder.people()[0]?.name, 'Guest')
})

test.run()
