import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { FakeRing, someFacts, someSession, until } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('catalog')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const here = { node: 'alder' as PeerId, path: '/clips/Porch clock.mp4' }
const there = { node: 'birch' as PeerId, path: '/media/clock.mp4' }

test('an asset added on one node is acknowledged with two copies and found on the other', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  const facts = someFacts('Porch clock.mp4')
  assert.deepEqual(await alder.catalog.addAsset(facts, here), { created: true, copies: 2 })
  assert.deepEqual((await birch.catalog.asset(facts.id))?.facts, facts)
  await until('it is in the index of birch', () => birch.catalog.index.asset(facts.id) !== undefined)
})

test('a node that is alone acknowledges with one copy', async ({ ring }) => {
  const alder = await ring.node('alder')
  assert.deepEqual(await alder.catalog.addAsset(someFacts('a'), here), { created: true, copies: 1 })
})

test('an edit is in the index as soon as it is acknowledged, and announced', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const { id } = someFacts('a')
  const heard: string[] = []
  catalog.assetsChanged.on((ids) => heard.push(...ids))
  await catalog.addAsset(someFacts('a'), here)
  const edited = await catalog.editAsset(id, { title: 'Evening', rating: 4, notes: 'rain', addTags: ['porch', ' night '] })
  assert.deepEqual(catalog.index.asset(id), edited)
  assert.deepEqual([edited.title, edited.rating, edited.notes, edited.tags], ['Evening', 4, 'rain', ['night', 'porch']])
  assert.ok(edited.editedAtMs > 1000)
  assert.deepEqual(heard, [id, id])
})

test('an edit of an asset that is not there, or that makes no sense, is refused and changes nothing', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const { id } = someFacts('a')
  await assert.rejects(catalog.editAsset(id, { title: 'x' }), { code: 'ERR_NOT_FOUND' })
  await catalog.addAsset(someFacts('a'), here)
  const before = await catalog.asset(id)
  for (const patch of [{ rating: 6 }, { rating: 1.5 }, { title: 'x'.repeat(501) }, { addTags: [' '] }, { notes: 'x'.repeat(20_001), title: 'y' }]) {
    await assert.rejects(catalog.editAsset(id, patch), { code: 'ERR_INVALID_INPUT' })
  }
  assert.deepEqual(await catalog.asset(id), before)
})

test('the same file imported on both sides of a cut is one asset with two locations and both sides\' edits', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  ring.cut(alder, birch)
  const facts = someFacts('clock')
  await alder.catalog.addAsset(facts, here)
  await birch.catalog.addAsset({ ...facts, name: 'clock.mp4', importedAtMs: 2000 }, there)
  await alder.catalog.editAsset(facts.id, { addTags: ['alder'], notes: 'from alder ' })
  await birch.catalog.editAsset(facts.id, { addTags: ['birch'], rating: 3, notes: 'from birch ' })
  ring.heal()
  await alder.catalog.syncWith(birch.id)
  const merged = await alder.catalog.asset(facts.id)
  assert.deepEqual(await birch.catalog.asset(facts.id), merged)
  assert.deepEqual(new Set(merged?.locations.map(({ path }) => path)), new Set([here.path, there.path]))
  assert.deepEqual([merged?.tags, merged?.rating], [['alder', 'birch'], 3])
  assert.ok(merged?.notes.includes('from alder') && merged.notes.includes('from birch'), merged?.notes)
  assert.equal(alder.catalog.index.counts().assets, 1)
})

test('adding what is known already only adds its location; the same again is no change', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const facts = someFacts('a')
  assert.equal((await catalog.addAsset(facts, here)).created, true)
  assert.equal((await catalog.addAsset(facts, there)).created, false)
  let changes = 0
  catalog.assetsChanged.on(() => { changes++ })
  assert.equal((await catalog.addAsset(facts, here)).created, false)
  assert.equal(changes, 0)
  assert.equal((await catalog.asset(facts.id))?.locations.length, 2)
})

test('a deleted asset is hidden; edited at the same time elsewhere it stays deleted, keeps the edit, and comes back when imported again', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  const facts = someFacts('a')
  await alder.catalog.addAsset(facts, here)
  await until('birch has it', async () => await birch.catalog.asset(facts.id) !== undefined)
  ring.cut(alder, birch)
  await alder.catalog.editAsset(facts.id, { deleted: true })
  await birch.catalog.editAsset(facts.id, { title: 'kept' })
  assert.equal(alder.catalog.index.asset(facts.id), undefined)
  ring.heal()
  await alder.catalog.syncWith(birch.id)
  for (const { catalog } of [alder, birch]) {
    assert.equal(catalog.index.asset(facts.id), undefined)
    assert.deepEqual(catalog.index.assets({}).total, 0)
    assert.equal((await catalog.asset(facts.id))?.title, 'kept')
  }
  assert.equal((await birch.catalog.addAsset(facts, there)).created, true)
  assert.equal(birch.catalog.index.asset(facts.id)?.title, 'kept')
})

