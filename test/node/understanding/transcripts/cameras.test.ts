// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraId, ChunkId, PeerId } from '#protocols/ids.ts'
import { type HeardNote, type HourNote, hourOf, type RecordingSession } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { createBlobDoor } from '../../../../node/derive/blob-door.ts'
import type { JobTask } from '../../../../node/jobs/jobs.ts'
import type { Samples } from '../../../../node/understanding/inference/inference.ts'
import { createCameraListener } from '../../../../node/understanding/transcripts/cameras/camera-listener.ts'
import { apart, createHeardNotes, joined } from '../../../../node/understanding/transcripts/cameras/heard-notes.ts'
import { HEAR_MS, unheard } from '../../../../node/understanding/transcripts/cameras/unheard.ts'
import { createMediaReader } from '../../../../node/understanding/transcripts/sound/media-process.ts'
import type { Transcript } from '../../../../node/understanding/transcripts/transcript.ts'
import { ffmpeg } from '../../../support/ffmpeg.ts'
import { loudSpans } from './loud-spans.ts'

const test = suite('cameras that are listened to')

const PORCH = 'porch' as CameraId
const T0 = Date.UTC(2026, 10, 22, 10)
const RATE = 16_000
const reader = createMediaReader()
const door = createBlobDoor()
let folder: string
let film: Buffer

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-heard-'))
  await door.start()
  const path = join(folder, 'porch.mp4')
  // four minutes and a half; somebody speaks from 10 to 14 s, from 118 to 123 s and from 262 to 264 s
  ffmpeg('-f', 'lavfi', '-i', 'color=s=160x90:r=5:d=270', '-f', 'lavfi', '-i', "aevalsrc='0.4*sin(2*PI*440*t)*(between(t,10,14)+between(t,118,123)+between(t,262,264))':d=270:s=48000", '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '5', '-pix_fmt', 'yuv420p', '-c:a', 'libopus', '-movflags', '+frag_keyframe+empty_moov', path)
  film = await readFile(path)
})
test.after(async () => {
  await Promise.all([reader.stop(), door.stop()])
  await rm(folder, { recursive: true, force: true })
})

/** Loud means somebody speaks; what is said is how long it was. */
const inference = {
  model: () => ({ name: 'ear@1' }), whyNot: () => undefined,
  findSpeech: async (samples: Samples) => loudSpans(samples),
  async transcribe(samples: Samples) {
    const toMs = samples.length * 1000 / RATE
    return { language: 'en', languageConfidence: 0.9, segments: [{ fromMs: 200, toMs: toMs - 200, text: `for ${Math.round((toMs - 400) / 1000)} seconds`, words: [] }] }
  }
}

/** A camera of which four minutes and a half are recorded, and nodes that take notes of it. */
class World {
  readonly notes = new Map<PeerId, HourNote>()
  readonly blobs = new Map<ChunkId, Transcript>()
  readonly tasks: JobTask[] = []
  ended: string | undefined = 'stopped'
  recordedMs = 270_000
  /** What is recorded waited for longer than what is heard as it comes. */
  nowMs = T0 + 3_600_000
  owners = ['alder', 'birch'] as PeerId[]
  opened: number[] = []

