import assert from 'node:assert/strict'
import { suite } from 'uvu'
import * as Y from 'yjs'
import { PARTITIONS, type PeerId } from '#protocols/ids.ts'
import { confirmPartitions, readHistory, readLayout, recordLayout, retireLayouts, writeLayout } from '../../../ring/catalog/layout-entry.ts'
import type { LayoutEntry } from '../../../ring/network/layout.ts'
import { type Layouts, layoutsOf } from '../../../ring/placement/layouts.ts'
import { placedNodes, type Transition, transitionOf } from '../../../ring/placement/layout-version.ts'
import { Random } from '../../faults/random.ts'

const test = suite('layout in the root document')
const entry = (name: string, more: Partial<LayoutEntry> = {}): LayoutEntry => ({ peerId: name as PeerId, name, zone: '', weight: 1, state: 'active', addresses: [], joinedAtMs: 1, ...more })
const write = (doc: Y.Doc, ...entries: LayoutEntry[]): void => { for (const each of entries) doc.transact(() => writeLayout(doc, each)) }
const layouts = (doc: Y.Doc): Layouts => layoutsOf(readLayout(doc), readHistory(doc), 3)
const transition = (doc: Y.Doc): Transition => transitionOf(placedNodes(readLayout(doc)), readHistory(doc).versions)
const versions = (doc: Y.Doc): number[] => readHistory(doc).versions.map(({ version }) => version)
const merge = (one: Y.Doc, other: Y.Doc): void => {
  Y.applyUpdate(one, Y.encodeStateAsUpdate(other, Y.encodeStateVector(one)))
  Y.applyUpdate(other, Y.encodeStateAsUpdate(one, Y.encodeStateVector(other)))
}
const forked = (doc: Y.Doc): Y.Doc => {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}
/** Every owner says that it has everything. */
const confirmAll = (doc: Y.Doc): void => doc.transact(() => {
  const { transition, owners } = layouts(doc)
  for (const { peerId } of transition.current.nodes) {
    confirmPartitions(doc, transition.current.id, peerId, Array.from({ length: PARTITIONS }, (_, p) => p).filter((p) => owners(p).includes(peerId)))
  }
})

test('what moves ownership keeps the layout before it; what does not, adds none', () => {
  const doc = new Y.Doc()
  write(doc, entry('alder'))
  assert.deepEqual(versions(doc), [1])
  assert.equal(layouts(doc).transition.older.length, 0)
  write(doc, entry('alder', { name: 'Alder', addresses: ['/ip4/10.0.0.1/tcp/1'] }))
  assert.deepEqual(versions(doc), [1])
  write(doc, entry('birch'))
  assert.deepEqual(versions(doc), [1, 2])
  write(doc, entry('birch', { weight: 2 }), entry('birch', { weight: 2, state: 'draining' }), entry('birch', { weight: 2, state: 'gone' }))
  assert.deepEqual(versions(doc), [1, 2, 3, 4])
  assert.deepEqual(layouts(doc).transition.older.map(({ version }) => version), [1, 2, 3])
  assert.deepEqual(layouts(doc).transition.current.nodes.map(({ peerId }) => peerId), ['alder'])
})

test('a layout that comes back is a new one: what was said of it before does not count', () => {
  const doc = new Y.Doc()
  write(doc, entry('alder'), entry('birch'))
  confirmAll(doc)
  assert.equal(layouts(doc).progress.isComplete, true)
  write(doc, entry('birch', { weight: 3 }), entry('birch', { weight: 1 }))
  const { transition, progress } = layouts(doc)
  assert.equal(transition.current.version, 4)
  assert.deepEqual([progress.moved, progress.isComplete], [0, false])
})

test('layouts are forgotten only when every owner has confirmed all of its partitions and nobody is leaving', () => {
  const doc = new Y.Doc()
  write(doc, entry('alder'), entry('birch'), entry('cedar'), entry('dogwood'))
  confirmAll(doc)
  doc.transact(() => retireLayouts(doc, layouts(doc).transition.current))
  assert.deepEqual(versions(doc), [4])
  assert.equal(layouts(doc).progress.moved, PARTITIONS)
  write(doc, entry('dogwood', { state: 'draining' }))
  assert.equal(layouts(doc).progress.moved, 0)
  const { current } = layouts(doc).transition
  for (const name of ['alder', 'birch']) doc.transact(() => confirmPartitions(doc, current.id, name as PeerId, Array.from({ length: PARTITIONS }, (_, p) => p)))
  doc.transact(() => confirmPartitions(doc, current.id, 'cedar' as PeerId, [0, 1, 255]))
  assert.equal(layouts(doc).progress.moved, 3)
  confirmAll(doc)
  assert.deepEqual(layouts(doc).progress, { moved: PARTITIONS, isComplete: false }, 'dogwood has not left')
  write(doc, entry('dogwood', { state: 'gone' }))
  assert.deepEqual(layouts(doc).progress, { moved: PARTITIONS, isComplete: true })
})

