// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { ChunkNotFoundError, NotFoundError } from '#protocols/errors.ts'
import type { CameraId, ChunkId } from '#protocols/ids.ts'
import { encodeRecordingManifest, readParts } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import type { LiveCamera } from '../../../node/live/live-camera.ts'
import { boxesIn } from '../../../node/recording/boxes.ts'
import { createRecorder } from '../../../node/recording/recorder.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { assertPlayable } from '../../support/playable.ts'
import { type Clip, clipCamera, makeClip } from '../../support/camera-clip.ts'
import { createRecordingRing, type RecordingRing } from '../../support/recording-ring.ts'
import { eventually } from '../../support/fake-ring.ts'

const run = promisify(execFile)
const porch = 'porch' as CameraId
const clip = await makeClip({ seconds: 8 })
const test = suite('recording')
let dir: string
test.before(async () => { dir = await mkdtemp(join(tmpdir(), 'thatdam-recording-')) })
test.after(async () => { await rm(dir, { recursive: true }) })

/** Feed a clip at once, in slices that let the recorder keep up. */
async function feed(camera: LiveCamera, which: Clip = clip, keep: (index: number) => boolean = () => true): Promise<void> {
  const startWallMs = Date.now()
  for (const { index } of which.tracks) camera.report(which.report(index, 0, startWallMs))
  for (const [i, step] of which.steps.entries()) {
    if (keep(i)) for (const packet of step.packets) camera.write(packet)
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

async function record(world: RecordingRing, which: Clip = clip, keep?: (index: number) => boolean): Promise<void> {
  const camera = clipCamera(which)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  await feed(camera, which, keep)
  camera.end('unplugged')
  await recorder.stop()
}

async function bytesOf(file: { size: number; read(start: number, end: number): AsyncIterable<Uint8Array> }, start = 0, end = file.size): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of file.read(start, end)) parts.push(part)
  return Buffer.concat(parts)
}

interface Probe { streams: Array<{ codec_name: string; width?: number; nb_read_packets: string; start_time: string; channels?: number }>; format: { duration: string; format_name: string } }

async function probe(bytes: Buffer): Promise<Probe> {
  const path = join(dir, 'probe.mp4')
  await writeFile(path, bytes)
  const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-count_packets', '-show_streams', '-show_format', '-of', 'json', path])
  await assertPlayable(path)
  return JSON.parse(stdout) as Probe
}

const lone = (world: RecordingRing) => [...world.sessions.values()].sort((a, b) => a.startMs - b.startMs)

test('a recorded stream is a file that ffprobe reads and ffmpeg decodes without error, picture for picture', async () => {
  const world = createRecordingRing()
  await record(world)
  const [session, ...others] = lone(world)
  assert.equal(others.length, 0)
  assert.equal(session!.ended, 'unplugged')
  assert.match(session!.codecs, /^avc1\.42C0[0-9A-F]{2},opus$/)
  const file = await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)
  const bytes = await bytesOf(file)
  assert.equal(bytes.length, file.size)
  const { streams, format } = await probe(bytes)
  assert.deepEqual(streams.map((stream) => stream.codec_name), ['h264', 'opus'])
  assert.equal(streams[0]!.nb_read_packets, '240')
  assert.ok(Math.abs(Number(format.duration) - 8) < 0.05, `duration ${format.duration}`)
  assert.ok(Number(streams[1]!.nb_read_packets) >= 398, `${streams[1]!.nb_read_packets} packets of sound`)
  assert.ok(Math.abs(Number(streams[1]!.start_time)) < 0.025, `sound begins with the picture: ${streams[1]!.start_time}`)
})

/** Presentation times of a file's sound, in samples. */
async function soundTimes(bytes: Buffer): Promise<number[]> {
  const path = join(dir, 'sound.mp4')
  await writeFile(path, bytes)
  const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-select_streams', 'a', '-show_entries', 'packet=pts', '-of', 'csv=p=0', path])
  return stdout.split('\n').map((line) => Number.parseInt(line)).filter((time) => !Number.isNaN(time))
}

