import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import type { ModelManifest, Models } from '../../../../node/understanding/models/models.ts'
import { createModels, type ModelsInit } from '../../../../node/understanding/models/ring-models.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'
import { type ModelMirror, startModelMirror } from '../../../support/models/model-mirror.ts'
import { plant } from '../../../support/models/planted.ts'
import { until } from '../../../support/until.ts'

interface Context {
  root: string
  manifest: ModelManifest
  /** Without hashes, as of the hub. */
  unhashed: ModelManifest
  mirror: ModelMirror
  ring: ReturnType<typeof createLibraryRing>['ring']
  open: (name: string, init?: Partial<ModelsInit>) => Promise<Models>
}

const test = suite<Context>('models')
const signal = new AbortController().signal
let models: Models[]

test.before.each(async (context) => {
  const root = context.root = await mkdtemp(join(tmpdir(), 'models-'))
  context.manifest = await plant('colour-clip', join(root, 'planted'))
  context.unhashed = { ...context.manifest, files: context.manifest.files.map(({ path }) => ({ path })) }
  context.mirror = await startModelMirror((repository) => (repository === context.manifest.repository ? join(root, 'planted') : undefined))
  context.ring = createLibraryRing().ring
  models = []
  context.open = async (name, init = {}) => {
    const opened = createModels({ ring: { ...context.ring, writing: () => () => {} }, log: silentLog }, { folder: join(root, name), known: [context.manifest], mirror: context.mirror.url, hub: 'none', pauseMs: 1, ...init })
    models.push(opened)
    await opened.start()
    return opened
  }
})

test.after.each(async ({ root, mirror }) => {
  for (const each of models) await each.stop()
  await mirror.stop()
  await rm(root, { recursive: true })
})

const stateOf = (here: Models, id = 'colour-clip') => here.all().find(({ manifest }) => manifest.id === id)?.here
const whyFailed = async (work: Promise<unknown>): Promise<string> => work.then(() => assert.fail('it did not fail'), (err: Error) => err.message)

test('a model is absent, then pulled from the mirror, then ready; what is missing says how to get it', async ({ open }) => {
  const here = await open('alder')
  assert.deepEqual(stateOf(here), { state: 'absent' })
  assert.match(here.whyNot('embed-pictures') ?? '', /not on this node: thatdam models pull colour-clip/)
  const progress: number[] = []
  await here.pull('colour-clip', { signal, onProgress: (bytes) => progress.push(bytes) })
  const state = stateOf(here)
  assert.equal(state?.state, 'ready')
  assert.equal(here.whyNot('embed-pictures'), undefined)
  assert.equal(progress.at(-1), state?.state === 'ready' && state.bytes)
})

test('a download that is cut goes on where it stopped, by itself and after a new start', async ({ open, mirror, unhashed, root }) => {
  mirror.cuts = [100, 50, 5_000]
  const here = await open('alder', { known: [unhashed] })
  await here.pull('colour-clip', { signal })
  assert.ok(mirror.asked.some((line) => line.endsWith('bytes=100-')), mirror.asked.join('\n'))
  assert.ok(mirror.asked.some((line) => line.endsWith('bytes=150-')))
  const { path } = unhashed.files[0]!
  assert.deepEqual(await readFile(join(root, 'alder/colour-clip', path)), await readFile(join(root, 'planted', path)))

  mirror.cuts = [60, 0, 0, 0, 0, 0]
  const other = await open('birch', { known: [{ ...unhashed, id: 'again' }] })
  assert.match(await whyFailed(other.pull('again', { signal })), /cut the connection: what has arrived is kept/)
  mirror.cuts = []
  mirror.asked.length = 0
  const restarted = await open('birch', { known: [{ ...unhashed, id: 'again' }] })
  await restarted.pull('again', { signal })
  assert.match(mirror.asked[0] ?? '', /bytes=60-$/)
})

test('a file that is not what it should be is deleted, and said so', async ({ open, mirror, root }) => {
  mirror.spoilt = true
  const here = await open('alder')
  assert.match(await whyFailed(here.pull('colour-clip', { signal })), /is not the file it should be: it hashes to .* What came was deleted/)
  await assert.rejects(readFile(join(root, 'alder/colour-clip/config.json')))
  await assert.rejects(readFile(join(root, 'alder/colour-clip/config.json.part')))
})

