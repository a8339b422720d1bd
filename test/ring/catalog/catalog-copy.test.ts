import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidMessageError, RingNotEmptyError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { DocumentName } from '../../../ring/catalog/document-name.ts'
import { until } from '../../support/until.ts'
import { type FakeNode, FakeRing, someFacts, someSession } from './fake-ring.ts'

const test = suite<{ old: FakeRing; fresh: FakeRing; oak: FakeNode }>('the catalog carried to another ring')
test.before.each(async (context) => {
  context.old = new FakeRing()
  context.fresh = new FakeRing()
  context.oak = await context.old.node('oak')
  const { catalog } = context.oak
  for (const name of ['one', 'two', 'three']) await catalog.addAsset(someFacts(name, { importedAtMs: 1 }), { node: context.oak.id, path: name })
  await catalog.editAsset(someFacts('one', { importedAtMs: 1 }).id, { title: 'First', rating: 3, notes: 'a note', addTags: ['red'] })
  await catalog.editAsset(someFacts('two', { importedAtMs: 1 }).id, { deleted: true })
  await catalog.putRecording(someSession('porch', 1_700_000_000_000, 's'))
})
test.after.each(async ({ old, fresh }) => {
  await old.end()
  await fresh.end()
})

const GENERATION = 'ab'.repeat(32)

async function carry(from: FakeNode, to: FakeNode): Promise<void> {
  for (const { name } of await from.catalog.copy.documents()) await to.catalog.copy.restore(name, (await from.catalog.copy.snapshot(name)).update)
}

test('laid out in an empty ring it answers the same, on another node too, and survives a restart', async ({ fresh, oak }) => {
  const [elm, ash] = [await fresh.node('elm'), await fresh.node('ash')]
  assert.deepEqual(await elm.catalog.copy.begin(GENERATION, 5), { resumed: false })
  await carry(oak, elm)
  await elm.catalog.copy.finish(GENERATION, 6)
  await elm.restart()
  await until(async () => (await ash.catalog.copy.documents()).length === (await oak.catalog.copy.documents()).length, 'the other node has it')
  for (const { catalog } of [elm, ash]) {
    assert.deepEqual(await catalog.copy.documents(), await oak.catalog.copy.documents())
    assert.deepEqual(catalog.index.assets({ limit: 10 }), oak.catalog.index.assets({ limit: 10 }))
    assert.deepEqual(catalog.index.assets({ text: 'note' }), oak.catalog.index.assets({ text: 'note' }))
    assert.equal((await catalog.asset(someFacts('two', { importedAtMs: 1 }).id))?.deletedAtMs !== undefined, true, 'the trash came along')
    assert.deepEqual(catalog.index.recordedHours('porch' as CameraId), oak.catalog.index.recordedHours('porch' as CameraId))
  }
  assert.deepEqual(elm.catalog.layout(), [], 'the layout is of each ring')
})

test('a ring that holds something, even what was deleted, is not restored into', async ({ oak }) => {
  const before = await oak.catalog.copy.documents()
  await assert.rejects(oak.catalog.copy.begin(GENERATION, 5), RingNotEmptyError)
  await assert.rejects(carry(oak, oak), RingNotEmptyError)
  assert.deepEqual(await oak.catalog.copy.documents(), before)
})

test('a camera alone makes a ring not empty', async ({ fresh }) => {
  const elm = await fresh.node('elm')
  await elm.catalog.putCamera({ id: 'porch' as CameraId, name: 'Porch', source: 'test', createdAtMs: 1, record: true })
  await assert.rejects(elm.catalog.copy.begin(GENERATION, 5), RingNotEmptyError)
})

test('a restore that was cut off goes on with the same backup on any node, with no other, and not once it is finished', async ({ fresh, oak }) => {
  const [elm, ash] = [await fresh.node('elm'), await fresh.node('ash')]
  await elm.catalog.copy.begin(GENERATION, 5)
  const [first] = await oak.catalog.copy.documents()
  await elm.catalog.copy.restore(first!.name, (await oak.catalog.copy.snapshot(first!.name)).update)
  assert.deepEqual(await ash.catalog.copy.begin(GENERATION, 6), { resumed: true })
  await assert.rejects(ash.catalog.copy.begin('cd'.repeat(32), 7), /another backup/)
  await carry(oak, ash)
  await assert.rejects(ash.catalog.copy.finish('cd'.repeat(32), 8), RingNotEmptyError)
  await ash.catalog.copy.finish(GENERATION, 8)
  await assert.rejects(ash.catalog.copy.begin(GENERATION, 9), RingNotEmptyError)
  await assert.rejects(ash.catalog.copy.restore('00' as DocumentName, new Uint8Array([0, 0])), RingNotEmptyError)
})

test('what is no document is refused, and the ring stays as it was', async ({ fresh }) => {
  const elm = await fresh.node('elm')
  await elm.catalog.copy.begin(GENERATION, 5)
  await assert.rejects(elm.catalog.copy.restore('00' as DocumentName, Buffer.from('nonsense, and more of it')), InvalidMessageError)
  assert.deepEqual(await elm.catalog.copy.documents(), [])
})

test.run()
