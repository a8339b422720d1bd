// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { UnsupportedMediaError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { CutMode } from '../../../../node/recording/cut/cut.ts'
import { createGroupEncoder } from '../../../../node/recording/cut/group-encoder.ts'
import { readPart } from '../../../../node/recording/cut/read-part.ts'
import { boxesIn } from '../../../../node/recording/boxes.ts'
import type { Mp4Range } from '../../../../node/recording/mp4-range.ts'
import { createRecordings } from '../../../../node/recording/recordings.ts'
import { countingRecording, FRAME_MS, numbersIn } from '../../../support/counting-recording.ts'
import { assertPlayable } from '../../../support/playable.ts'

const run = promisify(execFile)
const test = suite('exact cuts')
const porch = 'porch' as CameraId
let folder: string

test.before(async () => { folder = await mkdtemp(join(tmpdir(), 'thatdam-cut-')) })
test.after(() => rm(folder, { recursive: true }))

async function bytesOf(range: Mp4Range): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const bytes of range.read(0, range.size)) parts.push(bytes)
  const all = Buffer.concat(parts)
  assert.equal(all.length, range.size)
  return all
}

interface Decoded { numbers: number[]; seconds: number; audioSeconds: number }

/** What ffmpeg makes of a file: the number in each picture, and how long picture and sound are. */
async function decode(bytes: Buffer, name: string): Promise<Decoded> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  await assertPlayable(path)
  const { stdout: packets } = await run('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'packet=codec_type,pts_time', '-of', 'csv=p=0', path])
  const rows = packets.trim().split('\n').map((line) => line.split(','))
  const lengthOf = (kind: string, last: number): number => {
    const times = rows.filter((row) => row[0] === kind).map((row) => Number(row[1]))
    return Math.max(...times) - Math.min(...times) + last
  }
  return { numbers: await numbersIn(path), seconds: lengthOf('video', FRAME_MS / 1000), audioSeconds: lengthOf('audio', 0.02) }
}

const counting = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)
const partsIn = (file: Buffer): Buffer[] => {
  const boxes = boxesIn(file)
  return boxes.flatMap(({ type, start }, i) => type === 'moof' ? [file.subarray(start, boxes[i + 1]!.end)] : [])
}
const pictureBytes = (file: Buffer): string[] => partsIn(file).flatMap((part) => readPart(part).video.map(({ bytes }) => Buffer.from(bytes).toString('base64')))

for (const [words, gop, bFrames] of [['', 30, 0], [' with B-pictures', 30, 2], [' with keyframes far apart', 150, 0]] as const) {
  test(`a range of a recording${words} begins with the picture asked for, ends with the last one before its end, and is copied between`, async () => {
    const { world, session } = await countingRecording({ gop, bFrames })
    const recordings = createRecordings({ ring: world.ring })
    const [fromMs, toMs] = [session.startMs + 40.5 * FRAME_MS, session.startMs + 190 * FRAME_MS]
    const range = await recordings.cut(porch, fromMs, toMs, 'exact')
    const file = await bytesOf(range)
    const { numbers, seconds, audioSeconds } = await decode(file, `exact-${gop}-${bFrames}.mp4`)
    assert.deepEqual(numbers, counting(40, 150), 'the pictures 40 to 189')
    assert.ok(Math.abs(seconds * 1000 - (toMs - fromMs)) <= FRAME_MS + 1, `${seconds} s of picture`)
    assert.ok(Math.abs(range.durationMs - (toMs - fromMs)) <= FRAME_MS + 1, `${range.durationMs} ms are said`)
    assert.ok(Math.abs(audioSeconds - seconds) <= 0.06, `${audioSeconds} s of sound`)
    assert.ok(Math.abs(range.startMs - (session.startMs + 40 * FRAME_MS)) < 1, 'the first picture keeps its time of day')
    const source = pictureBytes(await bytesOf(await recordings.open(porch, session.startMs, session.endMs)))
    const kept = pictureBytes(file).filter((bytes) => source.includes(bytes))
    const anew = Math.ceil(40 / gop) * gop - 40 + (bFrames > 0 ? gop : 0)
    assert.ok(kept.length >= 150 - anew, `${kept.length} of 150 pictures are the source's bytes`)
    assert.ok(kept.length < 150, 'the first ones can not be')
    assert.deepEqual((await recordings.cut(porch, fromMs, toMs, 'exact')).etag, range.etag, 'the same range is the same bytes again')
  })
}

test('a range inside one group, and one that begins at a keyframe, are exact as well', async () => {
  const { world, session } = await countingRecording()
  const recordings = createRecordings({ ring: world.ring })
  const cut = async (first: number, end: number, mode: CutMode = 'exact'): Promise<number[]> =>
    (await decode(await bytesOf(await recordings.cut(porch, session.startMs + first * FRAME_MS, session.startMs + end * FRAME_MS, mode)), `${first}-${end}-${mode}.mp4`)).numbers
  assert.deepEqual(await cut(65, 70), counting(65, 5))
  assert.deepEqual(await cut(60, 75), counting(60, 15))
  assert.deepEqual(await cut(89, 91), counting(89, 2))
  assert.deepEqual(await cut(65, 100, 'keyframe'), counting(60, 40), 'without encoding: from the keyframe before, to the picture')
})

test('nothing is encoded for a range that begins at a keyframe, or from one', async () => {
  const { world, session } = await countingRecording()
  const encoder = { encode: () => Promise.reject(new Error('encoded')), start() {}, stop() {} }
  const recordings = createRecordings({ ring: world.ring, encoder })
  await recordings.cut(porch, session.startMs + 60 * FRAME_MS, session.startMs + 75 * FRAME_MS, 'exact')
  await recordings.cut(porch, session.startMs + 65 * FRAME_MS, session.startMs + 75 * FRAME_MS, 'keyframe')
  let refused: unknown
  await recordings.cut(porch, session.startMs + 65 * FRAME_MS, session.startMs + 75 * FRAME_MS, 'exact').catch((err: unknown) => { refused = err })
  assert.match(String(refused), /encoded/)
})

test('pictures that are no pictures, and a process that hangs, are refusals that say what to do instead', async () => {
  const group = { parameters: [], pictures: [{ bytes: new Uint8Array([0, 0, 0, 2, 0x65, 1]), shownAt: 0, key: true }], fromTicks: 0, toTicks: 10, id: 31, profile: 66, fps: 30 }
  const why = async (encoder: ReturnType<typeof createGroupEncoder>): Promise<unknown> => encoder.encode(group).then(() => undefined, (err: unknown) => err)
  const damaged = await why(createGroupEncoder())
  assert.ok(damaged instanceof UnsupportedMediaError && /export whole parts instead/i.test(damaged.message), String(damaged))
  const hung = await why(createGroupEncoder({ program: new URL('./hanging-child.ts', import.meta.url), timeoutMs: 1_500 }))
  assert.ok(hung instanceof UnsupportedMediaError && /export whole parts instead/i.test(hung.message), String(hung))
})

test.run()