test('sound goes on without a step from part to part, where the source\'s reports place it', async () => {
  for (const lateMs of [0, 200]) {
    const world = createRecordingRing()
    const camera = clipCamera(clip)
    const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
    recorder.start()
    const startWallMs = Date.now()
    camera.report(clip.report(0, 0, startWallMs))
    camera.report(clip.report(1, 0, startWallMs + lateMs))
    for (const step of clip.steps) for (const packet of step.packets) camera.write(packet)
    camera.end('unplugged')
    await recorder.stop()
    const [session] = lone(world)
    const times = await soundTimes(await bytesOf(await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)))
    assert.ok(Math.abs(times[0]! - lateMs * 48) < 960, `first sound at ${times[0]}`)
    for (let i = 1; i < times.length; i++) assert.ok(Math.abs(times[i]! - times[i - 1]! - 960) <= 2, `step of ${times[i]! - times[i - 1]!} at ${i}`)
  }
})

test('parts are at most about a second long and nothing lies between them', async () => {
  const world = createRecordingRing()
  await record(world, await makeClip({ seconds: 6, gop: 75 }))
  const [session] = lone(world)
  assert.ok(session!.tail.length >= 6)
  for (const [i, part] of session!.tail.entries()) {
    assert.ok(part.durationMs <= 1_034, `part of ${part.durationMs} ms`)
    if (i > 0) assert.ok(Math.abs(part.startMs - (session!.tail[i - 1]!.startMs + session!.tail[i - 1]!.durationMs)) < 0.01)
  }
  assert.deepEqual(session!.tail.map(({ key }) => key).slice(0, 5), [true, false, false, true, false])
})

test('pictures that are shown in another order than they are sent keep their times', async () => {
  const world = createRecordingRing()
  await record(world, await makeClip({ seconds: 4, bFrames: 2 }))
  const [session] = lone(world)
  const file = await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)
  const path = join(dir, 'b.mp4')
  await writeFile(path, await bytesOf(file))
  const { stdout, stderr } = await run('/usr/bin/ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=pts', '-of', 'csv=p=0', path])
  assert.equal(stderr, '')
  const times = stdout.split('\n').map((line) => Number.parseInt(line)).filter((time) => !Number.isNaN(time))
  assert.equal(times.length, 120)
  for (let i = 1; i < times.length; i++) assert.ok(Math.abs(times[i]! - times[i - 1]! - 3_000) <= 1, `step ${times[i]! - times[i - 1]!} at ${i}`)
})

test('a range that starts in the middle begins at the keyframe before it', async () => {
  const world = createRecordingRing()
  await record(world)
  const [session] = lone(world)
  const file = await createRecordings({ ring: world.ring }).open(porch, session!.startMs + 3_500, session!.startMs + 5_200)
  assert.ok(Math.abs(file.startMs - session!.startMs - 3_000) < 1)
  const { streams, format } = await probe(await bytesOf(file))
  assert.equal(streams[0]!.nb_read_packets, '90')
  assert.ok(Math.abs(Number(format.duration) - 3) < 0.05, format.duration)
})

test('any byte range equals the same slice of the whole, and fetches only the chunks it needs', async () => {
  const world = createRecordingRing()
  await record(world)
  const [session] = lone(world)
  const file = await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)
  const whole = await bytesOf(file)
  for (const [start, end] of [[0, 1], [0, 700], [500, 90_000], [whole.length - 1, whole.length], [61_234, 61_235], [12_345, whole.length], [file.size, file.size]] as const) {
    assert.ok((await bytesOf(file, start, end)).equals(whole.subarray(start, end)), `bytes ${start}-${end}`)
  }
  world.gets = 0
  await bytesOf(file, whole.length - 10, whole.length)
  assert.equal(world.gets, 1)
  const again = await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)
  assert.equal(again.etag, file.etag)
  assert.ok((await bytesOf(again)).equals(whole))
})

