import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { RelationMap } from '#protocols/http.ts'
import { emitter } from '#ring/base/emitter.ts'
import type { MomentQuery, Moments } from '../../../../node/understanding/moments/moments.ts'
import type { SameMoment } from '../../../../node/understanding/takes/same-moments.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { anyVector, assetOf, type FakeClip, idOf, near, type RelationRing, relationRing, SELF, SPACE } from '../../../support/relation-clips.ts'
import { until } from '../../../support/until.ts'
import { randomOf } from '../../../support/random.ts'

interface Context { dir: string; path: string; running: RelationRing[] }
const test = suite<Context>('relations')

test.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-relations-'))
  context.path = join(context.dir, 'relations')
  context.running = []
})
test.after.each(async ({ dir, running }) => {
  for (const { relations } of running) await relations.stop()
  await rm(dir, { recursive: true })
})

const everybody = { maySee: (): boolean => true }
/** Who sees one album. */
const hers = { albums: ['theirs'], maySee: ({ albums }: { readonly albums: readonly string[] }): boolean => albums.includes('theirs') }
const map = (ring: RelationRing): Promise<RelationMap> => ring.relations.map(everybody)

async function begin(context: Context, clips: readonly FakeClip[], ...how: Parameters<typeof relationRing> extends [string, ...infer Rest] ? Rest : never): Promise<RelationRing> {
  const ring = relationRing(context.path, ...how)
  context.running.push(ring)
  for (const clip of clips) ring.put(clip)
  await ring.relations.start()
  return ring
}
const known = (ring: RelationRing, count: number) => until(async () => (await map(ring)).nodes.length === count, `${count} clips are on the map`)

/** Six clips at the sea, five of a rehearsal and four that nobody described, one about nothing of it all. */
function library(): FakeClip[] {
  const random = randomOf(7)
  const [sea, rehearsal, other] = [anyVector(random), anyVector(random), anyVector(random)]
  const about = (middle: Float32Array, from: number, count: number, words: Partial<FakeClip>): FakeClip[] => Array.from({ length: count }, (_, i) => ({ id: idOf(from + i), scenes: [{ vector: near(middle, 0.93, random) }], ...words }))
  return [
    ...about(sea, 1, 6, { tags: ['harbour', 'b-roll'] }), ...about(rehearsal, 20, 5, { title: 'Rehearsal 2', tags: ['b-roll'] }), ...about(other, 40, 4, { title: 'IMG 0042' }),
    { id: idOf(60), scenes: [{ vector: anyVector(random) }], tags: ['harbour'] }
  ]
}

test('clips about the same are a topic, named by what is frequent in it and rare outside; without such a word it has no name', async (context) => {
  const ring = await begin(context, library())
  await known(ring, 16)
  const { topics, nodes } = await map(ring)
  assert.equal(topics.map(({ name, assets }) => [name, assets.length]), [['harbour', 6], ['rehearsal', 5], ['Without a name', 4]])
  assert.equal(nodes.find(({ asset }) => asset === idOf(60))?.topic, null)
  assert.ok(nodes.every(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1))
})

test('topics and places are the same in whatever order clips come', async (context) => {
  const clips = library()
  const first = await begin(context, clips)
  await known(first, 16)
  const second = relationRing(join(context.dir, 'other'))
  context.running.push(second)
  for (const clip of clips.toReversed()) second.put(clip)
  await second.relations.start()
  await known(second, 16)
  const sorted = ({ nodes, topics }: RelationMap): unknown => [nodes.toSorted((a, b) => a.asset < b.asset ? -1 : 1), topics]
  assert.equal(sorted(await map(second)), sorted(await map(first)))
})

