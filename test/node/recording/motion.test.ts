// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import type { AccessUnit } from '#protocols/rtp/depacketiser.ts'
import { parseRtp } from '#protocols/rtp/packet.ts'
import { decodable, depacketiserOf } from '#protocols/rtp/video-codecs.ts'
import type { RecordPlan } from '#ring'
import type { LivePacket } from '../../../node/live/live-packet.ts'
import type { PacketSink } from '../../../node/live/track-reader.ts'
import { silentLog } from '#ring/base/log.ts'
import { defaultPlan } from '../../../node/recording/expectation.ts'
import { createMotionDetector, type MotionDetector, type MotionLook } from '../../../node/recording/motion-detector.ts'
import { createMotionGroup, MOTION_BEHIND_MS, MOTION_REST_MS } from '../../../node/recording/motion-group.ts'
import { BLOCK_CHANGE, BLOCKS_HIGH, BLOCKS_WIDE, blocksOf, changeOf, changeSince, type Look, remembered } from '../../../node/recording/motion-picture.ts'
import { MOTION_SHARE } from '../../../node/recording/motion-watch.ts'
import { plannedRecorder } from '../../../node/recording/planned-recorder.ts'
import { type Clip, clipCamera, makeClip } from '../../support/camera-clip.ts'
import { createPreRoll } from '../../../node/recording/pre-roll.ts'
import { createRecorder, NO_PROGRESS_LOOKS } from '../../../node/recording/recorder.ts'
import { createRecordingRing } from '../../support/recording-ring.ts'
import { until } from '../../support/until.ts'

const test = suite('motion')
const awake = setInterval(() => {}, 1_000) // the child is no reason to stay, and here are no sockets
test.after(() => clearInterval(awake))
const porch = 'porch' as CameraId
const [WIDTH, HEIGHT] = [640, 360]
const lookAt = (keyframe: Uint8Array, camera = porch): MotionLook => ({ camera, codec: 'H264', pictures: [keyframe], goesOn: false, atMs: performance.now() })

function picture(paint: (x: number, y: number) => number): Float32Array {
  const luma = new Uint8Array(WIDTH * HEIGHT)
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) luma[y * WIDTH + x] = paint(x, y)
  return blocksOf(luma, WIDTH, HEIGHT, WIDTH)
}

const changedShare = (before: Float32Array, after: Float32Array): number => changeOf(before, after).share

test('a thing that moves is motion; light that changes, and noise, are not', () => {
  const empty = picture((x, y) => 60 + (x + y) % 40)
  const noise = (): number => Math.random() * 16 - 8
  assert.equal(changedShare(empty, empty), 0)
  assert.ok(changedShare(empty, picture((x, y) => 60 + (x + y) % 40 + noise())) < MOTION_SHARE, 'noise')
  assert.ok(changedShare(empty, picture((x, y) => 90 + (x + y) % 40)) < MOTION_SHARE, 'a lamp')
  assert.ok(changedShare(empty, picture((x, y) => (x > 300 && x < 380 && y > 100 && y < 220 ? 200 : 60 + (x + y) % 40))) >= MOTION_SHARE, 'somebody')
  assert.equal(empty.length, BLOCKS_WIDE * BLOCKS_HIGH)
  assert.ok(BLOCK_CHANGE > 8)
})

test('what can not be decoded is told so, and the next picture is looked at all the same; a child that dies is replaced', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-motion-'))
  const program = pathToFileURL(join(dir, 'dies.mjs'))
  await writeFile(program, 'process.exit(1)')
  const detector = createMotionDetector({ log: silentLog })
  const stuck = createMotionDetector({ log: silentLog }, { program })
  try {
    assert.equal(await detector.look(lookAt(Buffer.from('no picture at all'))), undefined)
    assert.equal(await detector.look(lookAt(new Uint8Array(100_000).fill(1))), undefined)
    assert.equal(await stuck.look(lookAt(new Uint8Array(4))).catch(() => 'rejected'), undefined)
    assert.equal(await stuck.look(lookAt(new Uint8Array(4))).catch(() => 'rejected'), undefined)
  } finally {
    await Promise.all([detector.stop!(), stuck.stop!()])
    await rm(dir, { recursive: true })
  }
})

