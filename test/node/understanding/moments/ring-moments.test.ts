import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidQueryError } from '#protocols/errors.ts'
import type { AssetId, CameraId, ChunkId, Partition } from '#protocols/ids.ts'
import { NOTHING_SAID } from '../../../../node/understanding/analysis/analysis.ts'
import { LIVE, type SubjectEntries, type WordsEntry } from '../../../../node/understanding/index/entries.ts'
import { partitionOfSubject } from '../../../../node/understanding/index/store.ts'
import type { Found, MomentQuery } from '../../../../node/understanding/moments/moments.ts'
import { sliceOf } from '../../../../node/understanding/moments/wire.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import type { Subject } from '../../../../node/understanding/subject.ts'
import { colour, COLOUR_SPACE, COLOURS, createMomentRing, meaning, MEANING_SPACE, type MomentNode, type MomentRing } from '../../../support/moment-ring.ts'

const NAMES = ['alder', 'birch', 'cedar', 'dogwood']
const clips = new Map<string, Subject & { kind: 'asset' }>()

const test = suite('moments, asked of the whole ring')
let ring: MomentRing
let alder: MomentNode
let birch: MomentNode

const picture = (name: string, atMs: number, level: 1 | 2 = 1, toMs = atMs) => ({ space: COLOUR_SPACE, level, fromMs: atMs, toMs, pictureMs: atMs, vector: colour(name) })
const line = (text: string, fromMs: number, sense: WordsEntry['sense'] = 'speech'): WordsEntry => ({ level: 1, sense, fromMs, toMs: fromMs + 1_000, pictureMs: fromMs, text })
const entries = (subject: Subject, parts: Partial<SubjectEntries>): SubjectEntries => ({ subject, vectors: [], words: [], understood: { ms: 10_000, readings: ['analysis@1', `vectors@${COLOUR_SPACE}`] }, ...parts })
const ask = (query: MomentQuery, node = alder) => node.moments.search(query)
const nameOf = ({ subject }: Found): string => [...clips].find(([, { id }]) => id === subject.id)?.[0] ?? subject.id

test.before(async () => {
  ring = await createMomentRing(NAMES)
  ;[alder, birch] = ring.nodes as [MomentNode, MomentNode]
  for (const name of COLOURS) {
    const subject = await ring.import(`${name}-clip.mp4`, name === 'red' || name === 'blue' ? ['wedding'] : [])
    clips.set(name, subject)
    await ring.put(entries(subject, { vectors: [picture(name, 4_000)], words: name === 'blue' ? [line('we sail to the harbour', 7_000)] : [] }))
  }
})
test.after(() => ring.stop())

test('each of eight colours is found first, from any node, at its second', async () => {
  for (const node of ring.nodes) {
    for (const name of COLOURS) {
      const { found, coverage } = await ask({ text: `a ${name} wall`, senses: ['picture'] }, node)
      assert.deepEqual([nameOf(found[0]!), found[0]!.moments[0]?.fromMs, found[0]!.moments[0]?.why], [name, 4_000, [{ sense: 'picture', score: 1 }]])
      assert.deepEqual(coverage, { understoodMs: 80_000, totalMs: 80_000, silent: [], off: [] })
    }
  }
})

test('words and pictures are one answer, and each moment says why it is in it', async () => {
  const { found } = await ask({ text: 'blue harbour' })
  assert.equal(nameOf(found[0]!), 'blue')
  const reasons = found[0]!.moments.flatMap(({ fromMs, why }) => why.map(({ sense, text }) => [fromMs, sense, text]))
  assert.ok(reasons.some(([at, sense]) => at === 4_000 && sense === 'picture'), JSON.stringify(reasons))
  assert.ok(reasons.some(([at, sense, text]) => at === 7_000 && sense === 'speech' && text === 'we sail to the harbour'), JSON.stringify(reasons))
})