test('clips that share a scene know where in both it is; alike in numbers only, or described by another model, they do not', async (context) => {
  const random = randomOf(11)
  const [quay, face] = [anyVector(random), anyVector(random)]
  const [layout, otherLayout] = ['ffff0000ffff0000', '0123456789abcdef']
  const clips: FakeClip[] = [
    { id: idOf(1), scenes: [{ vector: face, hash: layout, ms: 2000 }, { vector: quay, hash: layout, ms: 3000 }] },
    { id: idOf(2), scenes: [{ vector: near(quay, 0.97, random), hash: 'ffff0000ffff0003', ms: 1500 }] },
    { id: idOf(3), scenes: [{ vector: near(quay, 0.97, random), hash: otherLayout }] }
  ]
  const ring = await begin(context, clips)
  await until(async () => (await ring.relations.related(ring.assets.get(idOf(1))!, everybody)).sameScene.length > 0, 'the scene is found')
  const [scene, ...others] = (await ring.relations.related(ring.assets.get(idOf(1))!, everybody)).sameScene
  assert.equal([scene?.asset, scene?.fromMs, scene?.toMs, scene?.otherFromMs, scene?.otherToMs, others.length], [idOf(2), 2000, 5000, 0, 1500, 0])
  const [back] = (await ring.relations.related(ring.assets.get(idOf(2))!, everybody)).sameScene
  assert.equal([back?.asset, back?.fromMs, back?.otherFromMs], [idOf(1), 0, 2000])
  ring.drop(idOf(1))
  await until(async () => (await ring.relations.related(ring.assets.get(idOf(2))!, everybody)).sameScene.length === 0, 'it goes with the clip')
  const elsewhere = relationRing(join(context.dir, 'other'), { space: () => 'other-model-fp32-000000' as SpaceId })
  context.running.push(elsewhere)
  for (const clip of clips) elsewhere.put(clip)
  await elsewhere.relations.start()
  assert.is((await map(elsewhere)).nodes.length, 0)
})

test('scenes that the search brings are compared, too, and only those that hold are kept', async (context) => {
  const random = randomOf(5)
  const quay = anyVector(random)
  const asked: MomentQuery[] = []
  const moments: Pick<Moments, 'search'> = { async search(query) {
    asked.push(query)
    const found = [idOf(30), idOf(31)].map((id) => ({ subject: { kind: 'asset' as const, id }, score: 1, moments: [{ level: 2 as const, fromMs: 0, toMs: 1000, pictureMs: 500, score: 1, why: [{ sense: 'picture' as const, score: 0.95 }] }] }))
    return { found, coverage: { understoodMs: 1, totalMs: 1, silent: ['cedar'], off: [] } }
  } }
  // The clip with the quay in its last minute is no neighbour as a whole.
  const filler = Array.from({ length: 20 }, (_, i): FakeClip => ({ id: idOf(1 + i), scenes: [{ vector: near(quay, 0.8, random), ms: 9000 }] }))
  const ring = await begin(context, [...filler, { id: idOf(30), scenes: [{ vector: anyVector(random), ms: 60_000 }, { vector: near(quay, 0.98, random) }] }, { id: idOf(31), scenes: [{ vector: anyVector(random) }] }, { id: idOf(29), scenes: [{ vector: quay }] }], { moments })
  await until(async () => (await ring.relations.related(ring.assets.get(idOf(29))!, everybody)).sameScene.length === 1, 'the scene is found')
  const { sameScene, more, off, notes } = await ring.relations.related(ring.assets.get(idOf(29))!, everybody)
  assert.equal(sameScene.map(({ asset, otherFromMs }) => [asset, otherFromMs]), [[idOf(30), 60_000]])
  assert.equal(more.map(({ asset, pictureMs, likeness }) => [asset, pictureMs, likeness]), [[idOf(30), 500, 0.95], [idOf(31), 500, 0.95]])
  assert.match(notes.join(), /cedar did not answer/)
  assert.equal(off, [], 'nobody can turn that on')
  assert.ok(asked.some(({ like, levels }) => like !== undefined && 'vector' in like && like.space === SPACE && levels?.join() === '2'), 'scenes are searched for in their space')
})

test('what was found out is there after a restart without reading anything; a damaged file is made anew', async (context) => {
  const clips = library()
  const first = await begin(context, clips)
  await known(first, 16)
  const before = await map(first)
  await first.relations.stop()
  const second = await begin(context, clips)
  await known(second, 16)
  assert.is(second.reads, 0)
  assert.equal((await map(second)).topics, before.topics)
  await second.relations.stop()
  const bytes = await readFile(context.path)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(context.path, bytes)
  const third = await begin(context, clips)
  await known(third, 16)
  assert.ok(third.reads >= 16)
  assert.equal((await map(third)).topics, before.topics)
})

test('a clip that was tagged anew names its topic without being read again', async (context) => {
  const clips = library()
  const ring = await begin(context, clips)
  await known(ring, 16)
  const { reads } = ring
  for (const clip of clips.filter(({ title }) => title === 'IMG 0042')) ring.put({ ...clip, tags: ['night'] })
  assert.equal((await map(ring)).topics.map(({ name }) => name), ['harbour', 'rehearsal', 'night'])
  assert.is(ring.reads, reads)
})

