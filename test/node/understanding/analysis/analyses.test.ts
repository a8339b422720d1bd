// needs: ffmpeg
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PeerId } from '#protocols/ids.ts'
import { ANALYSIS } from '../../../../node/understanding/analysis/analysis.ts'
import { MAKERS_KIND } from '../../../../node/understanding/analysis/makers-of-readings.ts'
import { AnalysisRing } from '../../../support/analysis-ring.ts'
import { until } from '../../../support/until.ts'

interface Context { dir: string; film: string; other: string; still: string; ring: AnalysisRing }
const test = suite<Context>('analyses')
const BIRCH = 'birch-peer' as PeerId

/** Seconds of plain colour with grain, one after the other. */
function colours(path: string, ...names: string[]): string {
  const inputs = names.flatMap((colour) => ['-f', 'lavfi', '-i', `color=c=${colour}:s=320x180:r=25:d=1.6,noise=alls=12:allf=t,format=yuv420p`])
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...inputs, '-filter_complex', `${names.map((_, i) => `[${i}:v]`).join('')}concat=n=${names.length}:v=1`, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '100', path])
  return path
}

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-analyses-test-'))
  context.film = colours(join(context.dir, 'film.mp4'), '0xE61E1E', '0x1EC828', '0x1E32DC')
  context.other = colours(join(context.dir, 'other.mp4'), '0x1E32DC')
  context.still = join(context.dir, 'still.png')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=c=0x1EC828:s=640x360,noise=alls=12', '-frames:v', '1', context.still])
})
test.before.each(async (context) => { context.ring = await AnalysisRing.create() })
test.after.each(({ ring }) => ring.end())
test.after(({ dir }) => rm(dir, { recursive: true }))

const readings = (ring: AnalysisRing, id: string | null): string[] => Object.keys(ring.asset(id).made).filter((name) => name !== ANALYSIS).sort()

test('a film is looked at once, and everything that this node has a model for is read of its key pictures', async ({ ring, film }) => {
  for (const task of ['embed-pictures', 'read-text', 'find-objects', 'find-faces', 'describe-pictures'] as const) ring.inference.with(task)
  await ring.start()
  const { assetId } = await ring.importer.importFile(film)
  await until(() => readings(ring, assetId).length === 4, 'all is read')
  assert.equal(readings(ring, assetId), ['captions@planted@1', 'objects@planted@1', 'text@planted@1', 'vectors@planted-1'], 'no faces: nobody agreed')
  const known = await ring.readMade.all(ring.asset(assetId))
  assert.equal(known!.analysis.scenes.map(({ fromMs, begins }) => `${begins} ${fromMs}`), ['start 0', 'cut 1600', 'cut 3200'])
  assert.equal(known!.captions[0]?.captions.map(({ text }) => text), ['a red scene', 'a green scene', 'a blue scene'])
  assert.equal([...new Set(known!.text[0]?.lines.map(({ text }) => text))], ['red SIGN', 'green SIGN', 'blue SIGN'])
  assert.is(ring.inference.batches, 1, 'pictures go in batches')
  assert.is(ring.inference.seen.get('describe-pictures'), 3, 'only heroes are described')
  assert.is(known!.stale.length, 0)
  const { facts: { name }, locations: [place] } = ring.asset(assetId)
  assert.equal(ring.events, [{ topic: 'dam.ingested', payload: { asset: assetId, name, path: place?.path, pictures: known!.analysis.pictures.length, scenes: 3 } }], 'told once, by who looked')
})

test('a picture is one scene of one picture', async ({ ring, still }) => {
  ring.inference.with('embed-pictures')
  await ring.start()
  const { assetId } = await ring.importer.importFile(still)
  await until(() => ring.asset(assetId).made['vectors@planted-1'] !== undefined, 'it is read')
  const known = await ring.readMade.all(ring.asset(assetId))
  assert.equal([known!.analysis.scenes.length, known!.analysis.pictures.length, known!.vectors[0]?.medoids], [1, 1, [0]])
})

test('the next owner that has the model reads what the first can not, and nobody looks twice', async ({ ring, film }) => {
  ring.nodes = [BIRCH, ring.nodes[0]!]
  ring.inference.with('embed-pictures')
  const { assetId } = await ring.importer.importFile(film)
  await ring.analyses.start()
  await ring.analyses.look()
  assert.equal(ring.analyses.waiting(ring.asset(assetId)).map(({ name, state, why }) => `${name}: ${state}, ${why}`), [`${ANALYSIS}: elsewhere, birch makes it`, 'vectors@planted-1: waiting, its turn has not come'])
  assert.is(ring.jobs.list().length, 0, 'there are no pictures to read yet')
  const looked = await ring.looking.look(ring.asset(assetId), { signal: AbortSignal.timeout(60_000) })
  const { encodeAnalysis } = await import('../../../../node/understanding/analysis/codec.ts')
  const { id } = await ring.library.ring.blobs.put((async function* () { yield encodeAnalysis(looked) })())
  await ring.edit(ring.asset(assetId).facts.id, { made: { [ANALYSIS]: id } })
  await until(() => readings(ring, assetId).length === 1, 'this node has the model')
  assert.equal(ring.library.ring.catalog.records.find(MAKERS_KIND, ring.library.ring.self)?.fields, { makes: ['vectors@planted-1'] })
})