test('a range across two sessions keeps their distance in time, also when the picture size changed between them', async () => {
  const world = createRecordingRing()
  await record(world)
  const [first] = lone(world)
  world.sessions.set(first!.session, { ...first!, ...shifted(first!, -20_000) })
  await record(world, await makeClip({ seconds: 4, size: '640x360' }))
  const recordings = createRecordings({ ring: world.ring })
  const [a, b] = lone(world)
  const file = await recordings.open(porch, a!.startMs + 6_000, b!.endMs)
  const { streams, format } = await probe(await bytesOf(file))
  assert.equal(Number(streams[0]!.nb_read_packets), 60 + 120)
  assert.ok(Math.abs(Number(format.duration) - (b!.endMs - a!.startMs - 6_000) / 1000) < 0.1, format.duration)
  const { gaps, spans } = recordings.list(porch, a!.startMs, b!.endMs)
  assert.equal(spans.length, 2)
  assert.deepEqual(gaps, [{ startMs: a!.endMs, endMs: b!.startMs, reason: 'unplugged' }])
})

test('of two recordings of one time the first plays, and the other when it is asked for by its name', async () => {
  const world = createRecordingRing()
  await record(world)
  const [first] = lone(world)
  world.sessions.set(first!.session, { ...first!, ...shifted(first!, -60_000) })
  await record(world, await makeClip({ seconds: 4, size: '640x360' }))
  const [a, later] = lone(world)
  world.sessions.set(later!.session, { ...later!, ...shifted(later!, a!.startMs + 1_000 - later!.startMs) })
  const b = world.sessions.get(later!.session)!
  const recordings = createRecordings({ ring: world.ring })
  assert.deepEqual(recordings.list(porch, a!.startMs, a!.endMs).spans.map(({ session }) => session), [a!.session, b.session])
  const sizeOf = async (file: Awaited<ReturnType<typeof recordings.open>>): Promise<unknown> => {
    const { streams } = await probe(await bytesOf(file))
    return [streams[0]!.width, Number(streams[0]!.nb_read_packets)]
  }
  assert.deepEqual(await sizeOf(await recordings.open(porch, a!.startMs, a!.endMs)), [320, 240])
  assert.deepEqual(await sizeOf(await recordings.open(porch, b.startMs, b.endMs, b.session)), [640, 120])
  assert.deepEqual(await sizeOf(await recordings.cut(porch, b.startMs + 1_000, b.startMs + 3_000, 'exact', b.session)), [640, 60])
  assert.ok(recordings.newestMs(porch, a!.endMs)! > recordings.newestMs(porch, a!.endMs, b.session)!)
})

test('the index of a range covers all of its time, also where a gap takes most of a day', async () => {
  const world = createRecordingRing()
  await record(world)
  const [first] = lone(world)
  world.sessions.set(first!.session, { ...first!, ...shifted(first!, -20 * 3_600_000) })
  await record(world)
  const [a, b] = lone(world)
  const file = await createRecordings({ ring: world.ring }).open(porch, a!.startMs, b!.endMs)
  const bytes = await bytesOf(file)
  const { content } = boxesIn(bytes).find(({ type }) => type === 'sidx')!
  const [ticksPerSecond, count] = [bytes.readUInt32BE(content + 8), bytes.readUInt16BE(content + 30)]
  const seconds = Array.from({ length: count }, (_, i) => bytes.readUInt32BE(content + 36 + i * 12) / ticksPerSecond).reduce((sum, each) => sum + each, 0)
  assert.ok(seconds > 20 * 3600)
  assert.ok(Math.abs(seconds - file.durationMs / 1000) < 0.1, `${seconds} s of ${file.durationMs / 1000}`)
  const { streams, format } = await probe(bytes)
  assert.equal(streams[0]!.nb_read_packets, '480')
  assert.ok(Math.abs(Number(format.duration) - seconds) < 0.1, format.duration)
})