test('other words for what is seen name topics anew; what is alike is not looked for again', async (context) => {
  const clips = library()
  const words = { now: 'night', changed: emitter<string>() }
  const searched: MomentQuery[] = []
  const ring = await begin(context, clips, {
    labels: async ({ analysis: { durationMs } }) => [`${words.now} ${durationMs}`], labelWords: () => words.now, labelWordsChanged: words.changed,
    moments: { async search(query) { searched.push(query); return { found: [], coverage: { understoodMs: 1, totalMs: 1, silent: [], off: [] } } } }
  })
  await known(ring, 16)
  const { length } = searched
  words.now = 'dusk'
  words.changed.emit('understanding')
  await until(async () => (await ring.relations.related(ring.assets.get(idOf(1))!, everybody)).topics.length > 0 && ring.reads >= 32, 'all are read again')
  ring.put({ ...clips[0]!, title: 'other' })
  assert.equal(searched.filter(({ levels }) => levels?.join() === '2').length, length)
  await ring.relations.stop()
  assert.ok((await readFile(context.path)).includes('dusk 1000'))
})

test('nobody is told of clips they may not see', async (context) => {
  const clips = library().map((clip, at) => ({ ...clip, albums: at % 2 === 0 ? ['theirs'] : [] }))
  const [span, here] = [{ fromMs: 500, toMs: 900 }, { fromMs: 0, toMs: 400 }]
  const sameMomentsOf = async (): Promise<SameMoment[]> => [...[idOf(2), idOf(3)].map((id) => ({ subject: { kind: 'asset' as const, id }, span, here, by: 'sound' as const })), { subject: { kind: 'camera', id: 'porch' as CameraId }, span, here, by: 'clock' }]
  const ring = await begin(context, clips, { sameMomentsOf })
  await known(ring, 16)
  ring.pairs = [{ assets: [assetOf(clips[0]!), assetOf(clips[1]!)], distance: 3 }]
  const { nodes, edges, topics } = await ring.relations.map(hers)
  const theirs = new Set(clips.filter(hers.maySee as never).map(({ id }) => id as string))
  assert.ok(nodes.length === theirs.size && nodes.every(({ asset }) => theirs.has(asset)) && edges.every(({ from, to }) => theirs.has(from) && theirs.has(to)))
  assert.ok(topics.every(({ assets }) => assets.every((asset) => theirs.has(asset))))
  const related = await ring.relations.related(ring.assets.get(idOf(1))!, hers)
  assert.equal(related.duplicates, [])
  assert.equal(related.sameMoment.map(({ id, fromMs }) => [id, fromMs]), [[idOf(3), 500]])
  assert.equal((await ring.relations.related(ring.assets.get(idOf(1))!, everybody)).sameMoment.map(({ id, title }) => [id, title]).at(-1), ['porch', 'Porch'])
  assert.ok(related.more.length > 0 && related.more.every(({ asset }) => theirs.has(asset)))
})

test('a topic is named and told apart by the clips that somebody sees, and by no others', async (context) => {
  const [sea, others] = [library().slice(0, 6), library().slice(6)]
  const ring = await begin(context, [...sea.map((clip, at) => at < 3 ? { ...clip, tags: ['pier'], albums: ['theirs'] } : { ...clip, tags: ['secret'] }), ...others.map((clip) => ({ ...clip, albums: ['theirs'] }))])
  await known(ring, 16)
  assert.is((await map(ring)).topics.find(({ assets }) => assets.includes(idOf(1)))?.name, 'pier, secret')
  const [topic] = (await ring.relations.map(hers)).topics.filter(({ assets }) => assets.includes(idOf(1)))
  assert.equal([topic?.name, [...topic?.assets ?? []].sort(), topic?.id], ['pier', [idOf(1), idOf(2), idOf(3)], `topic-${topic?.assets[0]?.slice(0, 12)}`])
  assert.equal((await ring.relations.related(ring.assets.get(idOf(1))!, hers)).topics, [{ id: topic?.id, name: 'pier' }])
})