test('a first owner that says it has the model is left to it, until it dies', async ({ ring, film }) => {
  ring.nodes = [BIRCH, ring.nodes[0]!]
  ring.inference.with('embed-pictures')
  await ring.library.ring.catalog.records.put(MAKERS_KIND, BIRCH, { makes: ['vectors@planted-1'] })
  const { assetId } = await ring.importer.importFile(film)
  await ring.analyses.start()
  await ring.analyses.look()
  assert.equal(ring.analyses.waiting(ring.asset(assetId)).map(({ state }) => state), ['elsewhere', 'elsewhere'])
  assert.is(ring.jobs.list().length, 0)
  ring.nodes = [ring.library.ring.self]
  ring.membersChanged.emit()
  await until(() => readings(ring, assetId).length === 1, 'this node makes all of it')
})

test('a model that comes later reads what was looked at before', async ({ ring, film }) => {
  await ring.start()
  const { assetId } = await ring.importer.importFile(film)
  await until(() => ring.asset(assetId).made[ANALYSIS] !== undefined && ring.isQuiet, 'it was looked at')
  assert.equal(readings(ring, assetId), [])
  ring.inference.with('read-text')
  ring.modelsChanged.emit()
  await until(() => readings(ring, assetId).join() === 'text@planted@1', 'it is read')
})

test('faces are looked for when people agreed, and forgotten when they take that back', async ({ ring, film }) => {
  ring.inference.with('find-faces')
  await ring.start()
  const { assetId } = await ring.importer.importFile(film)
  await until(() => ring.asset(assetId).made[ANALYSIS] !== undefined && ring.isQuiet, 'it was looked at')
  assert.is(ring.inference.seen.get('find-faces'), undefined)
  await ring.settings.change({ faces: true })
  await until(() => readings(ring, assetId).join() === 'faces@planted@1', 'faces are found')
  await ring.settings.change({ faces: false })
  await until(() => readings(ring, assetId).length === 0, 'they are gone')
})

test('a damaged file fails alone, with a reason, and is tried again from its job', async ({ ring, dir, film, other }) => {
  await ring.end()
  const crash = join(dir, 'crash.mjs')
  await writeFile(crash, `process.on('message', () => process.kill(process.pid, 'SIGSEGV'))`)
  ring = await AnalysisRing.create(pathToFileURL(crash))
  try {
    await ring.start()
    const { assetId } = await ring.importer.importFile(film)
    await until(() => ring.isQuiet, 'it failed')
    const [job] = ring.jobs.list()
    assert.match(job?.error ?? '', /ended by SIGSEGV/)
    assert.is(job?.results[0]?.assetId, assetId)
    assert.equal(ring.analyses.waiting(ring.asset(assetId)).map(({ state }) => state), ['failed'])
    assert.equal([...ring.analyses.failures()], [[ANALYSIS, 1]])
    assert.is(ring.jobs.retry(job!.id).state, 'running')
    await until(() => ring.isQuiet, 'it was tried again')
    assert.is(ring.jobs.find(job!.id).state, 'failed')
  } finally {
    await ring.end()
  }
  ring = await AnalysisRing.create()
  try {
    await ring.start()
    const bad = (await ring.importer.importFile(film)).assetId
    const { chunks } = await ring.library.ring.blobs.stat(ring.asset(bad).facts.blob!)
    for (const id of chunks) ring.library.chunks.set(id, new Uint8Array(ring.library.chunks.get(id)!.length))
    const good = (await ring.importer.importFile(other)).assetId
    await until(() => ring.asset(good).made[ANALYSIS] !== undefined && ring.isQuiet, 'the good one is looked at')
    assert.is(ring.asset(bad).made[ANALYSIS], undefined)
    assert.equal(ring.analyses.waiting(ring.asset(bad)).map(({ state }) => state), ['failed'])
  } finally {
    await ring.end()
  }
})

test('one model that fails takes nothing from the others', async ({ ring, film }) => {
  ring.inference.with('embed-pictures').with('read-text').failing = new Error('its process ended')
  await ring.start()
  const { assetId } = await ring.importer.importFile(film)
  await until(() => readings(ring, assetId).length === 1 && ring.isQuiet, 'words are read')
  assert.equal(ring.analyses.waiting(ring.asset(assetId)).map(({ name, why }) => `${name}: ${why}`), ['vectors@planted-1: its process ended'])
})

test.run()