test('every source that had nothing is named, with what a person can do', async ({ open, mirror }) => {
  const here = await open('alder')
  mirror.status = 503
  assert.match(await whyFailed(here.pull('colour-clip', { signal })), /the ring: no node of the ring has fetched it yet.*busy or down \(503\): try again later/)
  mirror.status = 404
  assert.match(await whyFailed(here.pull('colour-clip', { signal })), /has no planted\/colour-clip\/config.json \(404\)/)
  mirror.status = 401
  assert.match(await whyFailed(here.pull('colour-clip', { signal })), /not signed in \(401\): download it by hand/)
  await mirror.stop()
  assert.match(await whyFailed(here.pull('colour-clip', { signal })), /nothing answers at 127\.0\.0\.1/)
  await assert.rejects(here.pull('no-such-model', { signal }), { code: 'ERR_NOT_FOUND' })
})

test('another node takes it from the ring when the mirror is gone, and is held to what the first one found', async ({ open, mirror, unhashed, root }) => {
  const first = await open('alder', { known: [unhashed] })
  await first.pull('colour-clip', { signal })
  await mirror.stop()
  const second = await open('birch', { known: [unhashed] })
  assert.equal(second.inRing('colour-clip'), true)
  await second.pull('colour-clip', { signal })
  assert.equal(stateOf(second)?.state, 'ready')
  assert.equal(second.spaceOf('colour-clip'), first.spaceOf('colour-clip'))

  await writeFile(join(root, 'birch/colour-clip/config.json'), '{}')
  assert.equal((await second.verify('colour-clip', signal)).ok, false)
  assert.equal(stateOf(second)?.state, 'corrupt')
  assert.match(second.whyNot('embed-pictures') ?? '', /damaged here: .*config\.json is not the file it should be/)
  await second.pull('colour-clip', { signal })
  assert.equal(stateOf(second)?.state, 'ready')
})

test('a folder that somebody filled is used where it lies', async ({ open, root, mirror }) => {
  await plant('colour-clip', join(root, 'shelf/planted/colour-clip'))
  const here = await open('alder', { folders: [join(root, 'shelf')] })
  const state = stateOf(here)
  assert.equal(state?.state === 'ready' && state.folder, join(root, 'shelf/planted/colour-clip'))
  assert.deepEqual(mirror.asked, [])
})

test('a model of a folder is put into the ring when it is pulled, and works meanwhile', async ({ open, root, mirror }) => {
  await plant('colour-clip', join(root, 'shelf/colour-clip'))
  await mirror.stop()
  const here = await open('alder', { folders: [join(root, 'shelf')] })
  assert.equal(here.inRing('colour-clip'), false)
  const why = new Set<string | undefined>()
  await here.pull('colour-clip', { signal, onProgress: () => why.add(here.whyNot('embed-pictures')) })
  assert.deepEqual([...why], [undefined])
  const other = await open('birch')
  await other.pull('colour-clip', { signal, isOwnAccord: true })
  assert.equal(stateOf(other)?.state, 'ready')
})

test('what a node fetches of its own accord comes from nowhere but folders and the ring', async ({ open, mirror }) => {
  const here = await open('alder')
  assert.match(await whyFailed(here.pull('colour-clip', { signal, isOwnAccord: true })), /the ring: no node of the ring has fetched it yet$/)
  assert.deepEqual(mirror.asked, [])
})

test('a full disk is told as such, and nothing else is tried', async ({ open, root, mirror }) => {
  const here = await open('alder')
  await mkdir(join(root, 'alder/colour-clip'), { recursive: true })
  await symlink('/dev/full', join(root, 'alder/colour-clip/config.json.part'))
  await assert.rejects(here.pull('colour-clip', { signal }), (err: { code?: string; message?: string }) => err.code === 'ERR_STORAGE_FULL' && /there is no room for config\.json/.test(err.message ?? ''))
  assert.equal(mirror.asked.length, 1)
})

test("people's own manifest is enough, and other nodes learn of it when it was pulled", async ({ open, root, unhashed }) => {
  const own = { ...unhashed, id: 'mine.v1', title: 'Mine' }
  const here = await open('alder', { known: [] })
  await writeFile(join(root, 'alder/mine.json'), JSON.stringify(own))
  await writeFile(join(root, 'alder/bad.json'), '{"id":"../../etc"}')
  await here.pull('mine.v1', { signal })
  await here.use('embed-pictures', 'mine.v1')
  const other = await open('birch', { known: [] })
  assert.equal(other.usedFor('embed-pictures')?.manifest.title, 'Mine')
  await other.pull('mine.v1', { signal })
  assert.equal(other.spaceOf('mine.v1'), here.spaceOf('mine.v1'))
})

