// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { type CameraId, type ChunkId, chunkIdOf, parseAssetId, type PeerId } from '#protocols/ids.ts'
import { defaultPlan } from '../../../../node/recording/expectation.ts'
import { hourOf } from '#ring'
import { createLog, silentLog } from '#ring/base/log.ts'
import { createImporter } from '../../../../node/library/importer.ts'
import { createProber } from '../../../../node/library/probe.ts'
import { createSpool } from '../../../../node/library/spool.ts'
import { createMasters, type MastersInit } from '../../../../node/recording/masters/masters.ts'
import { MASTER_RETRY_MS } from '../../../../node/recording/masters/master-pieces.ts'
import { createRecorder } from '../../../../node/recording/recorder.ts'
import { createRecordings } from '../../../../node/recording/recordings.ts'
import { FakeRing } from '../../../ring/catalog/fake-ring.ts'
import { clipCamera, makeClip } from '../../../support/camera-clip.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'
import { createRecordingRing } from '../../../support/recording-ring.ts'
import { until } from '../../../support/until.ts'

const run = promisify(execFile)
const test = suite('masters')
const awake = setInterval(() => {}, 1_000) // the children are no reason to stay
const porch = 'porch' as CameraId
const clip = await makeClip({ seconds: 6, size: '160x120', bFrames: 2 })
let dir: string
let catalogs: FakeRing
const stops: Array<() => unknown> = []

test.before.each(async () => {
  dir = await mkdtemp(join(tmpdir(), 'thatdam-masters-'))
  catalogs = new FakeRing()
})
test.after.each(async () => {
  for (const stop of stops.splice(0)) await stop()
  await catalogs.end()
  await rm(dir, { recursive: true })
})
test.after(() => clearInterval(awake))

/** A node with a recording of six seconds, of which masters can be made. */
async function createWorld(init: MastersInit = {}) {
  const node = await catalogs.node('alder')
  const said: string[] = []
  const chunks = createRecordingRing(node.id)
  const library = createLibraryRing()
  const state = { disk: 'ok' as 'ok' | 'low', home: node.id as PeerId, nowMs: Date.now() + 60_000 }
  const members = { isAlive: () => true, members: () => [{ peerId: node.id, name: 'alder' }] } as never
  const recording = { self: node.id, chunks: chunks.ring.chunks, catalog: node.catalog, writing: () => () => {}, membership: chunks.ring.membership }
  await node.catalog.putCamera({ id: porch, name: 'Porch', source: 'test', createdAtMs: 0, record: true })
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: recording, log: silentLog }, { camera })
  await recorder.start()
  for (const { packets } of clip.steps) for (const packet of packets) camera.write(packet)
  camera.end('unplugged')
  await recorder.stop()
  const spool = createSpool({ folder: join(dir, 'tmp') })
  const prober = createProber({ log: silentLog })
  await spool.start()
  const importer = createImporter({ blobs: library.ring.blobs, catalog: node.catalog, prober, self: node.id, writing: () => () => {}, log: silentLog })
  const masters = createMasters({
    ring: { self: node.id, name: 'alder', chunks: chunks.ring.chunks, catalog: node.catalog, membership: members, placement: { homeOf: () => state.home } },
    spool, importer, disk: () => ({ state: state.disk }), log: createLog((line) => said.push(line), 'error'), nowMs: () => state.nowMs
  }, init)
  stops.push(() => masters.stop(), () => prober.stop(), () => spool.stop())
  const choose = (master: 'as-sent' | 'prores' | 'ffv1'): Promise<unknown> => node.catalog.policy.setPlan(porch, { ...defaultPlan(true), master, masterSinceMs: 0, sinceMs: 1 })
  const listed = async () => (await masters.list(porch, 0, Date.now() + 60_000)).masters
  const saved = async (blob: ChunkId, name: string): Promise<string> => {
    const parts: Uint8Array[] = []
    for await (const bytes of library.ring.blobs.read(blob)) parts.push(bytes)
    await writeFile(join(dir, name), Buffer.concat(parts))
    return join(dir, name)
  }
  const asSent = async (): Promise<string> => {
    const [first] = node.catalog.index.recordings(porch, 0, Date.now() + 60_000)
    const file = await createRecordings({ ring: recording as never }).open(porch, first!.startMs, first!.endMs)
    const parts: Uint8Array[] = []
    for await (const bytes of file.read(0, file.size)) parts.push(bytes)
    await writeFile(join(dir, 'sent.mp4'), Buffer.concat(parts))
    return join(dir, 'sent.mp4')
  }
  return { node, masters, state, choose, listed, saved, asSent, chunks, said }
}

