// needs: ffmpeg
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ChunkId, partitionOfAsset, type PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { ANALYSIS, NOTHING_SAID } from '../../../../node/understanding/analysis/analysis.ts'
import { createRingFailures } from '../../../../node/understanding/analysis/ring-failures.ts'
import { createUnderstandingCoverage } from '../../../../node/understanding/analysis/coverage.ts'
import { createSpaceCover } from '../../../../node/understanding/analysis/space-cover.ts'
import type { SubjectEntries } from '../../../../node/understanding/index/entries.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { AnalysisRing } from '../../../support/analysis-ring.ts'
import { createFakeNetwork } from '../../../support/fake-network.ts'
import { until } from '../../../support/until.ts'

interface Context { dir: string; film: string; still: string; ring: AnalysisRing }
const test = suite<Context>('index keeper')
const HEARD = { origin: { kind: 'model', from: 'm@1' }, language: 'en', languageConfidence: 1, languages: [], dropped: 0 } as const
const BIRCH = 'birch-peer' as PeerId

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-keeper-test-'))
  context.film = join(context.dir, 'film.mp4')
  context.still = join(context.dir, 'still.png')
  const second = (colour: string): string[] => ['-f', 'lavfi', '-i', `color=c=${colour}:s=160x90:r=25:d=1`]
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...second('0xE61E1E'), ...second('0x1E32DC'), '-filter_complex', 'concat=n=2:v=1', '-c:v', 'libx264', '-preset', 'ultrafast', context.film])
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=c=0x1EC828:s=160x90', '-frames:v', '1', context.still])
})
test.before.each(async (context) => { context.ring = await AnalysisRing.create() })
test.after.each(({ ring }) => ring.end())
test.after(({ dir }) => rm(dir, { recursive: true }))

const entriesOf = (ring: AnalysisRing, id: string | null): SubjectEntries | undefined => ring.index.entries.get(`asset:${id}`)
const tagsIn = (ring: AnalysisRing, id: string | null): string[] => (entriesOf(ring, id)?.words ?? []).filter(({ sense }) => sense === 'tag').map(({ text }) => text)
async function add(ring: AnalysisRing, path: string): Promise<string> {
  const { assetId, reason } = await ring.importer.importFile(path)
  if (assetId === null) throw new Error(`it was refused: ${reason}`)
  return assetId
}

test('what was read of an asset is told to the index once, and again when more is read', async ({ ring, film }) => {
  await ring.settings.change({ vocabulary: ['red', 'blue'] })
  ring.inference.with('embed-pictures')
  await ring.start()
  const id = await add(ring, film)
  await until(() => tagsIn(ring, id).join() === 'red,blue' && ring.isQuiet, 'it is in the index')
  assert.equal(entriesOf(ring, id)?.vectors.map(({ level }) => level), [0, 1, 1, 2, 2])
  const { puts } = ring.index
  await ring.keeper.look()
  await ring.edit(ring.asset(id).facts.id, { fields: { client: 'somebody' } })
  ring.inference.with('read-text')
  ring.modelsChanged.emit()
  await until(() => entriesOf(ring, id)?.words.some(({ sense, text }) => sense === 'words' && text === 'red SIGN'), 'its words are, too')
  assert.ok(ring.index.puts <= puts + 2, `${ring.index.puts - puts} puts for one new reading`)
})

test('another vocabulary is other tags, without looking at a film again', async ({ ring, film }) => {
  ring.inference.with('embed-pictures')
  await ring.settings.change({ vocabulary: ['red', 'green'] })
  await ring.start()
  const id = await add(ring, film)
  await until(() => tagsIn(ring, id).join() === 'red', 'it is tagged')
  const seen = ring.inference.seen.get('embed-pictures')
  await ring.settings.change({ vocabulary: ['blue'] })
  await until(() => tagsIn(ring, id).join() === 'blue', 'it is tagged anew')
  assert.is(ring.inference.seen.get('embed-pictures'), seen)
})