test('a range over recordings of which only some have sound plays, and says that it has sound', async () => {
  const mute: Clip = { ...clip, tracks: clip.tracks.slice(0, 1), steps: clip.steps.filter(({ packets }) => packets[0]!.track === 0) }
  for (const [first, second] of [[mute, clip], [clip, mute]] as const) {
    const world = createRecordingRing()
    await record(world, first)
    const [before] = lone(world)
    world.sessions.set(before!.session, { ...before!, ...shifted(before!, -20_000) })
    await record(world, second)
    const [a, b] = lone(world)
    const file = await createRecordings({ ring: world.ring }).open(porch, a!.startMs, b!.endMs)
    const { streams } = await probe(await bytesOf(file))
    assert.deepEqual(streams.map((stream) => stream.codec_name), ['h264', 'opus'])
    assert.equal(streams[0]!.nb_read_packets, '480')
    assert.match(file.codecs, /^avc1\.42C0[0-9A-F]{2},opus$/)
    assert.doesNotMatch((await createRecordings({ ring: world.ring }).open(porch, ...(first === mute ? [a!.startMs, a!.endMs] : [b!.startMs, b!.endMs]) as [number, number])).codecs, /opus/)
  }
})

function shifted(session: ReturnType<typeof lone>[number], byMs: number): Partial<typeof session> {
  return { startMs: session.startMs + byMs, endMs: session.endMs + byMs, tail: session.tail.map((part) => ({ ...part, startMs: part.startMs + byMs })) }
}

test('what is durable plays while the recording grows, and the bytes of that range stay the same', async () => {
  const world = createRecordingRing()
  const recordings = createRecordings({ ring: world.ring })
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  const half = clip.steps.length / 2
  await feed(camera, clip, (i) => i < half)
  await eventually(() => (lone(world)[0]?.tail.length ?? 0) >= 3, 'three parts are durable')
  assert.equal(recorder.recording(), true)
  const [growing] = lone(world)
  const toMs = recordings.newestMs(porch, Date.now() + 60_000)!
  const before = await recordings.open(porch, growing!.startMs, toMs)
  const bytes = await bytesOf(before)
  await probe(bytes)
  assert.equal(recorder.durable()!.copies, 2)
  assert.ok(Math.abs(recorder.durable()!.ms - growing!.endMs) < 1)
  for (const step of clip.steps.slice(half)) for (const packet of step.packets) camera.write(packet)
  camera.end('unplugged')
  await recorder.stop()
  assert.ok(lone(world)[0]!.endMs > growing!.endMs)
  const after = await recordings.open(porch, growing!.startMs, toMs)
  assert.equal(after.etag, before.etag)
  assert.ok((await bytesOf(after)).equals(bytes))
})

test('lost packets end the session with that reason and the next keyframe begins another', async () => {
  const world = createRecordingRing()
  const lostAt = clip.steps.findIndex((step) => step.atMs > 3_300 && step.packets[0]!.track === 0 && !step.key)
  await record(world, clip, (i) => i !== lostAt)
  const [before, after] = lone(world)
  assert.match(before!.ended ?? '', /packets lost/)
  assert.ok(after !== undefined && after.tail[0]!.key)
  const file = await createRecordings({ ring: world.ring }).open(porch, before!.startMs, after!.endMs + 1)
  await probe(await bytesOf(file))
})

test('what was lost just before a keyframe is a gap as well', async () => {
  const world = createRecordingRing()
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  for (const { index } of clip.tracks) camera.report(clip.report(index, 0, Date.now() - 10_000))
  for (const { atMs, packets } of clip.steps) {
    for (const packet of packets) if (packet.track === 1 || atMs < 2_490 || atMs > 2_990) camera.write(packet)
  }
  camera.end('unplugged')
  await recorder.stop()
  const [before, after, ...others] = lone(world)
  assert.equal(others.length, 0)
  assert.match(before!.ended ?? '', /packets lost/)
  assert.ok(Math.abs(after!.startMs - before!.endMs - 500) < 50, `${after!.startMs - before!.endMs} ms between them`)
  assert.deepEqual(createRecordings({ ring: world.ring }).list(porch, before!.startMs, after!.endMs).gaps.length, 1)
})

test('old parts move into the manifest and play all the same', async () => {
  const world = createRecordingRing()
  const short = await makeClip({ seconds: 30, size: '160x120', gop: 15, bitrate: '60k' })
  await record(world, short)
  const [session] = lone(world)
  assert.ok(session!.manifest !== undefined && session!.tail.length <= 20)
  const file = await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)
  const { streams } = await probe(await bytesOf(file))
  assert.equal(streams[0]!.nb_read_packets, '900')
})