/** A camera in real time, whose scene changes without a break in its numbers and its clock. */
class Film {
  readonly camera = clipCamera(still)
  readonly #startedMs = performance.now()
  readonly #sequences = [0, 0]
  readonly #timer: NodeJS.Timeout
  #clip: Clip = still
  #step = 0
  #dueMs = 0

  constructor() { this.#timer = setInterval(() => this.#play(), 20) }

  /** From its next keyframe on. */
  show(clip: Clip): void {
    this.#clip = clip
    this.#step = 0
  }

  end(): void {
    clearInterval(this.#timer)
    this.camera.end('unplugged')
  }

  #play(): void {
    for (; this.#dueMs < performance.now() - this.#startedMs; this.#dueMs += 1000 / 30) {
      const step = this.#clip.steps.filter(({ packets }) => packets[0]?.track === 0)[this.#step++ % (this.#clip.durationMs * 30 / 1000)]!
      for (const { track, rtp } of step.packets) {
        const bytes = Buffer.from(rtp)
        bytes.writeUInt16BE(this.#sequences[track]!++ & 0xffff, 2)
        bytes.writeUInt32BE(Math.round(this.#dueMs * 90) >>> 0, 4)
        this.camera.write({ track, rtp: bytes })
      }
    }
  }
}

const still = await makeClip({ seconds: 2, size: '320x240', scene: 'color=c=gray' })
const moving = await makeClip({ seconds: 2, size: '320x240' })
const flitting = await makeClip({ seconds: 2, gop: 60, size: '320x240', scene: 'color=c=gray', filter: "drawbox=x=100:y=80:w=60:h=60:color=white:t=fill:enable='between(t,0.5,1)'" })

function keyframeOf({ steps }: Clip): Uint8Array {
  const pictures = depacketiserOf('H264')
  for (const { track, rtp } of steps.flatMap(({ packets }) => packets)) {
    const unit = track === 0 ? pictures.push(parseRtp(rtp)).find(({ keyframe }) => keyframe) : undefined
    if (unit !== undefined) return decodable('H264', unit.nals)
  }
  return assert.fail('there is no keyframe in it')
}

test('of three hundred cameras that are looked at in turn, each is compared with its own last picture', async () => {
  const detector = createMotionDetector({ log: silentLog })
  const cameras = Array.from({ length: 300 }, (_, i) => `camera-${i}` as CameraId)
  const shares: number[] = []
  for (const keyframe of [still, moving].map(keyframeOf)) for (const camera of cameras) shares.push((await detector.look(lookAt(keyframe, camera)))?.share ?? NaN)
  await detector.stop!()
  assert.ok(shares.slice(0, 300).every((share) => share === 0), 'the first picture of each')
  assert.ok(shares.slice(300).every((share) => share >= MOTION_SHARE), `${shares.slice(300).filter((share) => !(share >= MOTION_SHARE)).length} cameras never move`)
})

test('a camera that is recorded on motion is recorded from before it until after it, and not in between', async () => {
  const world = createRecordingRing()
  const plan: RecordPlan = { ...defaultPlan(true), mode: 'motion', preRollSeconds: 3, postRollSeconds: 4 }
  Object.assign(world.ring.catalog.policy, { plan: () => plan })
  const real = createMotionDetector({ log: silentLog })
  let looks = 0
  const detector: MotionDetector = { async look(...asked) {
    const share = await real.look(...asked)
    looks++
    return share
  }, stop: () => real.stop!() }
  const film = new Film()
  const seen: boolean[] = []
  const recorder = plannedRecorder({ ring: world.ring, motion: detector, notes: { looked: (_camera, moved) => { seen.push(moved) } }, log: silentLog }, film.camera)
  try {
    await recorder.start()
    await until(() => looks >= 20, 'it was looked at for four seconds')
    assert.equal(world.sessions.size, 0, 'nothing moved, nothing is recorded')
    assert.ok(seen.length >= 4 && !seen.includes(true), 'and it is told so')
    const movedMs = Date.now()
    film.show(moving)
    const session = await until(() => [...world.sessions.values()][0], 'it is recorded')
    assert.ok(session.startMs < movedMs - 2_000, `it begins ${movedMs - session.startMs} ms before the motion`)
    film.show(still)
    await until(() => [...world.sessions.values()].some(({ ended }) => ended === 'no motion'), 'it ended')
    const [whole, ...others] = [...world.sessions.values()]
    assert.equal(others.length, 0, 'before and after are one recording')
    assert.ok(seen.includes(true))
    assert.ok(whole!.endMs - movedMs > 3_000, `and goes on for ${whole!.endMs - movedMs} ms`)
  } finally {
    film.end()
    await recorder.stop()
    await detector.stop!()
  }
})

test('what is seen only between two keyframes is motion, and its recording begins before it', async () => {
  const world = createRecordingRing()
  Object.assign(world.ring.catalog.policy, { plan: (): RecordPlan => ({ ...defaultPlan(true), mode: 'motion', preRollSeconds: 3, postRollSeconds: 4 }) })
  const real = createMotionDetector({ log: silentLog })
  const looks: Array<{ readonly goesOn: boolean; readonly moved: boolean | undefined }> = []
  const detector: MotionDetector = { async look(asked) {
    const change = await real.look(asked)
    looks.push({ goesOn: asked.goesOn, moved: change && change.share >= MOTION_SHARE })
    return change
  }, stop: () => real.stop!() }
  const film = new Film()
  const recorder = plannedRecorder({ ring: world.ring, motion: detector, log: silentLog }, film.camera)
  try {
    await recorder.start()
    await until(() => looks.length >= 15 && looks.some(({ goesOn }) => goesOn), 'it is looked at between keyframes')
    assert.equal(world.sessions.size, 0, 'nothing moved, nothing is recorded')
    const movedMs = Date.now()
    film.show(flitting)
    const session = await until(() => [...world.sessions.values()][0], 'it is recorded')
    assert.ok(session.startMs < movedMs - 1_000, `it begins ${movedMs - session.startMs} ms before the film with the motion`)
    assert.deepEqual(looks.filter(({ goesOn, moved }) => !goesOn && moved === true), [], 'no keyframe shows it')
  } finally {
    film.end()
    await recorder.stop()
    await detector.stop!()
  }
})

test('every picture up to the next look is decoded, none after one that is missing; where looks are late only keyframes are looked at, for a while', () => {
  let nowMs = 0
  let at = 0
  const group = createMotionGroup({ codec: 'H264', nowMs: () => nowMs })
  const add = (init: Partial<AccessUnit> = {}): boolean => {
    [nowMs, at] = [nowMs + 50, at + 1]
    return group.add({ nals: [Uint8Array.of(at)], timestamp: nowMs * 90, keyframe: false, damaged: false, lost: 0, ...init })
  }
  const due = (): [count: number, goesOn: boolean] | undefined => {
    const taken = group.due()
    return taken && [taken.pictures.length, taken.goesOn]
  }
  assert.equal(add(), false, 'no keyframe before it')
  assert.ok(add({ keyframe: true }))
  assert.deepEqual(due(), [1, false])
  for (let i = 0; i < 3; i++) assert.deepEqual([add(), due()], [true, undefined], 'five times a second')
  assert.deepEqual([add(), due()], [true, [4, true]])
  assert.deepEqual([add(), add({ lost: 1 }), add()], [true, false, false])
  assert.deepEqual([add({ keyframe: true }), due()], [true, [1, false]], 'what came before a keyframe is not needed')
  for (let i = 0; i * 50 <= MOTION_BEHIND_MS; i++) add()
  assert.equal(add(), false, 'the look is late')
  for (let i = 0; i < MOTION_REST_MS / 300 - 3; i++) assert.deepEqual([add({ keyframe: true }), due()?.[0], add(), add(), add(), add(), add(), due()], [true, 1, false, false, false, false, false, undefined])
  nowMs += 1_000
  assert.deepEqual([add({ keyframe: true }), due(), add()], [true, [1, false], true], 'tried again')
  group.failed()
  assert.equal(add(), false)
})

test('a thing that moves slowly is seen by what changed in a second, though little does from one look to the next', () => {
  const at = (x0: number): Float32Array => picture((x, y) => (x >= x0 && x < x0 + 40 && y > 100 && y < 300 ? 85 : 60))
  let looks: readonly Look[] = []
  const shares = Array.from({ length: 8 }, (_, i) => {
    const look = { atMs: i * 200, blocks: at(100 + i * 5) }
    const { share } = changeSince(looks, look)
    looks = remembered(looks, look)
    return share
  })
  assert.ok(changedShare(at(100), at(105)) < MOTION_SHARE && changedShare(at(130), at(135)) < MOTION_SHARE)
  assert.ok(shares.slice(5).every((share) => share >= MOTION_SHARE), shares.join(' '))
  assert.equal(looks.length, 6, 'no more than a second is remembered')
})

test('a camera recorded always is looked at when its hours with motion are to stay longer, and only then', async () => {
  const world = createRecordingRing()
  let motionDays: number | null = null
  Object.assign(world.ring.catalog.policy, { plan: () => defaultPlan(true), retention: () => ({ days: 1, gigabytes: null, motionDays, whenFull: 'keep' }) })
  const seen: boolean[] = []
  const film = new Film()
  const recorder = plannedRecorder({ ring: world.ring, motion: { look: async () => ({ share: 0, zones: [] }), async stop() {} }, notes: { looked: (_camera, moved) => { seen.push(moved) } }, log: silentLog }, film.camera)
  try {
    await recorder.start()
    await until(() => world.sessions.size > 0, 'it is recorded')
    assert.deepEqual(seen, [])
    motionDays = 30
    await until(() => seen.length > 2, 'it is looked at')
  } finally {
    film.end()
    await recorder.stop()
  }
})

test('what is held for the past is no more than asked for, and no more than fits', async () => {
  const film = new Film()
  try {
    let seconds = 2
    const all = createPreRoll({ camera: film.camera, holdMs: () => seconds * 1000 })
    const little = createPreRoll({ camera: film.camera, holdMs: () => 60_000, maxBytes: 20_000 })
    const oldest = (held: readonly { arrivedMs: number }[]): number => performance.now() - (held[0]?.arrivedMs ?? performance.now())
    await until(() => oldest(all.since(0)) > 2_500 || all.since(0).length > 400, 'some time passed', 20_000)
    const halfMs = performance.now() - 500
    assert.equal(new Set(all.since(halfMs).filter(({ key, arrivedMs }) => key && arrivedMs <= halfMs).map(({ timestamp }) => timestamp)).size, 1, 'a part of it, from the keyframe before it on')
    assert.ok(little.since(0).reduce((sum, { bytes }) => sum + bytes.byteLength, 0) <= 20_000)
    assert.ok(little.since(0).length > 0)
    seconds = 0
    await until(() => all.since(0).length === 0, 'all is let go of when nothing is to be held')
  } finally {
    film.end()
  }
})

test('what is held begins with the keyframe before the time asked for, however far apart keyframes are, and never with what was recorded already', () => {
  const tracks = still.tracks
  const sinks: PacketSink[] = []
  const preRoll = createPreRoll({ camera: { add: (sink) => { sinks.push(sink); return () => {} } }, holdMs: () => 5_000 })
  const from = (ms: number, leastMs?: number): number | undefined => preRoll.since(ms, leastMs)[0]?.arrivedMs
  for (let arrivedMs = 0; arrivedMs <= 30_000; arrivedMs += 20) {
    const key = arrivedMs % 8_000 < 40 // of two packets
    sinks[0]!.write({ track: tracks[0]!, bytes: new Uint8Array(100), key, arrivedMs, timestamp: key ? arrivedMs - arrivedMs % 8_000 : arrivedMs, sequence: arrivedMs } as unknown as LivePacket)
    if (arrivedMs % 100 === 0) sinks[0]!.write({ track: tracks[1]!, bytes: new Uint8Array(10), key: false, arrivedMs, timestamp: arrivedMs, sequence: arrivedMs } as unknown as LivePacket)
    if (arrivedMs === 23_000) assert.equal(from(18_000), 16_000)
  }
  assert.equal(from(25_000), 24_000)
  assert.equal(from(25_000, 24_500), 25_000)
  assert.ok(from(0)! >= 16_000, 'what is older is let go of')
})

test('more of the past than the disks take at once is taken as they take it', async () => {
  const world = createRecordingRing()
  world.beforePut = () => new Promise((resolve) => { setTimeout(resolve, 30) })
  const clip = await makeClip({ seconds: 45, size: '160x120', gop: 15, bitrate: '50k' })
  const camera = clipCamera(clip)
  const preRoll = createPreRoll({ camera, holdMs: () => 60_000 })
  for (const { packets } of clip.steps) for (const packet of packets) camera.write(packet)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera, earlier: (sinceMs) => (sinceMs < 0 ? [] : preRoll.since(0)) })
  await recorder.start()
  await until(() => [...world.sessions.values()].some(({ startMs, endMs }) => endMs - startMs > 40_000), 'all of it is stored', 30_000)
  camera.end('unplugged')
  await recorder.stop()
  assert.equal(world.sessions.size, 1, 'in one recording')
})

test('a disk that hangs for longer than a camera may be silent splits no recording that is still taking what came before', async () => {
  const world = createRecordingRing()
  const hangs = Promise.withResolvers<void>()
  let puts = 0
  world.beforePut = () => (++puts > 20 ? hangs.promise : undefined)
  const clip = await makeClip({ seconds: 45, size: '160x120', gop: 15, bitrate: '50k' })
  const camera = clipCamera(clip)
  const preRoll = createPreRoll({ camera, holdMs: () => 60_000 })
  for (const { packets } of clip.steps) for (const packet of packets) camera.write(packet)
  let looks = 0
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera, earlier: () => preRoll.since(0), lookMs: 5, whyNot: () => { looks++; return undefined } })
  await recorder.start()
  await until(() => puts > 20, 'the disk hangs')
  const hungAt = looks
  await until(() => looks > hungAt + 2 * NO_PROGRESS_LOOKS, 'it was looked at long enough')
  hangs.resolve()
  await until(() => [...world.sessions.values()].some(({ startMs, endMs }) => endMs - startMs > 40_000), 'all of it is stored', 30_000)
  camera.end('unplugged')
  await recorder.stop()
  assert.deepEqual([...world.sessions.values()].map(({ ended }) => ended), ['unplugged'])
})