test('every owner has it in its index, not only the one that looked; what is no more of this node leaves it', async ({ ring, still }) => {
  ring.inference.with('embed-pictures')
  await ring.start()
  const id = await add(ring, still)
  await until(() => entriesOf(ring, id)?.vectors.length === 3 && ring.isQuiet, 'it is in the index')
  ring.nodes = [BIRCH, ring.nodes[0]!]
  ring.membersChanged.emit()
  await ring.keeper.look()
  assert.is.not(entriesOf(ring, id), undefined, 'it is the second owner')
  assert.ok(ring.keeper.filled.has(partitionOfAsset(ring.asset(id).facts.id)))
  ring.nodes = [BIRCH]
  ring.membersChanged.emit()
  await until(() => entriesOf(ring, id) === undefined, 'it is not its own any more')
  await ring.keeper.look()
  assert.not(ring.keeper.filled.has(partitionOfAsset(ring.asset(id).facts.id)))
  ring.nodes = [BIRCH, ring.self]
  ring.layoutChanged.emit()
  await until(() => entriesOf(ring, id) !== undefined, 'a layout gives it back')
})

test('what people wrote of anything is read for what it means, and anew when they write something else', async ({ ring, still }) => {
  const name = 'sentences@meanings-1'
  const vectorsOf = (id: string): number[][] => (entriesOf(ring, id)?.vectors ?? []).filter(({ space }) => space === 'meanings-1').map(({ vector }) => [...vector].map(Math.round))
  ring.inference.with('embed-sentences', 'meanings@1', 'meanings-1')
  await ring.start()
  const id = await add(ring, still)
  const edit = (patch: Parameters<AnalysisRing['edit']>[1]): Promise<unknown> => ring.edit(ring.asset(id).facts.id, patch)
  await until(() => vectorsOf(id).length === 1 && ring.isQuiet, 'its name is in the index')
  const first = ring.asset(id).made[name]
  await edit({ title: 'a red boat' })
  await until(() => vectorsOf(id).length === 2 && ring.isQuiet, 'its title is, too')
  assert.is.not(ring.asset(id).made[name], first)
  assert.equal(vectorsOf(id)[0], [1, 0, 0, 0])
  const { puts } = ring.index
  await edit({ rating: 3 })
  await ring.keeper.look()
  await ring.analyses.look()
  assert.is(ring.index.puts, puts, 'what is no text changes nothing')
  await edit({ made: { [name]: ring.asset(id).facts.blob as ChunkId } })
  await until(() => ring.asset(id).made[name] !== ring.asset(id).facts.blob && ring.asset(id).made[name] !== undefined && vectorsOf(id).length === 2, 'what nobody can read is made anew')
  ring.inference.models.delete('embed-sentences')
  ring.modelsChanged.emit()
  await edit({ title: 'a blue boat' })
  await until(() => ring.asset(id).made[name] === undefined && vectorsOf(id).length === 0, 'without a model what was read of other words is gone')
  assert.equal(entriesOf(ring, id)?.understood.readings.filter((each) => !each.startsWith('state@')), [ANALYSIS, NOTHING_SAID])
})

test('what is said is read for what it means, and anew when somebody writes it down otherwise', async ({ ring, film }) => {
  const name = 'said@meanings-1'
  const heard = (text: string): Promise<ChunkId> => ring.transcripts.put({ ...HEARD, lines: [{ id: 'a', text, fromMs: 200, toMs: 900, speaker: '', words: [] }] })
  const said = (id: string): unknown[] => (entriesOf(ring, id)?.vectors ?? []).filter(({ space, level }) => space === 'meanings-1' && level === 2).map(({ fromMs, toMs, vector }) => [fromMs, toMs, vector.indexOf(Math.max(...vector))])
  ring.inference.with('embed-sentences', 'meanings@1', 'meanings-1')
  await ring.start()
  const id = await add(ring, film)
  await until(() => ring.asset(id).made['sentences@meanings-1'] !== undefined && ring.isQuiet, 'its name is read')
  assert.is(ring.asset(id).made[name], undefined, 'nobody said anything')
  const edit = async (which: string, text: string): Promise<unknown> => ring.edit(ring.asset(id).facts.id, { made: { [which]: await heard(text) } })
  await edit('transcript@m@1', 'a red boat')
  await until(() => said(id).length === 1 && ring.isQuiet, 'it is in the index')
  assert.equal(said(id), [[200, 900, 0]])
  const { puts } = ring.index
  await ring.keeper.look()
  await ring.analyses.look()
  assert.is(ring.index.puts, puts, 'it is read once')
  await edit('transcript', 'a blue boat')
  await until(() => String(said(id)) === '200,900,2', 'what a person wrote is read in its place')
  ring.library.assets.set(ring.asset(id).facts.id, { ...ring.asset(id), deletedAtMs: 1 })
  ring.changed.emit([ring.asset(id).facts.id])
  await until(() => entriesOf(ring, id) === undefined, 'in the trash it is in no index')
})