test('what is used for what is chosen in the whole ring, turned off, and refused where it can not be', async ({ open }) => {
  const here = await open('alder')
  const other = await open('birch')
  await assert.rejects(here.use('transcribe', 'colour-clip'), { code: 'ERR_INVALID_INPUT' })
  await here.use('embed-pictures', undefined)
  await until(() => other.usedFor('embed-pictures') === undefined, 'the other node knows')
  assert.match(other.whyNot('embed-pictures') ?? '', /turned off/)
  await here.use('embed-pictures', 'colour-clip')
  assert.equal(other.usedFor('embed-pictures')?.manifest.id, 'colour-clip')
})

test('when the model of pictures is changed the old space is searched until the new one covers more', async ({ open, root, manifest }) => {
  const siglip = await plant('colour-siglip', join(root, 'shelf/colour-siglip'))
  await plant('colour-clip', join(root, 'shelf/colour-clip'))
  const here = await open('alder', { known: [manifest, siglip], folders: [join(root, 'shelf')] })
  const [old, next] = [here.spaceOf('colour-clip'), here.spaceOf('colour-siglip')]
  assert.match(old ?? '', /^colour-clip-fp32-[0-9a-f]{6}$/)
  assert.deepEqual(here.spaces(), { searched: old, filling: undefined })
  const covered = new Map([[old, 10], [next, 0]])
  here.coverBy((space) => covered.get(space) ?? 0)
  await here.use('embed-pictures', 'colour-siglip')
  assert.deepEqual(here.spaces(), { searched: old, filling: next })
  assert.equal(here.inSpace(old!)?.manifest.id, 'colour-clip')
  covered.set(next, 11)
  here.coverBy((space) => covered.get(space) ?? 0)
  assert.deepEqual(here.spaces(), { searched: next, filling: undefined })
})

test('while the model that was chosen is not here, the one that is searched with is; turned off, none is', async ({ open, root, manifest }) => {
  const siglip = await plant('colour-siglip', join(root, 'elsewhere/colour-siglip'))
  await plant('colour-clip', join(root, 'shelf/colour-clip'))
  const here = await open('alder', { known: [manifest, siglip], folders: [join(root, 'shelf')] })
  const old = here.spaceOf('colour-clip')
  here.coverBy((space) => space === old ? 10 : 0)
  await here.use('embed-pictures', 'colour-siglip')
  assert.deepEqual([here.spaces().searched, here.whyNoVectors()], [old, undefined])
  assert.match(here.whyNot('embed-pictures') ?? '', /not on this node: thatdam models pull colour-siglip/)
  await here.use('embed-pictures', undefined)
  assert.match(here.whyNoVectors() ?? '', /turned off/)
})

test('a model is verified by its hashes and by answers that are known', async ({ open, root, manifest }) => {
  await plant('colour-clip', join(root, 'shelf/colour-clip'))
  const golden = (expected: readonly number[]): ModelManifest => ({ ...manifest, golden: [{ task: 'embed-pictures', input: 'picture:red', expected, tolerance: 0.01 }, { task: 'embed-pictures', input: 'a red car', expected, tolerance: 0.01 }] })
  const here = await open('alder', { known: [golden([0.577, -0.577, -0.577])], folders: [join(root, 'shelf')] })
  assert.deepEqual(await here.verify('colour-clip', signal), { ok: true, findings: [] })
  const other = await open('birch', { known: [golden([0, 1, 0])], folders: [join(root, 'shelf')] })
  const { ok, findings } = await other.verify('colour-clip', signal)
  assert.equal(ok, false)
  assert.match(findings[0] ?? '', /its numbers differ by/)
})

test('what comes with a package of npm is ready at once, and answers as it should', async ({ open }) => {
  const here = await open('alder', { known: undefined })
  const state = stateOf(here, 'silero-vad-v5')
  assert.equal(state?.state, 'ready')
  assert.equal(here.usedFor('find-speech')?.manifest.id, 'silero-vad-v5')
  assert.deepEqual(await here.verify('silero-vad-v5', signal), { ok: true, findings: [] })
})

test.run()