test('of a camera that is cut off while what came before is being stored, all of that is stored', async () => {
  const world = createRecordingRing()
  world.beforePut = () => new Promise((resolve) => { setTimeout(resolve, 30) })
  const clip = await makeClip({ seconds: 60, size: '160x120', gop: 15, bitrate: '50k' })
  const camera = clipCamera(clip)
  const preRoll = createPreRoll({ camera, holdMs: () => 90_000 })
  for (const { packets } of clip.steps) for (const packet of packets) camera.write(packet)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera, earlier: () => preRoll.since(0) })
  await recorder.start()
  await until(() => world.sessions.size > 0, 'it is being stored')
  camera.end('unplugged')
  await recorder.stop()
  const [session, ...others] = [...world.sessions.values()]
  assert.equal(others.length, 0)
  assert.equal(session!.ended, 'unplugged')
  assert.ok(session!.endMs - session!.startMs > 59_000, `${session!.endMs - session!.startMs} ms of 60,000`)
})

test('when nobody can say whether something moves, the camera is recorded', async () => {
  const world = createRecordingRing()
  Object.assign(world.ring.catalog.policy, { plan: () => ({ ...defaultPlan(true), mode: 'motion' }) })
  const film = new Film()
  const recorder = plannedRecorder({ ring: world.ring, motion: { look: async () => undefined, async stop() {} }, log: silentLog }, film.camera, { blindMs: 2_000 })
  try {
    await recorder.start()
    await until(() => world.sessions.size > 0, 'it is recorded')
  } finally {
    film.end()
    await recorder.stop()
  }
})

test.run()
