// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { type CameraId, type ChunkId, partitionOfCamera } from '#protocols/ids.ts'
import { type HourNote, hourOf, type SeenNote } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { watchCamera } from '../../../../node/understanding/live/camera-eye.ts'
import { createFreshStretches } from '../../../../node/understanding/live/fresh-stretches.ts'
import { createLiveEyes } from '../../../../node/understanding/live/live-eyes.ts'
import { createSeenBlobs } from '../../../../node/understanding/live/seen-blobs.ts'
import { createNotesKeeper } from '../../../../node/understanding/live/notes-keeper.ts'
import { createSmallPictures } from '../../../../node/understanding/live/small-pictures.ts'
import { decodeSeen, encodeSeen, seenReading, type SeenStretch } from '../../../../node/understanding/live/seen-stretch.ts'
import { LIVE, type SubjectEntries } from '../../../../node/understanding/index/entries.ts'
import type { FoundObject, Picture } from '../../../../node/understanding/inference/inference.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { clipCamera, feedForever, makeClip } from '../../../support/camera-clip.ts'
import { memoryBlobs } from '../../../support/memory-blobs.ts'
import { until } from '../../../support/until.ts'

const test = suite('cameras that are understood while they record')
const SPACE = 'mean-colour' as SpaceId
const PORCH = 'porch' as CameraId

/** A model whose answer is known: the mean colour, of length 1; what is red is a fire engine. */
function meanColour({ rgb }: Picture): Float32Array {
  const sums = [0, 0, 0]
  for (let i = 0; i < rgb.length; i++) sums[i % 3]! += rgb[i]!
  const length = Math.hypot(...sums)
  return Float32Array.from(sums, (sum) => sum / length)
}
const isRed = (vector: Float32Array): boolean => vector[0]! > 0.95
/** The ring goes over to a model that is not here: searches use the other one yet. */
const inference = {
  model: (task: string) => task === 'find-objects' ? { id: 'mean', name: 'mean@1' } : undefined,
  whyNoVectors: () => undefined,
  embedPictures: async ([picture]: readonly Picture[]) => ({ space: SPACE, dimensions: 3, values: meanColour(picture!) }),
  findObjects: async (picture: Picture): Promise<FoundObject[]> => isRed(meanColour(picture)) ? [{ label: 'fire engine', box: [0, 0, 1, 1], confidence: 0.9 }] : []
}

function someRing() {
  const seen: SeenNote[] = []
  const changed = emitter<CameraId[]>()
  return {
    self: 'alder', seen, changed,
    writing: () => () => {},
    blobs: memoryBlobs(),
    placement: { owners: () => ['alder'], targets: () => ['alder'] },
    membership: { changed: emitter<void>() },
    catalog: {
      unindexed: () => 0, layoutChanged: emitter<void>(),
      cameras: () => [{ id: PORCH }], recordingsChanged: changed,
      index: { assets: () => ({ assets: [], cursor: undefined }), notes: (_: CameraId, fromMs: number, toMs: number) => [{ node: 'alder', hour: hourOf(fromMs), seen: seen.filter((one) => hourOf(one.fromMs) >= hourOf(fromMs) && hourOf(one.fromMs) <= hourOf(toMs)) }] as unknown as HourNote[], hourSizes: () => [{ startMs: Date.now() - 60_000 }] },
      policy: { async note(_camera: CameraId, _hour: string, change: (note: HourNote) => HourNote) { seen.splice(0, seen.length, ...change({ seen } as unknown as HourNote).seen ?? []) } }
    }
  }
}

function someIndex() {
  const puts: SubjectEntries[] = []
  return {
    puts,
    async put(entries: SubjectEntries) {
      const { fromMs, toMs } = entries.stretch!
      puts.splice(0, puts.length, ...puts.filter(({ stretch }) => stretch!.toMs <= fromMs || stretch!.fromMs >= toMs), ...entries.vectors.length === 0 ? [] : [entries])
    },
    async remove() { puts.length = 0 },
    readings: () => puts.flatMap(({ understood }) => [...understood.readings])
  }
}

