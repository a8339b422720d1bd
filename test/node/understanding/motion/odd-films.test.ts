// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
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

const look = (folder: string, name: string, init?: { maxPictures: number }): Motion => findMotion({ url: join(folder, name), demuxer: name.endsWith('.mkv') ? 'matroska' : 'mov', turn: 0, seconds: FILM.seconds, options: { ...NO_AREAS, features: true } }, () => {}, init)
const made = (folder: string, name: string, ...options: string[]): Promise<unknown> => run('ffmpeg', ['-v', 'error', '-y', '-i', join(folder, 'film.mp4'), ...options, join(folder, name)])

test('a film of one picture has nothing that moves, and no sound is missed', async ({ folder }) => {
  await made(folder, 'one.mp4', '-frames:v', '1', '-an')
  const { tracks, features, stretches, samples, durationMs } = look(folder, 'one.mp4')
  assert.deepEqual([tracks, features, stretches, samples.length, durationMs], [[], [], [], 1, 40])
})

test('a film that is longer than what is looked at says so', ({ folder }) => {
  const { notes, durationMs } = look(folder, 'film.mp4', { maxPictures: 50 })
  assert.match(notes[0] ?? '', /only its first 50 pictures were looked at/)
  assert.equal(durationMs, 2_000)
  assert.deepEqual(look(folder, 'film.mp4', { maxPictures: FILM.seconds * FILM.rate }).notes, [])
})

test('what was found in a film can be read again', ({ folder }) => {
  const motion = look(folder, 'film.mp4')
  assert.deepEqual(parseMotion(encodeMotion(motion)), JSON.parse(JSON.stringify(motion)))
})

test.run()