test('recordings are found by time and hour, and grow in place', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  const noon = Date.UTC(2026, 10, 22, 12, 59)
  const porch = 'porch' as CameraId
  const cameras: string[] = []
  birch.catalog.recordingsChanged.on((ids) => cameras.push(...ids))
  const session = someSession('porch', noon, 's1')
  assert.equal((await alder.catalog.putRecording(session)).copies, 2)
  await alder.catalog.putRecording({ ...session, endMs: noon + 30_000, bytes: 300, ended: 'hour' })
  await alder.catalog.putRecording(someSession('porch', noon + 60_000, 's2'))
  await alder.catalog.putRecording(someSession('garage', noon, 's3'))
  await until('birch indexed all', () => birch.catalog.index.recordedHours('garage' as CameraId).length === 1)
  const { index } = birch.catalog
  assert.deepEqual(index.recordedHours(porch), ['2026-11-22T12', '2026-11-22T13'])
  assert.deepEqual(index.recordings(porch, noon, noon + 120_000).map(({ session, bytes }) => [session, bytes]), [['s1', 300], ['s2', 10]])
  assert.deepEqual(index.recordings(porch, noon + 29_999, noon + 30_000).map(({ session }) => session), ['s1'])
  assert.deepEqual(index.recordings(porch, noon + 30_000, noon + 60_000), [])
  assert.ok(cameras.includes('porch') && cameras.includes('garage'))
  await assert.rejects(alder.catalog.putRecording({ ...session, hour: 'noon' }), { code: 'ERR_INVALID_INPUT' })
})

test('layout, admissions and cameras reach the other node, with equal digests', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  let layouts = 0
  let cameras = 0
  birch.catalog.layoutChanged.on(() => { layouts++ })
  birch.catalog.camerasChanged.on(() => { cameras++ })
  const entry = { peerId: alder.id, name: 'alder', zone: 'attic', weight: 1, state: 'active', addresses: ['/ip4/127.0.0.1/tcp/1'], joinedAtMs: 5 } as const
  const empty = alder.catalog.layoutDigest()
  await alder.catalog.putLayout(entry)
  await alder.catalog.putAdmission({ peerId: 'cedar' as PeerId, role: 'peer', name: 'pi', inviteKey: 'ab', admittedAtMs: 6 })
  const camera = { id: 'porch' as CameraId, name: 'Porch', source: 'test', createdAtMs: 7, record: true }
  assert.equal((await alder.catalog.putCamera(camera)).copies, 2)
  await until('birch heard of all', () => layouts >= 2 && cameras >= 1)
  assert.deepEqual(birch.catalog.layout(), [entry])
  assert.equal(birch.catalog.admissions()[0]?.name, 'pi')
  assert.deepEqual(birch.catalog.cameras(), [camera])
  assert.equal(birch.catalog.isRevoked(alder.id), false)
  assert.equal(birch.catalog.layoutDigest(), alder.catalog.layoutDigest())
  assert.notEqual(birch.catalog.layoutDigest(), empty)
})

test('everything is there after stop and start', async ({ ring }) => {
  const alder = await ring.node('alder')
  for (let i = 0; i < 40; i++) await alder.catalog.addAsset(someFacts(`clip ${i}`), here)
  await alder.catalog.editAsset(someFacts('clip 7').id, { notes: 'the door', addTags: ['door'] })
  await alder.catalog.putRecording(someSession('porch', 1000, 's'))
  await alder.catalog.putCamera({ id: 'porch' as CameraId, name: 'Porch', source: 'test', createdAtMs: 7, record: true })
  const page = alder.catalog.index.assets({ limit: 500 })
  const digest = alder.catalog.layoutDigest()
  await alder.restart()
  const { catalog } = alder
  assert.deepEqual(catalog.index.assets({ limit: 500 }), page)
  assert.equal((await catalog.asset(someFacts('clip 7').id))?.notes, 'the door')
  assert.equal(catalog.index.recordings('porch' as CameraId, 0, 5000).length, 1)
  assert.equal(catalog.cameras().length, 1)
  assert.equal(catalog.layoutDigest(), digest)
})

test('a second process on the same folder is told so', async ({ ring }) => {
  const alder = await ring.node('alder')
  const twin = new FakeRing()
  const { FakeNode } = await import('./fake-ring.ts')
  const second = new FakeNode(twin, alder.id, alder.dir)
  await assert.rejects(second.start(), { code: 'ERR_DATA_FOLDER_LOCKED' })
})

test.run()
