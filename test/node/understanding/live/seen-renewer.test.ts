// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { HourNote, SeenNote } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import type { JobHandle, JobTask } from '../../../../node/jobs/jobs.ts'
import { type LiveKeyframe, watchCamera } from '../../../../node/understanding/live/camera-eye.ts'
import { createSeenBlobs } from '../../../../node/understanding/live/seen-blobs.ts'
import { createSeenRenewer } from '../../../../node/understanding/live/seen-renewer.ts'
import type { SeenStretch } from '../../../../node/understanding/live/seen-stretch.ts'
import { createSmallPictures } from '../../../../node/understanding/live/small-pictures.ts'
import type { Picture } from '../../../../node/understanding/inference/inference.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { clipCamera, makeClip } from '../../../support/camera-clip.ts'
import { memoryBlobs } from '../../../support/memory-blobs.ts'
import { until } from '../../../support/until.ts'

const test = suite('footage that was read with another model')
const [OLD, NEW] = ['old' as SpaceId, 'new' as SpaceId]
const PORCH = 'porch' as CameraId
const HOUR = 3_600_000
const NOON = Date.UTC(2026, 2, 21, 12)

/** The notes of two nodes, and a ring that keeps blobs. */
function someRing() {
  const notes = { alder: [] as SeenNote[], birch: [] as SeenNote[] }
  return {
    self: 'alder' as PeerId, notes,
    writing: () => () => {},
    blobs: memoryBlobs(),
    catalog: {
      cameras: () => [{ id: PORCH }],
      index: {
        hourSizes: () => [0, 1, 2].map((hour) => ({ startMs: NOON + hour * HOUR, endMs: NOON + (hour + 1) * HOUR })),
        notes: (_: CameraId, fromMs: number, toMs: number) => Object.entries(notes).map(([node, seen]) => ({ node, seen: seen.filter((one) => one.fromMs >= fromMs && one.fromMs < toMs) })) as unknown as HourNote[]
      },
      policy: { async note(_camera: CameraId, _hour: string, change: (note: HourNote) => HourNote) { notes.alder = [...change({ seen: notes.alder } as unknown as HourNote).seen ?? []] } }
    }
  }
}

async function someKeyframe(): Promise<LiveKeyframe> {
  const clip = await makeClip({ seconds: 3, size: '160x120', filter: 'drawbox=c=red:t=fill' })
  const camera = clipCamera(clip)
  const seen: LiveKeyframe[] = []
  watchCamera({ camera, wanted: () => true, look: async (keyframe) => { seen.push(keyframe) }, onEnd() {}, nowMs: () => 1e6 })
  for (const { packets } of clip.steps) {
    for (const packet of packets) camera.write(packet)
    await Promise.resolve()
  }
  return seen[0] ?? assert.fail('no keyframe was seen')
}

const stretch = (hour: number, space = OLD): SeenStretch => ({
  camera: PORCH, fromMs: NOON + hour * HOUR, toMs: NOON + hour * HOUR + 9_000, space, dimensions: 2,
  pictures: [0, 1_000, 9_000].map((atMs, i) => ({ atMs: NOON + hour * HOUR + atMs, vector: i === 1 ? undefined : Float32Array.of(1, 0), objects: [{ label: 'dog', box: [0, 0, 1, 1], confidence: 0.5 }] }))
})

test('once searches use another model, what this node saw is read with it from what is recorded, the newest first, and keeps its words', async () => {
  const ring = someRing()
  const seen = createSeenBlobs({ ring } as never)
  for (const hour of [0, 1, 2]) await seen.write(stretch(hour, hour === 1 ? NEW : OLD))
  const { space: _unsaid, ...other } = await seen.write({ ...stretch(0), fromMs: stretch(0).fromMs + 60_000, toMs: stretch(0).toMs + 60_000, pictures: [] })
  ring.notes.alder = ring.notes.alder.filter(({ blob }) => blob !== other.blob)
  ring.notes.birch = [other]
  const { bytes, codec } = await someKeyframe()
  const pictures = createSmallPictures({ log: silentLog })
  let searched = OLD
  const asked: number[] = []
  const jobs: JobTask[] = []
  const changed = emitter<void>()
  const renewer = createSeenRenewer({
    ring, seen, pictures, jobs: { submit(task: JobTask) { jobs.push(task) } }, log: silentLog, models: { changed, spaces: () => ({ searched }) },
    recordings: { async keyframe(_camera: CameraId, atMs: number) {
      asked.push(atMs - NOON)
      if (atMs - NOON < HOUR && atMs - NOON > 5_000) throw new Error('nothing of porch is recorded')
      return { atMs: atMs - 400, read: async () => ({ codec, unit: bytes }) }
    } },
    inference: { model: () => ({ space: NEW }), embedPictures: async ([picture]: readonly Picture[], { space }: { space: SpaceId }) => ({ space, dimensions: 3, values: Float32Array.of(picture!.rgb[0]! / 255, 0, 1) }) }
  } as never)
  await renewer.look()
  assert.equal(jobs.length, 0, 'while the old one is searched its vectors stay')
  searched = NEW
  await renewer.look()
  const told: object[] = []
  const job = { signal: new AbortController().signal, view: { filesDone: 0 }, update() {}, note: (result: object) => told.push(result), turn: async () => {} } as unknown as JobHandle
  let isOver = false
  void (jobs[0] ?? assert.fail('nothing is to be done')).run(job).then(() => { isOver = true })
  await until(() => isOver, 'all is read', 60_000)
  assert.deepEqual([asked.map((ms) => Math.round(ms / HOUR)), told], [[2, 2, 0, 0], []])
  const now = await Promise.all(ring.notes.alder.map(({ blob }) => seen.read(PORCH, blob)))
  assert.deepEqual(now.map(({ space, dimensions, pictures: all }) => [space, dimensions, all.map(({ vector, objects: [one] }) => [vector === undefined ? null : vector[0]! > 0.9, one?.label])]), [
    [NEW, 3, [[true, 'dog'], [null, 'dog'], [null, 'dog']]], [NEW, 2, [[true, 'dog'], [null, 'dog'], [true, 'dog']]], [NEW, 3, [[true, 'dog'], [null, 'dog'], [true, 'dog']]]
  ])
  assert.deepEqual([ring.notes.alder.map(({ space }) => space), ring.notes.birch], [[NEW, NEW, NEW], [other]], 'what another node saw is its own to read')
  await renewer.look()
  assert.equal(jobs.length, 1, 'and there is nothing more to do')
  ring.notes.alder = []
  const blind = stretch(1)
  await seen.write({ ...blind, space: undefined, dimensions: 0, pictures: blind.pictures.map((picture) => ({ ...picture, vector: undefined })) })
  await seen.write({ ...blind, fromMs: NOON + 10_000, toMs: NOON + 20_000, space: undefined, dimensions: 0, pictures: [{ ...blind.pictures[0]!, vector: undefined, atMs: NOON + 15_000 }] })
  await renewer.look()
  isOver = false
  void (jobs[1] ?? assert.fail('what was seen without a model is left as it is')).run(job).then(() => { isOver = true })
  await until(() => isOver, 'what was seen without a model is read', 60_000)
  assert.deepEqual(await Promise.all(ring.notes.alder.map(async ({ blob }) => (await seen.read(PORCH, blob)).pictures.map(({ vector }) => vector !== undefined))), [[false], [true, true, true]])
  await renewer.look()
  assert.equal(jobs.length, 2, 'what is not recorded any more is not asked for again and again')
  await renewer.stop()
  await pictures.stop?.()
})

test.run()