test('a list of parts that is lost costs nothing when the recording had ended, and is stored again when it is read', async () => {
  const world = createRecordingRing()
  const { put } = world.ring.chunks
  await record(world, await makeClip({ seconds: 30, size: '160x120', gop: 15, bitrate: '60k' }))
  const [session] = lone(world)
  assert.notDeepEqual(session!.spare, [session!.manifest])
  assert.deepEqual(await readParts({ manifest: undefined, tail: session!.tail }, world.ring.chunks.get), session!.tail)
  world.stored.delete(session!.manifest!)
  const stored: string[] = []
  world.ring.chunks.put = async (bytes, options) => {
    const done = await put(bytes, options)
    stored.push(done.id)
    return done
  }
  const file = await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)
  assert.equal((await probe(await bytesOf(file))).streams[0]!.nb_read_packets, '900')
  await eventually(() => stored.includes(session!.manifest!), 'the list is back')
  assert.deepEqual(stored, [session!.manifest])
})

test('of a recording whose list of parts is lost, and its spare, what others tell of plays; a range of what is lost says what is wrong', async () => {
  const world = createRecordingRing()
  await record(world, await makeClip({ seconds: 30, size: '160x120', gop: 15, bitrate: '60k' }))
  const [session] = lone(world)
  const [manifest, tail] = [session!.manifest!, session!.tail]
  const parts = (await readParts(session!, world.ring.chunks.get)).slice(0, -tail.length)
  const page = async (from: number, to: number): Promise<ChunkId> => (await world.ring.chunks.put(encodeRecordingManifest({ pages: [], parts: parts.slice(from, to) }))).id
  const [first, second] = [await page(0, 6), await page(6, 14)]
  const root = (await world.ring.chunks.put(encodeRecordingManifest({ pages: [first, second], parts: parts.slice(14) }))).id
  world.sessions.set(session!.session, { ...session!, manifest: root })
  for (const id of [second, manifest, ...session!.spare!]) world.stored.delete(id)
  const recordings = createRecordings({ ring: world.ring })
  const lengthOf = async (fromMs: number, toMs: number): Promise<number> => (await recordings.open(porch, fromMs, toMs)).durationMs
  const at = (i: number): number => parts[i]!.startMs
  assert.ok(Math.abs(await lengthOf(at(2), at(5)) - (at(5) - at(2))) < 1_100, 'before it')
  assert.ok(Math.abs(await lengthOf(at(15), session!.endMs) - (session!.endMs - at(15))) < 1_100, 'after it')
  assert.equal((await recordings.open(porch, at(8), session!.endMs)).startMs, at(14), 'from the middle of it on: what is there')
  await probe(await bytesOf(await recordings.open(porch, session!.startMs, session!.endMs)))
  assert.equal((await recordings.parts(porch, session!.startMs, session!.endMs)).parts.length, parts.length + tail.length - 8)
  await assert.rejects(recordings.open(porch, at(8), at(11)), (err: Error) => err instanceof ChunkNotFoundError && /can not be found: the list of its parts is lost/.test(err.message))
})

test('a failed write is tried again and nothing is missing afterwards', async () => {
  const world = createRecordingRing()
  let puts = 0
  world.beforePut = () => { if (++puts === 4) throw new Error('no room') }
  await record(world)
  const [session, ...others] = lone(world)
  assert.equal(others.length, 0)
  const file = await createRecordings({ ring: world.ring }).open(porch, session!.startMs, session!.endMs)
  assert.equal((await probe(await bytesOf(file))).streams[0]!.nb_read_packets, '240')
})

test('what came is kept when it is on the disks, and not before', async () => {
  const world = createRecordingRing()
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  const beganMs = performance.now()
  const held = Promise.withResolvers<void>()
  let puts = 0
  world.beforePut = () => {
    puts++
    return held.promise
  }
  await feed(camera)
  const fedMs = performance.now()
  await eventually(() => puts > 0, 'parts are under way to the disks')
  assert.ok(recorder.keptMs() <= beganMs)
  held.resolve()
  await eventually(() => recorder.keptMs() > beganMs, 'the disks took them')
  camera.end('unplugged')
  await recorder.stop()
  assert.ok(recorder.keptMs() > beganMs && recorder.keptMs() <= fedMs)
})