test('a picture can be found as soon as it was captured, and every owner finds it from what is written down', async () => {
  const clip = await makeClip({ seconds: 6, size: '160x120', filter: 'drawbox=c=red:t=fill:enable=\'lt(t,3)\',drawbox=c=blue:t=fill:enable=\'gte(t,3)\'' })
  const [ring, index] = [someRing(), someIndex()]
  const camera = clipCamera(clip)
  const told: string[] = []
  const pictures = createSmallPictures({ log: silentLog })
  const published = { all: () => [{ camera }], changed: emitter<void>() }
  const eyes = createLiveEyes({ seen: createSeenBlobs({ ring } as never), published, index, inference, pictures, onObject: ({ label }: FoundObject) => { told.push(label) }, log: silentLog } as never, { writeMs: 600_000 })
  await eyes.start()
  const feeding = feedForever(clip, (packets) => { for (const packet of packets) camera.write(packet) }, (report) => camera.report(report))
  const colours = (): string[] => index.puts.filter(({ understood }) => understood.readings[0] === LIVE).map(({ vectors: [entry] }) => isRed(entry!.vector) ? 'red' : 'blue')
  await until(() => colours().includes('red') && colours().includes('blue'), 'both colours are seen', 60_000)
  const [first] = index.puts
  assert.deepEqual([first!.subject, first!.vectors[0]!.space, first!.words.map(({ sense, text }) => [sense, text])], [{ kind: 'camera', id: PORCH }, SPACE, [['object', 'fire engine']]])
  assert.ok(Math.abs(first!.vectors[0]!.fromMs - Date.now()) < 60_000, 'placed by the clock')
  assert.deepEqual(told, ['fire engine'], 'a thing that stays is told of once')
  await feeding.stop()
  await eyes.stop()
  await pictures.stop?.()
  const [note] = ring.seen
  assert.ok(note !== undefined && ring.seen.length === 1)
  assert.deepEqual(index.puts.at(-1)!.understood.readings, [seenReading(note), `vectors@${SPACE}`])
  const other = someIndex()
  const keeper = createNotesKeeper({ ring, seen: createSeenBlobs({ ring } as never), index: other, log: silentLog } as never)
  await keeper.start()
  await until(() => other.puts.length === 1, 'an owner reads the note')
  await until(() => keeper.filled.has(partitionOfCamera(PORCH)), 'and has everything')
  assert.deepEqual(other.puts[0], index.puts.at(-1))
  await keeper.look()
  assert.equal(other.puts.length, 1, 'what is known is not read again')
  ring.seen.length = 0
  await keeper.look()
  assert.equal(other.puts.length, 0, 'footage that went is not found any more')
  await keeper.stop()
})

test('a keyframe is looked at every two seconds; without a model none is, and none is asked for', async () => {
  const clip = await makeClip({ seconds: 8, size: '160x120' })
  for (const wanted of [true, false]) {
    const camera = clipCamera(clip)
    const looks: number[] = []
    let [now, asked] = [0, 0]
    camera.requestKeyframe = () => { asked++ }
    watchCamera({ camera, wanted: () => wanted, look: async () => { looks.push(now) }, onEnd() {}, nowMs: () => now })
    for (const { atMs, packets } of clip.steps) {
      now = atMs
      for (const packet of packets) camera.write(packet)
      await Promise.resolve()
    }
    if (wanted) assert.ok(looks.length >= 3 && looks.every((at, i) => i === 0 || (at - looks[i - 1]! >= 2_000 && at - looks[i - 1]! <= 3_100)), String(looks))
    else assert.deepEqual([looks, asked], [[], 0])
  }
})

test('what was written down is answered for as live until its owners had the time to read it', async () => {
  const index = someIndex()
  const fresh = createFreshStretches({ index })
  const stretch: SeenStretch = { camera: PORCH, fromMs: 0, toMs: 9, space: SPACE, dimensions: 3, pictures: [{ atMs: 0, vector: Float32Array.of(1, 0, 0), objects: [] }] }
  const note = { fromMs: 0, toMs: 9, blob: 'b' as ChunkId }
  const ring = { ...someRing(), placement: { owners: () => ['birch'], targets: () => ['birch'] } }
  const keeper = createNotesKeeper({ ring, seen: createSeenBlobs({ ring } as never), index, log: silentLog } as never)
  await fresh.add(stretch, note)
  await keeper.look()
  assert.deepEqual(index.readings(), [seenReading(note), LIVE, `vectors@${SPACE}`])
  await fresh.settle()
  assert.deepEqual(index.readings(), [seenReading(note), `vectors@${SPACE}`])
  await keeper.look()
  assert.deepEqual(index.readings(), [], 'it is its owners\' now')
  await fresh.settle()
  assert.deepEqual(index.readings(), [])
  await keeper.stop()
})