async function probe(path: string): Promise<Record<string, string>[]> {
  const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name,profile,pix_fmt,bits_per_raw_sample,sample_rate,channels', '-of', 'json', path])
  return (JSON.parse(stdout) as { streams: Record<string, string>[] }).streams
}

/** A hash of every decoded picture, or of all the sound. */
async function decoded(path: string, stream: 'v' | 'a'): Promise<string[]> {
  const { stdout } = await run('/usr/bin/ffmpeg', ['-v', 'error', '-i', path, '-map', `0:${stream}`, ...(stream === 'v' ? ['-fps_mode', 'passthrough'] : []), '-f', 'framemd5', '-'])
  return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(',').at(-1)!.trim())
}

test('an FFV1 master has every decoded picture of the recording, bit for bit, with its sound, and says what it was made of', async () => {
  const { node, masters, choose, listed, saved, asSent } = await createWorld()
  await masters.look()
  assert.deepEqual(await listed(), [], 'as sent is the master, when nobody chose another')
  await choose('ffv1')
  await masters.look()
  const [made, ...others] = await listed()
  assert.equal(others.length, 0)
  assert.deepEqual([made?.state, made?.format, made?.node, made?.reason], ['done', 'ffv1', 'alder', null], JSON.stringify(made))
  const asset = await node.catalog.asset(parseAssetId(made!.asset!))
  assert.match(asset!.notes, /of what the camera Porch \(porch\) sent from .*: 180 pictures, with sound, as FFV1[^]*session [0-9a-f-]{36} of node alder: \/api\/v1\/cameras\/porch\/play\?from=\d+/)
  assert.deepEqual(asset!.tags, ['ffv1', 'master'])
  const path = await saved(asset!.facts.blob!, 'master.mkv')
  const [picture, sound] = await probe(path)
  assert.deepEqual([picture?.['codec_name'], picture?.['pix_fmt'], picture?.['bits_per_raw_sample']], ['ffv1', 'yuv420p', '8'])
  assert.deepEqual([sound?.['codec_name'], sound?.['sample_rate'], sound?.['channels'], sound?.['bits_per_raw_sample']], ['flac', '48000', 2, '24'])
  const pictures = await decoded(await asSent(), 'v')
  assert.equal(pictures.length, 180)
  assert.deepEqual(await decoded(path, 'v'), pictures)
  const bytes = await readFile(path)
  bytes[bytes.length >> 1]! ^= 0x10
  await writeFile(path, bytes)
  const { stderr } = await run('/usr/bin/ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', '-f', 'null', '-'])
  assert.ok(/slice CRC mismatch/i.test(stderr), 'every slice has a checksum: a flipped bit is told')
  await masters.look()
  assert.equal((await listed()).length, 1, 'once')
  assert.deepEqual(await readdir(join(dir, 'tmp')), [], 'nothing is left on the way')
})

