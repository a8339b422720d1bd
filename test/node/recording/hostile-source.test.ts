// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import type { RecordingSession } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { createRecorder, NO_KEYFRAME_LOOKS, NO_PROGRESS_LOOKS, NO_PROGRESS_MS, type RecorderInit } from '../../../node/recording/recorder.ts'
import { reasonOf } from '../../../node/recording/loss-reason.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { type Clip, clipCamera, makeClip } from '../../support/camera-clip.ts'
import { assertPlayable } from '../../support/playable.ts'
import { createRecordingRing, type RecordingRing } from '../../support/recording-ring.ts'
import { until } from '../../support/until.ts'

const run = promisify(execFile)
const porch = 'porch' as CameraId
const [small, large] = await Promise.all([makeClip({ seconds: 4, size: '160x120' }), makeClip({ seconds: 4, size: '320x180' })])
/** Ten seconds from keyframe to keyframe. */
const sparse = await makeClip({ seconds: 12, size: '160x120', gop: 300 })
const test = suite('hostile source')
let dir: string
test.before(async () => { dir = await mkdtemp(join(tmpdir(), 'thatdam-hostile-')) })
test.after(async () => { await rm(dir, { recursive: true }) })

/** What a source does to the time of each of its packets: video ticks at 90 kHz, sound at 48 kHz. */
type Retime = (timestamp: number, track: number, atMs: number) => number

/** A recorder and its camera; clips are fed one after the other under running sequence numbers. */
class Scene {
  readonly world: RecordingRing = createRecordingRing()
  readonly camera = clipCamera(small)
  readonly recorder
  readonly #sequences = [65_000, 65_300]

  constructor(init: Partial<RecorderInit> = {}) {
    this.recorder = createRecorder({ ring: this.world.ring, log: silentLog }, { camera: this.camera, ...init })
    this.recorder.start()
  }