test('both sides of a cut keep what they changed, field by field, and both their layouts', () => {
  const doc = new Y.Doc()
  write(doc, entry('alder'), entry('birch'), entry('cedar'))
  const other = forked(doc)
  write(doc, entry('cedar', { weight: 5 }))
  write(other, entry('cedar', { state: 'draining' }), entry('birch', { addresses: ['/ip4/10.0.0.2/tcp/1'] }))
  const sides = [layouts(doc).transition.current.id, layouts(other).transition.current.id]
  assert.notEqual(sides[0], sides[1])
  merge(doc, other)
  assert.deepEqual(readLayout(doc), readLayout(other))
  assert.deepEqual(readLayout(doc).find(({ peerId }) => peerId === 'cedar'), entry('cedar', { weight: 5, state: 'draining' }))
  const known = layouts(doc).transition
  for (const id of sides) assert.ok([known.current, ...known.older].some((layout) => layout.id === id))
})

test('a node that knows less than others makes nobody forget: its own layout stays until it is confirmed', () => {
  const doc = new Y.Doc()
  write(doc, entry('alder'), entry('birch'), entry('cedar'))
  const stale = forked(doc)
  confirmAll(doc)
  doc.transact(() => retireLayouts(doc, layouts(doc).transition.current))
  write(stale, entry('dogwood'))
  const { current } = layouts(stale).transition
  merge(doc, stale)
  assert.equal(layouts(doc).transition.current.id, current.id)
  assert.equal(layouts(doc).progress.isComplete, false)
})

test('any interleaving of changes, merges and retirements gives every node the same answer, and no layout is lost before it is confirmed', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new Random(seed, 'layouts')
    const names = ['alder', 'birch', 'cedar', 'dogwood', 'elm']
    const first = new Y.Doc()
    write(first, ...names.slice(0, 3).map((name) => entry(name)))
    const docs = [first, forked(first), forked(first)]
    /** Layouts that somebody worked by, and what they became by whom. */
    const used = new Set<string>(docs.map((doc) => layouts(doc).transition.current.id))
    const retired = new Set<string>()
    for (let step = 0; step < 25; step++) {
      const doc = random.pick(docs)
      const dice = random.next()
      if (dice < 0.5) {
        const name = random.pick(names)
        const known = readLayout(doc).find(({ peerId }) => peerId === name) ?? entry(name)
        write(doc, random.chance(0.5) ? { ...known, weight: random.between(1, 3) } : { ...known, state: random.pick(['active', 'draining', 'gone'] as const) })
      } else if (dice < 0.8) {
        const other = random.pick(docs)
        if (other !== doc) merge(doc, other)
      } else {
        confirmAll(doc)
        const { transition, progress } = layouts(doc)
        if (!progress.isComplete) continue
        for (const { id } of transition.older) retired.add(id)
        doc.transact(() => retireLayouts(doc, transition.current))
      }
      const { current, isRecorded } = transition(doc)
      if (!isRecorded) doc.transact(() => recordLayout(doc, current)) // what the keeper of a node does
      if (current.nodes.length > 0) used.add(current.id)
    }
    for (let round = 0; round < 2; round++) for (const doc of docs) for (const other of docs) if (doc !== other) merge(doc, other)
    const answers = docs.map(layouts)
    for (const { transition, owners, olderOwners, progress } of answers) {
      assert.deepEqual(transition, answers[0]?.transition, `seed ${seed}`)
      assert.deepEqual(progress, answers[0]?.progress)
      for (const partition of [0, 7, 255]) assert.deepEqual([owners(partition), olderOwners(partition)], [answers[0]?.owners(partition), answers[0]?.olderOwners(partition)])
    }
    const kept = new Set(readHistory(first).versions.map(({ id }) => id))
    for (const id of used) assert.ok(kept.has(id) || retired.has(id) || answers[0]?.transition.current.id === id, `seed ${seed}: ${id} was forgotten unconfirmed`)
  }
})

test('what is said of partitions takes one value per node, and a hundred changes leave a few kilobytes behind', () => {
  const doc = new Y.Doc()
  write(doc, entry('alder'), entry('birch'))
  const { current } = layouts(doc).transition
  for (let partition = 0; partition < PARTITIONS; partition++) doc.transact(() => confirmPartitions(doc, current.id, 'birch' as PeerId, [partition]))
  assert.deepEqual(doc.getMap('confirmed').toJSON(), { birch: { layout: current.id, partitions: 'f'.repeat(64) } })
  for (let change = 0; change < 100; change++) {
    write(doc, entry('birch', { weight: 2 + change % 2 }))
    const { current } = transition(doc)
    for (const name of ['alder', 'birch']) doc.transact(() => confirmPartitions(doc, current.id, name as PeerId, [0, 255]))
    doc.transact(() => retireLayouts(doc, current))
  }
  assert.ok(Y.encodeStateAsUpdate(doc).byteLength < 8_000, `${Y.encodeStateAsUpdate(doc).byteLength} bytes after 100 changes`)
})

test.run()
