import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { blenderOf } from '../../../../node/understanding/motion/export/blender.ts'
import { type CameraMotion, everyFrame, trackOf } from '../../../../node/understanding/motion/export/camera-motion.ts'
import { chanOf } from '../../../../node/understanding/motion/export/chan.ts'
import { csvOf } from '../../../../node/understanding/motion/export/csv.ts'
import { jsonOf } from '../../../../node/understanding/motion/export/json.ts'
import { type Motion, NO_AREAS } from '../../../../node/understanding/motion/motion.ts'
import { encodeMotion, parseMotion } from '../../../../node/understanding/motion/motion-file.ts'

const test = suite('files of motion')

const motion: Motion = {
  options: { ...NO_AREAS, features: true }, durationMs: 2_000, framesPerSecond: 25, width: 200, height: 100, notes: [],
  samples: [[0, 0], [400, 0.1]], stretches: [{ fromMs: 400, toMs: 800, share: 0.1, zones: [] }],
  tracks: [
    { id: 1, bestMs: 400, zones: [], points: [{ atMs: 400, box: [0.4, 0.4, 0.2, 0.2], isSeen: true }, { atMs: 800, box: [0.8, 0.4, 0.2, 0.2], isSeen: true }] },
    { id: 2, bestMs: 0, zones: [], label: 'dog', points: [{ atMs: 0, box: [0, 0, 0.1, 0.1], isSeen: true }] }
  ],
  features: [{ id: 1, first: 3, places: [[0.1, 0.2], [0.11, 0.2]] }]
}
const hero: CameraMotion = { asset: 'a', name: 'hero.mp4', role: 'hero', turn: 0, offsetMs: 0, driftPpm: 0, motion }
const witness: CameraMotion = { asset: 'b', name: '=cmd|"x", y', role: 'witness', turn: 0, offsetMs: 400, driftPpm: 0, motion }

test('a track has a place for each picture of the film, and the one that is seen longest is meant when nobody says', () => {
  const frames = everyFrame(motion.tracks[0]!, 25)
  assert.deepEqual([frames.length, frames[0]!.frame, frames.at(-1)!.frame], [11, 10, 20])
  assert.deepEqual(frames[5]!.box.map((value) => Math.round(value * 100)), [60, 40, 20, 20])
  assert.deepEqual([trackOf(motion)?.id, trackOf(motion, 2)?.id, trackOf(motion, 3)], [1, 2, undefined])
})

test('a chan file has frames from 1, the middle of the picture at 0, and y up', () => {
  const lines = chanOf(motion.tracks[0]!, motion).trim().split('\n')
  assert.deepEqual([lines.length, lines[0], lines.at(-1)], [11, '11\t0.000000\t0.000000\t0\t0\t0\t0', '21\t0.400000\t0.000000\t0\t0\t0\t0'])
})

test('a table has a line for each place, by the clock of each camera and of the hero; text stays text', () => {
  const [, ...lines] = csvOf([hero, witness]).trim().split('\n')
  assert.equal(lines.length, 2 * (3 + 2))
  assert.equal(lines[0], 'hero.mp4,object,1,11,400,400,0.5,0.5,0.2,0.2,1,')
  assert.equal(lines[5], '"\'=cmd|""x"", y",object,1,11,400,800,0.5,0.5,0.2,0.2,1,')
})

test('a witness whose clock drifts is in step to its end', () => {
  const long: CameraMotion = { ...witness, name: 'long.mp4', driftPpm: 100, motion: { ...motion, durationMs: 3_600_000, tracks: [{ ...motion.tracks[0]!, points: [{ atMs: 3_600_000, box: [0, 0, 0.1, 0.1], isSeen: true }] }] } }
  assert.match(csvOf([hero, long]), /^long\.mp4,object,1,90001,3600000,3600760,/m) // 400 ms later, and 360 more in an hour
  const [, data = ''] = /^DATA = '(.+)'$/m.exec(blenderOf([hero, long])) ?? []
  const { offset, step, frames } = (JSON.parse(Buffer.from(data, 'base64').toString()) as Array<{ offset: number; step: number; frames: number }>)[1]!
  assert.deepEqual([1 + offset + Math.round(90_000 * step), frames], [90_020, 90_009])
})

test('hero and witness are in one file, and no name of a film becomes part of the script', () => {
  const { cameras } = JSON.parse(jsonOf([hero, witness])) as { cameras: Array<{ role: string; offsetMs: number; tracks: unknown[] }> }
  assert.deepEqual(cameras.map(({ role, offsetMs, tracks }) => [role, offsetMs, tracks.length]), [['hero', 0, 2], ['witness', 400, 2]])
  const script = blenderOf([hero, { ...witness, name: "'\nimport os; os.system('x')\n$&" }])
  assert.ok(!script.includes('os.system'))
  const [, data = ''] = /^DATA = '([A-Za-z0-9+/=]+)'$/m.exec(script) ?? []
  assert.deepEqual((JSON.parse(Buffer.from(data, 'base64').toString()) as Array<{ offset: number; step: number }>).map(({ offset, step }) => [offset, step]), [[0, 1], [10, 1]])
})

test('what would be more than a file holds, picture by picture, is refused with what to take instead', () => {
  const long = (id: number) => ({ ...motion.tracks[0]!, id, points: [motion.tracks[0]!.points[0]!, { ...motion.tracks[0]!.points[1]!, atMs: 30_000_400 }] })
  const camera: CameraMotion = { ...hero, motion: { ...motion, durationMs: 1e9, tracks: [long(1), long(2)] } }
  assert.throws(() => blenderOf([camera]), /1,500,002 places .* take motion\.csv/)
  assert.throws(() => chanOf({ ...long(1), points: [long(1).points[0]!, { ...long(1).points[1]!, atMs: 1e9 }] }, motion), /motion\.csv/)
  assert.equal(chanOf(long(1), motion).split('\n').length, 750_002)
})

test('what is kept is read back; what another program wrote is refused with what to do', () => {
  assert.deepEqual(parseMotion(encodeMotion(motion)), motion)
  for (const bytes of ['', '{}', '[]', JSON.stringify({ ...motion, tracks: [{ ...motion.tracks[0], points: [] }] }), JSON.stringify({ ...motion, framesPerSecond: 0 }), JSON.stringify({ ...motion, framesPerSecond: 1e9 }), JSON.stringify({ ...motion, tracks: [{ ...motion.tracks[0], points: [{ atMs: 1e300, box: [0, 0, 1, 1], isSeen: true }] }] })]) assert.throws(() => parseMotion(Buffer.from(bytes)), /Look for motion anew/)
})

test.run()