test('a name is found, too, and a filter leaves out what it does not find', async () => {
  assert.deepEqual((await ask({ text: 'violet-clip', levels: [0] })).found.map(nameOf), ['violet'])
  await ring.library.ring.catalog.editAsset(clips.get('green')!.id, { addTags: ['forest'] })
  const { found } = await ask({ text: 'blue', filter: 'tag:forest', senses: ['picture', 'speech'] })
  assert.deepEqual(found.map(nameOf), ['green'])
})

test('a name is found among many others by who sees one album only, and in one clip', async () => {
  const { found } = await ask({ text: 'clip', senses: ['name'], albums: ['wedding'], limit: 1 })
  assert.ok(['red', 'blue'].includes(nameOf(found[0]!)), 'the first names of all are those of others')
  for (const name of ['red', 'white'] as const) assert.deepEqual((await ask({ text: 'clip', senses: ['name'], within: clips.get(name)!, limit: 1 })).found.map(nameOf), [name])
})

test('a filter that can not be read is refused, whatever is looked for, and no node is said to be silent', async () => {
  const { search } = ring.library.ring.catalog
  const { ids, page } = search
  const refused = <T>(act: (query: { q: string }) => Promise<T>) => async (query: { q: string }) => {
    if (query.q.includes('rating:')) throw new InvalidQueryError('rating is a number', 0)
    return act(query)
  }
  Object.assign(search, { ids: refused(ids as never), page: refused(page as never) })
  for (const senses of [undefined, ['speech'], ['picture']] as const) await assert.rejects(ask({ text: 'red', filter: 'rating:lots', ...(senses && { senses }) }), InvalidQueryError)
  Object.assign(search, { ids, page })
})

test('who may see some albums finds what is in them, whatever they ask, and no camera', async () => {
  const porch: Subject = { kind: 'camera', id: 'porch' as CameraId }
  await ring.put(entries(porch, { stretch: { fromMs: 0, toMs: 10_000 }, vectors: [picture('red', 2_000)] }))
  const wedding = { albums: ['wedding'], maySee: () => true }
  for (const query of [{ text: 'green' }, { text: 'clip' }, { like: { space: COLOUR_SPACE, vector: colour('green') } }, { text: 'red', cameras: ['porch' as CameraId] }, { text: 'red', within: porch }, { text: 'red', within: clips.get('green')! }]) {
    const { found } = await ask({ ...query, ...wedding, limit: 200 })
    assert.ok(found.every((one) => ['red', 'blue'].includes(nameOf(one))), JSON.stringify([query, found.map(nameOf)]))
  }
  assert.deepEqual((await ask({ text: 'green', senses: ['picture'], ...wedding })).found.map(nameOf).sort(), ['blue', 'red'])
  assert.deepEqual((await ask({ text: 'green', senses: ['picture'], albums: [] })).found, [])
  assert.deepEqual((await ask({ text: 'red', cameras: [porch.id as CameraId] })).found.map(({ subject }) => subject), [porch])
})

test('who may see some albums is told how much of those is understood, and nothing of how much else there is', async () => {
  const coverage = async (query: object) => (await ask({ text: 'green', senses: ['picture'], ...query })).coverage
  assert.deepEqual(await coverage({ albums: ['wedding'] }), { understoodMs: 0, totalMs: 20_000, silent: [], off: [] })
  await ring.library.ring.catalog.editAsset(clips.get('red')!.id as AssetId, { made: { [`vectors@${COLOUR_SPACE}`]: 'blob' as ChunkId } })
  assert.deepEqual(await coverage({ albums: ['wedding'] }), { understoodMs: 10_000, totalMs: 20_000, silent: [], off: [] })
  assert.deepEqual([(await coverage({ albums: [] })).totalMs, (await coverage({})).totalMs], [0, 80_000])
})

test('more like a picture that is known; one that is not is refused', async () => {
  const { found } = await ask({ like: { subject: clips.get('cyan')!, atMs: 0 } })
  assert.equal(nameOf(found[0]!), 'cyan')
  for (const times of [0.001, 1_000]) {
    const [first] = (await ask({ like: { space: COLOUR_SPACE, vector: colour('cyan').map((value) => value * times) } })).found
    assert.deepEqual([nameOf(first!), first!.moments[0]!.why], ['cyan', [{ sense: 'picture', score: 1 }]], 'whatever its length')
  }
  await assert.rejects(ask({ like: { subject: { kind: 'camera', id: 'nowhere' as CameraId }, atMs: 0 } }), /not understood/)
})