test('of a camera that is not to be recorded, or can not be, nothing has to be kept', async () => {
  const world = createRecordingRing()
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera, whyNot: () => 'by hand' })
  recorder.start()
  const beganMs = performance.now()
  await feed(camera)
  await eventually(() => recorder.keptMs() > beganMs, 'nothing is waited for')
  camera.end('unplugged')
  await recorder.stop()
})

test('storage that stays behind ends the session with a reason instead of filling memory', async () => {
  const world = createRecordingRing()
  const long = await makeClip({ seconds: 70, size: '160x120', gop: 15, bitrate: '60k' })
  const camera = clipCamera(long)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  await feed(camera, long, (i) => i < 300)
  await eventually(() => lone(world).length === 1, 'a session is in the catalog')
  world.beforePut = () => new Promise<void>(() => {})
  await feed(camera, long, (i) => i >= 300)
  await eventually(() => /parts behind/.test(lone(world)[0]!.ended ?? ''), 'the reason is in the catalog')
  camera.end('unplugged')
  await recorder.stop()
})

test('at a full hour the next session begins with a keyframe, without a gap', async () => {
  const world = createRecordingRing()
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  const { now } = Date
  const hourMs = Math.ceil(now() / 3_600_000) * 3_600_000
  Date.now = () => hourMs - 4_500
  try {
    recorder.start()
    await feed(camera)
    camera.end('unplugged')
    await recorder.stop()
  } finally {
    Date.now = now
  }
  const [before, after] = lone(world)
  assert.equal(before!.ended, 'hour')
  assert.ok(Math.abs(before!.endMs - after!.startMs) < 0.01)
  assert.equal(after!.tail[0]!.key, true)
  assert.notEqual(before!.hour, after!.hour)
  const recordings = createRecordings({ ring: world.ring })
  assert.deepEqual(recordings.list(porch, before!.startMs, after!.endMs).gaps, [])
  const { streams } = await probe(await bytesOf(await recordings.open(porch, before!.startMs, after!.endMs)))
  assert.equal(streams[0]!.nb_read_packets, '240')
})

test('sound that comes for the first time after a full hour lies with the pictures it came with', async () => {
  const world = createRecordingRing()
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  const { now } = Date
  const [hourMs, begunMs] = [Math.ceil(now() / 3_600_000) * 3_600_000, performance.now()]
  let atMs = 0
  Date.now = () => hourMs - 4_500 + atMs
  performance.now = () => begunMs + atMs
  try {
    recorder.start()
    for (const [i, step] of clip.steps.entries()) {
      atMs = step.atMs
      if (step.packets[0]!.track === 0 || atMs > 6_000) for (const packet of step.packets) camera.write(packet)
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    camera.end('unplugged')
    await recorder.stop()
  } finally {
    Date.now = now
    Reflect.deleteProperty(performance, 'now')
  }
  const [, after] = lone(world)
  const file = await createRecordings({ ring: world.ring }).open(porch, after!.startMs, after!.endMs)
  const [first] = await soundTimes(await bytesOf(file))
  assert.ok(Math.abs(first! / 48 - (6_000 - 5_000)) < 100, `the first sound lies ${first! / 48} ms after the first picture of the hour`)
})

test('pictures that waited in the source for a broken link are placed where they were captured', async () => {
  const world = createRecordingRing()
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  const capturedMs = Date.now() - 6_000
  for (const { index } of clip.tracks) camera.report(clip.report(index, 0, capturedMs))
  for (const step of clip.steps) for (const packet of step.packets) camera.write(packet)
  camera.end('unplugged')
  await recorder.stop()
  assert.ok(Math.abs(lone(world)[0]!.startMs - capturedMs) < 5)
})

test('nothing recorded is a clear error', async () => {
  const { ring } = createRecordingRing()
  await assert.rejects(createRecordings({ ring }).open(porch, 1_000, 2_000), NotFoundError)
})

test.run()