  async feed(clip: Clip, retime: Retime = (timestamp) => timestamp): Promise<void> {
    for (const [i, step] of clip.steps.entries()) {
      for (const { track, rtp } of step.packets) {
        const bytes = Buffer.from(rtp)
        bytes.writeUInt16BE(this.#sequences[track]!++ & 0xffff, 2)
        bytes.writeUInt32BE(modulo(Math.round(retime(bytes.readUInt32BE(4), track, step.atMs))), 4)
        this.camera.write({ track, rtp: bytes })
      }
      if (i % 40 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async end(): Promise<RecordingSession[]> {
    this.camera.end('unplugged')
    await this.recorder.stop()
    return [...this.world.sessions.values()].sort((a, b) => a.startMs - b.startMs)
  }

  /** Plays from the first recorded moment to the last; answers how many pictures there are. */
  async plays(sessions: readonly RecordingSession[]): Promise<number> {
    const file = await createRecordings({ ring: this.world.ring }).open(porch, sessions[0]!.startMs, Math.max(...sessions.map(({ endMs }) => endMs)))
    const path = join(dir, 'play.mp4')
    const parts: Uint8Array[] = []
    for await (const part of file.read(0, file.size)) parts.push(part)
    await writeFile(path, Buffer.concat(parts))
    await assertPlayable(path)
    const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', path])
    return Number.parseInt(stdout)
  }
}

const modulo = (value: number): number => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32

test('time stamps that wrap, of pictures and of sound, are one recording without a step', async () => {
  const scene = new Scene()
  await scene.feed(small, (timestamp, track, atMs) => track === 0 ? timestamp : 2 ** 32 - 48_000 + atMs * 48)
  const sessions = await scene.end()
  assert.equal(sessions.length, 1)
  assert.ok(Math.abs(sessions[0]!.endMs - sessions[0]!.startMs - 4_000) < 5)
  assert.equal(await scene.plays(sessions), 120)
})

for (const [name, jumpMs] of [['ahead', 600_000], ['far ahead', 40_000_000], ['back', -600_000]] as const) {
  test(`a clock that jumps ${name} ends the session with that reason, and recording goes on at the next keyframe`, async () => {
    const scene = new Scene()
    await scene.feed(small, (timestamp, track, atMs) => timestamp + (atMs < 2_500 ? 0 : jumpMs * (track === 0 ? 90 : 48)))
    const sessions = await scene.end()
    assert.equal(sessions.length, 2)
    assert.match(sessions[0]!.ended ?? '', /clock jumped/)
    assert.ok(sessions[1]!.startMs >= sessions[0]!.endMs, 'what comes later is later')
    assert.ok(sessions[1]!.startMs - sessions[0]!.endMs < 2_000, 'and not where the jump leads')
    assert.equal(await scene.plays(sessions), 75 + 30, 'all but what came between the jump and the keyframe')
  })
}

test('a clock that jumps again and again records what it can, and every file of it plays', async () => {
  const scene = new Scene()
  await scene.feed(small, (timestamp, _track, atMs) => timestamp + Math.floor(atMs / 700) * 5_000_000)
  const sessions = await scene.end()
  assert.ok(sessions.length >= 3, `${sessions.length} sessions`)
  for (const session of sessions) assert.ok(await scene.plays([session]) > 0)
  assert.ok(await scene.plays(sessions) >= 45)
})

test('another picture size in mid-stream begins a new session with its own parameters', async () => {
  const scene = new Scene()
  await scene.feed(small)
  await scene.feed(large, (timestamp, track) => timestamp + 4_000 * (track === 0 ? 90 : 48))
  const sessions = await scene.end()
  assert.deepEqual(sessions.map(({ width, height, ended }) => [width, height, ended]), [[160, 120, 'picture format changed'], [320, 180, 'unplugged']])
  assert.notEqual(sessions[0]!.init, sessions[1]!.init)
  for (const session of sessions) assert.equal(await scene.plays([session]), 120)
  assert.equal(await scene.plays(sessions), 240, 'both in one file, too')
})

test('a pause of the source is a gap, not a stretched picture', async () => {
  const scene = new Scene()
  await scene.feed(small)
  await scene.feed(small, (timestamp, track) => timestamp + 34_000 * (track === 0 ? 90 : 48))
  const sessions = await scene.end()
  assert.equal(sessions.length, 2)
  assert.ok(Math.abs(sessions[0]!.endMs - sessions[0]!.startMs - 4_000) < 50, 'the last picture is as long as any')
  assert.equal(await scene.plays(sessions), 240)
})

test('time stamps that stand still or tremble never run backwards in the file', async () => {
  const scene = new Scene()
  await scene.feed(small, (timestamp, track, atMs) => track === 1 ? timestamp : timestamp - (timestamp % 9_000) + (Math.round(atMs) % 3) * 7)
  const sessions = await scene.end()
  assert.equal(await scene.plays(sessions), 120)
})

test('a recording that is not wanted any more ends with that word, and begins again when it is', async () => {
  let why: string | undefined
  const scene = new Scene({ whyNot: () => why })
  await scene.feed(small)
  why = 'recording switched off'
  await until(() => [...scene.world.sessions.values()].some(({ ended }) => ended === 'recording switched off'), 'the session ended')
  assert.equal(scene.recorder.recording(), false)
  await scene.feed(small, (timestamp, track) => timestamp + 4_000 * (track === 0 ? 90 : 48))
  why = undefined
  await until(() => scene.camera.sinks === 1, 'it listens again')
  assert.equal(scene.recorder.recording(), false, 'nothing was made yet since it is wanted again')
  await scene.feed(small, (timestamp, track) => timestamp + 8_000 * (track === 0 ? 90 : 48))
  const sessions = await scene.end()
  assert.equal(sessions.length, 2)
  assert.equal(await scene.plays(sessions), 240)
})

for (const [name, setWhile] of [['nothing is recorded', 'idle'], ['it records', 'recording']] as const) {
  test(`when the clock of the node is set back while ${name}, the next recording lies at the time as it is now`, async () => {
    const { now } = Date
    const setMs = -3_600_000
    let why: string | undefined
    const scene = new Scene({ whyNot: () => why, lookMs: 50 })
    const later = (clips: number): Retime => (timestamp, track) => timestamp + clips * 4_000 * (track === 0 ? 90 : 48)
    try {
      await scene.feed(small)
      if (setWhile === 'recording') {
        Date.now = () => now() + setMs
        await scene.feed(small, later(1))
      }
      why = 'no motion'
      await until(() => scene.camera.sinks === 0, 'the recording ended')
      Date.now = () => now() + setMs
      why = undefined
      await until(() => scene.camera.sinks === 1, 'it listens again')
      const wantedMs = Date.now()
      await scene.feed(small, later(2))
      const sessions = (await scene.end()).filter(({ startMs }) => startMs < now() + setMs / 2)
      const startMs = sessions.at(-1)!.startMs
      // 4 s of picture came in far less; what was recorded before at this clock is not recorded over
      const earliestMs = sessions.length === 1 ? wantedMs : sessions[0]!.endMs
      assert.ok(startMs > wantedMs - 1_000 && startMs <= Math.max(earliestMs, Date.now()), `${startMs - wantedMs} ms after it is wanted again`)
    } finally {
      Date.now = now
    }
  })
}

test('what was captured while it was wanted and comes late is recorded, too', async () => {
  let why: string | undefined
  let asked = 0
  const scene = new Scene({ whyNot: () => { asked++; return why } })
  scene.camera.report({ track: 0, wallMs: Date.now() - 6_000, rtp: Buffer.from(small.steps[0]!.packets[0]!.rtp).readUInt32BE(4) })
  await scene.feed(small)
  why = 'recording switched off'
  const before = asked
  await until(() => asked > before + 1, 'the recorder noticed')
  await scene.feed(small, (timestamp, track) => timestamp + 4_000 * (track === 0 ? 90 : 48))
  await until(() => [...scene.world.sessions.values()].some(({ ended }) => ended === why), 'the session ended')
  const sessions = await scene.end()
  assert.equal(sessions.length, 1)
  assert.equal(await scene.plays(sessions), 240)
})

test('a recorder that makes no part is begun again within ten seconds, and the reason is kept', async () => {
  assert.ok(NO_PROGRESS_MS < 9_500)
  const scene = new Scene()
  await scene.feed(small)
  const endless = small.steps.filter(({ key, packets }) => !key && packets[0]?.track === 1) // sound goes on, pictures do not come
  const feeding = setInterval(() => { for (const packet of endless[0]!.packets) scene.camera.write(packet) }, 200)
  try {
    await until(() => [...scene.world.sessions.values()].some(({ ended }) => ended?.startsWith('recorder stuck: it made no part for') === true), 'the session ended')
  } finally {
    clearInterval(feeding)
  }
  await until(() => scene.camera.sinks === 1, 'it listens again')
  await scene.end()
})

test('a process that stood still for longer than a camera may be silent reads what came meanwhile, in one recording', async () => {
  const lookMs = 5
  const scene = new Scene({ lookMs })
  await scene.feed(small)
  await until(() => scene.world.sessions.size === 1, 'it records')
  for (const sinceMs = performance.now(); performance.now() - sinceMs < 2 * NO_PROGRESS_LOOKS * lookMs;); // nothing else runs
  await scene.feed(small, (timestamp, track) => timestamp + 4_000 * (track === 0 ? 90 : 48))
  const sessions = await scene.end()
  assert.deepEqual(sessions.map(({ ended }) => ended), ['unplugged'])
  assert.equal(await scene.plays(sessions), 240)
})

/** So many pictures come from look to look of the recorder. */
function perLook(count: number): { readonly init: Partial<RecorderInit>; come(scene: Scene, pictures: Clip['steps']): void; left(): number; attempts: number } {
  let due: Array<() => void> = []
  const made = {
    attempts: 0,
    init: {
      lookMs: 5,
      whyNot() {
        for (const come of due.splice(0, count)) come()
        return undefined
      },
      earlier() {
        made.attempts++
        return []
      }
    },
    come(scene: Scene, pictures: Clip['steps']) { due = pictures.map(({ packets }) => () => { for (const packet of packets) scene.camera.write(packet) }) },
    left: () => due.length
  }
  return made
}

test('a camera with ten seconds from keyframe to keyframe loses no more than those by one lost packet', async () => {
  const looks = perLook(9)
  const scene = new Scene(looks.init)
  const pictures = sparse.steps.filter(({ packets }) => packets[0]!.track === 0)
  const keyless = pictures.length - 60 - 31
  assert.ok(keyless > 9 * NO_PROGRESS_LOOKS && keyless < 9 * NO_KEYFRAME_LOOKS, 'it waits longer than a recorder that is stuck')
  looks.come(scene, pictures.filter((_, i) => i !== 30))
  await until(() => looks.left() === 0, 'all came')
  const sessions = await scene.end()
  assert.deepEqual([looks.attempts, sessions.map(({ ended }) => reasonOf(ended!))], [1, ['packets lost', 'camera unplugged']])
  assert.equal(await scene.plays(sessions), 30 + 60)
  assert.equal(scene.recorder.isKeyless(), false)
})

test('where pictures come and no keyframe at all, that is said, and it is begun anew after thirty seconds', async () => {
  const looks = perLook(1)
  const scene = new Scene(looks.init)
  const pictures = sparse.steps.filter(({ packets, key }) => packets[0]!.track === 0 && !key)
  assert.equal(scene.recorder.isKeyless(), false)
  looks.come(scene, pictures)
  await until(() => looks.attempts === 2, 'it is begun anew')
  const came = pictures.length - looks.left()
  assert.ok(came >= NO_KEYFRAME_LOOKS, `after ${came} pictures`)
  assert.equal(scene.recorder.isKeyless(), true)
  assert.equal(reasonOf(`no keyframe for ${NO_KEYFRAME_LOOKS / 2} s`), 'no keyframe came')
  await scene.end()
})

test.run()