  listener(self: string, ear: typeof inference = inference) {
    const session = { camera: PORCH, hour: hourOf(T0), session: 'one', startMs: T0, endMs: T0 + this.recordedMs, codecs: 'avc1.42E01F,opus', ended: this.ended } as RecordingSession
    const silent = { ...session, session: 'deaf', codecs: 'avc1.42E01F' }
    const policy = { note: async (_camera: CameraId, hour: string, change: (note: HourNote) => HourNote) => {
      this.notes.set(self as PeerId, change(this.notes.get(self as PeerId) ?? { camera: PORCH, hour, node: self as PeerId, losses: [], plans: [], expired: [] }))
    } }
    const store = {
      put: async (transcript: Transcript) => {
        const id = `blob-${this.blobs.size}` as ChunkId
        this.blobs.set(id, transcript)
        return id
      },
      lines: async (blob: ChunkId) => this.blobs.get(blob)!.lines
    }
    const heard = createHeardNotes({ ring: { writing: () => () => {}, catalog: { policy } }, store } as never)
    const listener = createCameraListener({
      ring: {
        self, membership: { isAlive: () => true, members: () => [], changed: emitter<void>() }, placement: { ranking: () => this.owners }, localChunks: { disk: () => ({ acceptsWrites: true }) },
        catalog: { cameras: () => [{ id: PORCH }], unindexed: () => 0, index: { hourSizes: () => [{ startMs: T0, endMs: session.endMs }], notes: () => [...this.notes.values()], recordings: () => [silent, session] } }
      },
      recordings: { open: async (_camera: CameraId, fromMs: number) => {
        this.opened.push((fromMs - T0) / 1000)
        return { size: film.length, startMs: T0, durationMs: 270_000, read: async function* (start: number, end: number) { yield film.subarray(start, end) } }
      } },
      jobs: { submit: (task: JobTask) => { this.tasks.push(task) } }, models: { usedFor: () => ({ nodes: ['alder', 'birch'] }), changed: emitter<void>() },
      inference: ear, notes: heard, reader, door, log: silentLog, nowMs: () => this.nowMs
    } as never, { folder: join(folder, `notes-${self}`) })
    return { listener, heard }
  }

  async run(signal = new AbortController().signal): Promise<void> {
    const task = this.tasks.shift()
    assert.ok(task !== undefined, 'there is work')
    await task.run({ id: 'job', signal, view: { filesDone: 0 }, update() {}, note() {}, turn: async () => {} } as never)
  }

  get heard(): HeardNote[] { return [...this.notes.values()].flatMap(({ heard = [] }) => heard) }

  async said(heard: ReturnType<World['listener']>['heard']): Promise<unknown[]> {
    const all = await Promise.all(this.heard.map((note) => heard.entriesOf(PORCH, note)))
    return all.flatMap(({ words }) => words).map(({ fromMs, toMs, text }) => [Math.floor((fromMs - T0 + 900) / 1000), Math.round((toMs - T0) / 1000), text])
  }
}

test('what a camera with sound recorded is listened to once, piece by piece; a line that goes on behind a piece is whole', async () => {
  const world = new World()
  const { listener, heard } = world.listener('alder')
  await listener.look()
  await world.run()
  await listener.look()
  assert.deepEqual(world.tasks, [], 'all is heard')
  assert.deepEqual(world.opened.map((second) => Math.round(second / 2) * 2), [0, 118, 238])
  assert.deepEqual(await world.said(heard), [[10, 14, 'for 4 seconds'], [118, 123, 'for 5 seconds'], [262, 264, 'for 2 seconds']])
  assert.deepEqual(world.heard.map(({ toMs }) => toMs).at(-1), T0 + 270_000)
  await listener.stop()
})

test('what was recorded just now is heard as it comes; the end of what is still being recorded waits until it is long enough, or is the end', async () => {
  const world = new World()
  world.ended = undefined
  world.nowMs = T0 + 271_000
  const { listener } = world.listener('alder')
  await listener.look()
  assert.ok(Math.abs(world.heard.at(-1)!.toMs - T0 - 238_000) < 2_000, 'the last half minute waits')
  world.nowMs += 60_000
  await listener.look()
  assert.equal(world.heard.at(-1)!.toMs, T0 + 270_000)
  assert.equal(world.tasks.length, 0, 'no job for that')
  await listener.stop()
})

test('when the node that listens is gone, the next one hears what is left; nobody hears what another node heard', async () => {
  const world = new World()
  const [alder, birch] = [world.listener('alder'), world.listener('birch')]
  await birch.listener.look()
  assert.equal(world.tasks.length, 0, 'it is the turn of the first')
  world.notes.set('alder' as PeerId, { camera: PORCH, hour: hourOf(T0), node: 'alder' as PeerId, losses: [], plans: [], expired: [], heard: [{ fromMs: T0, toMs: T0 + 200_000 }] })
  world.owners = ['birch' as PeerId]
  await birch.listener.look()
  await world.run()
  assert.deepEqual(world.opened, [200])
  assert.deepEqual(await world.said(birch.heard), [[262, 264, 'for 2 seconds']])
  await Promise.all([alder.listener.stop(), birch.listener.stop()])
})

