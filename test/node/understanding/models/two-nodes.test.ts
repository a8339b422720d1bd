/** The models of a real ring, as people order them. */
import assert from 'node:assert/strict'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { JobList, JobView, ModelList, ModelView } from '#protocols/http.ts'
import { type ModelMirror, startModelMirror } from '../../../support/models/model-mirror.ts'
import { plant } from '../../../support/models/planted.ts'
import { type NodeProcess, run, TestRing } from '../../../support/processes.ts'
import { until } from '../../../support/until.ts'

const test = suite('models of a ring of two nodes')
/** Longest a node may take for a piece of work, in ms. */
const WORK_MS = 60_000

let ring: TestRing
let mirror: ModelMirror
let alder: NodeProcess
let birch: NodeProcess

const modelsOn = ({ url }: NodeProcess): Promise<ModelList> => ring.get(`${url}/api/v1/models`)
const colours = async (node: NodeProcess): Promise<ModelView | undefined> => (await modelsOn(node)).models.find(({ id }) => id === 'colour-clip')
const models = (node: NodeProcess, ...words: string[]) => run('models', ...words, '--node', node.url)

async function order({ url }: NodeProcess, model: string, what: 'pull' | 'verify'): Promise<JobView> {
  const { id } = await ring.send<JobView>('POST', `${url}/api/v1/models/${model}/${what}`, {})
  return until(async () => { const job = await ring.get<JobView>(`${url}/api/v1/jobs/${id}`); return job.endedMs === null ? undefined : job }, `${what} of ${model} has ended`, WORK_MS)
}

test.before(async () => {
  ring = await TestRing.create()
  const planted = join(ring.dir, 'planted')
  mirror = await startModelMirror((repository) => (repository === 'planted/colour-clip' ? planted : undefined))
  const { files, ...manifest } = await plant('colour-clip', planted)
  await mkdir(join(ring.dir, 'alder/models'), { recursive: true })
  await writeFile(join(ring.dir, 'alder/models/colours.json'), JSON.stringify({ ...manifest, files: files.map(({ path }) => ({ path })) }))
  alder = await ring.begin('alder', { flags: ['--model-mirror', mirror.url, '--model-hub', 'none'] })
})
test.after(async () => {
  await ring?.end()
  await mirror?.stop()
})

test('a node tells what it could use a model for, which are here, and why it can not do what it can not', async () => {
  const { stdout, code } = await models(alder, 'list')
  assert.equal(code, 0)
  assert.match(stdout, /colour-clip +absent/)
  assert.match(stdout, /silero-vad-v5 +2\.2 MiB +find-speech/)
  assert.match(stdout, /embed-pictures +clip-vit-base-patch32 +CLIP ViT-B\/32 \(English\) is not on this node: thatdam models pull clip-vit-base-patch32/)
  assert.match(stdout, /find-speech +silero-vad-v5 +works/)
})

test('one that can not be fetched fails with every place that was asked', async () => {
  const { code, stderr } = await models(alder, 'pull', 'whisper-base')
  assert.equal(code, 1)
  assert.match(stderr, /Whisper base .*could not be fetched.*no node of the ring has fetched it yet.*127\.0\.0\.1:\d+ has no onnx-community\/whisper-base_timestamped\/config\.json \(404\)/)
  assert.match((await order(alder, 'nothing-like-it', 'pull')).error ?? '', /there is no model "nothing-like-it": thatdam models list shows them/)
})

test('pulled from a mirror, used for its task, and verified by its answers', async () => {
  assert.equal((await models(alder, 'pull', 'colour-clip')).code, 0)
  const used = await models(alder, 'use', 'embed-pictures', 'colour-clip')
  assert.match(used.stdout, /embed-pictures: by colour-clip in the whole ring\n/)
  const verified = await models(alder, 'verify', 'colour-clip')
  assert.match(verified.stdout, /its files are whole, and it answers as it should/)
  const found = await colours(alder)
  assert.deepEqual([found?.state, found?.inRing, found?.origin, found?.usedFor], ['ready', true, 'own', ['embed-pictures']])
})

test('a second node takes it from the ring by itself when the mirror is gone, and makes vectors of the same space', async () => {
  await mirror.stop()
  birch = await ring.begin('birch', { flags: ['--model-mirror', mirror.url, '--model-hub', 'none'] })
  await until(async () => (await colours(birch))?.state === 'ready', 'birch has the model', WORK_MS)
  assert.equal((await colours(birch))?.space, (await colours(alder))?.space)
  const { jobs } = await ring.get<JobList>(`${birch.url}/api/v1/jobs`)
  assert.equal(jobs.find(({ kind }) => kind === 'models')?.step, 'from the ring')
  await until(async () => (await colours(alder))?.nodes.includes('birch'), 'alder knows that birch has it', WORK_MS)
})

test('a file that was damaged is found, and comes again from the ring', async () => {
  await appendFile(join(ring.dir, 'birch/models/colour-clip/onnx/vision_model.onnx'), '\0')
  const { state, error } = await order(birch, 'colour-clip', 'verify')
  assert.equal(state, 'failed')
  assert.match(error ?? '', /damaged here: .*vision_model\.onnx is not the file it should be/)
  assert.equal((await order(birch, 'colour-clip', 'pull')).state, 'done')
  assert.deepEqual((await order(birch, 'colour-clip', 'verify')).report, { ok: true, findings: ['all files are whole; no answers are known that it could be asked for'] })
})

test.run()