test('more like a picture that was read by an earlier model, too, is looked for in the space that is searched', async () => {
  const green = clips.get('green')!
  const before = { ...picture('white', 4_000), space: 'colours-0' as SpaceId }
  await ring.put(entries(green, { vectors: [before, picture('green', 4_000)] }))
  for (const node of ring.nodes) assert.deepEqual((await ask({ like: { subject: green, atMs: 4_000 }, limit: 8 }, node)).found.length, 8)
  await ring.put(entries(green, { vectors: [before] }))
  assert.deepEqual((await ask({ like: { subject: green, atMs: 4_000 }, limit: 8 })).found.map(nameOf), ['green'], 'what has no other is compared with its like')
  await ring.put(entries(green, { vectors: [picture('green', 4_000)] }))
})

test('a member that answers nonsense, or of what it was not asked, changes nothing', async () => {
  const hit = { subject: { isCamera: false, id: clips.get('red')!.id }, level: 1, sense: 'picture', fromMs: 0, toMs: 1, pictureMs: 0, score: 1, text: '' }
  const answer = (change: object, partitions: number[], declined: number[] = []) => sliceOf({ pictures: [{ ...hit, ...change }], words: [], meanings: [], understoodMs: 1, notes: [], declined }, partitions as never)
  const own = Number.parseInt(hit.subject.id.slice(0, 2), 16)
  assert.equal(answer({}, [own]).pictures.length, 1)
  assert.equal(answer({}, [(own + 1) % 256]).pictures.length, 0)
  assert.deepEqual([answer({}, [own], [own, 7]).pictures.length, answer({}, [own], [own, 7]).declined], [0, [own]], 'what is declined is not answered, too')
  for (const change of [{ fromMs: Number.NaN }, { score: Infinity }, { level: 7 }, { sense: 'smell' }, { subject: { isCamera: false, id: 'x' } }, { subject: null }, { toMs: -5 }]) assert.throws(() => answer(change, [own]), JSON.stringify(change))
  assert.throws(() => sliceOf({ pictures: [], words: [], meanings: [], understoodMs: -1, notes: [], declined: [] }, []))
})

test('a question that can not be meant is refused with what to change', async () => {
  for (const [query, why] of [[{}, /say what/], [{ text: 'x'.repeat(501) }, /500/], [{ text: 'a', limit: 0 }, /1 to 200/], [{ text: 'a', senses: ['smell' as never] }, /they are/], [{ text: 'a', levels: [5 as never] }, /0, 1 and 2/]] as const) await assert.rejects(ask(query), why)
  await assert.rejects(ask({ like: { space: COLOUR_SPACE, vector: Float32Array.of(Number.NaN) } }), /finite/)
})

test('what one node sees live is found from every node at once, and once where its owners have it, too', async () => {
  const gate: Subject = { kind: 'camera', id: 'gate' as CameraId }
  const owners = ring.owners(partitionOfSubject(gate) as never)
  const looker = ring.nodes.find(({ id }) => !owners.includes(id))!
  const seen = entries(gate, { stretch: { fromMs: 60_000, toMs: 70_000 }, vectors: [picture('violet', 64_000)], words: [line('gate is open', 64_000, 'words')], understood: { ms: 10_000, readings: [LIVE, `vectors@${COLOUR_SPACE}`] } })
  const atGate = async (node: MomentNode, rest: MomentQuery = {}): Promise<unknown> => (await ask({ text: 'violet gate', limit: 200, ...rest }, node)).found.filter(({ subject }) => subject.id === gate.id).map(({ moments }) => moments.map(({ fromMs, why }) => [fromMs, why.map(({ sense }) => sense).sort()]))
  const once = [[[64_000, ['picture', 'words']]]]
  await looker.index.put(seen)
  for (const node of ring.nodes) assert.deepEqual(await atGate(node), once)
  for (const node of ring.nodes) assert.deepEqual((await ask({ like: { subject: gate, atMs: 64_000 } }, node)).found.map(nameOf).slice(0, 2).sort(), ['gate', 'violet'])
  assert.deepEqual([await atGate(alder, { cameras: [] }), await atGate(alder, { albums: ['wedding'] }), await atGate(alder, { fromMs: 80_000 }), await atGate(alder, { within: gate })], [[], [], [], once])
  await ring.put(seen)
  assert.deepEqual(await atGate(alder), once)
  for (const { index } of ring.nodes) await index.remove(gate)
  assert.deepEqual(await atGate(alder), [])
})

