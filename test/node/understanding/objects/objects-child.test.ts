// needs: ffmpeg
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OBJECTS_MODEL } from '../../../../node/understanding/inference/objects/objects-model.ts'
import { drawnPicture, pictureOf } from '../../../support/drawn-picture.ts'
import { layOut, openPackaged } from '../../../support/models/packaged.ts'

/** Five portraits in a row, on a page of the library that the models come with. */
const PORTRAITS = join(import.meta.dirname, '../../../../node_modules/@vladmandic/human/assets/screenshot-facedetect.jpg')

interface Context { dir: string }
const test = suite<Context>('the process that finds things')

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-objects-'))
  await layOut(OBJECTS_MODEL, context.dir)
})
test.after(({ dir }) => rm(dir, { recursive: true }))

test('it finds the people in a photograph, and nothing on an empty wall; what it made of the model is there the next time', async ({ dir }) => {
  const first = await openPackaged(OBJECTS_MODEL, dir)
  const [portraits, wall] = await first.run('find-objects', [pictureOf(PORTRAITS, 800, 718), drawnPicture({ width: 640, height: 360 })])
  await first.end()
  assert.equal([portraits!.length, [...new Set(portraits!.map(({ label }) => label))], wall], [5, ['person'], []])
  assert.ok(portraits!.every(({ box: [, y, , height] }) => y > 0.4 && y + height <= 1), 'all are below the middle')
  const made = (await readdir(dir)).filter((file) => file.endsWith('.onnx'))
  assert.is(made.length, 1)
  const second = await openPackaged(OBJECTS_MODEL, dir)
  assert.equal((await second.run('find-objects', [pictureOf(PORTRAITS, 800, 718)]))[0], portraits)
  await second.end()
  assert.equal((await readdir(dir)).filter((file) => !file.endsWith('.json') && !file.endsWith('.bin')), made)
})

test.run()