test('who sees one album is told of the nearest clips of that, however many others are nearer', async (context) => {
  const random = randomOf(23)
  const middle = anyVector(random)
  const clips = Array.from({ length: 40 }, (_, i): FakeClip => ({ id: idOf(1 + i), scenes: [{ vector: near(middle, i < 30 ? 0.98 : 0.8, random) }], albums: i === 0 || i >= 30 ? ['theirs'] : [] }))
  const asked: MomentQuery[] = []
  const ring = await begin(context, clips)
  await known(ring, 40)
  assert.is((await ring.relations.related(ring.assets.get(idOf(1))!, hers)).more.length, 10)
  await ring.relations.stop()
  const searching = relationRing(join(context.dir, 'searching'), { moments: { async search(query) {
    asked.push(query)
    return { found: [], coverage: { understoodMs: 0, totalMs: 0, silent: [], off: [] } }
  } } })
  context.running.push(searching)
  for (const clip of clips.slice(0, 4)) searching.put(clip)
  await searching.relations.start()
  await known(searching, 4)
  await searching.relations.related(searching.assets.get(idOf(1))!, hers)
  assert.equal(asked.filter(({ like }) => like !== undefined && 'subject' in like).map(({ albums }) => albums), [['theirs']])
})

test('duplicates are told with how alike they are, and stand for the pair on the map', async (context) => {
  const clips = library()
  const ring = await begin(context, [])
  ring.pairs = [{ assets: [assetOf(clips[0]!), assetOf(clips[1]!)], distance: 4 }]
  for (const clip of clips) ring.put(clip)
  await known(ring, 16)
  const { duplicates, more } = await ring.relations.related(ring.assets.get(idOf(1))!, everybody)
  assert.equal(duplicates.map(({ asset, likeness }) => [asset, likeness]), [[idOf(2), 1 - 4 / 64]])
  assert.not(more.some(({ asset }) => asset === idOf(2)))
  assert.equal((await map(ring)).edges.filter(({ kind }) => kind === 'duplicate').map(({ from, to }) => [from, to]), [[idOf(1), idOf(2)]])
})

test('a node that owns some of the clips has all of them on its map, topics and all, and searches for scenes of its own alone until somebody asks', async (context) => {
  const clips = library()
  const searched: string[] = []
  const moments: Pick<Moments, 'search'> = { async search({ like, levels }) {
    if (levels?.join() === '2' && like !== undefined && 'vector' in like) searched.push(clips.find(({ scenes: [scene] }) => scene?.vector.every((number, i) => Math.abs(number - like.vector[i]!) < 1e-4))?.id ?? '')
    return { found: [], coverage: { understoodMs: 0, totalMs: 0, silent: [], off: [] } }
  } }
  const mine = (id: string): boolean => Number.parseInt(id.slice(0, 2), 16) < 30
  const ring = await begin(context, clips, { moments }, (partition) => [partition < 30 ? SELF : 'birch-peer' as PeerId])
  await until(async () => (await map(ring)).nodes.length > 0, 'its own come first')
  const first = await map(ring)
  assert.ok(first.nodes.length === 16 || first.notes.join().includes('not on the map yet'))
  await known(ring, 16)
  const whole = await map(ring)
  assert.equal([whole.topics.map(({ assets }) => assets.length), whole.notes, whole.off], [[6, 5, 4], [], []])
  assert.ok(searched.length > 0 && searched.every(mine))
  const foreign = clips.find(({ id }) => !mine(id))!
  await ring.relations.related(ring.assets.get(foreign.id)!, everybody)
  assert.is(searched.at(-1), foreign.id)
  const { length } = searched
  await ring.relations.related(ring.assets.get(foreign.id)!, everybody)
  assert.is(searched.length, length, 'once')
})

test('what is off is said: no model, or pictures that were not looked at yet', async (context) => {
  const ring = await begin(context, [], { space: () => undefined, whyNoSpace: () => 'No model for pictures is there: fetch one in Settings, Models.' })
  ring.put(library()[0]!)
  assert.match((await ring.relations.related(ring.assets.get(idOf(1))!, everybody)).off.join(), /No model for pictures/)
  assert.match((await map(ring)).off.join(), /No model for pictures/)
  const other = relationRing(join(context.dir, 'other'))
  context.running.push(other)
  other.put(library()[0]!, false)
  assert.match((await other.relations.related(other.assets.get(idOf(1))!, everybody)).notes.join(), /not looked at yet/)
})

test.run()