test('a node that sees something live and does not answer is named, and kept nobody waiting for ever', async () => {
  const gate: Subject = { kind: 'camera', id: 'gate' as CameraId }
  const looker = ring.nodes[3]!
  await looker.index.put(entries(gate, { stretch: { fromMs: 0, toMs: 9_000 }, vectors: [picture('violet', 4_000)], understood: { ms: 9_000, readings: [LIVE] } }))
  assert.deepEqual((await ask({ text: 'violet' })).coverage.silent, [])
  ring.net.hang(looker.id)
  assert.deepEqual((await ask({ text: 'violet' })).coverage.silent, ['dogwood'])
  ring.net.hang(looker.id, false)
  await looker.index.remove(gate)
})

test('who came to own something only now, and has it not yet, is not asked for it; when nobody has all, each answers what it has', async () => {
  const red = clips.get('red')!
  const partition = partitionOfSubject(red) as Partition
  const [first, second] = ring.owners(partition).map((owner) => ring.nodes.find(({ id }) => id === owner)!) as [MomentNode, MomentNode]
  const redFrom = async (node: MomentNode) => {
    const { found, coverage } = await ask({ text: 'red', senses: ['picture'], within: red }, node)
    return [found.map(nameOf), coverage.understoodMs, coverage.totalMs, coverage.silent]
  }
  for (const [without, other] of [[first, second], [second, first]] as const) {
    await without.index.remove(red)
    without.unfilled.add(partition)
    for (const node of ring.nodes) assert.deepEqual(await redFrom(node), [['red'], 10_000, 10_000, []])
    other.unfilled.add(partition)
    for (const node of ring.nodes) assert.deepEqual((await redFrom(node))[3], [], 'nobody is silent')
    for (const node of ring.nodes) assert.deepEqual((await ask({ text: 'green' }, node)).coverage.silent, [])
    assert.deepEqual(await redFrom(other), [['red'], 10_000, 10_000, []], 'the nearest that has it answers')
    for (const { unfilled } of ring.nodes) unfilled.clear()
    await ring.put(entries(red, { vectors: [picture('red', 4_000)] }))
  }
})

test('a node that dies is replaced by the others that have the same, and one that hangs is not waited for', async () => {
  ring.net.hang(birch.id)
  const before = await ask({ text: 'green', limit: 8 })
  assert.deepEqual([before.found.length, before.coverage.understoodMs, before.coverage.silent], [8, 80_000, []])
  ring.net.kill(birch.id) // nobody has noticed yet
  const after = await ask({ text: 'green', limit: 8 })
  assert.deepEqual([after.found.map(nameOf), after.coverage.silent], [before.found.map(nameOf), []])
  ring.kill(birch)
  assert.deepEqual((await ask({ text: 'green', limit: 8 })).found.map(nameOf), before.found.map(nameOf))
})

test('what no living node has is said, and whose it was', async () => {
  ring.kill(ring.nodes[2]!) // birch is dead already
  const { found, coverage } = await ask({ text: 'green', senses: ['picture'], limit: 8 })
  const gone = [...clips].filter(([, { id }]) => ring.owners(Number.parseInt(id.slice(0, 2), 16) as never).every((peer) => peer === ring.nodes[1]!.id || peer === ring.nodes[2]!.id)).map(([name]) => name)
  assert.deepEqual(found.map(nameOf).sort(), COLOURS.filter((name) => !gone.includes(name)).sort())
  assert.deepEqual([coverage.silent, coverage.understoodMs, coverage.totalMs], [['birch', 'cedar'], 80_000 - gone.length * 10_000, 80_000])
})

