import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { AssetPatch } from '../../../ring/catalog/catalog.ts'
import { type FakeNode, FakeRing, someFacts, someSession, until } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('catalog sync')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

/** Small, seeded, good enough to choose edits. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return (state >>> 8) % below
  }
}

const clip = (i: number): ReturnType<typeof someFacts> => someFacts(`clip ${i}`, { importedAtMs: i })

/** What must be found everywhere in the end, whoever else edited at the same time. */
interface Promised {
  assets: Set<number>
  tags: Set<string>
  words: Array<{ asset: number; word: string }>
  sessions: Set<string>
}

async function randomEdit(node: FakeNode, random: (below: number) => number, step: number, promised: Promised): Promise<void> {
  const { catalog, id } = node
  const i = random(20)
  const what = random(6)
  if (what === 0 || await catalog.asset(clip(i).id) === undefined) {
    await catalog.addAsset(clip(i), { node: id, path: `/${id}/${i}` })
    promised.assets.add(i)
    return
  }
  if (what === 1) {
    const session = `${id}-${random(5)}`
    await catalog.putRecording(someSession('porch', 3_600_000 * random(3), session, { node: id, bytes: step }))
    promised.sessions.add(session)
    return
  }
  const word = `<${id}${step}>`
  const notes = (await catalog.asset(clip(i).id))?.notes ?? ''
  const at = random(notes.split(' ').length)
  const patches: AssetPatch[] = [
    { title: word }, { rating: random(6) }, { addTags: [word] },
    { notes: [...notes.split(' ').slice(0, at), word, ...notes.split(' ').slice(at)].join(' ').trim() }
  ]
  await catalog.editAsset(clip(i).id, patches[what - 2] ?? {})
  if (what === 4) promised.tags.add(`${i} ${word}`)
  if (what === 5) promised.words.push({ asset: i, word })
}

async function contentOf({ catalog }: FakeNode): Promise<unknown> {
  const page = catalog.index.assets({ limit: 500 })
  const assets = await Promise.all(page.assets.map(({ facts }) => catalog.asset(facts.id)))
  assert.deepEqual(assets, page.assets, 'index and documents agree')
  return { page, recordings: catalog.index.recordings('porch' as CameraId, 0, 1e12), counts: catalog.index.counts(), cameras: catalog.cameras() }
}

for (const seed of [1, 2, 3, Date.now() % 1_000_000]) {
  test(`both sides of a cut edit, meet, and are equal with nothing missing (seed ${seed})`, async ({ ring }) => {
    const random = randomFrom(seed)
    const nodes = [await ring.node('alder'), await ring.node('birch')] as const
    const promised: Promised = { assets: new Set(), tags: new Set(), words: [], sessions: new Set() }
    for (let round = 0; round < 3; round++) {
      ring.cut(...nodes)
      for (let step = 0; step < 60; step++) await randomEdit(nodes[random(2) as 0 | 1], random, round * 100 + step, promised)
      if (random(2) === 0) await nodes[0].restart()
      ring.heal()
      await nodes[random(2) as 0 | 1].catalog.syncWith(nodes[random(2) as 0 | 1].id).catch(() => {}) // may be itself
      await nodes[0].catalog.syncWith(nodes[1].id)
      assert.deepEqual(await contentOf(nodes[0]), await contentOf(nodes[1]))
    }
    const { catalog } = nodes[1]
    for (const i of promised.assets) assert.ok(catalog.index.asset(clip(i).id), `asset ${i}`)
    for (const tag of promised.tags) {
      const [i, name = ''] = tag.split(' ')
      assert.ok(catalog.index.asset(clip(Number(i)).id)?.tags.includes(name), `tag ${tag}`)
    }
    for (const { asset, word } of promised.words) assert.ok(catalog.index.asset(clip(asset).id)?.notes.includes(word), `note ${word} of ${asset}`)
    const sessions = catalog.index.recordings('porch' as CameraId, 0, 1e12).map(({ session }) => session)
    for (const session of promised.sessions) assert.ok(sessions.includes(session), session)
  })
}

test('without any gossip a node that comes alive is brought up to date by itself', async ({ ring }) => {
  ring.gossipWorks = false
  const alder = await ring.node('alder')
  for (let i = 0; i < 5; i++) await alder.catalog.addAsset(clip(i), { node: alder.id, path: '/a' })
  const birch = await ring.node('birch')
  await until('birch has all', () => birch.catalog.index.counts().assets === 5)
})

test('a node cut off from the editor catches up through a third one', async ({ ring }) => {
  const [alder, birch, cedar] = [await ring.node('alder'), await ring.node('birch'), await ring.node('cedar')]
  ring.cut(alder, cedar)
  await alder.catalog.addAsset(clip(1), { node: alder.id, path: '/a' })
  await cedar.catalog.syncWith(birch.id)
  assert.ok(cedar.catalog.index.asset(clip(1).id))
})

test('catalogs that are equal exchange digests and no documents', async ({ ring }) => {
  const [alder, birch] = [await ring.node('alder'), await ring.node('birch')]
  for (let i = 0; i < 20; i++) await alder.catalog.addAsset(clip(i), { node: alder.id, path: '/a' })
  await alder.catalog.syncWith(birch.id)
  await alder.restart()
  await birch.restart()
  await alder.catalog.syncWith(birch.id)
  await birch.catalog.syncWith(alder.id)
  const before = ring.requests
  await alder.catalog.syncWith(birch.id)
  assert.equal(ring.requests - before, 1)
})

test('a change that builds on what was missed is not lost, and what was missed is fetched', async ({ ring }) => {
  ring.gossipWorks = false
  const [alder, birch] = [await ring.node('alder'), await ring.node('birch')]
  ring.cut(alder, birch)
  await alder.catalog.addAsset(clip(1), { node: alder.id, path: '/a' })
  ring.heal()
  await alder.catalog.editAsset(clip(1).id, { title: 'later' })
  await until('birch has both', () => birch.catalog.index.asset(clip(1).id)?.title === 'later')
})

test('when two copies are said the other node has said so, too', async ({ ring }) => {
  ring.gossipWorks = false
  const [alder, birch] = [await ring.node('alder'), await ring.node('birch')]
  const handler = birch.handlers.get('/thatdam/catalog/1.0.0')!
  let confirmed = false
  birch.handlers.set('/thatdam/catalog/1.0.0', async (...asked) => {
    await new Promise((resolve) => setTimeout(resolve, 50)) // a disk that takes its time
    const answer = await handler(...asked)
    confirmed = true
    return answer
  })
  assert.equal((await alder.catalog.addAsset(clip(1), { node: alder.id, path: '/a' })).copies, 2)
  assert.ok(confirmed)
  assert.ok(await birch.catalog.asset(clip(1).id))
})

test('an edit waits for a node that does not answer no longer than its deadline', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  birch.handlers.clear()
  const started = Date.now()
  assert.equal((await alder.catalog.addAsset(clip(1), { node: alder.id, path: '/a' })).copies, 1)
  birch.handlers.set('/thatdam/catalog/1.0.0', () => new Promise(() => {}))
  assert.equal((await alder.catalog.addAsset(clip(2), { node: alder.id, path: '/a' })).copies, 1)
  assert.ok(Date.now() - started < 4000)
  birch.handlers.set('/thatdam/catalog/1.0.0', () => Promise.reject(new Error('stopped')))
})

test('a comparison with a member that is not there says so', async ({ ring }) => {
  const alder = await ring.node('alder')
  await assert.rejects(alder.catalog.syncWith('nobody' as PeerId), { code: 'ERR_MEMBER_UNREACHABLE' })
})

test.run()