test('what was seen in an hour becomes one blob for each space', async () => {
  const ring = someRing()
  const seen = createSeenBlobs({ ring } as never)
  const hourMs = 1_795_762_800_000
  const stretch = (minute: number, space = SPACE): SeenStretch => ({ camera: PORCH, fromMs: hourMs + minute * 60_000, toMs: hourMs + minute * 60_000 + 50_000, space, dimensions: 3, pictures: [{ atMs: hourMs + minute * 60_000, vector: Float32Array.of(minute, 0, 0), objects: [] }] })
  for (const minute of [2, 0, 1]) await seen.write(stretch(minute))
  await seen.write(stretch(3, 'another' as SpaceId))
  await seen.join(PORCH, hourMs + 1)
  assert.deepEqual(ring.seen.map(({ fromMs, toMs }) => [fromMs - hourMs, toMs - hourMs]), [[0, 170_000], [180_000, 230_000]])
  assert.deepEqual((await seen.read(PORCH, ring.seen[0]!.blob)).pictures.map(({ vector }) => vector![0]), [0, 1, 2])
  assert.equal(await seen.read('yard' as CameraId, ring.seen[0]!.blob).catch((err: Error) => err.message), 'what was seen is of another camera')
  await seen.join(PORCH, hourMs)
  assert.equal(ring.seen.length, 2)
})

test('what other nodes saw, and what was seen in the hour of another plan, stays as it is, and no owner is told of it twice', async () => {
  const hourMs = 1_795_762_800_000
  const notes = [['alder', 0], ['birch', 0], ['alder', -24], ['alder', 1]].map(([node, hours]) => ({ node, hour: hourOf(hourMs + Number(hours) * 3_600_000), seen: [] as SeenNote[] }))
  const ring = Object.assign(someRing(), { of: notes[0]! })
  Object.assign(ring.catalog.index, { notes: () => notes, hourSizes: () => [{ startMs: hourMs }] })
  ring.catalog.policy.note = async (_camera, hour, change) => {
    const own = notes.find((note) => note.node === ring.of.node && note.hour === hour)!
    own.seen = [...change(own as unknown as HourNote).seen ?? []]
  }
  const seen = createSeenBlobs({ ring } as never)
  for (const [at, { hour }] of notes.entries()) {
    ring.of = notes[at]!
    for (const minute of [0, 1]) {
      const atMs = Date.parse(`${hour}:00Z`) + (at === 1 ? 30 : 0) * 60_000 + minute * 60_000
      await seen.write({ camera: PORCH, fromMs: atMs, toMs: atMs + 50_000, space: SPACE, dimensions: 3, pictures: [{ atMs, vector: Float32Array.of(1, 0, 0), objects: [] }] })
    }
  }
  ring.of = notes[0]!
  await seen.join(PORCH, hourMs + 1)
  assert.deepEqual(notes.map((note) => note.seen.length), [1, 2, 2, 2])
  const index = someIndex()
  const keeper = createNotesKeeper({ ring, seen, index, log: silentLog } as never)
  await keeper.look()
  const before = [...index.puts]
  assert.equal(before.length, 7)
  await keeper.look()
  assert.ok(index.puts.every((put, at) => put === before[at]), 'nothing is put again')
  await keeper.stop()
})

test('what was seen survives its bytes, and what is wrong is refused by name', () => {
  const stretch: SeenStretch = { camera: PORCH, fromMs: 10, toMs: 30, space: SPACE, dimensions: 3, pictures: [{ atMs: 10, vector: Float32Array.of(1, 0, 0), objects: [] }, { atMs: 20, vector: undefined, objects: [{ label: 'dog', box: [0, 0, 0.5, 1], confidence: 0.5 }] }] }
  assert.deepEqual(decodeSeen(encodeSeen(stretch)), stretch)
  const dark: SeenStretch = { ...stretch, space: undefined, dimensions: 0, pictures: [{ ...stretch.pictures[1]! }] }
  assert.deepEqual(decodeSeen(encodeSeen(dark)), dark)
  for (const [wrong, why] of [
    [{ toMs: 15 }, /pictures\[1\].* 10 to 15/], [{ dimensions: 4 }, /not 4 numbers/], [{ camera: '../x' as CameraId }, /camera/], [{ space: 'A B' as SpaceId }, /no name of a space/],
    [{ pictures: stretch.pictures.toReversed() }, /not in their order/]
  ] as const) assert.throws(() => decodeSeen(encodeSeen({ ...stretch, ...wrong })), why)
})

test.run()