test('what left the library is found no more, also before the indexes know', async () => {
  await ring.library.ring.catalog.editAsset(clips.get('red')!.id, { deleted: true })
  assert.ok(!(await ask({ text: 'red', limit: 20 })).found.some((one) => nameOf(one) === 'red'))
})

test('a node without a model asks one that has it, and says so where nobody has one', async () => {
  await ring.stop()
  ring = await createMomentRing(NAMES, { models: ['cedar'] })
  const red = await ring.import('red-clip.mp4')
  await ring.put(entries(red, { vectors: [picture('red', 1_000)] }))
  assert.equal((await ask({ text: 'red', senses: ['picture'] }, ring.nodes[0])).found[0]?.subject.id, red.id)
  ring.kill(ring.nodes[2]!)
  const { found, coverage } = await ask({ text: 'red', senses: ['picture'] }, ring.nodes[0])
  assert.deepEqual([found, coverage.off.length], [[], 1])
  assert.match(coverage.off[0]!, /no model/)
})

test('of what is said as much is understood as was heard or written down, and that nobody listens is said', async () => {
  const own = await createMomentRing(['elm'], { whyOff: (sense) => sense === 'speech' ? 'no model listens' : undefined })
  const understood = async (query: MomentQuery) => (await ask({ text: 'harbour', ...query }, own.nodes[0])).coverage
  const [said, silent] = [await own.import('said', ['wedding']), await own.import('silent', ['wedding'])]
  for (const subject of [said, silent]) await own.put(entries(subject, { vectors: [picture('red', 4_000)] }))
  const nothing = { understoodMs: 0, totalMs: 20_000, silent: [], off: ['What is said: no model listens'] }
  for (const query of [{}, { albums: ['wedding'] }]) assert.deepEqual(await understood({ ...query, senses: ['speech'] }), nothing)
  await own.put(entries(said, { words: [line('to the harbour', 1_000)], understood: { ms: 10_000, readings: [`vectors@${COLOUR_SPACE}`, 'transcript@original'] } }))
  await own.library.ring.catalog.editAsset(said.id, { made: { 'transcript@original': 'blob' as ChunkId } })
  for (const query of [{}, { albums: ['wedding'] }]) assert.deepEqual(await understood({ ...query, senses: ['speech'] }), { ...nothing, understoodMs: 10_000 })
  assert.deepEqual([(await understood({ senses: ['picture'] })), (await understood({ senses: ['picture', 'speech'] })).understoodMs, (await understood({})).off], [{ ...nothing, understoodMs: 20_000, off: [] }, 10_000, nothing.off])
  await own.stop()
})

test('of a question within one clip or camera it is said how much of that is understood, whatever else lies beside it', async () => {
  const own = await createMomentRing(['elm'])
  const porch: Subject = { kind: 'camera', id: 'porch' as CameraId }
  const id = (end: number): AssetId => `07${'0'.repeat(61)}${end}` as AssetId
  const [read, unread] = [await own.import('read', ['wedding'], undefined, id(1)), await own.import('unread', [], undefined, id(2))]
  Object.assign(own.library.ring.catalog.index, { hourSizes: () => [{ startMs: 0, endMs: 60_000 }, { startMs: 60_000, endMs: 90_000 }] })
  await own.put(entries(read, { vectors: [picture('red', 4_000)] }))
  await own.put(entries(unread, { understood: { ms: 10_000, readings: ['analysis@1'] } }))
  for (const [fromMs, readings] of [[0, [`vectors@${COLOUR_SPACE}`]], [30_000, ['seen@30000-60000@blob']]] as const) await own.put(entries(porch, { stretch: { fromMs, toMs: fromMs + 30_000 }, understood: { ms: 30_000, readings } }))
  const covered = async (query: MomentQuery): Promise<number[]> => {
    const { coverage: { understoodMs, totalMs } } = await ask({ text: 'red', senses: ['picture'], ...query }, own.nodes[0])
    return [understoodMs, totalMs]
  }
  assert.deepEqual(await Promise.all([read, unread, porch].map((within) => covered({ within }))), [[10_000, 10_000], [0, 10_000], [30_000, 90_000]])
  assert.deepEqual(await Promise.all([read, unread, porch].map((within) => covered({ within, albums: ['wedding'] }))), [[10_000, 10_000], [0, 0], [0, 0]])
  await own.stop()
})

