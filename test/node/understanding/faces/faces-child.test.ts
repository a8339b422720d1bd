// needs: ffmpeg
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FACES_MODEL } from '../../../../node/understanding/inference/faces/faces-model.ts'
import { drawnPicture, pictureOf } from '../../../support/drawn-picture.ts'
import { layOut, openPackaged } from '../../../support/models/packaged.ts'

/** Five portraits in a row, on a page of the library that the models come with. */
const PORTRAITS = join(import.meta.dirname, '../../../../node_modules/@vladmandic/human/assets/screenshot-facedetect.jpg')

interface Context { dir: string }
const test = suite<Context>('the process that finds faces')

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-faces-'))
  await layOut(FACES_MODEL, context.dir)
})
test.after(({ dir }) => rm(dir, { recursive: true }))

test('it finds the faces in a photograph, none on an empty wall, and tells each by a vector of length 1', async ({ dir }) => {
  const model = await openPackaged(FACES_MODEL, dir)
  const [faces, wall] = await model.run('find-faces', [pictureOf(PORTRAITS, 800, 718), drawnPicture({ width: 640, height: 360 })])
  await model.end()
  assert.equal([faces!.length, wall], [5, []])
  for (const { box: [, y, width, height], vector, confidence } of faces!) {
    assert.ok(confidence >= 0.75 && y > 0.45 && y < 0.6 && width > 0.08 && width < 0.18 && height > 0.08 && height < 0.2)
    assert.is(vector!.length, 1_024)
    assert.ok(Math.abs(Math.hypot(...vector!) - 1) < 1e-5)
  }
})

test.run()