test('a stretch that can not be read is told, tried again later, and holds up no other recording', async () => {
  const world = new World()
  let isBroken = true
  const { listener } = world.listener('alder', { ...inference, async transcribe(samples: Samples) {
    if (isBroken) throw new Error('the model fell over')
    return inference.transcribe(samples)
  } })
  await listener.look()
  await assert.rejects(world.run(), /1 of 1 recordings could not be listened to: the model fell over/)
  await listener.look()
  assert.equal(world.tasks.length, 0, 'not at once')
  isBroken = false
  world.nowMs += 601_000
  await listener.look()
  await world.run()
  assert.equal(world.heard.at(-1)!.toMs, T0 + 270_000)
  await listener.stop()
})

test('whoever ends its job is left in peace for an hour', async () => {
  const world = new World()
  const { listener } = world.listener('alder')
  await listener.look()
  const ended = AbortSignal.abort(new Error('a person ended it'))
  await assert.rejects(world.run(ended), /a person ended it/)
  world.nowMs += 3_500_000
  await listener.look()
  assert.equal(world.tasks.length, 0)
  world.nowMs += 101_000
  await listener.look()
  assert.equal(world.tasks.length, 1)
  await listener.stop()
})

test('of a stretch its pieces are told apart: what is heard, what is too short, and what is growing', () => {
  const span = { fromMs: 0, toMs: 3 * HEAR_MS + 1_000 }
  assert.deepEqual(unheard(span, [], false).map(({ fromMs, toMs, isLast }) => [fromMs / HEAR_MS, toMs - fromMs, isLast]), [[0, HEAR_MS, false], [1, HEAR_MS, false], [2, HEAR_MS, false], [3, 1_000, true]])
  assert.deepEqual(unheard(span, [{ fromMs: 400, toMs: HEAR_MS }, { fromMs: 2 * HEAR_MS, toMs: 9 * HEAR_MS }], false).map(({ fromMs, toMs }) => [fromMs, toMs]), [[HEAR_MS, 2 * HEAR_MS]])
  assert.equal(unheard(span, [], true).length, 3)
  assert.deepEqual(unheard({ fromMs: 0, toMs: HEAR_MS }, [], true), [{ fromMs: 0, toMs: HEAR_MS, isLast: false }])
})

test('silence that goes on is one note; what was said stays apart', () => {
  const notes: HeardNote[] = [{ fromMs: 120, toMs: 240 }, { fromMs: 0, toMs: 120 }, { fromMs: 240, toMs: 300, blob: 'b' as ChunkId }, { fromMs: 300, toMs: 400 }, { fromMs: 5_000, toMs: 6_000 }]
  assert.deepEqual(joined(notes), [{ fromMs: 0, toMs: 240 }, { fromMs: 240, toMs: 300, blob: 'b' }, { fromMs: 300, toMs: 400 }, { fromMs: 5_000, toMs: 6_000 }])
})

test('where two nodes listened to the same, one of them is believed, and what only the other heard is heard again', async () => {
  const heard = (fromMs: number, toMs: number, blob?: string): HeardNote => ({ fromMs, toMs, ...(blob !== undefined && { blob: blob as ChunkId }) })
  assert.deepEqual(apart([{ heard: [heard(0, 118_000, 'a'), heard(118_000, 240_000)] }, { heard: [heard(0, 120_000, 'b')] }, {}]), [heard(0, 120_000, 'b')])
  assert.deepEqual(unheard({ fromMs: 0, toMs: 240_000 }, [heard(0, 120_000, 'b')], false).map(({ fromMs }) => fromMs), [120_000])
})

test.run()
