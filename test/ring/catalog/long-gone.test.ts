import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { until } from '../../support/until.ts'
import { type FakeNode, FakeRing, someFacts, someSession } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('a node gone for a long time')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const clip = (i: number): ReturnType<typeof someFacts> => someFacts(`clip ${i}`, { importedAtMs: i })
const porch = 'porch' as CameraId
const at = (node: FakeNode): { node: PeerId; path: string } => ({ node: node.id, path: `/${node.id}` })

async function contentOf({ catalog }: FakeNode): Promise<unknown> {
  const assets = []
  for (let i = 0; i < 40; i++) assets.push(await catalog.asset(clip(i).id))
  return { assets, index: catalog.index.assets({ limit: 500 }), recordings: catalog.index.recordings(porch, 0, 1e12), counts: catalog.index.counts() }
}

/** So that each document's log is a snapshot by the time the other one returns. */
async function rewriteALot({ catalog }: FakeNode): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 60 }, (_, j) => catalog.editAsset(clip(30).id, { title: `${i}/${j}` })))
}

test('it brings its own edits and learns what was deleted: nothing returns, nothing is lost, all are equal', async ({ ring }) => {
  const [alder, birch, cedar] = [await ring.node('alder'), await ring.node('birch'), await ring.node('cedar')]
  await Promise.all(Array.from({ length: 31 }, (_, i) => alder.catalog.addAsset(clip(i), at(alder))))
  for (let i = 0; i < 31; i++) await alder.catalog.editAsset(clip(i).id, { addTags: ['old', 'keep'], notes: `notes of ${i}` })
  await alder.catalog.putRecording(someSession('porch', 1000, 's', { bytes: 1 }))
  for (const node of [birch, cedar]) await alder.catalog.syncWith(node.id)

  await birch.restart(async () => { // it is carried away
    for (let i = 0; i < 10; i++) await alder.catalog.editAsset(clip(i).id, { deleted: true })
    for (let i = 10; i < 20; i++) await cedar.catalog.editAsset(clip(i).id, { removeTags: ['old'], notes: '' })
    await alder.catalog.putRecording(someSession('porch', 1000, 's', { bytes: 99, ended: 'hour' }))
    await rewriteALot(alder)
    await alder.catalog.syncWith(cedar.id)
    await alder.restart()
    await cedar.restart()
    ring.cut(birch, alder)
    ring.cut(birch, cedar)
  })
  // It works on its own, far away, with what it had.
  for (const i of [0, 1, 2]) await birch.catalog.editAsset(clip(i).id, { title: `offline ${i}`, addTags: ['offline'] }) // deleted meanwhile
  for (const i of [10, 11, 25, 26]) await birch.catalog.editAsset(clip(i).id, { title: `offline ${i}`, addTags: ['offline'] })
  await birch.catalog.editAsset(clip(27).id, { deleted: true })
  await birch.catalog.addAsset(clip(35), at(birch))
  await birch.restart()

  ring.heal()
  await cedar.catalog.syncWith(birch.id)
  await alder.catalog.syncWith(cedar.id)
  await alder.catalog.syncWith(birch.id)
  await until(async () => {
    const content = await contentOf(alder)
    for (const node of [birch, cedar]) assert.deepEqual(await contentOf(node), content)
    return true
  }, 'all are equal', 30_000)
  const { catalog } = birch
  for (let i = 0; i < 10; i++) assert.equal(catalog.index.asset(clip(i).id), undefined, `clip ${i} stays deleted`)
  assert.equal(catalog.index.asset(clip(27).id), undefined)
  for (const i of [25, 26]) assert.equal(catalog.index.asset(clip(i).id)?.title, `offline ${i}`)
  for (const i of [10, 11]) assert.deepEqual(catalog.index.asset(clip(i).id)?.tags, ['keep', 'offline'], `the tag removed from clip ${i} stays removed`)
  for (let i = 10; i < 20; i++) assert.equal(catalog.index.asset(clip(i).id)?.notes, '')
  assert.ok(alder.catalog.index.asset(clip(35).id), 'what it imported is there')
  assert.deepEqual(catalog.index.recordings(porch, 0, 1e12).map(({ bytes, ended }) => [bytes, ended]), [[99, 'hour']])
  assert.equal(catalog.index.counts().assets, 31 - 11 + 1)
  assert.equal(alder.catalog.index.asset(clip(30).id)?.title, '11/59')
})

test.run()
