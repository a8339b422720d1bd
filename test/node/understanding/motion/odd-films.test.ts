// needs: ffmpeg ffprobe
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { cutClip } from '../../../../node/understanding/motion/film/clip.ts'
import { rateOf } from '../../../../node/understanding/motion/film/film-pictures.ts'
import { findMotion } from '../../../../node/understanding/motion/film/find-motion.ts'
import { type Motion, NO_AREAS } from '../../../../node/understanding/motion/motion.ts'
import { encodeMotion, parseMotion } from '../../../../node/understanding/motion/motion-file.ts'
import { FILM, makeMovingFilm } from '../../../support/moving-film.ts'

const test = suite<{ folder: string }>('motion in odd films')
const run = promisify(execFile)

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-odd-films-'))
  await makeMovingFilm(join(context.folder, 'film.mp4'), { pan: 20 })
})
test.after(({ folder }) => rm(folder, { recursive: true, force: true }))

const look = (folder: string, name: string, { features = true, ...init }: { features?: boolean; maxPictures?: number } = {}): Motion => findMotion({ url: join(folder, name), demuxer: name.endsWith('.mkv') ? 'matroska' : 'mov', turn: 0, seconds: FILM.seconds, options: { ...NO_AREAS, features } }, () => {}, init)
const made = (folder: string, name: string, ...options: string[]): Promise<unknown> => run('ffmpeg', ['-v', 'error', '-y', '-i', join(folder, 'film.mp4'), ...options, join(folder, name)])

test('a film of one picture has nothing that moves, and no sound is missed', async ({ folder }) => {
  await made(folder, 'one.mp4', '-frames:v', '1', '-an')
  const { tracks, features, stretches, samples, durationMs } = look(folder, 'one.mp4')
  assert.deepEqual([tracks, features, stretches, samples.length, durationMs], [[], [], [], 1, 40])
})

test('a film that is longer than what is looked at says so', ({ folder }) => {
  const { notes, durationMs } = look(folder, 'film.mp4', { features: false, maxPictures: 50 })
  assert.match(notes[0] ?? '', /only its first 50 pictures were looked at/)
  assert.equal(durationMs, 2_000)
  assert.deepEqual(look(folder, 'film.mp4', { features: false, maxPictures: FILM.seconds * FILM.rate }).notes, [])
})

test('single points of a film whose pictures come unevenly are at the frames that things are at, by the clock', async ({ folder }) => {
  await made(folder, 'uneven.mp4', '-vf', "select='lt(t,2)+not(mod(n,4))'", '-fps_mode', 'vfr', '-an') // two seconds of 25 a second, four of 6
  const even = look(folder, 'film.mp4')
  const { features, framesPerSecond, durationMs } = look(folder, 'uneven.mp4')
  assert.ok(Math.abs(framesPerSecond - 74 / 6) < 1, `${framesPerSecond} a second`)
  assert.ok(features.length > 20, `${features.length} points`)
  const last = Math.max(...features.map(({ first, places }) => first + places.length))
  assert.ok(Math.abs(last * 1000 / framesPerSecond - durationMs) < 300, `the last frame is ${last}`)
  for (const motion of [{ features, framesPerSecond }, even]) {
    const long = motion.features.filter(({ places }) => places.length * 1000 / motion.framesPerSecond > 1_500)
    const off = long.map(({ places }) => Math.max(...places.map(([x], i) => Math.abs((x - places[0]![0]) * FILM.width + 20 * i / motion.framesPerSecond)))).sort((a, b) => a - b)
    assert.ok(off.length > 20 && off[off.length >> 1]! < 6, `of ${off.length} points of a ground that goes by at 20 pixels a second the one in the middle is up to ${off[off.length >> 1]} pixels from where it should be`)
  }
})

test('the rate of a file that no film has is not believed', () => {
  const said = (rate: number) => ({ avgFrameRate: { num: rate, den: 1 }, rFrameRate: { num: 0, den: 1 } }) as never
  assert.deepEqual([rateOf(said(1_000), 29.4), rateOf(said(30), 29.4), rateOf(said(0), 29.4), rateOf(said(24)), rateOf(said(0))], [29.4, 30, 29.4, 24, 25])
})

test('a stretch is cut out as it is: into MP4, and what that does not take into QuickTime', async ({ folder }) => {
  await made(folder, 'pro.mov', '-t', '3', '-c:v', 'prores_ks', '-profile:v', '0')
  for (const [name, codec, mime] of [['film.mp4', 'h264', 'video/mp4'], ['pro.mov', 'prores', 'video/quicktime']] as const) {
    const path = join(folder, `clip of ${name}`)
    assert.equal(cutClip({ url: join(folder, name), demuxer: 'mov', fromMs: 1_000, toMs: 2_000, path }), mime)
    const { stdout } = await run('ffprobe', ['-v', 'error', '-count_packets', '-select_streams', 'v', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'csv=p=0', path])
    assert.equal(stdout.trim(), `${codec},25`)
  }
})

test('what was found in a film can be read again', ({ folder }) => {
  const motion = look(folder, 'uneven.mp4')
  assert.deepEqual(parseMotion(encodeMotion(motion)), JSON.parse(JSON.stringify(motion)))
})

test.run()