test('an asset in the trash is in no index', async ({ ring, still }) => {
  await ring.start()
  const id = await add(ring, still)
  await until(() => entriesOf(ring, id) !== undefined, 'it is in the index')
  ring.library.assets.set(ring.asset(id).facts.id, { ...ring.asset(id), deletedAtMs: 1 })
  ring.changed.emit([ring.asset(id).facts.id])
  await until(() => entriesOf(ring, id) === undefined, 'it left it')
})

test('an index that begins anew is filled again', async ({ ring, still }) => {
  await ring.start()
  const id = await add(ring, still)
  await until(() => entriesOf(ring, id) !== undefined, 'it is in the index')
  const isFilled = (): boolean => ring.keeper.filled.has(partitionOfAsset(ring.asset(id).facts.id))
  await until(isFilled, 'it has everything')
  ring.index.entries.clear()
  ring.index.emptied.emit()
  assert.not(isFilled(), 'and says so while it has not')
  await until(isFilled, 'it has everything again')
  assert.is.not(entriesOf(ring, id), undefined)
})

test('what another node wrote and nobody can read is taken away, and made anew', async ({ ring, still }) => {
  ring.inference.with('embed-pictures')
  await ring.start()
  const id = await add(ring, still)
  await until(() => entriesOf(ring, id)?.vectors.length === 3 && ring.isQuiet, 'it is in the index')
  const { id: nonsense } = await ring.library.ring.blobs.put((async function* () { yield Uint8Array.of(1, 2, 3) })())
  for (const name of ['vectors@planted-1', ANALYSIS]) {
    await ring.edit(ring.asset(id).facts.id, { made: { [name]: nonsense } })
    await until(() => ring.asset(id).made[name] !== nonsense && ring.asset(id).made['vectors@planted-1'] !== undefined && entriesOf(ring, id)?.vectors.length === 3, `${name} is made anew`)
  }
})

test('while the model of pictures is changed, new films are read in both spaces and old ones in the new, too', async ({ ring, film, still }) => {
  ring.inference.with('embed-pictures')
  await ring.start()
  const old = await add(ring, film)
  await until(() => ring.asset(old).made['vectors@planted-1'] !== undefined && ring.isQuiet, 'it is read')
  ring.inference.before = ring.inference.model('embed-pictures')
  ring.inference.with('embed-pictures', 'newer@1', 'newer-1')
  ring.modelsChanged.emit()
  await until(() => ring.asset(old).made['vectors@newer-1'] !== undefined, 'it is read in the new space')
  const young = await add(ring, still)
  await until(() => entriesOf(ring, young)?.vectors.length === 6, 'the new one is read in both')
  const vectors = (await ring.readMade.all(ring.asset(young)))!.vectors.map(({ space, model }) => `${space} by ${model}`)
  assert.equal(vectors.sort(), ['newer-1 by newer@1', 'planted-1 by planted@1'])
})

test('a space that nobody counted covers no more than another; then it is known of how many assets each has vectors', async ({ ring, still, film }) => {
  const [one, other] = [await add(ring, still), await add(ring, film)]
  ring.inference.with('embed-pictures')
  let coverOf: (space: SpaceId) => number = () => 0
  const cover = createSpaceCover({ ring: { catalog: ring.catalog }, models: { ...ring.inference.spaces, changed: ring.modelsChanged, coverBy: (count) => { coverOf = count } }, log: silentLog }, { everyMs: 5 })
  const made = async (id: string, name: string): Promise<unknown> => ring.edit(ring.asset(id).facts.id, { made: { [name]: ring.asset(id).facts.blob as ChunkId } })
  await made(one, 'vectors@planted-1')
  await made(other, 'vectors@planted-1')
  await cover.start()
  try {
    assert.ok(Number.isNaN(coverOf('planted-1' as SpaceId)), 'it is not counted')
    await until(() => coverOf('planted-1' as SpaceId) === 2, 'it is counted')
    ring.inference.before = ring.inference.model('embed-pictures')
    ring.inference.with('embed-pictures', 'newer@1', 'newer-1')
    assert.not.ok(coverOf('newer-1' as SpaceId) > coverOf('planted-1' as SpaceId) || coverOf('planted-1' as SpaceId) === 0, 'the old one stays')
    ring.modelsChanged.emit()
    await made(one, 'vectors@newer-1')
    await until(() => coverOf('newer-1' as SpaceId) === 1, 'the new one is counted')
  } finally {
    await cover.stop()
  }
})