test('a sentence finds the clip whose title means it, in none of its words, from any node', async () => {
  const own = await createMomentRing(NAMES, { models: ['cedar'] })
  try {
    const [sea, other, seen] = [await own.import('clip-1.mp4'), await own.import('clip-2.mp4'), await own.import('clip-3.mp4')]
    const written = (subject: Subject, text: string): SubjectEntries => ({ subject, vectors: [{ space: MEANING_SPACE, level: 0, fromMs: 0, toMs: 10_000, pictureMs: 0, vector: meaning(text) }], words: [], understood: { ms: 0, readings: [`sentences@${MEANING_SPACE}`] } })
    for (const [subject, text] of [[sea, 'a puppy at the ocean'], [other, 'nothing of it']] as const) await own.put(written(subject, text))
    await own.put(entries(seen, { vectors: [picture('red', 1_000)] }))
    for (const node of own.nodes) {
      const { found, coverage } = await ask({ text: 'hund und meer', senses: ['meaning'] }, node)
      assert.deepEqual(found.map(({ subject, moments }) => [subject.id, moments.map(({ level, why }) => [level, why.map(({ sense, text, score }) => [sense, text, score.toFixed(2)])])]), [[sea.id, [[0, [['meaning', undefined, '1.00']]]]]])
      assert.deepEqual(coverage.off, [])
      assert.ok((await ask({ text: 'hund und meer' }, node)).found.some(({ subject }) => subject.id === sea.id), 'it is one answer with the others')
      assert.deepEqual((await ask({ text: 'hund', senses: ['meaning'], levels: [1, 2] }, node)).found, [], 'it is of the whole')
      await assert.rejects(ask({ like: { subject: sea, atMs: 0 } }, node), /not understood yet/, 'a text is like no picture')
      assert.deepEqual((await ask({ like: { space: MEANING_SPACE, vector: meaning('dog') } }, node)).found, [], 'nor is a picture')
    }
    own.kill(own.nodes[2]!)
    const { found, coverage } = await ask({ text: 'hund', senses: ['meaning'] }, own.nodes[0])
    assert.deepEqual([found, coverage.off], [[], ['names, notes and what is said are not compared with what the words mean: no model for texts is on this node']])
  } finally {
    await own.stop()
  }
})