test('a ProRes master is 422 HQ in ten bits with PCM sound, as long as the recording; in pieces, when it is long', async () => {
  const { node, masters, choose, listed, saved } = await createWorld({ pieceMs: 2_500 })
  await choose('prores')
  await masters.look()
  const made = await listed()
  assert.deepEqual(made.map(({ state }) => state), ['done', 'done', 'done'])
  assert.deepEqual(made.slice(1).map(({ fromMs }) => fromMs), made.slice(0, -1).map(({ toMs }) => toMs))
  let seconds = 0
  let pictures = 0
  for (const [i, { asset }] of made.entries()) {
    const path = await saved((await node.catalog.asset(parseAssetId(asset!)))!.facts.blob!, `${i}.mov`)
    const [picture, sound] = await probe(path)
    assert.deepEqual([picture?.['codec_name'], picture?.['profile'], picture?.['pix_fmt']], ['prores', 'HQ', 'yuv422p10le'])
    assert.deepEqual([sound?.['codec_name'], sound?.['sample_rate'], sound?.['channels']], ['pcm_s24le', '48000', 2])
    seconds += Number((await run('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path])).stdout)
    pictures += (await decoded(path, 'v')).length
  }
  assert.equal(pictures, 180)
  assert.ok(Math.abs(seconds - 6) < 0.2, `${seconds} s`)
})

test('a master that fails says why, is tried again later, and the recording is what it was', async () => {
  const program = pathToFileURL(join(dir, 'dies.mjs'))
  await writeFile(program, 'process.once("message", () => process.exit(7))')
  const { masters, choose, listed, state, node, asSent } = await createWorld({ program })
  const before = JSON.stringify(node.catalog.index.recordings(porch, 0, Date.now() + 60_000))
  await choose('ffv1')
  await masters.look()
  assert.deepEqual((await listed()).map(({ state: how, reason, tries }) => [how, reason, tries]), [['failed', 'the process that makes it ended (7)', 1]])
  await masters.look()
  assert.equal((await listed())[0]?.tries, 1, 'not at once')
  state.nowMs += MASTER_RETRY_MS
  await masters.look()
  assert.equal((await listed())[0]?.tries, 2)
  assert.equal(JSON.stringify(node.catalog.index.recordings(porch, 0, Date.now() + 60_000)), before)
  assert.equal((await decoded(await asSent(), 'v')).length, 180)
})

test('a disk that gets low ends it, and nothing is begun on one that is', async () => {
  const program = pathToFileURL(join(dir, 'waits.mjs'))
  await writeFile(program, 'setInterval(() => {}, 1000); process.on("disconnect", () => process.exit())')
  const { masters, choose, listed, state } = await createWorld({ program })
  await choose('prores')
  const looking = masters.look()
  await until(async () => (await listed())[0]?.state === 'making', 'it is being made')
  state.disk = 'low'
  await looking
  assert.match((await listed())[0]?.reason ?? '', /disk of this node is low: what is recorded needs it more/)
  state.nowMs += MASTER_RETRY_MS
  await masters.look()
  assert.equal((await listed())[0]?.tries, 1)
})

test('a recording whose list of parts is lost is said once, and keeps no other camera from its masters', async () => {
  const { node, masters, choose, listed, said } = await createWorld()
  const attic = 'attic' as CameraId
  const [whole] = node.catalog.index.recordings(porch, 0, Date.now() + 60_000)
  await node.catalog.putCamera({ id: attic, name: 'Attic', source: 'test', createdAtMs: 0, record: true })
  await node.catalog.policy.setPlan(attic, { ...defaultPlan(true), master: 'ffv1', masterSinceMs: 0, sinceMs: 1 })
  await node.catalog.putRecording({ ...whole!, camera: attic, session: 'lost', hour: hourOf(whole!.startMs), manifest: chunkIdOf(Buffer.from('nobody has it')), tail: [] })
  await choose('ffv1')
  assert.equal(node.catalog.cameras()[0]?.id, attic, 'it is looked at first')
  await masters.look()
  assert.deepEqual((await listed()).map(({ state }) => state), ['done'])
  await masters.look()
  assert.equal(said.length, 1)
  assert.match(said[0]!, /no master of the recording of attic from .*: the list of its parts can not be read now/)
})

test('only the home of a camera makes its masters', async () => {
  const { masters, choose, listed, state } = await createWorld()
  state.home = 'birch' as PeerId
  await choose('ffv1')
  await masters.look()
  assert.deepEqual(await listed(), [])
})

test('what comes after the choice is made of, not what came before', async () => {
  const { masters, listed, node } = await createWorld()
  await node.catalog.policy.setPlan(porch, { ...defaultPlan(true), master: 'ffv1', masterSinceMs: Date.now() + 60_000, sinceMs: 1 })
  await masters.look()
  assert.deepEqual(await listed(), [])
})

test.run()