test('how much is understood is counted in ms, by task, with why not', async ({ ring, film, still }) => {
  ring.inference.with('embed-pictures')
  const coverage = createUnderstandingCoverage({ ring: { catalog: ring.catalog }, failures: createRingFailures({ ring: { network: createFakeNetwork().join(ring.self), membership: { members: () => [] } }, analyses: ring.analyses }), wanted: ring.wanted, inference: ring.inference, whyOff: () => 'nobody listens', settings: ring.settings, nowMs: () => ring.nowMs })
  assert.is((await coverage.view()).coverage.text, 'nothing to understand yet')
  const [one, other] = [await add(ring, film), await add(ring, still)]
  ring.nowMs += 60_000
  const before = await coverage.view()
  assert.equal([before.coverage.understoodMs, before.coverage.totalMs, before.coverage.text], [0, 3_000, '0 % of 3 s understood'])
  await ring.start()
  await until(() => [one, other].every((id) => ring.asset(id).made['vectors@planted-1'] !== undefined), 'all is read')
  ring.nowMs += 60_000
  const after = await coverage.view()
  assert.equal([after.coverage.understoodMs, after.coverage.text], [3_000, '100 % of 3 s understood'])
  const tasks = Object.fromEntries(after.tasks.map(({ task, ...rest }) => [task, rest]))
  assert.equal([tasks['analyse']?.done, tasks['embed-pictures']?.done, tasks['embed-pictures']?.model, tasks['embed-pictures']?.waiting], [2, 2, 'planted@1', 0])
  assert.equal([tasks['read-text']?.model, tasks['read-text']?.why], [null, 'no model for read-text'])
  assert.match(tasks['find-faces']?.why ?? '', /nobody agreed/)
  assert.equal(['Words in pictures: no model for read-text', 'What is said: nobody listens'].filter((line) => !after.coverage.off.includes(line)), [])
})

test('a clip whose name is read and whose words are not waits; one in which nothing is said needs no more', async ({ ring, film, still }) => {
  ring.inference.with('embed-sentences', 'meanings@1', 'meanings-1')
  const coverage = createUnderstandingCoverage({ ring: { catalog: ring.catalog }, failures: createRingFailures({ ring: { network: createFakeNetwork().join(ring.self), membership: { members: () => [] } }, analyses: ring.analyses }), wanted: ring.wanted, inference: ring.inference, whyOff: () => undefined, settings: ring.settings, nowMs: () => ring.nowMs })
  const texts = async (): Promise<unknown[]> => {
    ring.nowMs += 60_000
    const { tasks, coverage: { understoodMs } } = await coverage.view()
    return tasks.filter(({ task }) => task === 'embed-sentences').flatMap(({ done, waiting, failed }) => [done, waiting, failed, understoodMs])
  }
  const ids = [await add(ring, film), await add(ring, still)]
  await ring.start()
  await until(() => ids.every((id) => ring.asset(id).made['sentences@meanings-1'] !== undefined && ring.asset(id).made[ANALYSIS] !== undefined) && ring.isQuiet, 'names are read')
  assert.equal(await texts(), [2, 0, 0, 3_000])
  await ring.analyses.stop()
  await ring.edit(ring.asset(ids[0]!).facts.id, { made: { 'transcript@m@1': await ring.transcripts.put({ ...HEARD, lines: [] }) } })
  assert.equal(await texts(), [1, 1, 0, 1_000])
  await ring.edit(ring.asset(ids[0]!).facts.id, { made: { 'said@meanings-1': ring.asset(ids[0]!).made[ANALYSIS]! } })
  assert.equal(await texts(), [2, 0, 0, 3_000])
})

test.run()