test('a sentence finds the second at which something is said that means it, from any node, and says what was said', async () => {
  const own = await createMomentRing(NAMES, { models: ['cedar'] })
  try {
    const [talk, other] = [await own.import('clip-1.mp4', ['wedding']), await own.import('clip-2.mp4')]
    const passage = (text: string, fromMs: number) => ({ space: MEANING_SPACE, level: 2 as const, fromMs, toMs: fromMs + 3_000, pictureMs: fromMs + 1_500, vector: meaning(text) })
    const understood = { ms: 10_000, readings: [`sentences@${MEANING_SPACE}`, `said@${MEANING_SPACE}`, 'transcript@m@1'] }
    await own.put({ subject: talk, understood, vectors: [passage('nothing of it', 0), passage('a puppy at the ocean', 5_000)], words: [line('nothing of it', 1_000), line('a puppy', 5_000), line('at the ocean', 7_000), line('it ends', 8_000)] })
    await own.put({ subject: other, understood, vectors: [{ ...passage('a puppy', 0), level: 0 }], words: [] })
    for (const node of own.nodes) {
      const { found, coverage } = await ask({ text: 'hund meer', senses: ['meaning'] }, node)
      assert.deepEqual(found.map(({ subject, moments }) => [subject.id, moments.map(({ level, fromMs, toMs, pictureMs, why }) => [level, fromMs, toMs, pictureMs, why.map(({ sense, text }) => [sense, text])])]), [
        [talk.id, [[2, 5_000, 8_000, 6_500, [['meaning', 'a puppy at the ocean']]]]], [other.id, [[0, 0, 3_000, 1_500, [['meaning', undefined]]]]]
      ])
      assert.deepEqual([coverage.off, coverage.understoodMs, coverage.totalMs], [[], 20_000, 20_000])
      const idsOf = async (query: MomentQuery): Promise<string[]> => (await ask({ text: 'hund meer', senses: ['meaning'], ...query }, node)).found.map(({ subject }) => subject.id)
      assert.deepEqual(await Promise.all([{ levels: [2 as const] }, { levels: [0 as const] }, { levels: [1 as const] }, { albums: ['wedding'] }, { albums: [] }, { within: other }].map(idsOf)), [[talk.id], [other.id], [], [talk.id], [], [other.id]])
      assert.deepEqual((await ask({ text: 'hund meer', senses: ['speech'] }, node)).found, [], 'in none of its words')
      const { found: [both] } = await ask({ text: 'hund puppy' }, node)
      assert.deepEqual(both!.moments.map(({ fromMs, toMs, why }) => [fromMs, toMs, why.map(({ sense }) => sense).sort()]), [[5_000, 6_000, ['meaning', 'speech']]], 'by its words and by what it means it is one moment')
    }
  } finally {
    await own.stop()
  }
})

test('of a clip in which something is said that was not read yet what texts mean is not covered; where nothing can be said it is', async () => {
  const own = await createMomentRing(['elm'], { whyOff: (sense) => sense === 'speech' ? 'nobody listens' : undefined })
  try {
    const [mute, spoken] = [await own.import('mute', ['wedding']), await own.import('spoken', ['wedding'])]
    const spokenAsset = own.library.assets.get(spoken.id)!
    own.library.assets.set(spoken.id, { ...spokenAsset, facts: { ...spokenAsset.facts, probe: { ...spokenAsset.facts.probe, audioCodec: 'aac' } } })
    const name = `sentences@${MEANING_SPACE}`
    for (const [subject, silence] of [[mute, [NOTHING_SAID]], [spoken, []]] as const) {
      await own.library.ring.catalog.editAsset(subject.id, { made: { [name]: 'blob' as ChunkId } })
      await own.put(entries(subject, { understood: { ms: 10_000, readings: [name, ...silence] } }))
    }
    for (const query of [{}, { albums: ['wedding'] }, { within: mute }, { within: spoken }]) {
      const { coverage } = await ask({ text: 'hund', senses: ['meaning'], ...query }, own.nodes[0])
      const expected = 'within' in query ? [query.within === mute ? 10_000 : 0, 10_000] : [10_000, 20_000]
      assert.deepEqual([coverage.understoodMs, coverage.totalMs, coverage.off], [...expected, ['What is said: nobody listens']])
    }
  } finally {
    await own.stop()
  }
})

test('what was taken at a time is found, however much of that day is nearer to what is asked', async () => {
  const own = await createMomentRing(['elm'])
  const noon = Date.UTC(2026, 2, 21, 12)
  const names = new Map<string, string>()
  for (let i = 0; i < 65; i++) {
    const subject = await own.import(`day-${i}`, [], noon + (i < 60 ? -2 : 3) * 3_600_000)
    names.set(subject.id, `day-${i}`)
    await own.put(entries(subject, { vectors: [{ ...picture('red', 4_000), vector: i < 60 ? colour('red') : Float32Array.from(COLOURS, () => Math.sqrt(1 / COLOURS.length)) }] }))
  }
  const { found } = await ask({ text: 'red', senses: ['picture'], limit: 30, fromMs: noon + 2.5 * 3_600_000, toMs: noon + 4 * 3_600_000 }, own.nodes[0])
  await own.stop()
  assert.deepEqual(found.map(({ subject }) => names.get(subject.id)).sort(), ['day-60', 'day-61', 'day-62', 'day-63', 'day-64'])
})

test.run()
